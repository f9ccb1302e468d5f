"""The session: one for all, renewed once, and never at the expense of a lead."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.connectors.salesforce import SalesforceConnector
from integrations.contract import Arrival, FailureKind
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.salesforce.conftest import CONSUMER_SECRET, LEAD_PATH, TOKEN_PATH, calls_to, leads_in
from tests.integrations.far_end import FarEnd, answer, answering
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

OpenConnector = Callable[..., SalesforceConnector]


def sign_ins(org: Salesforce) -> int:
    return calls_to(org).count(("POST", TOKEN_PATH))


def test_a_session_that_ended_between_two_leads_is_renewed_and_the_lead_arrives(
    org: Salesforce, connectors: OpenConnector
) -> None:
    connector = connectors(org.url)
    first, second = some(2)
    connector.deliver([first])
    org.control("tokens/revoke", {})
    (outcome,) = connector.deliver([second])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert sign_ins(org) == 2
    assert len(leads_in(org)) == 2


def test_a_session_that_ran_out_by_the_clock_is_renewed(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url)
    first, second = some(2)
    connector.deliver([first])
    org.control("clock", {"offset": 3 * 3600})
    assert delivered(connector.deliver([second])[0]).arrival is Arrival.CREATED
    assert sign_ins(org) == 2


def test_fifty_leads_at_once_sign_in_once(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda record: connector.deliver([record])[0], some(50)))
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert sign_ins(org) == 1
    assert len(leads_in(org)) == 50


def test_connectors_with_the_same_credentials_share_a_session(org: Salesforce, connectors: OpenConnector) -> None:
    for record in some(2):
        connectors(org.url).deliver([record])
    assert sign_ins(org) == 1


@pytest.mark.parametrize("code", ["INVALID_SESSION_ID", "INVALID_AUTH_HEADER", "SOMETHING_ELSE"])
def test_a_fresh_session_that_is_refused_again_is_a_matter_of_the_set_up(
    org: Salesforce, connectors: OpenConnector, code: str
) -> None:
    body = json.dumps([{"errorCode": code, "message": "Session expired or invalid"}])
    org.control(
        "faults",
        {"action": "respond", "status": 401, "body": body, "times": None, "match": {"path": "/services/data"}},
    )
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (
        FailureKind.MISCONFIGURED,
        "salesforce_session_refused",
    )
    assert calls_to(org) == [("POST", TOKEN_PATH), ("POST", LEAD_PATH)] * 2


@pytest.mark.parametrize(
    ("config", "cause"),
    [
        ({"app": {"consumer_secret": "F" * 64}}, "salesforce_consumer_secret_wrong"),
        ({"app": {"consumer_key": "3MVG9other"}}, "salesforce_consumer_key_unknown"),
        ({"app": {"client_credentials": False}}, "salesforce_flow_disabled"),
        ({"app": {"run_as": False}}, "salesforce_no_run_as_user"),
        ({"app": {"ip_restricted": True}}, "salesforce_ip_refused"),
        ({"user": {"active": False}}, "salesforce_user_inactive"),
        ({"org": {"active": False}}, "salesforce_org_inactive"),
        ({"org": {"my_domain": False}}, "salesforce_not_my_domain"),
    ],
)
@pytest.mark.parametrize("answers_401", [False, True])
def test_each_refused_sign_in_stops_the_destination_with_its_own_reason_after_one_call(
    org: Salesforce, connectors: OpenConnector, config: dict[str, Any], cause: str, answers_401: bool
) -> None:
    org.control("config", {"app": {"answers_401": answers_401}})
    org.control("config", config)
    outcomes = connectors(org.url).deliver(some(3))
    assert {kind_and_cause(one) for one in outcomes} == {(FailureKind.MISCONFIGURED, cause)}
    assert calls_to(org) == [("POST", TOKEN_PATH)]


def test_a_corrected_secret_counts_at_once(org: Salesforce, connectors: OpenConnector) -> None:
    (refused,) = connectors(org.url, consumer_secret="A" * 64).deliver([RECORD])
    assert failure_of(refused).cause == "salesforce_consumer_secret_wrong"
    (outcome,) = connectors(org.url, consumer_secret=CONSUMER_SECRET).deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED


def test_too_many_sign_ins_hold_the_destination_for_ten_minutes(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("config", {"limits": {"logins_per_hour": 0}})
    (outcome,) = connectors(org.url).deliver([RECORD])
    held = failure_of(outcome)
    assert (held.kind, held.cause) == (FailureKind.THROTTLED, "salesforce_log_in_rate")
    assert held.retry_after is not None
    assert held.retry_after.total_seconds() == 600


@pytest.mark.parametrize("action", ["commit_then_drop", "drop_before", "truncate"])
@pytest.mark.parametrize("key_field", ["", "Marketplace_Lead_Id__c"])
def test_an_unanswered_sign_in_sent_no_lead_so_nobody_need_decide(
    org: Salesforce, connectors: OpenConnector, action: str, key_field: str
) -> None:
    org.control("faults", {"action": action, "match": {"path": TOKEN_PATH}})
    (outcome,) = connectors(org.url, key_field=key_field).deliver([RECORD])
    assert kind_and_cause(outcome) == (
        FailureKind.TEMPORARY,
        "salesforce_sign_in_unanswered",
    )
    assert leads_in(org) == []


@pytest.mark.parametrize(("status", "kind"), [(200, "temporary"), (503, "temporary"), (404, "misconfigured")])
def test_a_page_in_place_of_a_token_is_no_token(
    org: Salesforce, connectors: OpenConnector, status: int, kind: str
) -> None:
    page = {"action": "respond", "status": status, "body": "<html>Down for maintenance</html>"}
    org.control("faults", page | {"match": {"path": TOKEN_PATH}})
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert failure_of(outcome).kind.value == kind
    assert calls_to(org) == [("POST", TOKEN_PATH)]


@pytest.mark.parametrize("status", [405, 409, 412, 413, 418, 422])
@pytest.mark.parametrize("body", ["", "<html>Request Entity Too Large</html>", "[]"])
def test_a_sign_in_refuses_no_lead_whatever_its_status(
    org: Salesforce, connectors: OpenConnector, status: int, body: str
) -> None:
    org.control("faults", {"action": "respond", "status": status, "body": body, "match": {"path": TOKEN_PATH}})
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.MISCONFIGURED, "salesforce_sign_in_refused")
    assert failure_of(outcome).http_status == status


def granting(instance: str) -> bytes:
    return answer(200, json.dumps({"access_token": "00D!t", "instance_url": instance}).encode())


@pytest.mark.parametrize(
    "instance",
    [
        "https://evil.example", "http://acme.my.salesforce.com", "https://acme.my.salesforce.com.evil.example",
        "https://u:p@acme.my.salesforce.com", "https://169.254.169.254", "//x", "javascript:1",
    ],
)  # fmt: skip
def test_a_token_is_sent_to_salesforce_only(
    connectors: OpenConnector, far_end: FarEnd, dialled: list[tuple[str, int]], instance: str
) -> None:
    far_end.plays(answering(granting(instance)))
    (outcome,) = connectors(far_end.url("")).deliver([RECORD])
    assert kind_and_cause(outcome) == (
        FailureKind.MISCONFIGURED,
        "salesforce_foreign_instance",
    )
    assert failure_of(outcome).params == {"host": instance.replace("u:p", "[redacted]")}
    assert len(far_end.requests) == 1
    assert {port for _host, port in dialled} == {far_end.port}


def test_the_instance_that_the_sign_in_names_is_called(
    connectors: OpenConnector, far_end: FarEnd, names: dict[str, list[str]], dialled: list[tuple[str, int]]
) -> None:
    names["acme.my.salesforce.com"] = ["127.0.0.1"]
    far_end.plays(answering(granting("https://acme.my.salesforce.com/")))
    (outcome,) = connectors(far_end.url("")).deliver([RECORD])
    assert failure_of(outcome).kind is FailureKind.TEMPORARY  # nothing listens there
    assert ("127.0.0.1", 443) in dialled
    assert outcome.exchange is not None
    assert outcome.exchange.url == f"https://acme.my.salesforce.com{LEAD_PATH}"


def test_a_redirect_is_not_followed(org: Salesforce, connectors: OpenConnector) -> None:
    for path in (TOKEN_PATH, "/sobjects/Lead"):
        org.control("faults", {"action": "redirect", "match": {"path": path}})
        (outcome,) = connectors(org.url).deliver([RECORD])
        assert kind_and_cause(outcome) == (FailureKind.MISCONFIGURED, "redirected")
    assert calls_to(org) == [("POST", TOKEN_PATH), ("POST", TOKEN_PATH), ("POST", LEAD_PATH)]
    assert leads_in(org) == []
