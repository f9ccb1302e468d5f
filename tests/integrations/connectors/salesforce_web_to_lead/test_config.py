"""The settings form: IDs of 15 or 18 characters, each with its own beginning, and nothing that must be guessed."""

from typing import Any

import pytest

from integrations.connectors.salesforce_web_to_lead.config import SalesforceWebToLeadConfig
from tests.integrations.connectors.forms import only_error_of, settings_of

OID = "00D000000000001"


def submitted(**typed: Any) -> SalesforceWebToLeadConfig:
    """The form as a browser posts it: what is not ticked is absent."""
    return SalesforceWebToLeadConfig({"organization_id": OID, "host": "https://webto.salesforce.com"} | typed)


def saved(**typed: Any) -> dict[str, Any]:
    return settings_of(submitted(**typed))


def error(name: str, **typed: Any) -> str:
    return only_error_of(submitted(**typed), name)


def test_an_organization_is_all_that_is_needed() -> None:
    form = SalesforceWebToLeadConfig.of({"organization_id": OID})
    assert form.is_valid(), form.errors
    assert {name: value for name, value in form.cleaned_data.items() if value} == {
        "organization_id": OID,
        "host": "https://webto.salesforce.com",
    }


def test_eighteen_characters_are_cut_to_the_fifteen_that_the_form_takes() -> None:
    longer = {
        "organization_id": f"  {OID}EAC ",
        "key_field": "00N000000000002AAA",
        "campaign": "701000000000001AAA",
        "record_type": "012000000000001AAA",
    }
    shorter = {name: typed.strip()[:15] for name, typed in longer.items()}
    assert {name: saved(**longer)[name] for name in longer} == shorter


@pytest.mark.parametrize("typed", ["00D00000000001", "00D0000000000011", "00D00000000000-1", "001000000000001", "acme"])
def test_what_is_no_organization_is_refused_with_the_remedy(typed: str) -> None:
    assert error("organization_id", organization_id=typed) == (
        "Organization ID: enter the 15 characters that begin with 00D. They stand in the form under Setup, "
        "Web-to-Lead, as the value of “oid”."
    )


@pytest.mark.parametrize(
    ("name", "typed", "start"),
    [
        ("key_field", "Marketplace_Lead_Id__c", "Field for the lead's ID: enter the field's own ID, which begins with"),
        ("key_field", OID, "Field for the lead's ID: enter the field's own ID, which begins with 00N, not its name."),
        ("campaign", "Marketplace", "Campaign: enter its ID, which begins with 701."),
        ("record_type", "Partner", "Record type: enter its ID, which begins with 012."),
        ("return_url", "example.com", "Return URL: enter it like https://example.com/thanks, or leave it empty."),
        ("debug_email", "me", "Debugging e-mail: enter one e-mail address, or leave it empty."),
    ],
)
def test_each_setting_says_what_it_wants(name: str, typed: str, start: str) -> None:
    assert error(name, **{name: typed}).startswith(start)


def test_another_host_needs_a_tick_and_is_forgotten_without_it() -> None:
    assert saved(address="https://crm.example.com")["address"] == ""
    assert saved(unusual_host="on", address="https://CRM.example.com/x?y")["address"] == "https://crm.example.com"
    assert error("address", unusual_host="on") == (
        "Address of that host: enter it, or untick “The form is at another host”."
    )


@pytest.mark.parametrize("typed", ["crm.example.com", "https://u:p@crm.example.com", "http://crm.example.com"])
def test_an_address_that_must_not_be_called_is_refused(settings: Any, typed: str) -> None:
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False
    assert error("address", unusual_host="on", address=typed).startswith("Address of that host: The URL ")


def test_a_host_is_one_of_salesforces_two() -> None:
    assert saved(host="https://test.salesforce.com")["host"] == "https://test.salesforce.com"
    assert "host" in submitted(host="https://evil.example").errors
