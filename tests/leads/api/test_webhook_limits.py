"""Too much, too little, too often, and a database that is away."""

import sqlite3
from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test import Client

from leads.api import webhook
from leads.api.limits import PerMinute
from leads.intake.interpreting import interpret_waiting
from leads.models import EndpointSecret, InboundRequest
from leads.states import InboundState
from tests.factories import make_secret, text_of
from tests.leads.at_once import end_this_session

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


# --- The database ---------------------------------------------------------------------------------------------------


@pytest.fixture
def committed(transactional_db: None) -> Iterator[str]:
    """An address that other connections see too."""
    yield f"/webhooks/{text_of(make_secret())}"
    connection.close()


def is_asked_to_come_back(answer: Any) -> bool:
    assert answer.json() == {"status": "not_kept", "retry_after": 5}
    assert answer["Retry-After"] == "5"
    return answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE  # type: ignore[no-any-return]


def test_a_database_that_is_away_makes_it_503_and_its_return_makes_it_200(
    client: Client, committed: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as away:
        connection.close()
        away.setitem(connection.settings_dict, "NAME", "/nowhere/db" if connection.vendor == "sqlite" else "nowhere")
        assert is_asked_to_come_back(client.generic("POST", committed, LEAD))
    assert "A posted lead could not be stored: OperationalError" in caplog.messages
    assert not InboundRequest.objects.exists()
    assert client.generic("POST", committed, LEAD).status_code == HTTPStatus.OK
    assert bytes(InboundRequest.objects.get().body) == LEAD


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has one lock for all writers")
def test_a_lock_that_another_process_keeps_makes_it_503(
    client: Client, committed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert is_asked_to_come_back(client.generic("POST", committed, LEAD))
    other.execute("ROLLBACK")
    other.close()
    assert client.generic("POST", committed, LEAD).status_code == HTTPStatus.OK
    assert InboundRequest.objects.count() == 1


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no sessions that a server could end")
def test_a_connection_that_the_server_ended_costs_no_lead(client: Client, committed: str) -> None:
    end_this_session()
    close_old_connections()  # as Django does at the start of every request that a server hands it
    assert client.generic("POST", committed, LEAD).status_code == HTTPStatus.OK
    assert InboundRequest.objects.count() == 1


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no sessions that a server could end")
def test_a_connection_that_ends_in_the_middle_of_a_post_makes_it_503(client: Client, committed: str) -> None:
    end_this_session()
    assert is_asked_to_come_back(client.generic("POST", committed, LEAD))
    connection.close()
    assert not InboundRequest.objects.exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is made read-only by the file system")
def test_a_database_that_takes_no_writes_makes_it_503(client: Client, committed: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    assert is_asked_to_come_back(client.generic("POST", committed, LEAD))
    connection.close()
    assert not InboundRequest.objects.exists()


def test_a_request_that_is_not_kept_wakes_nobody(
    client: Client, committed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[object] = []
    monkeypatch.setattr("leads.hints._messenger.want", woken.append)
    with monkeypatch.context() as away:
        connection.close()
        away.setitem(connection.settings_dict, "NAME", "/nowhere/db" if connection.vendor == "sqlite" else "nowhere")
        client.generic("POST", committed, LEAD)
    assert woken == []
    client.generic("POST", committed, LEAD)
    assert [task.name for task in woken] == ["leads.tasks.interpret_inbound"]  # type: ignore[attr-defined]
    assert interpret_waiting().may_be_more is False
    assert InboundRequest.objects.get().state == InboundState.ACCEPTED
