"""What goes wrong on the way, over real sockets."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from integrations.contract import Arrival, Delivered, Escalation, FailureKind
from integrations.sandbox.marketo import Marketo
from tests.integrations.connectors.marketo.conftest import (
    SYNC_PATH,
    TOKEN_PATH,
    OpenConnector,
    answers_with,
    calls_to,
    people_in,
    refuses_with,
)
from tests.integrations.far_end import FarEnd, answer, answering
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

OpenFarEnd = Callable[..., FarEnd]


def test_too_many_calls_wait_as_long_as_marketo_counts(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"limits": {"calls": 1}})
    connector = connectors(server.url)
    connector.deliver([RECORD])
    (outcome,) = connector.deliver(some(1))
    held = failure_of(outcome)
    assert (held.kind, held.cause, held.code) == (FailureKind.THROTTLED, "marketo_rate_limit", "606")
    assert held.retry_after == timedelta(seconds=20)
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, SYNC_PATH]


def test_the_used_up_quota_waits_until_midnight_over_there(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"limits": {"day": 1}})
    connector = connectors(server.url)
    connector.deliver([RECORD])
    (outcome,) = connector.deliver(some(1))
    held = failure_of(outcome)
    assert (held.kind, held.cause) == (FailureKind.THROTTLED, "marketo_daily_quota")
    assert held.retry_after is not None
    assert timedelta(0) < held.retry_after <= timedelta(hours=25)


def test_a_page_instead_of_json_is_no_delivery(server: Marketo, connectors: OpenConnector) -> None:
    server.control("faults", {"action": "garbage", "match": {"path": SYNC_PATH}})
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert people_in(server) == []


def test_a_page_instead_of_a_token_is_no_sign_in(server: Marketo, connectors: OpenConnector) -> None:
    server.control("faults", {"action": "garbage", "match": {"path": TOKEN_PATH}})
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert calls_to(server) == [TOKEN_PATH]


def test_results_for_fewer_people_than_sent_are_no_delivery(server: Marketo, connectors: OpenConnector) -> None:
    answers_with(server, {"success": True, "result": [{"id": 7, "status": "created"}]})
    outcomes = connectors(server.url).deliver(some(2))
    assert {kind_and_cause(outcome) for outcome in outcomes} == {(FailureKind.TEMPORARY, "unreadable_answer")}


def test_an_entry_that_says_neither_yes_nor_no_shows_nobody_else(server: Marketo, connectors: OpenConnector) -> None:
    answers_with(server, {"success": True, "result": [{"id": 7, "status": "created"}, {"id": 8, "status": "merged"}]})
    arrived, unclear = connectors(server.url).deliver(some(2))
    assert delivered(arrived).external_id == "7"
    failure = failure_of(unclear)
    assert (failure.kind, failure.cause, failure.http_status) == (FailureKind.TEMPORARY, "unreadable_answer", 200)
    assert failure.escalates == Escalation(3, FailureKind.MISCONFIGURED)
    assert json.loads(failure.detail)["result"] == [{"id": 8, "status": "merged"}]


def test_an_unknown_instance_is_tried_five_times_before_a_person_is_asked(
    server: Marketo, connectors: OpenConnector
) -> None:
    """The tries of one lead: the misfortunes of many are not added up."""
    refuses_with(server, "614", "Invalid Subscription", times=7)
    connector = connectors(server.url)
    failures = [failure_of(connector.deliver([RECORD])[0]) for _ in range(7)]
    assert {(failure.kind, failure.cause) for failure in failures} == {
        (FailureKind.TEMPORARY, "marketo_instance_unknown")
    }
    assert {failure.escalates for failure in failures} == {Escalation(6, FailureKind.MISCONFIGURED)}


def test_a_refused_batch_is_halved_until_the_bad_one_stands_alone(server: Marketo, connectors: OpenConnector) -> None:
    refuses_with(server, "709", "Business Rule Violation", times=3)
    outcomes = connectors(server.url).deliver(some(4))
    refused = failure_of(outcomes[0])
    assert (refused.kind, refused.cause) == (FailureKind.REJECTED, "marketo_business_rule")
    assert [delivered(outcome).arrival for outcome in outcomes[1:]] == [Arrival.CREATED] * 3
    assert calls_to(server) == [TOKEN_PATH] + [SYNC_PATH] * 5  # 4, 2, 1, 1, 2
    assert len(people_in(server)) == 3


def test_a_fault_of_ours_is_not_sent_again_in_halves(server: Marketo, connectors: OpenConnector) -> None:
    refuses_with(server, "609", "Invalid JSON")
    outcomes = connectors(server.url).deliver(some(4))
    assert {failure_of(outcome).kind for outcome in outcomes} == {FailureKind.DEFECT}
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH]


@pytest.mark.parametrize(
    ("code", "kind"), [("603", FailureKind.MISCONFIGURED), ("606", FailureKind.THROTTLED),
                       ("608", FailureKind.TEMPORARY)],
)  # fmt: skip
def test_what_holds_for_everybody_stops_the_calls(
    server: Marketo, connectors: OpenConnector, code: str, kind: FailureKind
) -> None:
    refuses_with(server, code)
    outcomes = connectors(server.url).deliver(some(301))
    assert {failure_of(outcome).kind for outcome in outcomes} == {kind}
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH]


def test_after_an_unanswered_call_the_rest_is_left_for_the_next_time(
    server: Marketo, connectors: OpenConnector
) -> None:
    server.control("faults", {"action": "commit_then_drop", "match": {"path": SYNC_PATH}})
    outcomes = connectors(server.url).deliver(some(302))
    assert {failure_of(outcome).kind for outcome in outcomes[:300]} == {FailureKind.UNANSWERED}
    assert {kind_and_cause(outcome) for outcome in outcomes[300:]} == {(FailureKind.TEMPORARY, "marketo_not_tried")}
    assert {failure_of(outcome).retry_after for outcome in outcomes} == {timedelta(seconds=90)}
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH]


def test_a_token_that_is_refused_twice_is_a_matter_of_the_settings(server: Marketo, connectors: OpenConnector) -> None:
    refuses_with(server, "601", "Access token invalid", times=2)
    (outcome,) = connectors(server.url).deliver([RECORD])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause, refused.code) == (FailureKind.MISCONFIGURED, "marketo_token_refused", "601")
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, TOKEN_PATH, SYNC_PATH]


def test_a_token_in_its_last_seconds_is_waited_out(server: Marketo, connectors: OpenConnector) -> None:
    """Marketo gives the same token out again until it ends."""
    ending = {"access_token": "cdf01657:int", "token_type": "bearer", "expires_in": 2}
    answers_with(server, ending, path=TOKEN_PATH, times=2)
    refuses_with(server, "602", "Access token expired", times=2)
    connector = connectors(server.url)
    (outcome,) = connector.deliver([RECORD])
    held = failure_of(outcome)
    assert (held.kind, held.cause) == (FailureKind.THROTTLED, "marketo_token_ending")
    assert held.retry_after == timedelta(seconds=3)


def test_401_from_a_gateway_is_a_refused_token(server: Marketo, connectors: OpenConnector) -> None:
    answers_with(server, {}, status=401)
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, TOKEN_PATH, SYNC_PATH]


@pytest.mark.parametrize(
    ("status", "content", "kind", "cause", "code"),
    [
        (401, {"error": "invalid_client", "error_description": "Bad client credentials"}, "misconfigured",
         "marketo_client_refused", "invalid_client"),
        (401, {"error": "unauthorized", "error_description": "No client with requested id: x"}, "misconfigured",
         "marketo_client_refused", "unauthorized"),
        (400, {"error": "invalid_request"}, "misconfigured", "marketo_client_refused", "invalid_request"),
        (404, {}, "misconfigured", "marketo_account_unknown", ""),
        (403, {}, "misconfigured", "access_refused", ""),
        *[(status, {}, "misconfigured", "marketo_sign_in_refused", "") for status in (400, 405, 409, 413, 418, 422)],
        (400, "<html>", "misconfigured", "marketo_sign_in_refused", ""),
        (503, {}, "temporary", "server_trouble", ""),
        (429, {}, "throttled", "throttled", ""),
        (200, {"token_type": "bearer"}, "temporary", "unreadable_answer", ""),
        (200, ["token"], "temporary", "unreadable_answer", ""),
        (200, {"access_token": ""}, "temporary", "unreadable_answer", ""),
        (200, {"access_token": "cdf01657\r\nX-Other: 1"}, "temporary", "unreadable_answer", ""),
    ],
)  # fmt: skip
def test_a_sign_in_that_fails(
    server: Marketo, connectors: OpenConnector, status: int, content: Any, kind: str, cause: str, code: str
) -> None:
    answers_with(server, content, path=TOKEN_PATH, status=status)
    (outcome,) = connectors(server.url).deliver([RECORD])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause, refused.code, refused.http_status) == (kind, cause, code, status)
    assert calls_to(server) == [TOKEN_PATH]


@pytest.mark.parametrize("action", ["drop_before", "commit_then_drop", "truncate", "delay"])
def test_a_sign_in_without_an_answer_is_not_told_as_a_lead_that_may_have_arrived(
    server: Marketo, connectors: OpenConnector, action: str
) -> None:
    server.control("faults", {"action": action, "delay": 0.5, "match": {"path": TOKEN_PATH}})
    outcomes = connectors(server.url, impatient=True).deliver(some(2))
    assert {kind_and_cause(outcome) for outcome in outcomes} == {(FailureKind.TEMPORARY, "marketo_sign_in_unanswered")}
    assert {failure_of(outcome).retry_after for outcome in outcomes} == {None}
    assert calls_to(server) == [TOKEN_PATH]


@pytest.mark.parametrize("expires_in", [0, -1, "soon", None, 10**30, 1.5])
def test_a_token_whose_end_is_unreadable_is_used_until_it_is_refused(
    server: Marketo, connectors: OpenConnector, expires_in: Any
) -> None:
    answers_with(server, {"access_token": "x", "expires_in": expires_in}, path=TOKEN_PATH)
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, TOKEN_PATH, SYNC_PATH]


def test_an_account_whose_host_stays_unknown_is_a_matter_of_the_settings(
    connectors: OpenConnector, names: dict[str, list[str]]
) -> None:
    """One look-up that fails may be the fault of our own name server."""
    (outcome,) = connectors("000-AAA-000").deliver([RECORD])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause) == (FailureKind.TEMPORARY, "marketo_account_unknown")
    assert refused.escalates == Escalation(3, FailureKind.MISCONFIGURED)
    assert refused.params == {"account": "000-AAA-000"}


@pytest.mark.parametrize(
    ("fault", "kind", "cause"),
    [
        ({"action": "redirect"}, "misconfigured", "redirected"),
        ({"action": "respond", "status": 414}, "defect", "marketo_request_faulty"),
        ({"action": "respond", "status": 403}, "misconfigured", "access_refused"),
        ({"action": "respond", "status": 503, "headers": {"Retry-After": "7"}}, "throttled", "throttled"),
        ({"action": "truncate"}, "unanswered", "answer_cut_off"),
        ({"action": "drop_before"}, "unanswered", "connection_lost"),
        ({"action": "gzip_bomb", "size": 2_000_000}, "temporary", "unreadable_answer"),
    ],
)
def test_a_fault_on_the_way(
    server: Marketo, connectors: OpenConnector, fault: dict[str, Any], kind: str, cause: str
) -> None:
    server.control("faults", fault | {"match": {"path": SYNC_PATH}})
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (kind, cause)
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH]


@pytest.mark.parametrize("action", ["trickle", "delay"])
def test_an_endless_answer_ends_in_time(server: Marketo, connectors: OpenConnector, action: str) -> None:
    server.control("faults", {"action": action, "delay": 0.5, "match": {"path": SYNC_PATH}})
    (outcome,) = connectors(server.url, impatient=True).deliver([RECORD])
    lost = failure_of(outcome)
    assert (lost.kind, lost.cause, lost.retry_after) == (
        FailureKind.UNANSWERED, "no_answer_in_time", timedelta(seconds=90),
    )  # fmt: skip


def test_the_same_person_waits_for_the_next_time_when_the_first_call_took_all_the_time(
    server: Marketo, connectors: OpenConnector
) -> None:
    server.control("faults", {"action": "delay", "delay": 0.5, "match": {"path": SYNC_PATH}})
    first, second = connectors(server.url, impatient=True).deliver([RECORD, replace(RECORD, key=uuid4())])
    assert (failure_of(first).kind, failure_of(second).cause) == (FailureKind.UNANSWERED, "marketo_not_tried")
    assert [failure_of(one).retry_after for one in (first, second)] == [timedelta(seconds=90)] * 2
    assert calls_to(server).count(SYNC_PATH) <= 1


CREATED = Delivered(Arrival.CREATED, "318581")


@pytest.mark.parametrize(
    ("delivered_as", "answered", "is_removed"),
    [
        (CREATED, b'{"success":true,"result":[{"id":318581,"status":"deleted"}]}', True),
        (CREATED, b'{"success":true,"result":[{"id":318581,"status":"skipped"}]}', False),
        (CREATED, b'{"success":true,"result":[7]}', False),
        (CREATED, b'{"success":false,"errors":[{"code":"603","message":"Access denied"}]}', False),
    ],
)
def test_a_test_lead_that_made_a_person_is_taken_away_again(
    far_end: FarEnd, connectors: OpenConnector, delivered_as: Delivered, answered: bytes, is_removed: bool
) -> None:
    far_end.plays(answering(answer(200, b'{"access_token":"cdf01657:int","expires_in":3599}'), answer(200, answered)))
    assert connectors(far_end.url("")).remove(delivered_as, RECORD.key) is is_removed
    _token, request = far_end.requests
    assert (request.line, request.body) == ("POST /rest/v1/leads/delete.json HTTP/1.1", b'{"input":[{"id":318581}]}')


def test_a_test_lead_stays_where_people_cannot_be_deleted(server: Marketo, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    (outcome,) = connector.deliver([RECORD])
    denied = {"requestId": "a#1", "success": False, "errors": [{"code": "603", "message": "Access denied"}]}
    answers_with(server, denied, path="/rest/v1/leads/delete.json")
    assert connector.remove(delivered(outcome), outcome.key) is False
    assert len(people_in(server)) == 1


@pytest.mark.parametrize("delivered_as", [Delivered(Arrival.UPDATED, "318581"), Delivered(Arrival.CREATED)])
def test_who_was_there_before_the_test_lead_stays(
    far_end: FarEnd, connectors: OpenConnector, delivered_as: Delivered
) -> None:
    assert connectors(far_end.url("")).remove(delivered_as, RECORD.key) is False
    assert far_end.connections == 0


def test_the_secret_travels_in_the_body_and_the_token_in_a_header(far_end: FarEnd, connectors: OpenConnector) -> None:
    far_end.plays(
        answering(
            answer(200, b'{"access_token":"cdf01657:int","expires_in":3599}'),
            answer(200, b'{"success":true,"result":[{"id":1,"status":"created"}]}'),
        )
    )
    connectors(far_end.url("")).deliver([RECORD])
    token, call = far_end.requests
    assert token.line == "POST /identity/oauth/token HTTP/1.1"
    assert token.body.startswith(b"grant_type=client_credentials&client_id=01f22a42-")
    assert (call.line, call.header("authorization")) == ("POST /rest/v1/leads.json HTTP/1.1", "Bearer cdf01657:int")
    assert call.header("content-type") == "application/json"
