"""A database that is away, locked, read-only or silent: what is posted meanwhile is kept in files, and stored once."""

import sqlite3
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test import Client

from leads.api import patience, webhook
from leads.api.patience import Patience, TooSlow
from leads.api.spooling import import_once
from leads.intake import receiving, spool
from leads.intake.interpreting import interpret_waiting
from leads.models import EndpointSecret, InboundRequest
from leads.states import InboundState
from tests.factories import make_secret, text_of
from tests.leads.at_once import end_this_session

LEAD = b'{"LeadSource": "AzureMarketplace"}'
LONGEST_SECONDS = 10.0


@pytest.fixture
def committed(transactional_db: None, spool_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address that other connections see too, of an installation that has no file waiting."""
    monkeypatch.setattr(webhook, "_seen", set())
    yield f"/webhooks/{text_of(make_secret())}"
    connection.close()


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Until it is undone the database cannot be reached."""
    with monkeypatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "NAME", "/nowhere/db" if connection.vendor == "sqlite" else "nowhere")
        yield patch


def is_kept_in_a_file(answer: Any) -> bool:
    """And answered like any other."""
    (path,) = spool.waiting()
    assert answer.json() == {"status": "accepted", "receipt": path.stem}
    return answer.status_code == HTTPStatus.OK  # type: ignore[no-any-return]


def assert_stored_once(receipt: str, body: bytes = LEAD) -> None:
    assert import_once() == 1
    assert spool.waiting() == []
    kept = InboundRequest.objects.get()
    assert (str(kept.id), bytes(kept.body), kept.state) == (receipt, body, InboundState.RECEIVED)
    assert import_once() == 0


