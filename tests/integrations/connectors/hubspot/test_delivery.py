"""Against the HubSpot of the sandbox, over real sockets."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from integrations.connectors.hubspot.fields import CONTACT
from integrations.contract import Arrival, Delivered, FailureKind, Note
from integrations.mapping import Origin, Rule
from integrations.sandbox.hubspot import HubSpot
from tests.integrations.connectors.hubspot.conftest import (
    CONTACTS_PATH,
    UPSERT_PATH,
    OpenConnector,
    answers_with,
    bodies_sent,
    calls_to,
    contacts_in,
)
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

WITH_SEATS = CONTACT.with_rules((*CONTACT.rules, Rule("seats", Origin.FIELD, "description")))
AS_SENT = {
    "email": "mina.park@fabrikam.example",
    "firstname": "Mina",
    "lastname": "Park",
    "phone": "821055501234",
    "company": "Fabrikam",
    "jobtitle": "IT manager",
    "country": "KR",
    "message": (
        "Need a quote for 20 seats\n\n--\nOffer: Contoso Firewall\nLead source: AzureMarketplace-INS|contoso.fw\n"
        "Received: 2026-11-22T06:00:00Z\nMarketplace lead: 1f81eb52-5198-4599-803e-771906343485"
    ),
}


def edit(server: HubSpot, **fields: str) -> None:
    (record,) = server.control("records")["records"]
    server.control("records", {"collection": "contacts", "key": record["key"], "fields": fields})


def test_commit_then_drop_leaves_one_contact_and_the_edits_of_what_is_not_sent(
    server: HubSpot, connectors: OpenConnector
) -> None:
    server.control("faults", {"action": "commit_then_drop", "match": {"path": UPSERT_PATH}})
    connector = connectors(server.url)
    (lost,) = connector.deliver([RECORD])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "connection_lost")
    edit(server, website="https://fabrikam.example", lifecyclestage="customer")
    (again,) = connector.deliver([RECORD])
    assert delivered(again).arrival is Arrival.UPDATED
    assert contacts_in(server) == [AS_SENT | {"website": "https://fabrikam.example", "lifecyclestage": "customer"}]


def test_a_new_lead_makes_one_contact_with_every_mapped_property(server: HubSpot, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert outcome.key == RECORD.key
    (record,) = server.control("records")["records"]
    assert outcome.result == Delivered(Arrival.CREATED, record["key"])
    assert contacts_in(server) == [AS_SENT]
    assert calls_to(server) == [UPSERT_PATH]
    assert bodies_sent(server) == [
        {
            "inputs": [
                {
                    "idProperty": "email",
                    "id": "mina.park@fabrikam.example",
                    "objectWriteTraceId": str(RECORD.key),
                    "properties": AS_SENT,
                }
            ]
        }
    ]


def test_letters_of_all_scripts_arrive(server: HubSpot, connectors: OpenConnector) -> None:
    connectors(server.url).deliver(
        [replace(RECORD, first_name="Zoë", last_name="김민아", company="🚀 شركة", title="רכש")]
    )
    (contact,) = contacts_in(server)
    assert [contact[name] for name in ("firstname", "lastname", "company", "jobtitle")] == [
        "Zoë",
        "김민아",
        "🚀 شركة",
        "רכש",
    ]


def test_the_same_delivery_again_changes_nothing(server: HubSpot, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    (first,) = connector.deliver([RECORD])
    (again,) = connector.deliver([RECORD])
    assert again.result == Delivered(Arrival.UPDATED, delivered(first).external_id)
    assert contacts_in(server) == [AS_SENT]


def test_what_is_empty_is_not_sent(server: HubSpot, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    connector.deliver([RECORD])
    connector.deliver([replace(RECORD, company="", title="", phone="")])
    assert contacts_in(server) == [AS_SENT]
    assert sorted(bodies_sent(server)[1]["inputs"][0]["properties"]) == [
        "country",
        "email",
        "firstname",
        "lastname",
        "message",
    ]


def test_a_delivery_links_to_the_contact_where_the_account_is_known(connectors: OpenConnector, server: HubSpot) -> None:
    """The sandbox has no pages of HubSpot's, so nothing links there."""
    (outcome,) = connectors(server.url, hub_id="50505050").deliver([RECORD])
    assert delivered(outcome).external_url == ""


