"""Many leads in one call: each has its own outcome, and a bad one fails alone."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace

import pytest

from integrations.connectors.salesforce import SalesforceConnector
from integrations.connectors.salesforce.fields import DEFAULT_FIELDS
from integrations.contract import Arrival, Delivered, FailureKind, Note, Outcome
from integrations.diagnosis import UNKNOWN, diagnose
from integrations.mapping import Origin, Rule
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.salesforce.conftest import COLLECTION_PATH, KEY_FIELD, LEAD_PATH, calls_to, leads_in
from tests.integrations.far_end import FarEnd, Line, answer
from tests.integrations.records import delivered, failure_of, kind_and_cause, some

OpenConnector = Callable[..., SalesforceConnector]


def fault(**given: object) -> dict[str, object]:
    return {"match": {"method": "POST", "path": "/composite/sobjects"}} | given


def inserts(org: Salesforce) -> list[str]:
    return [path for method, path in calls_to(org) if method == "POST" and "/services/data/" in path]


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [
        outcome.result.arrival if isinstance(outcome.result, Delivered) else outcome.result.cause
        for outcome in outcomes
    ]


def test_an_answer_lost_after_a_batch_was_kept_leaves_each_lead_once(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("faults", fault(action="commit_then_drop"))
    connector, records = connectors(org.url), some(5)
    lost = connector.deliver(records)
    assert {kind_and_cause(one) for one in lost} == {(FailureKind.UNANSWERED, "connection_lost")}
    before = leads_in(org)
    again = connector.deliver(records)
    assert {delivered(one).arrival for one in again} == {Arrival.ALREADY_THERE}
    assert leads_in(org) == before
    assert sorted(lead[KEY_FIELD] for lead in before) == sorted(str(record.key) for record in records)


def test_more_than_a_batch_holds_goes_in_several_calls(org: Salesforce, connectors: OpenConnector) -> None:
    outcomes = connectors(org.url).deliver(some(201))
    assert inserts(org) == [COLLECTION_PATH, LEAD_PATH]
    assert kinds(outcomes) == ["created"] * 201


def test_bad_leads_fail_alone_and_those_that_can_be_helped_are_helped_in_one_more_call(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("config", {"countries": {"KR": "South Korea"}, "fields": {"Title": {"length": 20}}})
    good = {"country": "South Korea", "title": "IT"}
    records = [*some(1, **good), *some(1, **good | {"company": "REFUSE"}), *some(2, **good | {"country": "Atlantis"}),
               *some(1, **good | {"title": "x" * 21}), *some(1, **good)]  # fmt: skip
    outcomes = connectors(org.url).deliver(records)
    assert kinds(outcomes) == ["created", "salesforce_validation_rule", "created", "created", "created", "created"]
    assert inserts(org) == [COLLECTION_PATH, COLLECTION_PATH]
    assert outcomes[2].notes == (Note("sent_without", {"field": "Country"}),)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    assert len(leads_in(org)) == 5


def test_each_outcome_shows_only_its_own_person(org: Salesforce, connectors: OpenConnector) -> None:
    records = [replace(record, first_name=name) for record, name in zip(some(2), ("Mina", "Jun"), strict=True)]
    mina, jun = connectors(org.url).deliver(records)
    assert mina.exchange is not None
    assert jun.exchange is not None
    assert json.loads(mina.exchange.request_body)["FirstName"] == "Mina"
    assert json.loads(jun.exchange.request_body)["FirstName"] == "Jun"
    assert json.loads(jun.exchange.response_body)["id"] == delivered(jun).external_id
    assert "Jun" not in repr(mina)
    org.control("faults", fault(action="commit_then_drop"))
    lost, _other = connectors(org.url).deliver(records)
    assert lost.exchange is not None
    assert json.loads(lost.exchange.request_body)["FirstName"] == "Mina"


def test_a_batch_of_mixed_news_is_told_apart(org: Salesforce, connectors: OpenConnector) -> None:
    connector, (known, new, bad) = connectors(org.url), some(3)
    connector.deliver([known])
    outcomes = connector.deliver([known, new, replace(bad, company="REFUSE")])
    assert kinds(outcomes) == ["already_there", "created", "salesforce_validation_rule"]
    assert len(leads_in(org)) == 2


BAD = json.dumps([{"errorCode": "JSON_PARSER_ERROR", "message": "Cannot deserialize instance of double"}]).encode()
TOKEN = json.dumps({"access_token": "00D!token"}).encode()


def choking_on_bad(line: Line) -> None:
    """Refuses a request as a whole when “Bad” is anywhere in it, as Salesforce does with a value of a wrong type."""
    while request := line.read_request():
        content = {} if "oauth2" in request.line else json.loads(request.body)
        success = {"id": "00Q000000000001", "success": True, "errors": []}
        if not content:
            line.send(answer(200, TOKEN))
        elif b"Bad" in request.body:
            line.send(answer(400, BAD))
        elif "records" in content:
            line.send(answer(200, json.dumps([success] * len(content["records"])).encode()))
        else:
            line.send(answer(201, json.dumps(success).encode()))


@pytest.mark.parametrize(("position", "calls"), [(0, 15), (99, 17), (199, 17)])
def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_bad_lead_stands_alone(
    connectors: OpenConnector, far_end: FarEnd, position: int, calls: int
) -> None:
    far_end.plays(choking_on_bad)
    records = some(200)
    records[position] = replace(records[position], first_name="Bad")
    outcomes = connectors(far_end.url("")).deliver(records)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    bad = outcomes.pop(position)
    assert kind_and_cause(bad) == (FailureKind.REJECTED, "salesforce_value_of_wrong_type")
    assert set(kinds(outcomes)) == {"created"}
    assert len(far_end.requests) - 1 == calls


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (400, "INVALID_FIELD", "salesforce_field_unknown"),
        (403, "REQUEST_LIMIT_EXCEEDED", "salesforce_daily_limit"),
        (503, "SERVER_UNAVAILABLE", "server_trouble"),
        (410, "UNSUPPORTED_API_VERSION", "salesforce_api_version"),
    ],
)
def test_a_refusal_that_concerns_all_is_not_repeated_for_each(
    org: Salesforce, connectors: OpenConnector, status: int, code: str, cause: str
) -> None:
    body = json.dumps([{"errorCode": code, "message": "No"}])
    org.control("faults", fault(action="respond", status=status, body=body))
    assert kinds(connectors(org.url).deliver(some(6))) == [cause] * 6
    assert inserts(org) == [COLLECTION_PATH]
    assert leads_in(org) == []


def test_after_a_refusal_that_concerns_all_the_rest_is_not_sent(org: Salesforce, connectors: OpenConnector) -> None:
    over = json.dumps([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
    org.control(
        "faults",
        [fault(action="respond", status=400, body=BAD.decode()), fault(action="respond", status=403, body=over)],
    )
    outcomes = connectors(org.url).deliver(some(8))
    assert kinds(outcomes) == ["salesforce_daily_limit"] * 8
    assert inserts(org) == [COLLECTION_PATH] * 2
    assert outcomes[-1].exchange is None
    assert leads_in(org) == []


@pytest.mark.parametrize(
    ("trouble", "first_half"),
    [
        ({"action": "commit_then_drop"}, (FailureKind.UNANSWERED, "connection_lost")),
        ({"action": "respond", "status": 503}, (FailureKind.TEMPORARY, "server_trouble")),
    ],
)
def test_after_a_half_that_found_the_server_away_the_other_is_not_sent(
    org: Salesforce, connectors: OpenConnector, trouble: dict[str, object], first_half: tuple[FailureKind, str]
) -> None:
    org.control("faults", [fault(action="respond", status=400, body=BAD.decode()), fault(**trouble)])
    outcomes = connectors(org.url).deliver(some(8))
    not_tried = (FailureKind.TEMPORARY, "salesforce_not_tried")
    assert [kind_and_cause(one) for one in outcomes] == [first_half] * 4 + [not_tried] * 4
    assert inserts(org) == [COLLECTION_PATH] * 2
    assert outcomes[-1].exchange is None


def test_after_a_lead_that_was_only_locked_the_others_are_sent(org: Salesforce, connectors: OpenConnector) -> None:
    locked = json.dumps([{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access"}])
    whole, one = fault(action="respond", status=400, body=BAD.decode()), {"match": {"path": "/sobjects/Lead"}}
    org.control("faults", [whole, {**one, "action": "respond", "status": 400, "body": locked}])
    outcomes = connectors(org.url).deliver(some(2))
    assert kinds(outcomes) == ["salesforce_row_locked", "created"]


RATED = DEFAULT_FIELDS.with_rules((*DEFAULT_FIELDS.rules, Rule("Rating", Origin.CONSTANT, "Lukewarm")))
ELSEWHERE = {"countries": {"KR": "South Korea"}}


def test_a_lead_that_can_be_helped_waits_where_its_neighbour_stops_the_destination(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("config", ELSEWHERE | {"fields": {"Rating": {"restricted": True}}})
    far, near = some(1, country="Atlantis"), some(1, country="South Korea")
    outcomes = connectors(org.url, fields=RATED).deliver([*far, *near])
    assert [kind_and_cause(one) for one in outcomes] == [(FailureKind.MISCONFIGURED, "salesforce_restricted_list")] * 2
    assert outcomes[0].exchange is not None
    assert (outcomes[0].exchange.response_status, outcomes[0].notes) == (200, ())
    assert inserts(org) == [COLLECTION_PATH]
    assert delivered(connectors(org.url).deliver(far)[0]).arrival is Arrival.CREATED


def test_a_lead_that_cannot_be_helped_fails_beside_a_neighbour_that_stops_the_destination(
    org: Salesforce, connectors: OpenConnector
) -> None:
    body = [
        {"success": False, "errors": [{"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "No"}]},
        {"success": False, "errors": [{"statusCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}]},
    ]
    org.control("faults", fault(action="respond", status=200, body=json.dumps(body)))
    outcomes = connectors(org.url).deliver(some(2))
    assert kinds(outcomes) == ["salesforce_validation_rule", "salesforce_daily_limit"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("Rating", Origin.FIELD, "title"), ["created", "salesforce_restricted_list", "created"]),
        (Rule("Rating", Origin.CONSTANT, "Lukewarm"), ["salesforce_restricted_list"] * 3),
    ],
)
def test_a_value_that_is_not_on_its_list_is_one_leads_unless_it_is_the_same_for_all(
    org: Salesforce, connectors: OpenConnector, rule: Rule, expected: list[str]
) -> None:
    org.control("config", {"fields": {"Rating": {"restricted": True}}})
    records = [replace(record, title=title) for record, title in zip(some(3), ("Hot", "Tepid", "Cold"), strict=True)]
    fields = DEFAULT_FIELDS.with_rules((*DEFAULT_FIELDS.rules, rule))
    outcomes = connectors(org.url, fields=fields).deliver(records)
    assert kinds(outcomes) == expected
    is_constant = rule.origin is Origin.CONSTANT
    assert failure_of(outcomes[1]).kind is (FailureKind.MISCONFIGURED if is_constant else FailureKind.REJECTED)


def refusing(error: str) -> dict[str, object]:
    return {"rules": {"refused_company": {"error": error, "message": "No"}}}


TRIGGER = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
WATCHED = [
    (TRIGGER, "salesforce_automation_failed", "salesforce_automation_refuses_all"),
    ("REQUIRED_FIELD_MISSING", "salesforce_required_field", "salesforce_required_field_always_empty"),
]


@pytest.mark.parametrize(("error", "cause", "in_a_row"), WATCHED)
def test_what_refuses_all_leads_stops_the_destination_and_costs_two_of_them(
    org: Salesforce, connectors: OpenConnector, error: str, cause: str, in_a_row: str
) -> None:
    org.control("config", refusing(error))
    outcomes = connectors(org.url).deliver(some(20, company="REFUSE"))
    refused, stopped = (FailureKind.REJECTED, cause), (FailureKind.MISCONFIGURED, in_a_row)
    assert [kind_and_cause(one) for one in outcomes] == [refused] * 2 + [stopped] * 18
    assert {failure_of(one).resumes_itself for one in outcomes[2:]} == {False}
    assert diagnose(in_a_row) is not UNKNOWN


def test_leads_that_a_trigger_refuses_one_after_the_other_stop_the_destination(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("config", refusing(TRIGGER))
    connector = connectors(org.url)
    found = [kind_and_cause(connector.deliver([record])[0])[0] for record in some(3, company="REFUSE")]
    assert found == [FailureKind.REJECTED] * 2 + [FailureKind.MISCONFIGURED]


def test_bad_neighbours_stop_nobody_while_others_of_the_same_call_arrive(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("config", refusing(TRIGGER))
    outcomes = connectors(org.url).deliver([*some(9), *some(3, company="REFUSE"), *some(8)])
    assert kinds(outcomes) == ["created"] * 9 + ["salesforce_automation_failed"] * 3 + ["created"] * 8


@pytest.mark.parametrize("body", ["<html>Maintenance</html>", "{}", "[]", '[{"success": true}]', "[1, 2]", ""])
@pytest.mark.parametrize(("key_field", "kind"), [(KEY_FIELD, FailureKind.TEMPORARY), ("", FailureKind.UNANSWERED)])
def test_a_success_that_is_none_of_salesforces_is_not_taken_for_one(
    org: Salesforce, connectors: OpenConnector, body: str, key_field: str, kind: FailureKind
) -> None:
    org.control("faults", fault(action="respond", status=200, body=body))
    outcomes = connectors(org.url, key_field=key_field).deliver(some(2))
    assert {kind_and_cause(one) for one in outcomes} == {(kind, "unreadable_answer")}
    assert inserts(org) == [COLLECTION_PATH]


def test_the_body_of_a_batch_lets_each_lead_stand_alone(org: Salesforce, connectors: OpenConnector) -> None:
    connectors(org.url).deliver(some(2))
    body = json.loads(b64decode(org.control("requests")["requests"][-1]["body"]))
    assert body["allOrNone"] is False
    assert [record["attributes"] for record in body["records"]] == [{"type": "Lead"}] * 2
