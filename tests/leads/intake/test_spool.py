"""Files of posted requests: nobody else can read them, they are stored in order, and nothing is thrown away."""

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from leads.intake import spool
from leads.intake.receiving import PostedRequest
from leads.intake.spool import Spooled, SpoolFull, import_waiting, unreadable, waiting, write
from leads.models import EndpointSecret, InboundRequest
from leads.models.ids import new_id
from tests.factories import make_endpoint, make_secret, text_of

pytestmark = pytest.mark.django_db
PERSON = "somebody@wolpertinger.example"


@pytest.fixture
def secret(spool_dir: Path) -> EndpointSecret:
    return make_secret()


def posted(secret: EndpointSecret, body: bytes = b'{"LeadSource": "AzureMarketplace"}', **values: Any) -> Spooled:
    fields: dict[str, Any] = {
        "body": body,
        "size": len(body),
        "received_at": timezone.now(),
        "source_address": "192.0.2.7",
        "content_type": "application/json",
        "user_agent": "marketplace/1",
    }
    return Spooled(new_id(), secret.digest, PostedRequest(**fields | values))


def test_only_this_user_can_read_them_and_nothing_in_them_is_in_clear_text(
    secret: EndpointSecret, spool_dir: Path
) -> None:
    write(posted(secret, PERSON.encode()), is_known=True)
    (path,) = waiting()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool_dir.stat().st_mode) == 0o700
    text = path.read_text()
    assert PERSON not in text
    assert "wolpertinger" not in str(path)
    assert secret.digest not in text
    assert text_of(secret) not in text


def test_they_are_stored_in_the_order_in_which_they_came(secret: EndpointSecret) -> None:
    requests = [posted(secret) for _n in range(5)]
    for number in (3, 0, 4, 1, 2):
        write(requests[number], is_known=number % 2 == 0)
    assert [path.stem for path in waiting()] == [str(request.receipt) for request in requests]
    assert import_waiting() == 5
    assert list(InboundRequest.objects.order_by("id").values_list("id", flat=True)) == [
        request.receipt for request in requests
    ]


def test_stored_it_is_what_was_posted(secret: EndpointSecret) -> None:
    body = bytes(range(256))
    request = posted(secret, body, size=300, is_complete=False, source_address=None)
    write(request, is_known=True)
    import_waiting()
    kept = InboundRequest.objects.get()
    assert (kept.id, bytes(kept.body), kept.body_size) == (request.receipt, body, 300)
    assert (kept.received_at, kept.source_address) == (request.posted.received_at, None)
    assert (kept.endpoint_id, kept.secret) == (secret.endpoint_id, secret)
    assert (kept.state, kept.reason) == ("rejected", "cut_off")


@pytest.mark.parametrize(
    ("revoked_ago", "is_kept"), [(None, True), (timedelta(hours=1), True), (timedelta(hours=3), False)]
)
def test_the_address_must_have_existed_when_it_was_posted(
    secret: EndpointSecret, revoked_ago: timedelta | None, is_kept: bool
) -> None:
    now = timezone.now()
    write(posted(secret, received_at=now - timedelta(hours=2)), is_known=True)
    EndpointSecret.objects.update(revoked_at=now - revoked_ago if revoked_ago else None)
    assert import_waiting() == is_kept
    assert waiting() == []


def test_a_disabled_endpoint_keeps_nothing(spool_dir: Path) -> None:
    write(posted(make_secret(make_endpoint(enabled=False))), is_known=True)
    assert import_waiting() == 0
    assert waiting() == []


@pytest.mark.parametrize("damage", ["cut", "empty", "other key"])
def test_what_cannot_be_read_is_put_aside_and_keeps_nobody_waiting(
    secret: EndpointSecret, damage: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    write(posted(secret), is_known=True)
    (damaged,) = waiting()
    if damage == "other key":
        settings.LEADCRM_FIELD_KEYS = [Fernet.generate_key().decode()]
    else:
        damaged.write_text(damaged.read_text()[:50] if damage == "cut" else "")
    write(posted(secret), is_known=True)
    assert import_waiting() == 1
    assert [path.stem for path in unreadable()] == [damaged.stem]
    assert waiting() == []
    assert f"The spooled request {damaged.stem} cannot be read" in caplog.text


def test_a_file_that_another_process_took_meanwhile_is_no_trouble(
    secret: EndpointSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(posted(secret), is_known=True)
    both_saw = waiting()
    assert import_waiting() == 1
    monkeypatch.setattr(spool, "waiting", lambda: both_saw)
    assert import_waiting() == 0
    assert InboundRequest.objects.count() == 1


@pytest.mark.parametrize("most", [{"MOST_FILES": 2}, {"MOST_BYTES": 1}])
def test_there_is_an_end_to_what_is_kept(
    secret: EndpointSecret, monkeypatch: pytest.MonkeyPatch, most: dict[str, int]
) -> None:
    for name, number in most.items():
        monkeypatch.setitem(getattr(spool, name), spool.KNOWN, number)
    room = 2 if "MOST_FILES" in most else 1
    for _n in range(room):
        write(posted(secret), is_known=True)
    with pytest.raises(SpoolFull):
        write(posted(secret), is_known=True)
    assert len(waiting()) == room


def test_a_disk_that_is_full_leaves_nothing_behind(
    secret: EndpointSecret, spool_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(posted(secret), is_known=True)
    assert list(spool_dir.iterdir()) == []