def test_every_value_is_sent_as_text(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"properties": {"seats": {"type": "number"}, "is_test": {"type": "string"}}})
    rules = (Rule("seats", Origin.CONSTANT, "20"), Rule("is_test", Origin.FIELD, "is_test"))
    connector = connectors(server.url, fields=CONTACT.with_rules((*CONTACT.rules, *rules)))
    (outcome,) = connector.deliver([replace(RECORD, is_test=True)])
    assert delivered(outcome).arrival is Arrival.CREATED
    sent = bodies_sent(server)[0]["inputs"][0]["properties"]
    assert (sent["seats"], sent["is_test"]) == ("20", "true")


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (100, 1), (101, 2), (1000, 10)])
def test_a_hundred_contacts_share_a_call(server: HubSpot, connectors: OpenConnector, count: int, calls: int) -> None:
    records = some(count)
    outcomes = connectors(server.url).deliver(records)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert calls_to(server) == [UPSERT_PATH] * calls
    assert len(contacts_in(server)) == count


@pytest.mark.parametrize("named", [True, False])
def test_each_of_a_batch_gets_its_own_answer_with_and_without_trace_ids_in_it(
    server: HubSpot, connectors: OpenConnector, named: bool
) -> None:
    server.control("config", {"variants": {"trace_ids_in_results": named}})
    records = some(3)
    outcomes = connectors(server.url).deliver(records)
    by_email = {
        record["fields"]["email"]: record["key"] for record in server.control("records")["records"]
    }  # fmt: skip
    assert [delivered(outcome).external_id for outcome in outcomes] == [by_email[record.email] for record in records]
    assert calls_to(server) == [UPSERT_PATH]


def test_the_same_address_never_stands_twice_in_a_call(server: HubSpot, connectors: OpenConnector) -> None:
    other, *_rest = some(1)
    same = replace(RECORD, key=uuid4(), email="Mina.Park@Fabrikam.example", title="CIO")
    outcomes = connectors(server.url).deliver([RECORD, same, other])
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED, Arrival.UPDATED, Arrival.CREATED]
    assert delivered(outcomes[0]).external_id == delivered(outcomes[1]).external_id
    assert calls_to(server) == [UPSERT_PATH, UPSERT_PATH]
    assert server.control("requests")["maximum_concurrency"] == 1
    assert [contact["jobtitle"] for contact in contacts_in(server)] == ["CIO", "IT manager"]


def test_two_workers_with_the_same_lead_make_one_contact(server: HubSpot, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    with ThreadPoolExecutor(2) as pool:
        outcomes = [outcome for (outcome,) in pool.map(connector.deliver, [[RECORD], [RECORD]])]
    assert len({delivered(outcome).external_id for outcome in outcomes}) == 1
    assert contacts_in(server) == [AS_SENT]


def test_nobodys_attempt_shows_the_others_of_the_same_call(server: HubSpot, connectors: OpenConnector) -> None:
    for number, outcome in enumerate(connectors(server.url).deliver(some(3))):
        assert outcome.exchange is not None
        sent, answered = json.loads(outcome.exchange.request_body), json.loads(outcome.exchange.response_body)
        assert [each["id"] for each in sent["inputs"]] == [f"person-{number}@fabrikam.example"]
        assert [each["id"] for each in answered["results"]] == [delivered(outcome).external_id]


def test_nobodys_attempt_shows_the_others_of_a_call_that_failed(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("faults", {"action": "respond", "status": 503, "match": {"path": UPSERT_PATH}})
    for number, outcome in enumerate(connectors(server.url).deliver(some(3))):
        assert outcome.exchange is not None
        sent = json.loads(outcome.exchange.request_body)
        assert [each["id"] for each in sent["inputs"]] == [f"person-{number}@fabrikam.example"]


def test_too_long_values_are_cut_and_the_cut_is_noted(server: HubSpot, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url).deliver([replace(RECORD, company="김" * 65_535 + "🚀🚀")])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert contacts_in(server)[0]["company"] == "김" * 65_535
    assert outcome.notes == (Note("cut", {"field": "company", "length": 65_539, "limit": 65_536}),)


def test_one_bad_lead_among_good_ones_is_refused_alone(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"properties": {"seats": {"type": "number"}}})
    records = some(5, description="20")
    records[2] = replace(records[2], description="many")
    outcomes = connectors(server.url, fields=WITH_SEATS).deliver(records)
    refused = failure_of(outcomes[2])
    assert (refused.kind, refused.cause, refused.params) == (
        FailureKind.REJECTED, "hubspot_value_refused", {"field": "seats"},
    )  # fmt: skip
    assert {delivered(outcome).arrival for outcome in outcomes if outcome is not outcomes[2]} == {Arrival.CREATED}
    assert calls_to(server) == [UPSERT_PATH]
    assert len(contacts_in(server)) == 4


def test_where_one_spoils_the_batch_it_is_halved_until_that_one_is_alone(
    server: HubSpot, connectors: OpenConnector
) -> None:
    server.control("config", {"variants": {"multi_status": False}, "properties": {"seats": {"type": "number"}}})
    records = some(8, description="20")
    records[5] = replace(records[5], description="many")
    outcomes = connectors(server.url, fields=WITH_SEATS).deliver(records)
    assert [type(outcome.result).__name__ for outcome in outcomes] == [
        *["Delivered"] * 5, "Failure", *["Delivered"] * 2,
    ]  # fmt: skip
    assert failure_of(outcomes[5]).cause == "hubspot_value_refused"
    assert [len(body["inputs"]) for body in bodies_sent(server)] == [8, 4, 4, 2, 1, 1, 2]
    assert len(contacts_in(server)) == 7


def test_a_batch_that_is_too_large_over_there_is_halved(server: HubSpot, connectors: OpenConnector) -> None:
    answers_with(server, {"status": "error", "message": "Request Entity Too Large"}, status=413)
    outcomes = connectors(server.url).deliver(some(8))
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED] * 8
    assert calls_to(server) == [UPSERT_PATH] * 3