def test_while_the_database_is_away_a_lead_is_kept_in_a_file_and_stored_afterwards(
    client: Client, committed: str, away: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.generic("POST", committed, LEAD, "application/json", headers={"User-Agent": "marketplace/1"})
    assert is_kept_in_a_file(answer)
    assert "The database does not take a posted lead: OperationalError" in caplog.messages
    assert import_once() == 0
    assert "1 spooled requests wait for the database: OperationalError" in caplog.messages
    away.undo()
    assert_stored_once(answer.json()["receipt"])
    kept = InboundRequest.objects.get()
    assert (kept.source_address, kept.content_type, kept.user_agent) == (
        "127.0.0.1",
        "application/json",
        "marketplace/1",
    )
    assert kept.secret == EndpointSecret.objects.get()
    assert interpret_waiting().may_be_more is False
    assert InboundRequest.objects.get().state == InboundState.ACCEPTED


def test_what_holds_no_lead_is_kept_and_answered_as_always(
    client: Client, committed: str, away: pytest.MonkeyPatch
) -> None:
    answer = client.generic("POST", committed, b"no lead")
    assert (answer.status_code, answer.json()["status"]) == (HTTPStatus.BAD_REQUEST, "rejected")
    away.undo()
    import_once()
    assert (InboundRequest.objects.get().state, str(InboundRequest.objects.get().id)) == (
        InboundState.REJECTED,
        answer.json()["receipt"],
    )


def test_what_was_posted_to_no_address_is_dropped_afterwards(
    client: Client, committed: str, away: pytest.MonkeyPatch
) -> None:
    assert client.generic("POST", "/webhooks/" + "x" * 43, LEAD).status_code == HTTPStatus.OK
    away.undo()
    assert import_once() == 0
    assert spool.waiting() == []
    assert not InboundRequest.objects.exists()


def test_an_address_that_was_used_before_has_the_larger_room(
    client: Client, committed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(spool.MOST_FILES, spool.UNCHECKED, 1)
    assert client.generic("POST", committed, LEAD).status_code == HTTPStatus.OK
    with monkeypatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "NAME", "/nowhere/db" if connection.vendor == "sqlite" else "nowhere")
        known = [client.generic("POST", committed, LEAD).status_code for _n in range(3)]
        guessed = [client.generic("POST", "/webhooks/" + letter * 43, LEAD).status_code for letter in "xyz"]
    assert known == [200, 200, 200]
    assert guessed == [200, 503, 503]


def test_where_no_file_can_be_written_either_the_sender_is_asked_to_come_back(
    client: Client, committed: str, away: pytest.MonkeyPatch, spool_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool_dir.parent.mkdir(exist_ok=True)
    spool_dir.write_text("in the way")
    answer = client.generic("POST", committed, LEAD)
    assert answer.json() == {"status": "not_kept", "retry_after": 5}
    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "5")
    assert "A posted lead could not be spooled either, and is lost: FileExistsError" in caplog.messages
    spool_dir.unlink()


def test_other_methods_are_asked_to_come_back(client: Client, committed: str, away: pytest.MonkeyPatch) -> None:
    assert client.get(committed).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert spool.waiting() == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has one lock for all writers")
def test_a_lock_that_another_process_keeps(client: Client, committed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = client.generic("POST", committed, LEAD)
    assert is_kept_in_a_file(answer)
    other.execute("ROLLBACK")
    other.close()
    assert_stored_once(answer.json()["receipt"])


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no sessions that a server could end")
def test_a_connection_that_the_server_ended_costs_nothing(client: Client, committed: str) -> None:
    end_this_session()
    close_old_connections()  # as is done before each request
    assert client.generic("POST", committed, LEAD).status_code == HTTPStatus.OK
    assert InboundRequest.objects.count() == 1
    assert spool.waiting() == []


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no sessions that a server could end")
def test_a_connection_that_ends_in_the_middle_of_a_post(client: Client, committed: str) -> None:
    end_this_session()
    answer = client.generic("POST", committed, LEAD)
    assert is_kept_in_a_file(answer)
    connection.close()
    assert_stored_once(answer.json()["receipt"])


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is made read-only by the file system")
def test_a_database_that_takes_no_writes(client: Client, committed: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    answer = client.generic("POST", committed, LEAD)
    assert is_kept_in_a_file(answer)
    connection.close()
    assert_stored_once(answer.json()["receipt"])


def test_a_commit_whose_answer_was_lost_is_not_stored_twice(
    client: Client, committed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is there although the answer never came: the file has the same key."""

    def stored_and_silent(*arguments: Any) -> InboundRequest:
        receiving.receive(*arguments)
        raise TooSlow

    with monkeypatch.context() as patch:
        patch.setattr(webhook, "receive", stored_and_silent)
        answer = client.generic("POST", committed, LEAD)
    assert is_kept_in_a_file(answer)
    assert InboundRequest.objects.count() == 1
    assert_stored_once(answer.json()["receipt"])


def test_a_request_in_a_file_wakes_nobody_until_it_is_stored(
    client: Client, committed: str, away: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr("leads.hints._messenger.want", woken.append)
    client.generic("POST", committed, LEAD)
    assert woken == []
    away.undo()
    import_once()
    assert [task.name for task in woken] == ["leads.tasks.interpret_inbound"]


# --- Patience -------------------------------------------------------------------------------------------------------


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.01)
    event = threading.Event()
    yield event
    event.set()


def test_what_hangs_is_waited_for_once_and_by_nobody_else(released: threading.Event) -> None:
    patient, done = Patience(), threading.Event()

    def hang() -> None:
        assert released.wait(LONGEST_SECONDS)
        done.set()

    with pytest.raises(TooSlow):
        patient.result_of(hang)
    asked: list[str] = []
    with pytest.raises(TooSlow):
        patient.result_of(lambda: asked.append("me"))
    assert asked == []
    released.set()
    assert done.wait(LONGEST_SECONDS)


def test_what_is_done_in_time_gives_its_result_or_its_error(released: threading.Event) -> None:
    patient = Patience()
    assert patient.result_of(lambda: 7) == 7
    with pytest.raises(KeyError):
        patient.result_of(lambda: {"some": 1}["nothing"])
    assert patient.result_of(lambda: 8) == 8
