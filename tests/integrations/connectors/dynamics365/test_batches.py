"""Several leads in one request, over real sockets against the sandbox's Dataverse."""

import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.connectors.dynamics365.fields import DEFAULT_FIELDS, RULES
from integrations.contract import Arrival, Delivered, Failure, FailureKind, Note, Outcome
from integrations.mapping import Origin, Rule
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.connectors.dynamics365.conftest import KEY_COLUMN, OpenConnector, calls_of, leads_in
from tests.integrations.far_end import FarEnd, answer, answering
from tests.integrations.records import RECORD, failure_of, kind_and_cause, some


def fault(server: Dataverse, action: str, path: str = "$batch", **how: Any) -> None:
    server.control("faults", {"match": {"path": path}, "action": action, **how})


def arrivals(outcomes: list[Outcome]) -> list[str]:
    return [
        outcome.result.arrival if isinstance(outcome.result, Delivered) else outcome.result.kind for outcome in outcomes
    ]


def test_a_batch_stored_before_the_line_broke_makes_no_second_records_and_keeps_what_sales_wrote(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    records = some(3)
    fault(dataverse, "commit_then_drop")
    lost = connector.deliver(records)
    assert arrivals(lost) == [FailureKind.UNANSWERED] * 3
    edit = {"collection": "leads", "key": str(records[1].key), "fields": {"companyname": "Fabrikam Ltd"}}
    dataverse.control("records", edit)
    again = connector.deliver(records)
    assert arrivals(again) == [Arrival.ALREADY_THERE] * 3
    assert [outcome.key for outcome in again] == [record.key for record in records]
    companies = {lead["key"]: lead["fields"]["companyname"] for lead in leads_in(dataverse)}
    assert [companies[str(record.key)] for record in records] == ["Fabrikam", "Fabrikam Ltd", "Fabrikam"]


@pytest.mark.parametrize("count", [2, 99, 100])
def test_up_to_a_hundred_leads_are_one_call(dataverse: Dataverse, connector: Dynamics365Connector, count: int) -> None:
    records = some(count)
    outcomes = connector.deliver(records)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    assert arrivals(outcomes) == [Arrival.CREATED] * count
    assert {lead["key"] for lead in leads_in(dataverse)} == {str(record.key) for record in records}
    assert calls_of(dataverse) == [("POST", 200), ("POST", 200)]


def test_each_lead_of_a_batch_keeps_its_own_part_and_nobody_elses(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    records = [replace(record, last_name=f"Person-{number}") for number, record in enumerate(some(3))]
    for number, outcome in enumerate(connector.deliver(records)):
        exchange = outcome.exchange
        assert exchange is not None
        assert (exchange.method, exchange.response_status) == ("PATCH", 204)
        assert exchange.url == f"{dataverse.url}/api/data/v9.2/leads({outcome.key})"
        assert json.loads(exchange.request_body)["lastname"] == f"Person-{number}"
        assert exchange.request_body.count("Person-") == 1
        assert exchange.response_headers["odata-entityid"] == exchange.url
        assert isinstance(outcome.result, Delivered)
        assert outcome.result.external_url.endswith(f"&id={outcome.key}")


def test_letters_of_all_scripts_arrive(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    records = some(2, first_name="Zoë", last_name="김민아", company="🚀 عربي", description="a\u2028b\r\n--batch_x\nc")
    connector.deliver(records)
    for lead in leads_in(dataverse):
        columns = lead["fields"]
        assert (columns["firstname"], columns["lastname"], columns["companyname"]) == ("Zoë", "김민아", "🚀 عربي")
        assert columns["description"].startswith("a\u2028b\r\n--batch_x\nc\n\n--\n")


def test_one_lead_that_is_refused_stands_alone(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    dataverse.control("config", {"variants": {"plug_in": "refuses"}})
    good, bad, also_good = some(3)
    outcomes = connector.deliver([good, replace(bad, company="REFUSE"), also_good])
    assert arrivals(outcomes) == [Arrival.CREATED, FailureKind.REJECTED, Arrival.CREATED]
    failure = failure_of(outcomes[1])
    assert (failure.cause, failure.code) == ("dynamics365_plugin_refused", "0x80040265")
    assert failure.detail
    assert len(leads_in(dataverse)) == 2
    assert len(calls_of(dataverse, "$batch")) == 1


def test_bad_neighbours_stop_nobody_while_others_of_the_same_call_arrive(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    dataverse.control("config", {"variants": {"plug_in": "refuses"}})
    outcomes = connector.deliver([*some(9), *some(3, company="REFUSE"), *some(8)])
    refused = [FailureKind.REJECTED] * 3
    assert arrivals(outcomes) == [*[Arrival.CREATED] * 9, *refused, *[Arrival.CREATED] * 8]


def test_a_plug_in_that_refuses_all_leads_costs_two_of_them(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    dataverse.control("config", {"variants": {"plug_in": "refuses"}})
    outcomes = connector.deliver(some(10, company="REFUSE"))
    assert arrivals(outcomes) == [FailureKind.REJECTED] * 2 + [FailureKind.MISCONFIGURED] * 8
    assert failure_of(outcomes[9]).cause == "dynamics365_plugin_refuses_all"


def test_leads_that_are_there_and_new_ones_share_a_batch(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    first, second, third = some(3)
    connector.deliver([second])
    assert arrivals(connector.deliver([first, second, third])) == [
        Arrival.CREATED, Arrival.ALREADY_THERE, Arrival.CREATED,
    ]  # fmt: skip
    assert len(leads_in(dataverse)) == 3


@pytest.mark.parametrize("status", [400, 413])
def test_a_batch_that_is_refused_as_a_whole_is_halved(
    dataverse: Dataverse, connector: Dynamics365Connector, status: int
) -> None:
    fault(dataverse, "respond", status=status)
    assert arrivals(connector.deliver(some(8))) == [Arrival.CREATED] * 8
    assert calls_of(dataverse, "$batch") == [("POST", status), ("POST", 200), ("POST", 200)]


def test_the_lead_that_is_to_blame_is_found_by_halving(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    fault(dataverse, "respond", status=413, times=2)
    fault(dataverse, "respond", path="/leads(", status=413)
    outcomes = connector.deliver(some(4))
    assert arrivals(outcomes) == [FailureKind.REJECTED, *[Arrival.CREATED] * 3]
    assert failure_of(outcomes[0]).cause == "record_too_large"
    assert calls_of(dataverse, "/api/") == [
        ("POST", 413), ("POST", 413), ("PATCH", 413), ("PATCH", 204), ("POST", 200),
    ]  # fmt: skip


NO_TABLE = '{"error":{"code":"0x8006088a","message":"Resource not found for the segment \'leads\'."}}'
UNREADABLE = '{"error":{"code":"0x80048d19","message":"Error identified in Payload: Stream was not readable."}}'


def test_a_refusal_that_holds_for_all_is_read_before_a_batch_is_halved(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    fault(dataverse, "respond", status=400, body=NO_TABLE)
    outcomes = connector.deliver(some(8))
    cause = (FailureKind.MISCONFIGURED, "dynamics365_no_lead_table")
    assert [kind_and_cause(each) for each in outcomes] == [cause] * 8
    assert calls_of(dataverse, "$batch") == [("POST", 400)]


def test_a_batch_that_cannot_be_read_is_halved(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    fault(dataverse, "respond", status=400, body=UNREADABLE)
    assert arrivals(connector.deliver(some(4))) == [Arrival.CREATED] * 4
    assert calls_of(dataverse, "$batch") == [("POST", 400), ("POST", 200), ("POST", 200)]


def test_a_412_to_a_whole_batch_says_of_no_lead_that_it_is_there(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    fault(dataverse, "respond", status=412)
    outcomes = connector.deliver(some(2))
    assert [kind_and_cause(each) for each in outcomes] == [(FailureKind.REJECTED, "conflict")] * 2


AWAY: list[tuple[dict[str, Any], FailureKind, str]] = [
    ({"action": "commit_then_drop"}, FailureKind.UNANSWERED, "connection_lost"),
    ({"action": "respond", "status": 503}, FailureKind.TEMPORARY, "server_trouble"),
]


@pytest.mark.parametrize(("how", "kind", "cause"), AWAY)
def test_halving_ends_where_the_server_is_away_and_what_was_not_sent_says_so(
    dataverse: Dataverse, connector: Dynamics365Connector, how: dict[str, Any], kind: FailureKind, cause: str
) -> None:
    records = some(8)
    fault(dataverse, "respond", status=413, times=2)
    fault(dataverse, **how)
    outcomes = connector.deliver(records)
    not_sent = (FailureKind.TEMPORARY, "dynamics365_not_tried")
    assert [kind_and_cause(each) for each in outcomes] == [(kind, cause)] * 2 + [not_sent] * 6
    assert [outcome.exchange is None for outcome in outcomes] == [False] * 2 + [True] * 6
    assert len(calls_of(dataverse, "$batch")) == 3
    assert {type(outcome.result) for outcome in connector.deliver(records)} == {Delivered}
    assert len(leads_in(dataverse)) == 8


def test_a_lead_that_may_pass_later_does_not_end_the_halving(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    dataverse.control("config", {"variants": {"plug_in": "crashes"}})
    fault(dataverse, "respond", status=413)
    (bad,) = some(1, company="REFUSE")
    assert arrivals(connector.deliver([bad, *some(1)])) == [FailureKind.TEMPORARY, Arrival.CREATED]


def test_halving_ends_where_an_answer_holds_for_all(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    fault(dataverse, "respond", status=413)
    fault(dataverse, "respond", status=429, headers={"Retry-After": "9"}, times=5)
    outcomes = connector.deliver(some(8))
    assert arrivals(outcomes) == [FailureKind.THROTTLED] * 8
    assert calls_of(dataverse, "$batch") == [("POST", 413), ("POST", 429)]
    assert len({outcome.key for outcome in outcomes}) == 8


WHOLE = [
    (429, FailureKind.THROTTLED, "throttled"),
    (503, FailureKind.TEMPORARY, "server_trouble"),
    (403, FailureKind.MISCONFIGURED, "access_refused"),
    (404, FailureKind.MISCONFIGURED, "address_not_found"),
]


@pytest.mark.parametrize(("status", "kind", "cause"), WHOLE)
def test_what_is_said_to_the_whole_batch_holds_for_each_lead(
    dataverse: Dataverse, connector: Dynamics365Connector, status: int, kind: FailureKind, cause: str
) -> None:
    fault(dataverse, "respond", status=status, body="not now")
    outcomes = connector.deliver(some(3))
    assert [kind_and_cause(each) for each in outcomes] == [(kind, cause)] * 3
    assert {failure_of(each).detail for each in outcomes} == {"not now"}
    assert len(calls_of(dataverse, "$batch")) == 1
    assert leads_in(dataverse) == []


def test_a_redirect_of_a_batch_says_where_to(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    fault(dataverse, "redirect", location="https://other.example/elsewhere?x=1")
    outcomes = connector.deliver(some(2))
    assert [failure_of(each).cause for each in outcomes] == ["redirected"] * 2
    assert {failure_of(each).detail for each in outcomes} == {"https://other.example/elsewhere?[redacted]"}


def test_slips_in_the_environment_are_told_for_each_lead(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    dataverse.control("config", {"privileges": []})
    outcomes = connector.deliver(some(2))
    assert [failure_of(each).params for each in outcomes] == [{"privilege": "prvCreateLead"}] * 2
    dataverse.control("config", {"application_user": "missing"})
    outcomes = connector.deliver(some(2))
    assert [failure_of(each).cause for each in outcomes] == ["dynamics365_no_application_user"] * 2


def test_a_limit_reached_within_a_batch_holds_back_the_rest(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    body = '{"error":{"code":"0x80072322","message":"Number of requests exceeded the limit of 6000"}}'
    far = "multipart/mixed; boundary=b"
    parts = "".join(
        f"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {head}\r\n\r\n{text}\r\n"
        for head, text in (("412 Precondition Failed", ""), ("429 Too Many\r\nRetry-After: 11", body))
    )
    fault(dataverse, "respond", status=200, headers={"Content-Type": far}, body=f"{parts}--b--\r\n")
    there, limited = connector.deliver(some(2))
    assert arrivals([there]) == [Arrival.ALREADY_THERE]
    failure = failure_of(limited)
    assert (failure.kind, failure.cause) == (FailureKind.THROTTLED, "dynamics365_too_many_requests")
    assert failure.retry_after is not None
    assert failure.retry_after.total_seconds() == 11


@pytest.mark.parametrize("action", ["garbage", "truncate"])
def test_a_torn_or_strange_answer_counts_for_nobody_it_does_not_name(
    dataverse: Dataverse, connector: Dynamics365Connector, action: str
) -> None:
    records = some(4)
    fault(dataverse, action)
    outcomes = connector.deliver(records)
    kinds = arrivals(outcomes)
    assert kinds[-1] in (FailureKind.TEMPORARY, FailureKind.UNANSWERED)
    assert arrivals(connector.deliver(records))[-1] in (Arrival.CREATED, Arrival.ALREADY_THERE)
    assert len(leads_in(dataverse)) == 4


def scripted(far_end: FarEnd, *parts: str, boundary: str = "b") -> None:
    """A Dataverse that answers a batch with these parts, whatever was in it."""
    body = "".join(
        f"--{boundary}\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {part}\r\n\r\n\r\n" for part in parts
    )
    far_end.plays(
        answering(
            answer(200, b'{"access_token":"eyJ0","expires_in":3599}'),
            answer(200, f"{body}--{boundary}--\r\n".encode(), Content_Type=f"multipart/mixed; boundary={boundary}"),
        )
    )


def at(far_end: FarEnd, open_connectors: OpenConnector) -> Dynamics365Connector:
    url = far_end.url("")
    return open_connectors(environment_url=url, token_authority=url, unusual_host=True)


def test_fewer_answers_than_leads_leave_the_last_ones_open(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    scripted(far_end, "412 Precondition Failed")
    outcomes = at(far_end, open_connectors).deliver(some(3))
    assert arrivals(outcomes) == [Arrival.ALREADY_THERE, FailureKind.TEMPORARY, FailureKind.TEMPORARY]
    assert failure_of(outcomes[2]).cause == "unreadable_answer"


def test_more_answers_than_leads_are_nobodys(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    scripted(far_end, *["412 Precondition Failed"] * 3)
    assert arrivals(at(far_end, open_connectors).deliver(some(2))) == [FailureKind.TEMPORARY] * 2


def test_an_answer_that_names_another_lead_is_no_success(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    first, second = some(2)
    named = [f"204 No Content\r\nOData-EntityId: https://x/leads({each.key})" for each in (second, first)]
    scripted(far_end, *named)
    assert arrivals(at(far_end, open_connectors).deliver([first, second])) == [FailureKind.TEMPORARY] * 2


def test_a_batch_is_written_with_line_ends_that_the_service_takes(
    far_end: FarEnd, open_connectors: OpenConnector
) -> None:
    scripted(far_end, "412 x", "412 x")
    first, second = some(2, description="line\nline")
    at(far_end, open_connectors).deliver([first, second])
    request = far_end.requests[1]
    assert request.line == "POST /api/data/v9.2/$batch HTTP/1.1"
    content_type = request.header("content-type") or ""
    boundary = content_type.removeprefix("multipart/mixed; boundary=")
    assert request.header("prefer") == "odata.continue-on-error"
    assert request.body.count(b"\n") == request.body.count(b"\r\n")
    assert request.body.startswith(f"--{boundary}\r\n".encode())
    assert request.body.endswith(f"--{boundary}--\r\n".encode())
    assert request.body.count(b"If-None-Match: *\r\n") == 2
    assert f"PATCH /api/data/v9.2/leads({first.key}) HTTP/1.1\r\n".encode() in request.body


def test_a_length_learnt_from_refusals_costs_one_more_call_for_the_whole_batch(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    dataverse.control("config", {"columns": {"subject": {"max_length": 10}}})
    long, short, also_long = some(3)
    records = [long, replace(short, offer_title="Short"), also_long]
    outcomes = connector.deliver(records)
    assert arrivals(outcomes) == [Arrival.CREATED] * 3
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    note = Note("sent_again_shorter", {"field": "subject", "limit": 10})
    assert [note in outcome.notes for outcome in outcomes] == [True, False, True]
    assert calls_of(dataverse, "$batch") == [("POST", 200), ("POST", 200)]
    connector.deliver(some(2))
    assert len(calls_of(dataverse, "$batch")) == 3


def test_nothing_is_sent_again_while_the_service_wants_rest(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    message = "The length of the 'subject' attribute of the 'lead' entity exceeded the maximum allowed length of '5'."
    error = json.dumps({"error": {"code": "0x80044331", "message": message}})
    scripted(far_end, f"400 Bad Request\r\n\r\n{error}", "429 Too Many Requests\r\nRetry-After: 5")
    outcomes = at(far_end, open_connectors).deliver(some(2))
    assert arrivals(outcomes) == [FailureKind.THROTTLED] * 2
    assert len(far_end.requests) == 2
    first = outcomes[0]
    assert first.exchange is not None
    assert (first.exchange.response_status, first.notes) == (400, ())


def test_a_wrong_mapping_stops_the_destination_and_loses_nobody(
    dataverse: Dataverse, connectors: OpenConnector
) -> None:
    rules = [*RULES, Rule("cr1_campaign", Origin.CONSTANT, "spring")]
    outcomes = connectors(fields=DEFAULT_FIELDS.with_rules(rules)).deliver(some(3))
    assert arrivals(outcomes) == [FailureKind.MISCONFIGURED] * 3
    assert leads_in(dataverse) == []


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        (Rule("leadqualitycode", Origin.FIELD, "title"), [Arrival.CREATED, FailureKind.REJECTED, Arrival.CREATED]),
        (Rule("leadqualitycode", Origin.CONSTANT, "77"), [FailureKind.MISCONFIGURED] * 3),
    ],
)
def test_a_value_outside_its_list_is_one_leads_unless_it_is_the_same_for_all(
    connectors: OpenConnector, rule: Rule, kinds: list[str]
) -> None:
    records = [replace(record, title=title) for record, title in zip(some(3), ("1", "77", "3"), strict=True)]
    outcomes = connectors(fields=DEFAULT_FIELDS.with_rules([*RULES, rule])).deliver(records)
    assert arrivals(outcomes) == kinds
    failure = failure_of(outcomes[1])
    assert (failure.cause, failure.params) == (
        "dynamics365_choice_unknown", {"column": "leadqualitycode", "value": "77"},
    )  # fmt: skip


def test_values_of_a_wrong_type_are_each_leads_own_until_three_in_a_row_have_them(connectors: OpenConnector) -> None:
    fields = DEFAULT_FIELDS.with_rules([*RULES, Rule("leadqualitycode", Origin.FIELD, "title")])
    hot, *others = (
        replace(record, title=title) for record, title in zip(some(4), ("1", "IT", "HR", "PR"), strict=True)
    )
    connector = connectors(fields=fields)
    assert arrivals(connector.deliver([hot, others[0]])) == [Arrival.CREATED, FailureKind.REJECTED]
    outcomes = connector.deliver(others)
    refused = (FailureKind.REJECTED, "dynamics365_value_of_wrong_type")
    stopped = (FailureKind.MISCONFIGURED, "dynamics365_values_of_wrong_type")
    assert [kind_and_cause(each) for each in outcomes] == [refused, refused, stopped]
    assert (failure_of(outcomes[2]).resumes_itself, failure_of(outcomes[2]).params) == (False, {"type": "Edm.Int32"})


def test_a_wrong_secret_is_told_for_each_lead_after_one_call(dataverse: Dataverse, connectors: OpenConnector) -> None:
    outcomes = connectors(client_secret="wrong8Q~secret").deliver(some(5))
    assert {failure_of(each).cause for each in outcomes} == {"entra_secret_wrong"}
    assert calls_of(dataverse) == [("POST", 401)]
    assert outcomes[0].exchange is not None
    assert outcomes[0].exchange.url.endswith("/oauth2/v2.0/token")


def test_a_token_revoked_meanwhile_is_renewed_and_the_batch_repeated(
    dataverse: Dataverse, connector: Dynamics365Connector
) -> None:
    connector.deliver(some(2))
    dataverse.control("tokens/revoke", {})
    assert arrivals(connector.deliver(some(2))) == [Arrival.CREATED] * 2
    assert calls_of(dataverse, "$batch") == [("POST", 200), ("POST", 401), ("POST", 200)]


def test_a_batch_works_under_an_alternate_key(dataverse: Dataverse, connectors: OpenConnector) -> None:
    connector = connectors(key_column=KEY_COLUMN)
    records = some(3)
    created = connector.deliver(records)
    assert arrivals(created) == [Arrival.CREATED] * 3
    own_ids = {lead["fields"][KEY_COLUMN]: lead["key"] for lead in leads_in(dataverse)}
    for record, outcome in zip(records, created, strict=True):
        assert isinstance(outcome.result, Delivered)
        assert outcome.result.external_id == own_ids[str(record.key)]
    assert arrivals(connector.deliver(records)) == [Arrival.ALREADY_THERE] * 3


def test_a_lead_twice_in_one_batch_is_one_record(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    outcomes = connector.deliver([RECORD, RECORD])
    assert all(not isinstance(outcome.result, Failure) for outcome in outcomes)
    assert len(leads_in(dataverse)) == 1
