"""Rows in a real table: Microsoft's own emulator, with a proxy before it for what it never does."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.data.tables import AccountSasPermissions, ResourceTypes, UpdateMode

from integrations.contract import Arrival, Delivered, FailureKind
from integrations.mapping import FieldMap, Origin, Rule
from tests.azurite.storage import Storage
from tests.fault_proxy import Fault, answers, commits_then_drops, cuts_the_answer, drops, hangs
from tests.integrations.connectors.azure_table.conftest import OpenConnector, rows_in
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

DECEMBER = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)


def edit(storage: Storage, **columns: str) -> None:
    """As a sales person does it."""
    key = {"PartitionKey": "202611", "RowKey": str(RECORD.key)}
    with storage.tables() as service:
        service.get_table_client(storage.name).update_entity(key | columns, mode=UpdateMode.MERGE)


def test_a_lost_answer_makes_one_row_in_the_end_and_spares_what_sales_changed(
    connectors: OpenConnector, table: Storage
) -> None:
    table.table_proxy.plays(commits_then_drops)
    connector = connectors()
    (lost,) = connector.deliver([RECORD])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "connection_lost")
    edit(table, Phone="+49 1")
    (again,) = connector.deliver([RECORD])
    assert again.result == Delivered(Arrival.ALREADY_THERE, f"202611/{RECORD.key}")
    (row,) = rows_in(table)
    assert (row["RowKey"], row["Phone"], row["FirstName"]) == (str(RECORD.key), "+49 1", "Mina")
    assert len(table.table_proxy.requests) == 2


def test_a_lost_answer_to_a_batch_makes_each_row_once(connectors: OpenConnector, table: Storage) -> None:
    table.table_proxy.plays(commits_then_drops)
    connector, records = connectors(), some(5)
    assert {failure_of(outcome).kind for outcome in connector.deliver(records)} == {FailureKind.UNANSWERED}
    assert {delivered(outcome).arrival for outcome in connector.deliver(records)} == {Arrival.ALREADY_THERE}
    assert len(rows_in(table)) == 5


def test_a_row_has_every_field_as_it_was_given(connectors: OpenConnector, table: Storage) -> None:
    odd = replace(RECORD, first_name="Zoë 김민아 🚀", last_name="עברית O'Brien", description='a\n"b" & <c>')
    (outcome,) = connectors(customer_info=True).deliver([odd])
    assert outcome.result == Delivered(Arrival.CREATED, f"202611/{RECORD.key}")
    (row,) = rows_in(table)
    person = {
        "FirstName": "Zoë 김민아 🚀",
        "LastName": "עברית O'Brien",
        "Email": "mina.park@fabrikam.example",
        "Phone": "821055501234",
        "Country": "KR",
        "Company": "Fabrikam",
        "Title": "IT manager",
    }
    assert json.loads(row.pop("CustomerInfo")) == person
    assert row.pop("CreatedTime") == datetime(2026, 11, 22, 6, 0, 0, tzinfo=UTC)
    assert row == person | {
        "PartitionKey": "202611",
        "RowKey": str(RECORD.key),
        "LeadSource": "AzureMarketplace-INS|contoso.fw",
        "ActionCode": "INS",
        "OfferDisplayName": "Contoso Firewall",
        "Description": 'a\n"b" & <c>',
    }


def test_an_empty_field_makes_no_column(connectors: OpenConnector, table: Storage) -> None:
    connectors().deliver([replace(RECORD, company="", title="")])
    (row,) = rows_in(table)
    assert not {"Company", "Title", "CustomerInfo"} & set(row)


def test_a_hundred_leads_of_a_month_are_one_call(connectors: OpenConnector, table: Storage) -> None:
    outcomes = connectors().deliver(some(100))
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert [request.path.rpartition("/")[2] for request in table.table_proxy.requests] == ["$batch"]
    assert len(rows_in(table)) == 100


def test_outcomes_come_in_the_order_of_the_records_whatever_their_month(
    connectors: OpenConnector, table: Storage
) -> None:
    records = some(4)
    mixed = [replace(record, received_at=DECEMBER) if number % 2 else record for number, record in enumerate(records)]
    outcomes = connectors().deliver(mixed)
    assert [outcome.key for outcome in outcomes] == [record.key for record in mixed]
    assert [delivered(outcome).external_id[:6] for outcome in outcomes] == ["202611", "202612", "202611", "202612"]
    assert len(table.table_proxy.requests) == 2


def test_the_month_is_that_of_utc(connectors: OpenConnector, table: Storage) -> None:
    east = datetime(2026, 12, 1, 3, 0, tzinfo=UTC).astimezone(None) - timedelta(hours=4)
    connectors().deliver([replace(RECORD, received_at=east)])
    assert [row["PartitionKey"] for row in rows_in(table)] == ["202611"]


def test_of_a_batch_only_what_is_missing_is_added(connectors: OpenConnector, table: Storage) -> None:
    connector, records = connectors(), some(6)
    connector.deliver([records[1], records[4]])
    table.table_proxy.requests.clear()
    arrivals = [delivered(outcome).arrival for outcome in connector.deliver(records)]
    there, new = Arrival.ALREADY_THERE, Arrival.CREATED
    assert arrivals == [new, there, new, new, there, new]
    assert len(rows_in(table)) == 6
    assert len(table.table_proxy.requests) == 3


def test_one_bad_lead_among_good_ones_fails_alone(connectors: OpenConnector, table: Storage) -> None:
    body = b'{"odata.error":{"code":"EntityTooLarge","message":{"value":"1:The entity is larger.\\nRequestId:1"}}}'
    inner = b"\r\n".join(
        [
            b"--b", b"Content-Type: multipart/mixed; boundary=c", b"", b"--c", b"Content-Type: application/http",
            b"Content-Transfer-Encoding: binary", b"", b"HTTP/1.1 400 Bad Request",
            b"Content-Type: application/json;charset=utf-8", b"", body, b"--c--", b"--b--", b"",
        ]
    )  # fmt: skip
    table.table_proxy.plays(answers(202, inner, Content_Type="multipart/mixed; boundary=b"))
    first, bad, last = connectors().deliver(some(3))
    assert {delivered(first).arrival, delivered(last).arrival} == {Arrival.CREATED}
    failure = failure_of(bad)
    assert (failure.kind, failure.cause, failure.code) == (
        FailureKind.REJECTED, "azure_record_refused", "EntityTooLarge",
    )  # fmt: skip
    assert failure.detail == "The entity is larger."
    assert len(rows_in(table)) == 2


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_one_fails_alone(
    connectors: OpenConnector, table: Storage
) -> None:
    table.table_proxy.plays(answers(413, x_ms_error_code="RequestBodyTooLarge"), path="$batch", times=2)
    table.table_proxy.plays(answers(413, x_ms_error_code="RequestBodyTooLarge"), path=table.name)
    outcomes = connectors().deliver(some(4))
    assert failure_of(outcomes[0]).cause == "record_too_large"
    assert [delivered(outcome).arrival for outcome in outcomes[1:]] == [Arrival.CREATED] * 3
    assert len(rows_in(table)) == 3


def test_large_leads_are_spread_over_several_calls(connectors: OpenConnector, table: Storage) -> None:
    outcomes = connectors().deliver(some(40, description="김" * 30_000))
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert len(table.table_proxy.requests) == 3
    assert max(len(request.body) for request in table.table_proxy.requests) < 4 * 1024 * 1024


def test_two_workers_with_the_same_lead_make_one_row(connectors: OpenConnector, table: Storage) -> None:
    connector = connectors()
    with ThreadPoolExecutor(8) as workers:
        outcomes = list(workers.map(lambda _number: connector.deliver([RECORD])[0], range(8)))
    assert sorted(delivered(outcome).arrival for outcome in outcomes) == ["already_there"] * 7 + ["created"]
    assert len(rows_in(table)) == 1


def test_a_text_that_is_too_long_is_cut_and_that_is_noted(connectors: OpenConnector, table: Storage) -> None:
    (outcome,) = connectors().deliver([replace(RECORD, description="x" * 32_767 + "🚀y")])
    (note,) = outcome.notes
    assert (note.code, note.params) == ("cut", {"field": "Description", "length": 32_770, "limit": 32_768})
    assert rows_in(table)[0]["Description"] == "x" * 32_767


def test_a_field_that_can_be_no_column_stops_everything_before_it_is_sent(
    connectors: OpenConnector, table: Storage
) -> None:
    fields = FieldMap.of([], [Rule("Lead-Source", Origin.FIELD, "lead_source")])
    outcomes = connectors(fields=fields).deliver(some(2))
    failure = failure_of(outcomes[0])
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "azure_column_name")
    assert failure.params == {"column": "Lead-Source"}
    assert table.table_proxy.requests == []


def test_no_rule_can_take_the_place_of_the_key(connectors: OpenConnector, table: Storage) -> None:
    fields = FieldMap.of([], [Rule("RowKey", Origin.FIELD, "email"), Rule("Mail", Origin.FIELD, "email")])
    connectors(fields=fields).deliver([RECORD])
    (row,) = rows_in(table)
    assert (row["RowKey"], row["Mail"]) == (str(RECORD.key), RECORD.email)


def test_a_missing_table_is_made_where_that_is_allowed(connectors: OpenConnector, storage: Storage) -> None:
    outcomes = connectors(create_table=True).deliver(some(3))
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert len(rows_in(storage)) == 3
    assert len(storage.table_proxy.requests) == 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_missing_table_is_named_where_it_may_not_be_made(
    connectors: OpenConnector, storage: Storage, count: int
) -> None:
    outcomes = connectors().deliver(some(count))
    failure = failure_of(outcomes[-1])
    assert (failure.kind, failure.cause, failure.code) == (
        FailureKind.MISCONFIGURED, "azure_table_not_found", "TableNotFound",
    )  # fmt: skip
    assert failure.params["name"] == storage.name
    assert len(storage.table_proxy.requests) == 1


def test_a_sas_that_may_only_add_delivers_and_recognises_repeats(connectors: OpenConnector, table: Storage) -> None:
    connector, records = connectors(connection=table.table_sas_url("a")), some(3)
    assert {delivered(outcome).arrival for outcome in connector.deliver(records)} == {Arrival.CREATED}
    assert {delivered(outcome).arrival for outcome in connector.deliver(records)} == {Arrival.ALREADY_THERE}
    assert len(rows_in(table)) == 3


@pytest.mark.parametrize(
    ("trouble", "first", "others"),
    [
        (drops, "connection_lost", "azure_not_tried"),
        (answers(503), "server_trouble", "azure_not_tried"),
        (answers(409, x_ms_error_code="TableBeingDeleted"), "azure_being_deleted", "azure_being_deleted"),
    ],
)
def test_after_a_month_that_could_not_be_sent_the_next_one_waits(
    connectors: OpenConnector, table: Storage, trouble: Fault, first: str, others: str
) -> None:
    table.table_proxy.plays(trouble)
    november, december = some(1), some(1, received_at=DECEMBER)
    outcomes = connectors().deliver([*november, *december])
    assert [failure_of(outcome).cause for outcome in outcomes] == [first, others]
    assert {failure_of(outcome).kind for outcome in outcomes[1:]} == {FailureKind.TEMPORARY}
    assert len(table.table_proxy.requests) == 1
    assert rows_in(table) == []


def test_rows_go_singly_once_it_is_known_that_a_sas_opens_no_batch(connectors: OpenConnector, table: Storage) -> None:
    connector = connectors(connection=table.table_sas_url("a"))
    connector.deliver(some(2))
    connector.deliver(some(2))
    last_parts = [request.path.partition("?")[0].rpartition("/")[2] for request in table.table_proxy.requests]
    assert last_parts == ["$batch", *[table.name] * 4]


def test_a_sas_of_the_account_opens_batches(connectors: OpenConnector, table: Storage) -> None:
    url = table.account_sas_url(resource_types=ResourceTypes(object=True), permission=AccountSasPermissions(add=True))
    outcomes = connectors(connection=url).deliver(some(3))
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert len(table.table_proxy.requests) == 1


def test_a_sas_that_opens_nothing_is_tried_twice_at_most(connectors: OpenConnector, table: Storage) -> None:
    table.table_proxy.plays(answers(403, x_ms_error_code="AuthorizationFailure"), times=9)
    outcomes = connectors(connection=table.table_sas_url("a")).deliver(some(5))
    assert {failure_of(outcome).cause for outcome in outcomes} == {"azure_access_blocked"}
    assert len(table.table_proxy.requests) == 2


def test_when_the_key_is_wrong_only_one_call_is_made(connectors: OpenConnector, table: Storage) -> None:
    records = [*some(2), *some(2, received_at=DECEMBER)]
    outcomes = connectors(connection=table.connection_string(key="AAAA" * 21 + "AA==")).deliver(records)
    assert {failure_of(outcome).kind for outcome in outcomes} == {FailureKind.MISCONFIGURED}
    assert len(table.table_proxy.requests) == 1


def test_a_request_that_never_arrived_leaves_nothing_and_goes_through_the_next_time(
    connectors: OpenConnector, table: Storage
) -> None:
    table.table_proxy.plays(drops)
    connector = connectors()
    assert failure_of(connector.deliver([RECORD])[0]).kind is FailureKind.UNANSWERED
    assert rows_in(table) == []
    assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.CREATED


def test_a_server_that_hangs_is_left_in_time(connectors: OpenConnector, table: Storage) -> None:
    table.table_proxy.plays(hangs)
    (outcome,) = connectors(impatient=True).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.UNANSWERED, "no_answer_in_time")


def test_an_answer_that_breaks_off_is_none(connectors: OpenConnector, table: Storage) -> None:
    table.table_proxy.plays(cuts_the_answer)
    outcomes = connectors().deliver(some(2))
    assert {failure_of(outcome).cause for outcome in outcomes} == {"answer_cut_off"}
    assert {failure_of(outcome).kind for outcome in outcomes} == {FailureKind.UNANSWERED}


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("status", [200, 202])
def test_a_page_with_a_good_status_is_no_delivery(
    connectors: OpenConnector, table: Storage, status: int, count: int
) -> None:
    table.table_proxy.plays(answers(status, b"<html>Back soon</html>", Content_Type="text/html"))
    outcome = connectors().deliver(some(count))[0]
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert rows_in(table) == []


def test_a_redirect_is_not_followed(connectors: OpenConnector, table: Storage) -> None:
    table.table_proxy.plays(answers(307, Location="https://elsewhere.example/x?sig=secret"))
    (outcome,) = connectors().deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "redirected")
    assert failure.detail == "https://elsewhere.example/x?[redacted]"
    assert len(table.table_proxy.requests) == 1


@pytest.mark.parametrize(
    ("headers", "kind", "cause", "seconds"),
    [
        ({"Retry_After": "7"}, FailureKind.THROTTLED, "throttled", 7),
        ({}, FailureKind.TEMPORARY, "azure_busy", None),
    ],
)
def test_a_busy_server_is_asked_once_and_given_the_time_it_asks_for(
    connectors: OpenConnector, table: Storage, headers: dict[str, str], kind: FailureKind, cause: str,
    seconds: int | None,
) -> None:  # fmt: skip
    table.table_proxy.plays(answers(503, x_ms_error_code="ServerBusy", **headers))
    (outcome,) = connectors().deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause, failure.http_status) == (kind, cause, 503)
    assert failure.retry_after == (timedelta(seconds=seconds) if seconds else None)
    assert len(table.table_proxy.requests) == 1


def test_what_is_kept_of_a_batch_speaks_of_one_lead_only(connectors: OpenConnector, table: Storage) -> None:
    mina, zoe = some(1)[0], replace(some(1)[0], first_name="Zoë")
    outcomes = connectors().deliver([mina, zoe])
    assert all(outcome.exchange for outcome in outcomes)
    first, second = (outcome.exchange for outcome in outcomes)
    assert first
    assert second
    assert json.loads(first.request_body)["FirstName"] == "Mina"
    assert json.loads(second.request_body)["FirstName"] == "Zoë"
    assert "Zoë" not in repr(first)
    assert (first.method, first.response_status, first.url.rpartition("/")[2]) == ("POST", 202, "$batch")


def test_a_test_row_can_be_removed_and_another_cannot(connectors: OpenConnector, table: Storage) -> None:
    connector = connectors()
    (first,) = connector.deliver([RECORD])
    (again,) = connector.deliver([RECORD])
    assert connector.remove(delivered(again), RECORD.key) is False
    assert connector.remove(delivered(first), some(1)[0].key) is False
    assert len(rows_in(table)) == 1
    assert connector.remove(delivered(first), RECORD.key) is True
    assert rows_in(table) == []


def test_a_row_stays_where_the_sas_may_not_delete(connectors: OpenConnector, table: Storage) -> None:
    connector = connectors(connection=table.table_sas_url("a"))
    (outcome,) = connector.deliver([RECORD])
    assert connector.remove(delivered(outcome), RECORD.key) is False
    assert len(rows_in(table)) == 1


def test_the_preview_shows_the_row_and_sends_nothing(connectors: OpenConnector, table: Storage) -> None:
    preview = connectors().preview(RECORD)
    assert preview.exchange
    assert (preview.exchange.method, preview.exchange.url) == ("POST", f"{table.table_url}/{table.name}")
    shown = json.loads(preview.exchange.request_body)
    assert (shown["PartitionKey"], shown["RowKey"], shown["FirstName"]) == ("202611", str(RECORD.key), "Mina")
    assert (shown["CreatedTime"], shown["CreatedTime@odata.type"]) == ("2026-11-22T06:00:00Z", "Edm.DateTime")
    assert preview.exchange.response_status is None
    assert table.table_proxy.requests == []
