"""Forms over real sockets, into an organisation that behaves as Salesforce does."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest

from integrations.connectors.salesforce_web_to_lead import SalesforceWebToLeadConnector
from integrations.connectors.salesforce_web_to_lead.fields import DEFAULT_FIELDS
from integrations.contract import Arrival, Delivered, Escalation, FailureKind, Note
from integrations.mapping import Origin, Rule
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.salesforce_web_to_lead.conftest import FORM_PATH, ORGANIZATION, leads_in, requests_to
from tests.integrations.far_end import FarEnd
from tests.integrations.records import RECORD, failure_of, kind_and_cause, some

OpenConnector = Callable[..., SalesforceWebToLeadConnector]

DESCRIPTION = (
    "Need a quote for 20 seats\n\n--\nOffer: Contoso Firewall\nLead source: AzureMarketplace-INS|contoso.fw\n"
    f"Received: 2026-11-22T06:00:00Z\nMarketplace lead: {RECORD.key}"
)


def form_in(request: dict[str, Any]) -> list[tuple[str, str]]:
    return parse_qsl(b64decode(request["body"]).decode("ascii"), strict_parsing=True, keep_blank_values=True)


def test_an_answer_lost_after_the_form_was_taken_is_said_so_and_nothing_is_sent_again(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("faults", {"action": "commit_then_drop"})
    connector = connectors(org.url)
    (lost,) = connector.deliver([RECORD])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "connection_lost")
    assert connector.recognises_repeats is False
    (lead,) = leads_in(org, 1)
    assert str(RECORD.key) in lead["Description"]
    assert len(requests_to(org)) == 1


def test_a_lead_is_posted_as_the_form_that_salesforce_generates(org: Salesforce, connectors: OpenConnector) -> None:
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert (outcome.result, outcome.notes) == (Delivered(Arrival.UNCONFIRMED), ())
    (request,) = requests_to(org)
    headers = {name.lower(): value for name, value in request["headers"]}
    assert (request["method"], request["path"]) == (
        "POST", f"{FORM_PATH}?encoding=UTF-8&orgId={ORGANIZATION}",
    )  # fmt: skip
    assert headers["content-type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert headers["connection"] == "close"
    assert dict(form_in(request)) == {
        "first_name": "Mina",
        "last_name": "Park",
        "email": "mina.park@fabrikam.example",
        "company": "Fabrikam",
        "title": "IT manager",
        "phone": "821055501234",
        "country": "KR",
        "lead_source": "AzureMarketplace-INS|contoso.fw",
        "description": DESCRIPTION,
        "oid": ORGANIZATION,
        "encoding": "UTF-8",
    }
    (lead,) = leads_in(org, 1)
    assert (lead["LastName"], lead["LeadSource"]) == ("Park", "AzureMarketplace-INS|contoso.fw")
    assert lead["Description"] == DESCRIPTION


def test_settings_add_their_own_fields_which_no_mapping_changes(org: Salesforce, connectors: OpenConnector) -> None:
    rules = (*DEFAULT_FIELDS.rules, Rule("oid", Origin.CONSTANT, "00Dx"), Rule("debug", Origin.CONSTANT, "0"))
    connectors(
        org.url, fields=DEFAULT_FIELDS.with_rules(rules), key_field="00N000000000002", campaign="701000000000001",
        record_type="012000000000001", return_url="https://example.com/thanks", debug_email="ops@contoso.example",
    ).deliver([RECORD])  # fmt: skip
    (request,) = requests_to(org)
    own = {
        "oid": ORGANIZATION,
        "00N000000000002": str(RECORD.key),
        "Campaign_ID": "701000000000001",
        "recordType": "012000000000001",
        "retURL": "https://example.com/thanks",
        "debug": "1",
        "debugEmail": "ops@contoso.example",
    }
    assert own.items() <= dict(form_in(request)).items()
    assert len(form_in(request)) == len(dict(form_in(request)))


def test_a_custom_field_is_mapped_by_its_id_and_a_box_is_ticked_by_1(
    org: Salesforce, connectors: OpenConnector
) -> None:
    rules = (
        *DEFAULT_FIELDS.rules, Rule("00N000000000002", Origin.FIELD, "offer_id"),
        Rule("doNotCall", Origin.CONSTANT, "true"), Rule("emailOptOut", Origin.CONSTANT, "false"),
    )  # fmt: skip
    fields = DEFAULT_FIELDS.with_rules(rules)
    assert fields.problems() == []
    connectors(org.url, fields=fields).deliver([RECORD])
    sent = dict(form_in(requests_to(org)[0]))
    assert (sent["00N000000000002"], sent["doNotCall"], sent.get("emailOptOut")) == ("fw", "1", None)


def test_what_salesforce_demands_is_never_empty(org: Salesforce, connectors: OpenConnector) -> None:
    connectors(org.url).deliver([replace(RECORD, first_name="", last_name="", company="", email="")])
    sent = dict(form_in(requests_to(org)[0]))
    assert (sent["last_name"], sent["company"]) == ("[not provided]", "[not provided]")
    assert {"first_name", "email"} & set(sent) == set()


def test_texts_are_cut_to_the_fields_behind_the_form(org: Salesforce, connectors: OpenConnector) -> None:
    (outcome,) = connectors(org.url).deliver([replace(RECORD, first_name="x" * 39 + "🚀", description="y" * 40000)])
    sent = dict(form_in(requests_to(org)[0]))
    assert sent["first_name"] == "x" * 39
    assert len(sent["description"]) == 32000
    assert sent["description"].endswith(f"Marketplace lead: {RECORD.key}")
    assert outcome.notes == (
        Note("cut", {"field": "first_name", "length": 41, "limit": 40}),
        Note("cut", {"field": "description", "length": 40000, "limit": 32000}),
    )


def test_each_lead_has_its_own_form_connection_and_outcome(org: Salesforce, connectors: OpenConnector) -> None:
    records = [replace(RECORD, key=uuid4()) for _ in range(3)]
    outcomes = connectors(org.url).deliver(records)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    assert len({request["connection"] for request in requests_to(org)}) == 3
    assert len(leads_in(org, 3)) == 3


@pytest.mark.parametrize("config", [{"org": {"id": "00D00000000000X"}}, {"web_to_lead": {"enabled": False}}])
def test_a_form_that_is_refused_stops_the_destination(
    org: Salesforce, connectors: OpenConnector, config: dict[str, Any]
) -> None:
    org.control("config", config)
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (
        FailureKind.MISCONFIGURED,
        "salesforce_form_refused",
    )
    assert "Exception" in failure_of(outcome).detail
    assert org.control("records")["records"] == []


def test_an_answer_without_the_sign_is_noted(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("config", {"web_to_lead": {"answers": "no_header"}})
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert outcome.result == Delivered(Arrival.DOUBTFUL)
    assert outcome.notes == (Note("no_sign_of_acceptance", {}),)


@pytest.mark.parametrize(
    "config",
    [
        {"web_to_lead": {"recaptcha": True}},
        {"fields": {"LeadSource": {"restricted": True}}},
        {"fields": {"Region__c": {"required": True}}},
        {"web_to_lead": {"answers": "always_processed", "enabled": False}},
    ],
)
def test_a_lead_that_salesforce_drops_in_silence_is_never_called_confirmed(
    org: Salesforce, connectors: OpenConnector, config: dict[str, Any]
) -> None:
    org.control("config", config)
    (outcome,) = connectors(org.url).deliver([RECORD])
    assert outcome.result == Delivered(Arrival.UNCONFIRMED)


def test_two_leads_that_meet_a_form_that_moved_are_both_waited_for(org: Salesforce, connectors: OpenConnector) -> None:
    moved = {"action": "redirect", "status": 302, "location": "https://eu9.salesforce.com/x", "times": 2}
    org.control("faults", moved)
    connector, records = connectors(org.url), some(2)
    for outcome in connector.deliver(records):
        assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "salesforce_form_moved")
        assert failure_of(outcome).escalates == Escalation(6, FailureKind.MISCONFIGURED)
    assert {outcome.result for outcome in connector.deliver(records)} == {Delivered(Arrival.UNCONFIRMED)}
    assert len(requests_to(org)) == 4


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"action": "respond", "status": 503}, FailureKind.TEMPORARY),
        ({"action": "respond", "status": 404}, FailureKind.MISCONFIGURED),
        ({"action": "truncate"}, FailureKind.UNANSWERED),
        ({"action": "delay", "delay": 5}, FailureKind.UNANSWERED),
        ({"action": "trickle", "delay": 0.05}, FailureKind.UNANSWERED),
    ],
)
def test_what_may_have_arrived_is_told_from_what_did_not(
    org: Salesforce, connectors: OpenConnector, given: dict[str, Any], kind: FailureKind
) -> None:
    org.control("faults", given)
    connector = connectors(org.url, impatient=True, return_url="https://example.com/thanks")
    (outcome,) = connector.deliver([RECORD])
    assert failure_of(outcome).kind is kind
    org.control("faults", method="DELETE")


def test_a_host_that_is_gone_had_no_form(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.close()
    (outcome,) = connectors(far_end.url("")).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "cannot_connect")


def test_a_preview_is_what_is_sent_and_sends_nothing(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url)
    preview = connector.preview(RECORD)
    assert requests_to(org) == []
    (outcome,) = connector.deliver([RECORD])
    assert preview.exchange is not None
    assert outcome.exchange is not None
    assert (preview.exchange.url, preview.exchange.request_body) == (
        outcome.exchange.url, outcome.exchange.request_body,
    )  # fmt: skip
    assert preview.notes == outcome.notes


def test_nothing_is_taken_away_again(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url)
    (outcome,) = connector.deliver([RECORD])
    assert isinstance(outcome.result, Delivered)
    assert connector.remove(outcome.result, RECORD.key) is False
    assert len(requests_to(org)) == 1
