"""When Salesforce asks to be left alone, has trouble of its own, or says nothing that makes sense."""

import json
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from integrations.connectors.salesforce import SalesforceConnector
from integrations.contract import Arrival, FailureKind
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.salesforce.conftest import LEAD_PATH, calls_to, leads_in
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

OpenConnector = Callable[..., SalesforceConnector]


def fault(**given: Any) -> dict[str, Any]:
    return {"match": {"method": "POST", "path": "/sobjects/Lead"}} | given


def test_the_daily_limit_holds_the_destination_for_an_hour(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("config", {"limits": {"daily_calls": 10, "used_before": 10}})
    (outcome,) = connectors(org.url).deliver([RECORD])
    held = failure_of(outcome)
    assert (held.kind, held.cause) == (FailureKind.THROTTLED, "salesforce_daily_limit")
    assert (held.http_status, held.retry_after) == (403, timedelta(hours=1))
    assert leads_in(org) == []


def test_too_many_calls_at_once_hold_the_destination_for_half_a_minute(
    org: Salesforce, connectors: OpenConnector
) -> None:
    text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    body = json.dumps([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": text}])
    org.control("faults", fault(action="respond", status=403, body=body))
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert (failure_of(outcome).kind, failure_of(outcome).retry_after) == (FailureKind.THROTTLED, timedelta(seconds=30))
    assert failure_of(outcome).cause == "salesforce_concurrent_limit"


@pytest.mark.parametrize("status", [429, 503])
def test_a_named_time_is_passed_on(org: Salesforce, connectors: OpenConnector, status: int) -> None:
    org.control("faults", fault(action="respond", status=status, headers={"Retry-After": "7"}))
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert (failure_of(outcome).kind, failure_of(outcome).retry_after) == (FailureKind.THROTTLED, timedelta(seconds=7))


def test_trouble_three_times_then_the_lead_arrives_once(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("faults", fault(action="respond", status=503, body="<html>Maintenance</html>", times=3))
    connector = connectors(org.url)
    failed = [failure_of(connector.deliver([RECORD])[0]) for _ in range(3)]
    assert {(one.kind, one.cause) for one in failed} == {(FailureKind.TEMPORARY, "server_trouble")}
    assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.CREATED
    assert calls_to(org).count(("POST", LEAD_PATH)) == 4
    assert len(leads_in(org)) == 1


@pytest.mark.parametrize("key_field", ["", "Marketplace_Lead_Id__c"])
@pytest.mark.parametrize(("action", "cause"), [("commit_then_drop", "connection_lost"), ("truncate", "answer_cut_off")])
def test_no_answer_after_sending_is_said_so(
    org: Salesforce, connectors: OpenConnector, action: str, cause: str, key_field: str
) -> None:
    org.control("faults", fault(action=action))
    (outcome,) = connectors(org.url, key_field=key_field).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.UNANSWERED, cause)
    assert calls_to(org).count(("POST", LEAD_PATH)) == 1
    assert len(leads_in(org)) == 1


@pytest.mark.parametrize(
    ("key_field", "kind"), [("Marketplace_Lead_Id__c", FailureKind.TEMPORARY), ("", FailureKind.UNANSWERED)]
)
def test_a_page_with_status_200_is_no_lead(
    org: Salesforce, connectors: OpenConnector, key_field: str, kind: FailureKind
) -> None:
    org.control("faults", fault(action="garbage"))
    (outcome,) = connectors(org.url, key_field=key_field).deliver([RECORD])
    assert kind_and_cause(outcome) == (kind, "unreadable_answer")
    assert leads_in(org) == []


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"action": "trickle", "delay": 0.05}, "no_answer_in_time"),
        ({"action": "delay", "delay": 5}, "no_answer_in_time"),
    ],
)
def test_a_call_ends_in_bounded_time(
    org: Salesforce, connectors: OpenConnector, given: dict[str, Any], cause: str
) -> None:
    connector = connectors(org.url, impatient=True)
    connector.deliver(some(1))
    org.control("faults", fault(**given))
    started = monotonic()
    (outcome,) = connector.deliver([RECORD])
    assert monotonic() - started < 3
    assert kind_and_cause(outcome) == (FailureKind.UNANSWERED, cause)
    org.control("faults", method="DELETE")


def test_an_answer_without_end_is_read_no_further_than_the_limit(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("faults", fault(action="oversize"))
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert outcome.exchange is not None
    assert len(outcome.exchange.response_body) == 2000


def test_a_host_that_is_gone_had_no_lead(connectors: OpenConnector, gone: str) -> None:
    outcomes = connectors(gone, key_field="").deliver(some(2))
    assert {kind_and_cause(one) for one in outcomes} == {(FailureKind.TEMPORARY, "cannot_connect")}
