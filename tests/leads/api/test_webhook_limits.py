"""Too much, too little, too often."""

from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from leads.api import webhook
from leads.api.limits import PerMinute
from leads.models import EndpointSecret, InboundRequest
from leads.states import InboundState
from tests.factories import make_secret, text_of

LEAD = b'{"LeadSource": "AzureMarketplace"}'
LARGEST = 1024 * 1024
KEPT = 64 * 1024


@pytest.fixture
def secret(db: None) -> EndpointSecret:
    return make_secret()


@pytest.fixture
def address(secret: EndpointSecret) -> str:
    return f"/webhooks/{text_of(secret)}"


def lead_of(size: int) -> bytes:
    return LEAD + b" " * (size - len(LEAD))


class Broken(BytesIO):
    """A connection that ends in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece:
            raise OSError("the client went away")
        return piece


class Endless(BytesIO):
    given = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        self.given += size
        return b" " * size


def post_stream(client: Client, address: str, stream: BytesIO, announced: int | None) -> Any:
    """As a server hands over a request whose body is still under way; ``None`` is a chunked one."""
    length = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    if announced is not None:
        length = {"CONTENT_LENGTH": str(announced)}
    return client.post(address, **{"wsgi.input": stream, "CONTENT_TYPE": "application/json", **length})  # type: ignore[arg-type]


# --- Size -----------------------------------------------------------------------------------------------------------


def test_a_body_of_the_largest_size_is_taken(client: Client, address: str) -> None:
    assert client.generic("POST", address, lead_of(LARGEST)).status_code == HTTPStatus.OK
    kept = InboundRequest.objects.get()
    assert (len(kept.body), kept.body_size, kept.is_cut) == (LARGEST, LARGEST, False)


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_of_a_body_that_is_too_large_the_first_part_is_kept(client: Client, address: str, chunked: bool) -> None:
    body = lead_of(LARGEST + 1)
    answer = post_stream(client, address, BytesIO(body), None if chunked else len(body))
    kept = InboundRequest.objects.get()
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert answer.json() == {
        "status": "rejected",
        "receipt": str(kept.id),
        "reason": "too_large",
        "message": "The body has 1048577 bytes; at most 1048576 are taken. Send fewer leads at once.",
    }
    assert bytes(kept.body) == body[:KEPT]
    assert (kept.body_size, kept.state, kept.is_cut) == (LARGEST + 1, InboundState.REJECTED, True)


def test_a_size_that_is_only_announced_is_believed_and_not_waited_for(client: Client, address: str) -> None:
    answer = post_stream(client, address, BytesIO(LEAD), 10**12)
    kept = InboundRequest.objects.get()
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert (bytes(kept.body), kept.body_size) == (LEAD, 10**12)


def test_an_endless_chunked_body_is_not_read_to_its_end(client: Client, address: str) -> None:
    endless = Endless()
    answer = post_stream(client, address, endless, None)
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert endless.given == LARGEST + 1


def test_a_chunked_body_is_read_to_its_end(client: Client, address: str) -> None:
    assert post_stream(client, address, BytesIO(LEAD), None).status_code == HTTPStatus.OK
    assert bytes(InboundRequest.objects.get().body) == LEAD


@pytest.mark.parametrize("stream", [BytesIO, Broken], ids=["ended", "broken"])
def test_a_body_that_was_cut_off_is_kept_as_far_as_it_came(client: Client, address: str, stream: type[BytesIO]) -> None:
    answer = post_stream(client, address, stream(LEAD[:20]), len(LEAD))
    kept = InboundRequest.objects.get()
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert (kept.state, kept.reason, kept.reason_params) == (InboundState.REJECTED, "cut_off", {"size": 20})
    assert bytes(kept.body) == LEAD[:20]


def test_a_chunked_body_that_was_cut_off_is_kept_as_far_as_it_came(client: Client, address: str) -> None:
    answer = post_stream(client, address, Broken(LEAD[:20]), None)
    kept = InboundRequest.objects.get()
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert (kept.state, kept.reason) == (InboundState.REJECTED, "cut_off")
    assert bytes(kept.body) == LEAD[:20]


@pytest.mark.parametrize("length", ["", "many", "-1"])
def test_a_length_that_is_no_number_means_no_body(client: Client, address: str, length: str) -> None:
    answer = client.post(address, **{"wsgi.input": BytesIO(LEAD), "CONTENT_LENGTH": length})  # type: ignore[arg-type]
    assert answer.json()["reason"] == "empty"


# --- Rate -----------------------------------------------------------------------------------------------------------


def test_far_too_many_posts_of_an_endpoint_are_told_to_come_back(
    client: Client, address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEADCRM_WEBHOOK_LIMIT_PER_MINUTE = 2
    monkeypatch.setattr(webhook, "_limit", PerMinute())
    other = f"/webhooks/{text_of(make_secret())}"
    answers = [client.generic("POST", path, LEAD) for path in (address, address, address, other)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert answers[2]["Retry-After"] == "60"
    assert answers[2].json() == {"status": "not_kept", "retry_after": 60}
    assert InboundRequest.objects.count() == 3


def test_a_new_minute_counts_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 600.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    limit = PerMinute()
    assert [limit.exceeded(1, 2) for _post in range(3)] == [False, False, True]
    assert limit.exceeded(2, 2) is False
    now = 659.9
    assert limit.exceeded(1, 2) is True
    now = 660.0
    assert limit.exceeded(1, 2) is False


def test_a_limit_of_zero_is_none() -> None:
    limit = PerMinute()
    assert not any(limit.exceeded(1, 0) for _post in range(10_000))
