"""Files of a day: added to, by several processes at once, and after lost answers, each lead once."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from integrations.connectors.azure_blob import container as container_module
from integrations.contract import Arrival, Delivered, FailureKind
from integrations.mapping import FieldMap, Origin, Rule
from tests.azurite.storage import Storage
from tests.fault_proxy import answers, commits_then_drops, hangs
from tests.integrations.connectors.azure_blob.conftest import OpenConnector, blobs_in, text_of
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

LINES, ROWS = "2026-11-22.jsonl", "2026-11-22.csv"
LAYOUTS = [("lines", LINES), ("csv", ROWS)]
HEADER = (
    "Id,ReceivedAt,FirstName,LastName,Email,Phone,Country,Company,Title,LeadSource,ActionCode,OfferTitle,Description"
)
APPEND = "comp=appendblock"


def ids_in(storage: Storage, name: str) -> list[str]:
    if name.endswith(".csv"):
        return [row["Id"] for row in csv.DictReader(io.StringIO(text_of(storage, name), newline=""))]
    return [json.loads(line)["Id"] for line in text_of(storage, name).splitlines()]


def put_file(storage: Storage, name: str, content: bytes) -> None:
    with storage.blobs() as service:
        blob = service.get_blob_client(storage.name, name)
        blob.create_append_blob()
        blob.append_block(content)


@pytest.mark.parametrize(("layout", "name"), LAYOUTS)
def test_a_lost_answer_makes_one_line_in_the_end(
    connectors: OpenConnector, container: Storage, layout: str, name: str
) -> None:
    container.blob_proxy.plays(commits_then_drops, path=APPEND)
    connector = connectors(layout=layout)
    (lost,) = connector.deliver([RECORD])
    assert failure_of(lost).kind is FailureKind.UNANSWERED
    (again,) = connector.deliver([RECORD])
    assert again.result == Delivered(Arrival.ALREADY_THERE, name)
    assert ids_in(container, name) == [str(RECORD.key)]


@pytest.mark.parametrize(("layout", "name"), LAYOUTS)
def test_another_process_finds_the_line_of_the_first(
    connectors: OpenConnector, container: Storage, layout: str, name: str
) -> None:
    container.blob_proxy.plays(commits_then_drops, path=APPEND)
    records = some(3, description='two\nlines, "quoted"')
    connectors(layout=layout).deliver([records[0]])
    arrivals = [delivered(outcome).arrival for outcome in connectors(layout=layout).deliver(records)]
    assert arrivals == [Arrival.ALREADY_THERE, Arrival.CREATED, Arrival.CREATED]
    assert ids_in(container, name) == [str(record.key) for record in records]


@pytest.mark.parametrize(("layout", "name"), LAYOUTS)
def test_when_several_processes_add_at_once_no_line_is_lost_or_doubled(
    connectors: OpenConnector, container: Storage, layout: str, name: str
) -> None:
    processes = [connectors(layout=layout) for _number in range(2)]
    records = some(20)
    work = [(processes[number % 2], record) for number, record in enumerate(records * 2)]
    with ThreadPoolExecutor(6) as workers:
        outcomes = list(workers.map(lambda one: one[0].deliver([one[1]])[0], work))
    assert sorted(delivered(outcome).arrival for outcome in outcomes) == ["already_there"] * 20 + ["created"] * 20
    assert sorted(ids_in(container, name)) == sorted(str(record.key) for record in records)


def test_a_line_of_json_is_what_a_blob_would_hold(connectors: OpenConnector, container: Storage) -> None:
    connectors(layout="lines", folder="leads").deliver([replace(RECORD, first_name="김민아")])
    (line,) = text_of(container, f"leads/{LINES}").splitlines()
    assert line.startswith(f'{{"Id":"{RECORD.key}","ReceivedAt":"2026-11-22T06:00:00Z","FirstName":"김민아",')


def test_a_csv_file_begins_with_its_columns_and_holds_no_formulas(
    connectors: OpenConnector, container: Storage
) -> None:
    odd = replace(RECORD, first_name="=1+1", last_name='a,"b"', phone="+82 10", company="@x", description="-\nnote")
    connectors(layout="csv").deliver([odd, *some(1, title="")])
    text = text_of(container, ROWS)
    assert text.splitlines()[0] == HEADER
    first, second = csv.DictReader(io.StringIO(text, newline=""))
    assert (first["FirstName"], first["LastName"], first["Phone"]) == ("'=1+1", 'a,"b"', "'+82 10")
    assert (first["Company"], first["Description"], second["Title"]) == ("'@x", "'-\nnote", "")


def test_a_day_that_has_begun_keeps_its_columns_when_the_fields_change(
    connectors: OpenConnector, container: Storage
) -> None:
    connectors(layout="csv").deliver(some(1))
    fields = FieldMap.of([], [Rule("Email", Origin.FIELD, "email"), Rule("Extra", Origin.CONSTANT, "x")])
    changed = connectors(layout="csv", fields=fields)
    tomorrow = some(1, received_at=datetime(2026, 11, 23, tzinfo=UTC))
    changed.deliver([*some(1), *tomorrow])
    rows = list(csv.DictReader(io.StringIO(text_of(container, ROWS), newline="")))
    assert [(row["Email"], row["FirstName"]) for row in rows] == [
        ("person-0@fabrikam.example", name) for name in ("Mina", "")
    ]
    assert text_of(container, "2026-11-23.csv").splitlines()[0] == "Id,ReceivedAt,Email,Extra"


def test_each_day_has_its_file(connectors: OpenConnector, container: Storage) -> None:
    days = [replace(some(1)[0], received_at=datetime(2026, 11, day, 23, tzinfo=UTC)) for day in range(1, 12)]
    connector = connectors(layout="lines")
    connector.deliver(days)
    assert {delivered(outcome).arrival for outcome in connector.deliver(days)} == {Arrival.ALREADY_THERE}
    assert [len(content.splitlines()) for content in blobs_in(container).values()] == [1] * 11


def test_in_quiet_times_a_lead_is_one_call(connectors: OpenConnector, container: Storage) -> None:
    connector = connectors(layout="lines")
    connector.deliver(some(1))
    container.blob_proxy.requests.clear()
    connector.deliver(some(3))
    assert [APPEND in request.path for request in container.blob_proxy.requests] == [True] * 3


def test_a_long_file_is_read_in_pieces(
    connectors: OpenConnector, container: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_module, "PIECE", 700)
    records = some(12, description="x\ny" * 30)
    connectors(layout="csv").deliver(records)
    arrivals = {delivered(outcome).arrival for outcome in connectors(layout="csv").deliver(records)}
    assert arrivals == {Arrival.ALREADY_THERE}
    assert len(ids_in(container, ROWS)) == 12


def test_a_line_that_somebody_left_open_is_ended_first(connectors: OpenConnector, container: Storage) -> None:
    put_file(container, LINES, b'{"Id":"x","note":"by hand"}')
    connectors(layout="lines").deliver([RECORD])
    assert ids_in(container, LINES) == ["x", str(RECORD.key)]


@pytest.mark.parametrize(("layout", "name"), LAYOUTS)
def test_a_file_that_is_none_of_ours_is_left_alone(
    connectors: OpenConnector, container: Storage, layout: str, name: str
) -> None:
    put_file(container, name, b"Something,Else\r\n1,2\r\n")
    (outcome,) = connectors(layout=layout).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.MISCONFIGURED, "azure_file_unlike")
    assert blobs_in(container) == {name: b"Something,Else\r\n1,2\r\n"}


def test_a_file_that_was_deleted_or_replaced_meanwhile_is_begun_anew(
    connectors: OpenConnector, container: Storage
) -> None:
    connector, records = connectors(layout="lines"), some(4)
    connector.deliver(records[:2])
    with container.blobs() as service:
        service.get_blob_client(container.name, LINES).delete_blob()
    assert delivered(connector.deliver([records[2]])[0]).arrival is Arrival.CREATED
    with container.blobs() as service:
        service.get_blob_client(container.name, LINES).delete_blob()
    put_file(container, LINES, b'{"Id":"y"}\n')
    assert delivered(connector.deliver([records[3]])[0]).arrival is Arrival.CREATED
    assert ids_in(container, LINES) == ["y", str(records[3].key)]


def test_a_block_blob_in_its_place_is_named(connectors: OpenConnector, container: Storage) -> None:
    with container.blobs() as service:
        service.get_blob_client(container.name, LINES).upload_blob(b'{"Id":"z"}\n')
    (outcome,) = connectors(layout="lines").deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "azure_blob_of_other_type")


def test_who_never_finds_a_gap_is_tried_again_later(connectors: OpenConnector, container: Storage) -> None:
    connector = connectors(layout="lines")
    connector.deliver(some(1))
    moved = answers(412, x_ms_error_code="AppendPositionConditionNotMet")
    container.blob_proxy.plays(moved, path=APPEND, times=99)
    (outcome,) = connector.deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "azure_file_busy")
    assert str(RECORD.key) not in ids_in(container, LINES)


@pytest.mark.parametrize("permission", ["rac", "racw", "rcw"])
def test_a_sas_with_read_and_add_or_write_will_do(
    connectors: OpenConnector, container: Storage, permission: str
) -> None:
    connector = connectors(layout="lines", connection=container.container_sas_url(permission))
    assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.CREATED
    assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.ALREADY_THERE


def test_a_missing_container_is_made_for_the_first_file(connectors: OpenConnector, storage: Storage) -> None:
    (outcome,) = connectors(layout="csv", create_container=True).deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert ids_in(storage, ROWS) == [str(RECORD.key)]


def test_a_server_that_hangs_does_not_hold_up_what_comes_after(connectors: OpenConnector, container: Storage) -> None:
    container.blob_proxy.plays(hangs, path=APPEND)
    connector = connectors(layout="lines", impatient=True)
    first, second = connector.deliver(some(2))
    assert failure_of(first).cause == "no_answer_in_time"
    assert delivered(second).arrival is Arrival.CREATED


def test_what_is_kept_of_reading_shows_nobody_elses_lead(connectors: OpenConnector, container: Storage) -> None:
    connectors(layout="lines").deliver(some(1, first_name="Zoë"))
    container.blob_proxy.plays(answers(403, x_ms_error_code="AuthorizationFailure"), path=APPEND)
    (outcome,) = connectors(layout="lines").deliver([RECORD])
    assert outcome.exchange
    assert "Mina" in outcome.exchange.request_body
    assert "Zoë" not in repr(outcome)


def test_a_line_cannot_be_removed(connectors: OpenConnector, container: Storage) -> None:
    connector = connectors(layout="lines")
    (outcome,) = connector.deliver([RECORD])
    assert connector.remove(delivered(outcome), RECORD.key) is False
    assert ids_in(container, LINES) == [str(RECORD.key)]


def test_a_note_that_quotes_another_lead_does_not_pass_for_it(connectors: OpenConnector, container: Storage) -> None:
    other = UUID("00000000-0000-7000-8000-000000000001")
    note = f'see {{"Id":"{other}"}} please'
    connectors(layout="lines").deliver([replace(RECORD, description=note)])
    (outcome,) = connectors(layout="lines").deliver([replace(RECORD, key=other)])
    assert delivered(outcome).arrival is Arrival.CREATED
