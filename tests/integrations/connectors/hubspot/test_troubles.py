"""What goes wrong on the way, over real sockets."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from integrations.connectors.hubspot import api
from integrations.connectors.hubspot.fields import CONTACT
from integrations.contract import Arrival, Delivered, FailureKind
from integrations.mapping import Origin, Rule
from integrations.sandbox.hubspot import HubSpot
from tests.integrations.connectors.hubspot.conftest import (
    CONTACTS_PATH,
    READ,
    TOKEN,
    UPSERT_PATH,
    OpenConnector,
    answers_with,
    calls_to,
    contacts_in,
)
from tests.integrations.far_end import FarEnd, answer, answering
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

OpenFarEnd = Callable[..., FarEnd]


def held(outcome: Any) -> tuple[FailureKind, str, timedelta | None]:
    failed = failure_of(outcome)
    return failed.kind, failed.cause, failed.retry_after


@pytest.mark.parametrize(
    ("limits", "cause", "wait"),
    [
        ({"ten_seconds": 2}, "hubspot_rate_limit", timedelta(seconds=10)),
        ({"day": 2}, "hubspot_daily_limit", timedelta(hours=1)),
    ],
)
def test_a_limit_stops_the_rest_of_the_leads(
    server: HubSpot, connectors: OpenConnector, limits: dict[str, int], cause: str, wait: timedelta
) -> None:
    server.control("config", {"limits": limits})
    outcomes = connectors(server.url).deliver(some(400))
    assert [delivered(outcome).arrival for outcome in outcomes[:200]] == [Arrival.CREATED] * 200
    assert {held(outcome) for outcome in outcomes[200:]} == {(FailureKind.THROTTLED, cause, wait)}
    assert calls_to(server) == [UPSERT_PATH] * 3
    assert [bool(outcome.exchange) for outcome in outcomes[200:]] == [True] * 100 + [False] * 100


def test_after_the_wait_the_limit_is_open_again(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"limits": {"ten_seconds": 1}})
    connector, records = connectors(server.url), some(2)
    connector.deliver(records[:1])
    (outcome,) = connector.deliver(records[1:])
    wait = failure_of(outcome).retry_after
    assert wait is not None
    server.control("clock", {"offset": wait.total_seconds()})
    (outcome,) = connector.deliver(records[1:])
    assert delivered(outcome).arrival is Arrival.CREATED


def test_a_time_that_hubspot_names_counts(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"migrating": 3600})
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert held(outcome) == (FailureKind.THROTTLED, "hubspot_migrating", timedelta(hours=1))


def test_a_locked_contact_waits_and_the_others_go_on(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"locked": [RECORD.email]})
    locked, other = connectors(server.url).deliver([RECORD, *some(1)])
    assert held(locked) == (FailureKind.THROTTLED, "hubspot_locked", timedelta(seconds=2))
    assert delivered(other).arrival is Arrival.CREATED


def test_three_times_down_then_delivered(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("faults", {"action": "respond", "status": 503, "times": 3, "match": {"path": UPSERT_PATH}})
    connector = connectors(server.url)
    for _ in range(3):
        (outcome,) = connector.deliver([RECORD])
        assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "server_trouble")
    (outcome,) = connector.deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED


def test_a_revoked_token_stops_with_the_first_call_and_a_new_one_counts_at_once(
    server: HubSpot, connectors: OpenConnector
) -> None:
    server.control("tokens/revoke", {})
    outcomes = connectors(server.url).deliver(some(300))
    assert {kind_and_cause(outcome) for outcome in outcomes} == {(FailureKind.MISCONFIGURED, "hubspot_token_refused")}
    assert calls_to(server) == [UPSERT_PATH]
    new = TOKEN.replace("0a1b", "ffff")
    server.control("config", {"tokens": {new: {"scopes": [READ, "crm.objects.contacts.write"]}}})
    outcomes = connectors(server.url, access_token=new).deliver(some(3))
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED] * 3


def test_a_scope_that_is_missing_is_named(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"tokens": {TOKEN: {"scopes": [READ]}}})
    (outcome,) = connectors(server.url).deliver([RECORD])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause, refused.code, refused.params) == (
        FailureKind.MISCONFIGURED, "hubspot_scope_missing", "MISSING_SCOPES", {"scope": "crm.objects.contacts.write"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("target", "value", "cause"),
    [
        ("colour", "blue", "hubspot_property_unknown"),
        ("createdate", "2026", "hubspot_property_read_only"),
        ("lifecyclestage", "suspect", "hubspot_option_refused"),
    ],
)
def test_a_mapping_that_is_wrong_for_every_lead_stops_the_destination(
    server: HubSpot, connectors: OpenConnector, target: str, value: str, cause: str
) -> None:
    fields = CONTACT.with_rules((*CONTACT.rules, Rule(target, Origin.CONSTANT, value)))
    outcomes = connectors(server.url, fields=fields).deliver(some(3))
    assert {kind_and_cause(outcome) for outcome in outcomes} == {(FailureKind.MISCONFIGURED, cause)}
    assert [failure_of(outcome).params for outcome in outcomes] == [{"field": target}] * 3
    assert calls_to(server) == [UPSERT_PATH]
    assert contacts_in(server) == []


def test_a_path_that_the_api_does_not_know_stops_the_destination(server: HubSpot, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url, api_path="/crm/objects/2031-03").deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.MISCONFIGURED, "hubspot_path_unknown")


def test_a_web_page_is_no_delivery(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("faults", {"action": "garbage", "match": {"path": UPSERT_PATH}})
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert contacts_in(server) == []


@pytest.mark.parametrize("content", [{}, [], {"results": []}, {"results": [{"id": "x"}]}, {"results": "512"}])
def test_a_success_that_names_no_contact_is_no_delivery(
    server: HubSpot, connectors: OpenConnector, content: Any
) -> None:
    answers_with(server, content)
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "unreadable_answer")


@pytest.mark.parametrize(
    ("fault", "kind", "cause"),
    [
        ({"action": "drop_before"}, FailureKind.UNANSWERED, "connection_lost"),
        ({"action": "truncate"}, FailureKind.UNANSWERED, "answer_cut_off"),
        ({"action": "delay", "delay": 2}, FailureKind.UNANSWERED, "no_answer_in_time"),
        ({"action": "trickle", "delay": 0.1}, FailureKind.UNANSWERED, "no_answer_in_time"),
        ({"action": "redirect"}, FailureKind.MISCONFIGURED, "redirected"),
    ],
)
def test_faults_of_the_network_end_in_bounded_time_with_one_call(
    server: HubSpot, connectors: OpenConnector, fault: dict[str, Any], kind: FailureKind, cause: str
) -> None:
    server.control("faults", fault | {"match": {"path": UPSERT_PATH}})
    (outcome,) = connectors(server.url, impatient=True).deliver([RECORD])
    assert kind_and_cause(outcome) == (kind, cause)
    server.control("faults", method="DELETE")
    assert calls_to(server) == [UPSERT_PATH]


def test_what_comes_after_a_call_without_an_answer_is_not_even_tried(
    server: HubSpot, connectors: OpenConnector
) -> None:
    """HubSpot may still be working on the same person."""
    server.control("faults", {"action": "drop_before", "match": {"path": UPSERT_PATH}})
    outcomes = connectors(server.url).deliver(some(150))
    assert {failure_of(outcome).cause for outcome in outcomes[:100]} == {"connection_lost"}
    assert {kind_and_cause(outcome) for outcome in outcomes[100:]} == {(FailureKind.TEMPORARY, "hubspot_not_tried")}
    assert calls_to(server) == [UPSERT_PATH]


def test_a_private_address_is_not_dialled(
    connectors: OpenConnector, names: dict[str, list[str]], dialled: list[tuple[str, int]]
) -> None:
    names["hubspot.example.com"] = ["10.0.0.7"]
    (outcome,) = connectors("https://hubspot.example.com").deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.MISCONFIGURED, "address_not_public")
    assert dialled == []


def test_without_another_address_hubspot_itself_is_called(
    connectors: OpenConnector, names: dict[str, list[str]]
) -> None:
    names.clear()
    (outcome,) = connectors("").deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "name_unknown")
    assert outcome.exchange is not None
    assert outcome.exchange.url == f"https://api.hubapi.com{UPSERT_PATH}"


def test_a_contact_that_a_test_made_is_archived(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(204)))
    assert connectors(far_end.url("")).remove(Delivered(Arrival.CREATED, "512"), RECORD.key) is True
    assert [request.line for request in far_end.requests] == [f"DELETE {CONTACTS_PATH}/512 HTTP/1.1"]


@pytest.mark.parametrize("status", [403, 404, 405, 500])
def test_a_contact_that_cannot_be_archived_stays(connectors: OpenConnector, far_end: FarEnd, status: int) -> None:
    far_end.plays(answering(answer(status)))
    assert connectors(far_end.url("")).remove(Delivered(Arrival.CREATED, "512"), RECORD.key) is False


def test_a_contact_stays_where_nobody_answers(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.close()
    assert connectors(far_end.url("")).remove(Delivered(Arrival.CREATED, "512"), RECORD.key) is False


def test_a_delivery_links_to_the_contact(
    connectors: OpenConnector, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "USUAL_ORIGIN", far_end.url(""))
    body = {"status": "COMPLETE", "results": [{"id": "512", "new": True}]}
    far_end.plays(answering(answer(200, json.dumps(body).encode())))
    (outcome,) = connectors("", hub_id="12345678").deliver([RECORD])
    assert delivered(outcome).external_url == "https://app-eu1.hubspot.com/contacts/12345678/record/0-1/512"
