"""One lead at a time, over real sockets, into an organisation that behaves as Salesforce does."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from integrations.connectors.salesforce import SalesforceConnector
from integrations.contract import Arrival, Delivered, FailureKind, Note
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.salesforce.conftest import KEY_FIELD, LEAD_PATH, TOKEN_PATH, calls_to, leads_in
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

OpenConnector = Callable[..., SalesforceConnector]


def headers_of_last(org: Salesforce) -> dict[str, str]:
    return {name.lower(): value for name, value in org.control("requests")["requests"][-1]["headers"]}


def test_an_answer_lost_after_the_lead_was_kept_leaves_one_lead_and_a_sales_persons_edit(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("faults", {"action": "commit_then_drop", "match": {"method": "POST", "path": "/sobjects/Lead"}})
    connector = connectors(org.url)
    (lost,) = connector.deliver([RECORD])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "connection_lost")
    (lead,) = leads_in(org)
    org.control("records", {"collection": "leads", "key": lead["Id"], "fields": {"Company": "Fabrikam Inc."}})

    (again,) = connector.deliver([RECORD])

    assert delivered(again).arrival is Arrival.ALREADY_THERE
    assert lead["Id"].startswith(delivered(again).external_id)
    assert leads_in(org) == [
        lead | {"Company": "Fabrikam Inc.", "LastModifiedDate": leads_in(org)[0]["LastModifiedDate"]}
    ]


def test_a_lead_arrives_with_all_its_fields(org: Salesforce, connectors: OpenConnector) -> None:
    (outcome,) = connectors(org.url).deliver([RECORD])
    (lead,) = leads_in(org)
    assert outcome.result == Delivered(Arrival.CREATED, lead["Id"], f"{org.url}/lightning/r/Lead/{lead['Id']}/view")
    assert outcome.notes == ()
    sent = {
        "FirstName": "Mina",
        "LastName": "Park",
        "Company": "Fabrikam",
        "Title": "IT manager",
        "Email": "mina.park@fabrikam.example",
        "Phone": "821055501234",
        "Country": "KR",
        "LeadSource": "AzureMarketplace-INS|contoso.fw",
        "Description": "Need a quote for 20 seats\n\n--\nOffer: Contoso Firewall\n"
        "Lead source: AzureMarketplace-INS|contoso.fw\nReceived: 2026-11-22T06:00:00Z\n"
        f"Marketplace lead: {RECORD.key}",
        KEY_FIELD: str(RECORD.key),
    }
    assert {name: lead[name] for name in sent} == sent
    assert calls_to(org) == [("POST", TOKEN_PATH), ("POST", LEAD_PATH)]
    assert headers_of_last(org)["sforce-auto-assign"] == "TRUE"


def test_the_same_lead_again_changes_nothing(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url)
    connector.deliver([RECORD])
    before = leads_in(org)
    (again,) = connector.deliver([replace(RECORD, first_name="Other")])
    assert delivered(again).arrival is Arrival.ALREADY_THERE
    assert delivered(again).external_url == f"{org.url}/lightning/r/Lead/{delivered(again).external_id}/view"
    assert leads_in(org) == before


def test_what_salesforce_demands_is_never_empty(org: Salesforce, connectors: OpenConnector) -> None:
    nobody, somebody = some(2, first_name="", last_name="", company="")
    connectors(org.url).deliver([replace(nobody, email=""), somebody])
    named = {lead[KEY_FIELD]: (lead["LastName"], lead["Company"]) for lead in leads_in(org)}
    assert named == {
        str(nobody.key): ("[not provided]", "[not provided]"),
        str(somebody.key): ("person-1", "fabrikam.example"),
    }


def test_texts_are_cut_whole_and_an_address_that_is_none_goes_into_the_description(
    org: Salesforce, connectors: OpenConnector
) -> None:
    long = replace(RECORD, first_name="x" * 38 + "e👩\u200d🚀", email="mina at fabrikam")
    (outcome,) = connectors(org.url).deliver([long])
    (lead,) = leads_in(org)
    assert delivered(outcome).arrival is Arrival.CREATED
    assert lead["FirstName"] == "x" * 38 + "e"
    assert lead.get("Email") is None
    assert "\nE-mail: mina at fabrikam\n" in lead["Description"]
    assert outcome.notes == (
        Note("cut", {"field": "FirstName", "length": 44, "limit": 40}),
        Note("email_left_out", {"field": "Email"}),
    )


def test_a_length_that_nobody_knew_of_is_kept_to_in_a_second_try(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("config", {"fields": {"Title": {"length": 20}}})
    (outcome,) = connectors(org.url).deliver([replace(RECORD, title="Head of " + "x" * 20)])
    (lead,) = leads_in(org)
    assert delivered(outcome).arrival is Arrival.CREATED
    assert lead["Title"] == "Head of " + "x" * 12
    assert outcome.notes == (
        Note("cut", {"field": "Title", "length": 28, "limit": 20}),
        Note("sent_again_shorter", {"field": "Title", "limit": 20}),
    )
    assert calls_to(org).count(("POST", LEAD_PATH)) == 2


def test_a_description_that_is_cut_in_a_second_try_keeps_the_leads_id(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("config", {"fields": {"Description": {"length": 255}}})
    connectors(org.url).deliver([replace(RECORD, description="y" * 500)])
    (lead,) = leads_in(org)
    assert len(lead["Description"]) == 255
    assert lead["Description"].endswith(f"Marketplace lead: {RECORD.key}")


@pytest.mark.parametrize("named", ["Atlantis", "KR"])
def test_a_country_that_is_not_on_the_list_moves_to_the_description(
    org: Salesforce, connectors: OpenConnector, named: str
) -> None:
    org.control("config", {"countries": {"KR": "South Korea"}})
    (outcome,) = connectors(org.url).deliver([replace(RECORD, country=named)])
    (lead,) = leads_in(org)
    assert delivered(outcome).arrival is Arrival.CREATED
    assert lead.get("Country") is None
    assert lead["Description"].startswith(f"Need a quote for 20 seats\n\nCountry: {named}\n\n--\n")
    assert outcome.notes == (Note("sent_without", {"field": "Country"}),)


def test_an_address_that_only_salesforce_refuses_moves_to_the_description(
    org: Salesforce, connectors: OpenConnector
) -> None:
    refused = json.dumps([{"errorCode": "INVALID_EMAIL_ADDRESS", "message": "no", "fields": ["Email"]}])
    org.control(
        "faults",
        {"action": "respond", "status": 400, "body": refused, "match": {"method": "POST", "path": "/sobjects/Lead"}},
    )
    (outcome,) = connectors(org.url).deliver([RECORD])
    (lead,) = leads_in(org)
    assert delivered(outcome).arrival is Arrival.CREATED
    assert lead.get("Email") is None
    assert "Email: mina.park@fabrikam.example" in lead["Description"]
    assert outcome.notes == (Note("sent_without", {"field": "Email"}),)


def test_a_second_refusal_stands(org: Salesforce, connectors: OpenConnector) -> None:
    refused = json.dumps([{"errorCode": "INVALID_EMAIL_ADDRESS", "message": "no", "fields": ["Email"]}])
    org.control(
        "faults",
        {"action": "respond", "status": 400, "body": refused, "times": None, "match": {"path": "/sobjects/Lead"}},
    )
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.REJECTED, "salesforce_email_refused")
    assert calls_to(org).count(("POST", LEAD_PATH)) == 2
    assert leads_in(org) == []


def test_a_validation_rule_refuses_one_lead_in_its_own_words(org: Salesforce, connectors: OpenConnector) -> None:
    (outcome,) = connectors(org.url).deliver([replace(RECORD, company="REFUSE")])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause) == (FailureKind.REJECTED, "salesforce_validation_rule")
    assert (refused.code, refused.http_status) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", 400)
    assert refused.detail == "FIELD_CUSTOM_VALIDATION_EXCEPTION: This company is not accepted."
    assert leads_in(org) == []


@pytest.mark.parametrize(
    ("rule", "allow", "arrives"),
    [("alert", True, True), ("alert", False, False), ("block", True, False), ("off", False, True)],
)
def test_a_duplicate_rule_lets_a_known_person_in_or_not(
    org: Salesforce, connectors: OpenConnector, rule: str, allow: bool, arrives: bool
) -> None:
    connector = connectors(org.url, allow_duplicates=allow)
    connector.deliver(some(1))
    org.control("config", {"duplicates": {"rule": rule}})
    (outcome,) = connector.deliver(some(1))
    assert isinstance(outcome.result, Delivered) is arrives
    assert len(leads_in(org)) == 1 + arrives
    if not arrives:
        assert kind_and_cause(outcome) == (
            FailureKind.REJECTED,
            "salesforce_duplicate_rule",
        )


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("rule", "allow"), [("alert", False), ("block", False), ("block", True)])
def test_a_lead_that_a_duplicate_rule_takes_for_its_own_duplicate_is_there(
    org: Salesforce, connectors: OpenConnector, rule: str, allow: bool, count: int
) -> None:
    """The rule looks before the unique field does, and sees what an earlier, unheard try has left."""
    connector, records = connectors(org.url, allow_duplicates=allow), some(count)
    org.control("faults", {"action": "commit_then_drop", "match": {"path": "/sobjects"}})
    assert {failure_of(one).kind for one in connector.deliver(records)} == {FailureKind.UNANSWERED}
    org.control("config", {"duplicates": {"rule": rule}})
    before = leads_in(org)
    again = connector.deliver([*records, *some(1)])
    ids = {lead[KEY_FIELD]: lead["Id"] for lead in before}
    assert [one.result for one in again[:-1]] == [
        Delivered(
            Arrival.ALREADY_THERE, ids[str(record.key)], f"{org.url}/lightning/r/Lead/{ids[str(record.key)]}/view"
        )
        for record in records
    ]
    assert failure_of(again[-1]).cause == "salesforce_duplicate_rule"
    assert leads_in(org) == before
    assert [method for method, path in calls_to(org) if "/query" in path] == ["GET"]


@pytest.mark.parametrize("action", ["drop_before", "garbage"])
def test_a_search_that_fails_leaves_the_refusal_as_it_is(
    org: Salesforce, connectors: OpenConnector, action: str
) -> None:
    connector = connectors(org.url)
    connector.deliver([RECORD])
    org.control("config", {"duplicates": {"rule": "block"}})
    org.control("faults", {"action": action, "match": {"path": "/query"}})
    (outcome,) = connector.deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.REJECTED, "salesforce_duplicate_rule")


def test_without_a_key_field_there_is_nothing_to_search_by(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url, key_field="")
    connector.deliver([RECORD])
    org.control("config", {"duplicates": {"rule": "block"}})
    assert failure_of(connector.deliver([RECORD])[0]).cause == "salesforce_duplicate_rule"
    assert "/query" not in str(calls_to(org))


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({}, "TRUE"),
        ({"assignment": "FALSE"}, "FALSE"),
        ({"assignment": "rule", "assignment_rule": "01Q000000000001"}, "01Q000000000001"),
    ],
)
def test_who_gets_the_lead_is_said_expressly(
    org: Salesforce, connectors: OpenConnector, settings: dict[str, Any], header: str
) -> None:
    connectors(org.url, **settings).deliver([RECORD])
    assert headers_of_last(org)["sforce-auto-assign"] == header


def test_the_key_stands_where_the_settings_say_whatever_the_mapping_says(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("config", {"fields": {"Other__c": {"external_id": True, "unique": True, "length": 36}}})
    connectors(org.url, key_field="Other__c").deliver([RECORD])
    (lead,) = leads_in(org)
    assert (lead["Other__c"], lead.get(KEY_FIELD)) == (str(RECORD.key), None)


def test_without_a_key_field_repeats_are_not_recognised(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url, key_field="")
    assert connector.recognises_repeats is False
    for _ in range(2):
        assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.CREATED
    assert [lead.get(KEY_FIELD) for lead in leads_in(org)] == [None, None]
    connections = [request["connection"] for request in org.control("requests")["requests"]]
    assert len(set(connections)) == len(connections)


def test_a_request_that_salesforce_cannot_read_has_surely_not_arrived(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("faults", {"action": "respond", "status": 415, "match": {"path": "/sobjects"}})
    (outcome,) = connectors(org.url, key_field="").deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.DEFECT, "salesforce_request_unreadable")
    assert failure_of(outcome).is_safe_to_repeat is True
    assert leads_in(org) == []


def test_a_preview_is_what_is_sent_and_sends_nothing(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url)
    long = replace(RECORD, first_name="x" * 41)
    preview = connector.preview(long)
    assert calls_to(org) == []
    (outcome,) = connector.deliver([long])
    assert preview.exchange is not None
    assert outcome.exchange is not None
    assert preview.exchange.url == outcome.exchange.url == f"{org.url}{LEAD_PATH}"
    assert preview.exchange.request_headers == outcome.exchange.request_headers
    assert json.loads(preview.exchange.request_body) == json.loads(outcome.exchange.request_body)
    assert preview.notes == outcome.notes == (Note("cut", {"field": "FirstName", "length": 41, "limit": 40}),)
    body = b64decode(org.control("requests")["requests"][-1]["body"])
    assert json.loads(body) == json.loads(preview.exchange.request_body)


def test_a_test_lead_is_taken_away_again(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url)
    (outcome,) = connector.deliver([replace(RECORD, is_test=True)])
    assert connector.remove(delivered(outcome), RECORD.key) is True
    assert leads_in(org) == []


def test_what_was_there_before_or_cannot_be_reached_is_not_taken_away(
    org: Salesforce, connectors: OpenConnector
) -> None:
    connector = connectors(org.url)
    (outcome,) = connector.deliver([RECORD])
    (again,) = connector.deliver([RECORD])
    assert connector.remove(delivered(again), RECORD.key) is False
    org.control("faults", [{"action": "drop_before"}, {"action": "respond", "status": 403, "body": "[]"}])
    assert connector.remove(delivered(outcome), RECORD.key) is False
    assert connector.remove(delivered(outcome), RECORD.key) is False
    assert len(leads_in(org)) == 1