def test_one_lead_that_is_too_large_over_there_is_refused_alone(server: HubSpot, connectors: OpenConnector) -> None:
    answers_with(server, {"status": "error"}, status=413)
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.REJECTED, "record_too_large")
    assert calls_to(server) == [UPSERT_PATH]


def test_what_the_answer_leaves_out_is_asked_for_alone(server: HubSpot, connectors: OpenConnector) -> None:
    records = some(3)
    named = {"id": "7", "new": True, "objectWriteTraceId": str(records[0].key), "properties": {}}
    unnamed = {"id": "8", "new": True, "properties": {"email": "first-address@fabrikam.example"}}
    answers_with(server, {"status": "COMPLETE", "results": [unnamed, named]})
    outcomes = connectors(server.url).deliver(records)
    assert outcomes[0].result == Delivered(Arrival.CREATED, "7")
    assert [delivered(outcome).arrival for outcome in outcomes[1:]] == [Arrival.CREATED, Arrival.CREATED]
    assert [len(body["inputs"]) for body in bodies_sent(server)] == [3, 1, 1]


def test_a_test_contact_that_was_there_before_stays(server: HubSpot, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    assert connector.remove(Delivered(Arrival.UPDATED, "512"), RECORD.key) is False
    assert connector.remove(Delivered(Arrival.CREATED, ""), RECORD.key) is False
    assert calls_to(server) == []


def test_the_older_api_takes_contacts_as_well(server: HubSpot, connectors: OpenConnector) -> None:
    connector = connectors(server.url, api_path="/crm/v3/objects")
    (outcome,) = connector.deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert [step.result for step in connector.check().steps][:2] == ["passed", "passed"]
    assert calls_to(server)[:2] == ["/crm/v3/objects/contacts/batch/upsert", "/crm/v3/properties/contacts"]


def test_a_preview_shows_what_would_be_sent_and_sends_nothing(server: HubSpot, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    with_address, without = connector.preview(RECORD), connector.preview(replace(RECORD, email="no address"))
    assert with_address.exchange is not None
    assert with_address.exchange.url == server.url + UPSERT_PATH
    assert json.loads(with_address.exchange.request_body)["inputs"][0]["properties"] == AS_SENT
    assert without.exchange is not None
    assert without.exchange.url == server.url + CONTACTS_PATH
    message = json.loads(without.exchange.request_body)["properties"]["message"]
    assert "\n--\nE-mail: no address\nOffer:" in message
    assert without.notes == (Note("email_left_out", {"field": "email"}),)
    assert calls_to(server) == []
