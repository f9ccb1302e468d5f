from datetime import date
from typing import Any

import pytest

from integrations.config_form import ConfigForm
from integrations.connectors.marketo import MarketoConnector
from integrations.connectors.marketo.session import origin_of_account
from integrations.contract import CredentialEnd
from tests.integrations.connectors.forms import errors_of, settings_of
from tests.integrations.connectors.marketo.conftest import CLIENT_ID, CLIENT_SECRET

GIVEN = {"account": "123-PQR-789", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def form(**given: Any) -> ConfigForm:
    return MarketoConnector.Config.of(GIVEN | given)


def cleaned(**given: Any) -> dict[str, Any]:
    return settings_of(form(**given))


def errors(**given: Any) -> dict[str, list[str]]:
    return errors_of(form(**given))


@pytest.mark.parametrize(
    ("typed", "account"),
    [
        ("123-PQR-789", "123-PQR-789"),
        (" 123-pqr-789 ", "123-PQR-789"),
        ("https://123-pqr-789.mktorest.com", "123-PQR-789"),
        ("https://123-PQR-789.mktorest.com/rest", "123-PQR-789"),
        ("https://123-PQR-789.mktorest.com/identity/oauth/token", "123-PQR-789"),
        ("123-pqr-789.mktorest.com", "123-PQR-789"),
    ],
)
def test_the_account_may_be_typed_as_id_or_as_endpoint(typed: str, account: str) -> None:
    assert cleaned(account=typed)["account"] == account
    assert origin_of_account(account) == "https://123-pqr-789.mktorest.com"


@pytest.mark.parametrize(
    "typed",
    ["", "123-PQR", "123-PQR-7890", "123_PQR_789", "ys12", "1179", "app-ys12.marketo.com", "https://crm.example.com",
     "https://123-pqr-789.mktorest.com.example", "https://x.mktorest.com@evil.example", "12é-PQR-789"],
)  # fmt: skip
def test_what_is_no_account_is_refused(typed: str) -> None:
    (text,) = errors(account=typed)["account"]
    assert text.startswith("Munchkin account ID: enter what looks like 123-PQR-789") or typed == ""


def test_a_client_id_in_the_accounts_place_is_recognised() -> None:
    (text,) = errors(account=CLIENT_ID)["account"]
    assert text == "Munchkin account ID: this is a client ID. Enter what looks like 123-PQR-789."


def test_another_host_needs_the_tick() -> None:
    assert cleaned(account="https://Marketo.example:8443/rest", unusual_host=True)["account"] == (
        "https://marketo.example:8443"
    )
    assert cleaned(account="123-pqr-789", unusual_host=True)["account"] == "123-PQR-789"
    (text,) = errors(account="https://marketo.example:8443")["account"]
    assert text.endswith("For another host, tick “The host does not end in mktorest.com”.")


def test_another_host_must_be_one_that_this_installation_may_call(settings: Any) -> None:
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False
    (text,) = errors(account="http://marketo.example", unusual_host=True)["account"]
    assert text.startswith("Munchkin account ID: The URL does not begin with https://.")


@pytest.mark.parametrize(
    ("given", "field", "begins"),
    [
        ({"client_id": "api-user@acme.example"}, "client_id", "Client ID: this is the API user's name."),
        ({"client_id": "123-PQR-789"}, "client_id", "Client ID: this is the Munchkin account ID."),
        ({"client_id": "two words"}, "client_id", "Client ID and secret hold no blanks"),
        ({"client_secret": "two words"}, "client_secret", "Client ID and secret hold no blanks"),
        ({"client_id": CLIENT_SECRET, "client_secret": CLIENT_ID}, "client_id", "Client ID and client secret look"),
        ({"method": "push"}, "program_name", "Program: enter its name"),
        ({"method": "form"}, "form_id", "Form ID: enter it"),
        ({"method": "form", "form_id": "ys11"}, "form_id", "Form ID: enter its number"),
        ({"method": "form", "form_id": "123456789"}, "form_id", "Form ID: enter its number"),
        ({"lookup_field": "E-mail address"}, "lookup_field", "Look-up field: enter the field's REST name"),
        ({"app_url": "https://marketo.example.com"}, "app_url", "Marketo's address in your browser: enter it"),
        ({"app_url": "javascript://app-ab12.marketo.com"}, "app_url", "Marketo's address in your browser: enter it"),
        ({"app_url": "https://app-ab12.marketo.com@evil.example"}, "app_url", "Marketo's address in your browser"),
    ],
)
def test_a_slip_is_named_with_its_remedy(given: dict[str, str], field: str, begins: str) -> None:
    found = errors(**given)
    assert list(found) == [field]
    assert found[field][0].startswith(begins)


@pytest.mark.parametrize("typed", ["1179", "mktoForm_1179"])
def test_a_form_may_be_named_as_in_its_embed_code(typed: str) -> None:
    assert cleaned(method="form", form_id=typed)["form_id"] == "1179"


@pytest.mark.parametrize(
    "typed", ["https://app-ab12.marketo.com/#SC1234", "app-AB12.marketo.com", "https://app-ab12.marketo.com"]
)
def test_the_address_of_marketo_is_reduced_to_its_host(typed: str) -> None:
    assert cleaned(app_url=typed)["app_url"] == "https://app-ab12.marketo.com"


def test_what_only_other_methods_use_is_forgotten() -> None:
    other = {"form_id": "ys11", "page_url": "nonsense", "program_name": "X", "program_status": "Y"}
    kept = cleaned(method="sync", spares_existing=True, **other)
    assert [kept[name] for name in other] == ["", "", "", ""]
    assert kept["spares_existing"] is True
    assert cleaned(method="push", program_name="X", spares_existing=True)["spares_existing"] is False


def test_an_empty_secret_keeps_the_stored_one() -> None:
    bound = MarketoConnector.Config(data=GIVEN | {"client_secret": "", "method": "sync", "lookup_field": "email"},
                                    stored={"client_secret": CLIENT_SECRET})  # fmt: skip
    assert bound.is_valid(), bound.errors
    assert bound.cleaned_data["client_secret"] == CLIENT_SECRET


def test_cleaned_settings_are_valid_settings() -> None:
    once = cleaned(method="form", form_id="mktoForm_1179", account="https://marketo.example", unusual_host=True)
    again = MarketoConnector.Config.of(once)
    assert again.is_valid(), again.errors
    assert again.cleaned_data == once


def test_the_end_of_the_api_users_access_is_known() -> None:
    (end,) = MarketoConnector.credential_ends(cleaned(access_ends_on="2027-03-01"))
    assert end == CredentialEnd("access_ends_on", end.label, date(2027, 3, 1))
    assert MarketoConnector.credential_ends(cleaned()) == []
