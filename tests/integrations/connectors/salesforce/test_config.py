"""The settings form: what it makes of what people paste, and what it refuses in which words."""

from typing import Any

import pytest

from integrations.connectors.salesforce.config import SalesforceConfig
from tests.integrations.connectors.forms import only_error_of, settings_of
from tests.integrations.connectors.salesforce.conftest import CONSUMER_KEY, CONSUMER_SECRET

URL = "https://acme.my.salesforce.com"


def submitted(stored: dict[str, Any] | None = None, **typed: Any) -> SalesforceConfig:
    """The form as a browser posts it: what is not ticked is absent."""
    usual = {
        "my_domain": URL, "consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET,
        "key_field": "Marketplace_Lead_Id__c", "assignment": "TRUE", "api_version": "67.0",
    }  # fmt: skip
    return SalesforceConfig(usual | typed, stored=stored)


def saved(stored: dict[str, Any] | None = None, **typed: Any) -> dict[str, Any]:
    return settings_of(submitted(stored, **typed))


def error(name: str, **typed: Any) -> str:
    return only_error_of(submitted(**typed), name)


def test_address_and_credentials_are_all_that_is_needed() -> None:
    form = SalesforceConfig.of({"my_domain": URL, "consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "my_domain": URL,
        "consumer_key": CONSUMER_KEY,
        "consumer_secret": CONSUMER_SECRET,
        "key_field": "Marketplace_Lead_Id__c",
        "allow_duplicates": True,
        "assignment": "TRUE",
        "assignment_rule": "",
        "api_version": "67.0",
        "unusual_host": False,
    }


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://acme.my.salesforce.com/", URL),
        ("  HTTPS://Acme.My.Salesforce.Com ", URL),
        ("acme.my.salesforce.com", URL),
        ("https://acme.my.salesforce.com/services/data/?x=1#top", URL),
        ("https://acme.lightning.force.com/lightning/setup/SetupOneHome/home", URL),
        ("acme.lightning.force.com", URL),
        ("https://acme.my.salesforce-setup.com/lightning/setup/OrgDomain/home", URL),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://acme--dev.sandbox.my.salesforce.com"),
        ("https://acme--dev.sandbox.lightning.force.com/x", "https://acme--dev.sandbox.my.salesforce.com"),
        ("https://acme-dev-ed.develop.my.salesforce.com", "https://acme-dev-ed.develop.my.salesforce.com"),
    ],
)
def test_the_address_is_read_from_whatever_page_it_was_copied(typed: str, origin: str) -> None:
    assert saved(my_domain=typed)["my_domain"] == origin


@pytest.mark.parametrize(
    "typed", ["https://login.salesforce.com", "test.salesforce.com", "https://www.salesforce.com/kr", "salesforce.com"]
)
@pytest.mark.parametrize("unusual", [{}, {"unusual_host": "on"}])
def test_the_log_in_page_of_all_is_refused_with_the_remedy(typed: str, unusual: dict[str, str]) -> None:
    assert error("my_domain", my_domain=typed, **unusual) == (
        "My Domain URL: Lead CRM cannot sign in at the log-in page that all organizations share. Enter your own "
        "address, like https://acme.my.salesforce.com; it stands in Salesforce under Setup, My Domain."
    )


@pytest.mark.parametrize(
    "typed",
    [
        "https://crm.example.com", "https://na1.salesforce.com", "https://acme.my.salesforce.com.example.com",
        "https://acme.my.salesforce.com:8443", "http://acme.my.salesforce.com", "https://acme.my.site.com",
    ],
)  # fmt: skip
def test_another_host_needs_a_tick(typed: str) -> None:
    message = error("my_domain", my_domain=typed)
    assert message.startswith("My Domain URL: it must end in .my.salesforce.com.")
    assert "tick “The host is not at my.salesforce.com”" in message
    assert saved(my_domain=typed, unusual_host="on")["my_domain"] == typed


@pytest.mark.parametrize("typed", ["https://u:p@acme.my.salesforce.com", "https://acme my.salesforce.com", "https://"])
def test_an_address_that_cannot_be_called_is_refused(typed: str) -> None:
    assert error("my_domain", my_domain=typed).startswith("My Domain URL: The URL ")


def test_plain_http_is_refused_where_the_installation_forbids_it(settings: Any) -> None:
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False
    message = error("my_domain", my_domain="http://127.0.0.1:8080", unusual_host="on")
    assert message.startswith("My Domain URL: The URL does not begin with https://.")


def test_key_and_secret_that_were_swapped_are_told_apart() -> None:
    form = submitted(consumer_key=CONSUMER_SECRET, consumer_secret=CONSUMER_KEY)
    assert form.errors == {
        "consumer_key": [
            "Consumer key: this looks like the consumer secret. The key begins with 3MVG; enter the secret below."
        ],
        "consumer_secret": [
            "Consumer secret: this looks like the consumer key, which begins with 3MVG. Enter the secret instead."
        ],
    }


@pytest.mark.parametrize("name", ["consumer_key", "consumer_secret"])
def test_a_blank_inside_a_credential_is_refused(name: str) -> None:
    assert error(name, **{name: "abc\ndef"}).startswith("Consumer key or secret: there are blanks or line breaks")


@pytest.mark.parametrize("typed", ["Marketplace_Lead_Id__c", "ns__Lead_Id__c", "X__c", ""])
def test_the_key_field_is_a_custom_field_or_none(typed: str) -> None:
    assert saved(key_field=typed)["key_field"] == typed


@pytest.mark.parametrize(
    "typed", ["Marketplace Lead Id", "Marketplace_Lead_Id", "Email", "Id", "00N000000000001", "_x__c"]
)
def test_a_label_or_a_standard_field_is_no_key_field(typed: str) -> None:
    assert error("key_field", key_field=typed) == (
        "External ID field: enter the field's API name, which ends in __c, like Marketplace_Lead_Id__c."
    )


@pytest.mark.parametrize(
    ("typed", "version"), [("67.0", "67.0"), ("v68.0", "68.0"), ("52", "52.0"), ("101.0", "101.0")]
)
def test_the_api_version_is_read_in_any_of_its_spellings(typed: str, version: str) -> None:
    assert saved(api_version=typed)["api_version"] == version


@pytest.mark.parametrize("typed", ["51.0", "67.1", "latest", "6", "67/../..", "6７"])
def test_an_api_version_that_is_none_or_too_old_is_refused(typed: str) -> None:
    assert error("api_version", api_version=typed) == "API version: enter a number like 67.0, at least 52.0."


@pytest.mark.parametrize("rule", ["01Q000000000001", "01Q000000000001AAA"])
def test_an_assignment_rule_is_kept_while_it_counts(rule: str) -> None:
    assert saved(assignment="rule", assignment_rule=rule)["assignment_rule"] == rule
    assert saved(assignment="FALSE", assignment_rule=rule)["assignment_rule"] == ""


def test_an_assignment_rule_must_be_named_by_its_id() -> None:
    assert error("assignment_rule", assignment="rule") == (
        "Assignment rule: enter its ID, or choose another way above."
    )
    assert error("assignment_rule", assignment="rule", assignment_rule="Standard").startswith(
        "Assignment rule: enter its ID of 15 or 18 characters, which begins with 01Q."
    )
    assert saved(assignment="TRUE", assignment_rule="Standard")["assignment_rule"] == ""


def test_an_empty_secret_keeps_the_stored_one() -> None:
    assert saved({"consumer_secret": "kept"}, consumer_secret="")["consumer_secret"] == "kept"
    assert error("consumer_secret", consumer_secret="") == "This field is required."
