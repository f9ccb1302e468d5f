"""Many leads in one call: each has its own outcome, and a bad one fails alone."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace

import pytest

from integrations.connectors.salesforce import SalesforceConnector
from integrations.contract import Arrival, Delivered, FailureKind, Note, Outcome
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.salesforce.conftest import COLLECTION_PATH, KEY_FIELD, LEAD_PATH, calls_to, leads_in
from tests.integrations.far_end import FarEnd, Line, answer
from tests.integrations.records import delivered, kind_and_cause, some

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
    assert kind_and_cause(bad) == (FailureKind.REJECTED, "salesforce_request_unreadable")
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
