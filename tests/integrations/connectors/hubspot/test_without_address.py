"""Contacts that HubSpot cannot know by an e-mail address, and those it does not take by one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from integrations.connectors.hubspot.connector import INDEX_BEHIND
from integrations.contract import Arrival, Delivered, FailureKind
from integrations.mapping import FieldMap
from integrations.sandbox.hubspot import HubSpot
from tests.integrations.connectors.hubspot.conftest import (
    CONTACTS_PATH,
    KEY_PROPERTY,
    SEARCH_PATH,
    UPSERT_PATH,
    WITH_KEY,
    OpenConnector,
    answers_with,
    bodies_sent,
    calls_to,
    contacts_in,
    nameless,
)
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

CONFLICT = {"status": "error", "message": "Contact already exists. Existing ID: 512", "category": "CONFLICT"}


def let_the_index_catch_up(server: HubSpot) -> None:
    server.control("clock", {"offset": 60})


def loses_an_answer_after(server: HubSpot, path: str) -> None:
    """The call to this path is answered, the one after it is kept and not answered."""
    server.control("faults", {"action": "delay", "delay": 0, "match": {"path": path}})
    server.control("faults", {"action": "commit_then_drop", "match": {"path": CONTACTS_PATH}})


def only_key(server: HubSpot) -> str:
    (record,) = server.control("records")["records"]
    return str(record["key"])


# Without an e-mail address


def test_who_has_no_address_is_created_by_name(server: HubSpot, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url).deliver([nameless()])
    assert outcome.result == Delivered(Arrival.CREATED, only_key(server))
    assert [contact["lastname"] for contact in contacts_in(server)] == ["Park"]
    assert calls_to(server) == [CONTACTS_PATH]


def test_who_has_neither_address_nor_name_is_not_sent(server: HubSpot, connectors: OpenConnector) -> None:
    connector, nobody = connectors(server.url), nameless(first_name="", last_name="")
    refused, arrived = connector.deliver([nobody, RECORD])
    assert kind_and_cause(refused) == (FailureKind.REJECTED, "hubspot_nobody")
    assert delivered(arrived).arrival is Arrival.CREATED
    assert len(contacts_in(server)) == 1
    assert connector.preview(nobody).refused == refused.result
    assert connector.preview(nobody).exchange is None


def test_without_a_property_for_the_id_a_lost_answer_is_left_to_a_person(
    server: HubSpot, connectors: OpenConnector
) -> None:
    server.control("faults", {"action": "commit_then_drop", "match": {"path": CONTACTS_PATH}})
    (lost,) = connectors(server.url).deliver([nameless()])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "may_have_arrived")
    assert failure_of(lost).is_safe_to_repeat is False
    assert calls_to(server) == [CONTACTS_PATH]
    assert len(contacts_in(server)) == 1


@pytest.mark.parametrize("body", ["<html>Maintenance", '{"message": "welcome"}'])
def test_without_a_property_for_the_id_an_answer_nobody_understands_is_left_to_a_person(
    server: HubSpot, connectors: OpenConnector, body: str
) -> None:
    server.control("faults", {"action": "garbage", "body": body, "match": {"path": CONTACTS_PATH}})
    (outcome,) = connectors(server.url).deliver([nameless()])
    assert kind_and_cause(outcome) == (FailureKind.UNANSWERED, "may_have_arrived")
    assert (failure_of(outcome).escalates, failure_of(outcome).is_safe_to_repeat) == (None, False)


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        *((status, FailureKind.UNANSWERED, "may_have_arrived") for status in (502, 504, 520, 524)),
        *((status, FailureKind.TEMPORARY, "server_trouble") for status in (500, 503, 521)),
    ],
)
def test_without_a_property_for_the_id_a_gateways_silence_is_left_to_a_person(
    server: HubSpot, connectors: OpenConnector, status: int, kind: FailureKind, cause: str
) -> None:
    server.control("faults", {"action": "respond", "status": status, "match": {"path": CONTACTS_PATH}})
    (outcome,) = connectors(server.url).deliver([nameless()])
    assert kind_and_cause(outcome) == (kind, cause)


def test_what_was_surely_not_sent_is_simply_tried_again(connectors: OpenConnector) -> None:
    with HubSpot.running() as gone:
        url = gone.url
    (outcome,) = connectors(url).deliver([nameless()])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "cannot_connect")


# Looked for by the lead's ID


def test_commit_then_drop_leaves_one_contact_with_all_its_edits_where_the_id_has_a_property(
    server: HubSpot, connectors: OpenConnector
) -> None:
    server.control("faults", {"action": "commit_then_drop", "match": {"path": CONTACTS_PATH}})
    connector, record = connectors(server.url, fields=WITH_KEY), nameless()
    (lost,) = connector.deliver([record])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "may_have_arrived")
    assert failure_of(lost).is_safe_to_repeat is False
    edited = {"jobtitle": "Head of IT"}
    server.control("records", {"collection": "contacts", "key": only_key(server), "fields": edited})
    assert connector.find(record) is None, "the index is behind"
    let_the_index_catch_up(server)
    found = connector.find(record)
    assert found is not None
    assert (found.key, found.result) == (record.key, Delivered(Arrival.ALREADY_THERE, only_key(server)))
    assert [contact["jobtitle"] for contact in contacts_in(server)] == ["Head of IT"]
    assert calls_to(server) == [CONTACTS_PATH, SEARCH_PATH, SEARCH_PATH]
    assert bodies_sent(server)[1]["filterGroups"] == [
        {"filters": [{"propertyName": KEY_PROPERTY, "operator": "EQ", "value": str(record.key)}]}
    ]


def test_the_contact_of_another_lead_is_not_found(server: HubSpot, connectors: OpenConnector) -> None:
    connector = connectors(server.url, fields=WITH_KEY)
    connector.deliver([nameless()])
    let_the_index_catch_up(server)
    assert connector.find(nameless()) is None


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_search_that_is_refused_says_nothing_of_the_lead(
    server: HubSpot, connectors: OpenConnector, status: int
) -> None:
    server.control("faults", {"action": "respond", "status": status, "match": {"path": SEARCH_PATH}})
    refused = connectors(server.url, fields=WITH_KEY).find(nameless())
    assert refused is not None
    assert kind_and_cause(refused) == (FailureKind.TEMPORARY, "server_trouble")


def test_a_unique_property_recognises_a_repeat_before_the_index_has_caught_up(
    server: HubSpot, connectors: OpenConnector
) -> None:
    connector, record = connectors(server.url, fields=WITH_KEY), nameless()
    connector.deliver([record])
    (again,) = connector.deliver([record])
    assert again.result == Delivered(Arrival.ALREADY_THERE, only_key(server))
    assert calls_to(server) == [CONTACTS_PATH] * 2


def test_two_workers_with_the_same_lead_make_one_contact(server: HubSpot, connectors: OpenConnector) -> None:
    connector, record = connectors(server.url, fields=WITH_KEY), nameless()
    with ThreadPoolExecutor(2) as pool:
        outcomes = [outcome for (outcome,) in pool.map(connector.deliver, [[record], [record]])]
    assert {delivered(outcome).external_id for outcome in outcomes} == {only_key(server)}


@pytest.mark.parametrize("action", ["drop_before", "commit_then_drop", "truncate"])
def test_a_search_without_an_answer_has_found_out_nothing(
    server: HubSpot, connectors: OpenConnector, action: str
) -> None:
    server.control("faults", {"action": action, "match": {"path": SEARCH_PATH}})
    unheard = connectors(server.url, fields=WITH_KEY).find(nameless())
    assert unheard is not None
    assert kind_and_cause(unheard) == (FailureKind.TEMPORARY, "hubspot_search_unanswered")


@pytest.mark.parametrize("content", [{"message": "welcome"}, {"results": ["?"]}, [], {"results": [{"id": "x"}]}])
def test_a_search_that_nobody_understands_has_found_out_nothing(
    server: HubSpot, connectors: OpenConnector, content: Any
) -> None:
    answers_with(server, content, path=SEARCH_PATH)
    odd = connectors(server.url, fields=WITH_KEY).find(nameless())
    assert odd is not None
    assert kind_and_cause(odd) == (FailureKind.TEMPORARY, "unreadable_answer")


def test_a_property_for_the_id_that_is_not_there_is_a_matter_of_the_mapping(
    server: HubSpot, connectors: OpenConnector
) -> None:
    server.control("config", {"properties": {KEY_PROPERTY: None}})
    connector, record = connectors(server.url, fields=WITH_KEY), nameless()
    found = connector.find(record)
    assert found is not None
    for outcome in (found, *connector.deliver([record])):
        refused = failure_of(outcome)
        assert (refused.kind, refused.cause, refused.params) == (
            FailureKind.MISCONFIGURED, "hubspot_property_unknown", {"field": KEY_PROPERTY},
        )  # fmt: skip


def test_a_limit_on_searches_holds_the_destination(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"limits": {"searches": 1}})
    connector = connectors(server.url, fields=WITH_KEY)
    assert connector.find(nameless()) is None
    second = connector.find(nameless())
    assert second is not None
    assert kind_and_cause(second) == (FailureKind.THROTTLED, "hubspot_rate_limit")


# Where HubSpot does not take contacts by their address


@pytest.mark.parametrize("fields", [None, WITH_KEY])
def test_where_upserts_by_address_are_refused_contacts_are_created_one_by_one(
    server: HubSpot, connectors: OpenConnector, fields: FieldMap | None
) -> None:
    server.control("config", {"variants": {"upsert_by_email": False}})
    outcomes = connectors(server.url, fields=fields).deliver(some(3))
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED] * 3
    assert calls_to(server) == [UPSERT_PATH] + [CONTACTS_PATH] * 3


def test_there_a_contact_who_exists_is_updated_by_its_id(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"variants": {"upsert_by_email": False}})
    connector = connectors(server.url)
    connector.deliver([RECORD])
    (again,) = connector.deliver([RECORD])
    number = only_key(server)
    assert again.result == Delivered(Arrival.UPDATED, number)
    assert calls_to(server) == [UPSERT_PATH, CONTACTS_PATH, UPSERT_PATH, CONTACTS_PATH, f"{CONTACTS_PATH}/{number}"]


def test_there_commit_then_drop_leaves_one_contact(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"variants": {"upsert_by_email": False}})
    connector = connectors(server.url)
    loses_an_answer_after(server, UPSERT_PATH)
    (lost,) = connector.deliver([RECORD])
    assert failure_of(lost).kind is FailureKind.UNANSWERED
    (again,) = connector.deliver([RECORD])
    assert delivered(again).arrival is Arrival.UPDATED
    assert len(contacts_in(server)) == 1


@pytest.mark.parametrize("whole", [True, False])
def test_a_conflict_ends_with_an_update(server: HubSpot, connectors: OpenConnector, whole: bool) -> None:
    """As when two of them make the same new contact at the same moment."""
    connector = connectors(server.url)
    connector.deliver([RECORD])
    among = {"status": "COMPLETE", "results": [], "errors": [CONFLICT | {"context": {"objectWriteTraceId": ["?"]}}]}
    answers_with(server, CONFLICT if whole else among, status=409 if whole else 207)
    (outcome,) = connector.deliver([RECORD])
    assert outcome.result == Delivered(Arrival.UPDATED, only_key(server))
    assert calls_to(server)[1:] == [UPSERT_PATH, CONTACTS_PATH, f"{CONTACTS_PATH}/{only_key(server)}"]


def test_what_came_last_of_a_person_is_written_last_whatever_happens_before(
    server: HubSpot, connectors: OpenConnector
) -> None:
    connector, later = connectors(server.url), replace(RECORD, key=uuid4(), title="CIO")
    connector.deliver([RECORD])
    conflict = CONFLICT | {"context": {"objectWriteTraceId": [str(RECORD.key)]}}
    answers_with(server, {"results": [], "errors": [conflict]}, status=207)
    outcomes = connector.deliver([RECORD, *some(1), later])
    assert [type(outcome.result).__name__ for outcome in outcomes] == ["Delivered"] * 3
    assert [contact["jobtitle"] for contact in contacts_in(server)] == ["CIO", "IT manager"]


def test_what_came_last_of_a_person_is_written_last_where_an_answer_left_the_first_one_out(
    server: HubSpot, connectors: OpenConnector
) -> None:
    later = replace(RECORD, key=uuid4(), title="CIO")
    answers_with(server, {"results": []})
    connectors(server.url).deliver([RECORD, *some(1), later])
    titles = {contact["email"]: contact["jobtitle"] for contact in contacts_in(server)}
    assert titles == {RECORD.email: "CIO", "person-0@fabrikam.example": "IT manager"}


def test_a_conflict_in_a_batch_that_is_refused_as_a_whole_concerns_one_only(
    server: HubSpot, connectors: OpenConnector
) -> None:
    answers_with(server, CONFLICT, status=409)
    outcomes = connectors(server.url).deliver(some(4))
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED] * 4
    assert calls_to(server) == [UPSERT_PATH] * 3


@pytest.mark.parametrize("message", ["Conflict", "Contact already exists."])
def test_a_conflict_that_names_nobody_is_left_to_a_person(
    server: HubSpot, connectors: OpenConnector, message: str
) -> None:
    nameless_conflict = {"status": "error", "message": message, "category": "CONFLICT"}
    answers_with(server, nameless_conflict, status=409)
    answers_with(server, nameless_conflict, path=CONTACTS_PATH, status=409)
    (outcome,) = connectors(server.url).deliver([RECORD])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause, refused.code, refused.http_status) == (
        FailureKind.REJECTED, "conflict", "CONFLICT", 409,
    )  # fmt: skip
    assert contacts_in(server) == []


def test_a_contact_that_went_away_before_its_update_is_left_to_a_person(
    server: HubSpot, connectors: OpenConnector
) -> None:
    for path in (UPSERT_PATH, CONTACTS_PATH):
        answers_with(server, CONFLICT, path=path, status=409)
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.REJECTED, "conflict")
    assert calls_to(server) == [UPSERT_PATH, CONTACTS_PATH, f"{CONTACTS_PATH}/512"]


def test_a_lead_whose_address_was_changed_over_there_is_recognised_by_its_id(
    server: HubSpot, connectors: OpenConnector
) -> None:
    connector = connectors(server.url, fields=WITH_KEY)
    connector.deliver([RECORD])
    number = only_key(server)
    edited = {"email": "mina@new.example"}
    server.control("records", {"collection": "contacts", "key": number, "fields": edited})
    (again,) = connector.deliver([RECORD])
    assert again.result == Delivered(Arrival.ALREADY_THERE, number)
    assert [contact["email"] for contact in contacts_in(server)] == ["mina@new.example"]


def test_only_who_has_no_address_would_not_be_recognised_and_may_be_found(
    server: HubSpot, connectors: OpenConnector
) -> None:
    for connector, after in ((connectors(server.url), None), (connectors(server.url, fields=WITH_KEY), INDEX_BEHIND)):
        assert [connector.recognises(record) for record in (RECORD, nameless())] == [True, False]
        assert [connector.findable_after(record) for record in (RECORD, nameless())] == [None, after]
    assert calls_to(server) == []
