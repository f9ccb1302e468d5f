from typing import Any

import pytest
from django.test import override_settings

from integrations.config_form import ConfigForm
from integrations.connectors.hubspot import HubSpotConnector
from integrations.connectors.hubspot.config import pages_of_contacts
from tests.integrations.connectors.forms import errors_of, settings_of
from tests.integrations.connectors.hubspot.conftest import TOKEN

KEY = TOKEN.removeprefix("pat-eu1-")


def form(**given: Any) -> ConfigForm:
    return HubSpotConnector.Config.of({"access_token": TOKEN} | given)


def cleaned(**given: Any) -> dict[str, Any]:
    return settings_of(form(**given))


def errors(**given: Any) -> dict[str, list[str]]:
    return errors_of(form(**given))


def test_the_token_is_all_that_is_needed() -> None:
    assert cleaned() == {
        "access_token": TOKEN, "hub_id": "", "api_path": "/crm/objects/2026-03", "unusual_host": False, "api_url": "",
    }  # fmt: skip
    assert HubSpotConnector.credential_ends(cleaned()) == []


@pytest.mark.parametrize("token", [TOKEN, f" {TOKEN}\n", TOKEN.replace("eu1", "na2"), TOKEN.upper()])
def test_tokens_of_all_regions_are_taken(token: str) -> None:
    assert cleaned(access_token=token)["access_token"] == token.strip()


@pytest.mark.parametrize(
    ("token", "text"),
    [
        (KEY, "Access token: this looks like a client secret or an old API key. Copy the access token, which begins "
              "with pat-."),
        (f"{TOKEN} {TOKEN}", "Access token: there are blanks or line breaks in it. Copy the token alone."),
        (f"Bearer {TOKEN}", "Access token: there are blanks or line breaks in it. Copy the token alone."),
        *(
            (token, "Access token: copy the whole token of the private app. It looks like pat-, the region, and five "
                    "groups of digits and letters.")
            for token in (TOKEN[:-1], TOKEN.removeprefix("pat-"), f"pat-{KEY}", "CJSP5qf1KhICAQEYs-gDIIGOBii1hQ", "pat")
        ),
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(token: str, text: str) -> None:
    assert errors(access_token=token) == {"access_token": [text]}


def test_the_token_is_kept_when_left_empty() -> None:
    bound = HubSpotConnector.Config(data={"api_path": "/crm/v3/objects"}, stored={"access_token": TOKEN})
    assert bound.is_valid(), bound.errors
    assert bound.cleaned_data["access_token"] == TOKEN


@pytest.mark.parametrize(
    "typed",
    [
        "12345678",
        "https://app-eu1.hubspot.com/contacts/12345678/objects/0-1/views/all/list",
        "app.hubspot.com/contacts/12345678",
        "https://app.hubspot.com/private-apps/12345678?x=9",
    ],
)
def test_the_hub_id_may_be_the_address_of_a_page(typed: str) -> None:
    assert cleaned(hub_id=typed)["hub_id"] == "12345678"


@pytest.mark.parametrize("typed", ["Fabrikam", "12 34", "1234567890123", "https://evil.example/contacts/12345678"])
def test_what_is_no_hub_id_is_refused(typed: str) -> None:
    assert errors(hub_id=typed) == {
        "hub_id": ["Hub ID: enter the number that stands beside the account's name in HubSpot, or leave it empty."]
    }


@pytest.mark.parametrize("path", ["/crm/objects/2026-03", "/crm/objects/2026-09", "/crm/v3/objects"])
def test_old_and_new_paths_of_the_api_are_taken(path: str) -> None:
    assert cleaned(api_path=path)["api_path"] == path


@pytest.mark.parametrize("path", ["2026-03", "/crm/objects", "/crm/objects/2026-03/contacts", "/crm/v3/objects/../x"])
def test_what_is_no_path_of_the_api_is_refused(path: str) -> None:
    assert errors(api_path=path) == {
        "api_path": ["API path: enter it like /crm/objects/2026-03, or /crm/v3/objects for the older API."]
    }


def test_another_host_needs_the_tick() -> None:
    elsewhere = {"api_url": "https://hubspot.example.com:8443/x?y=1"}
    assert cleaned(**elsewhere)["api_url"] == ""
    assert cleaned(**elsewhere, unusual_host=True)["api_url"] == "https://hubspot.example.com:8443"


def test_what_stays_hidden_without_the_tick_is_not_judged() -> None:
    assert cleaned(api_url="x" * 400)["api_url"] == ""


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("", "Address of the API: enter it, or take the tick above away."),
        ("https://app.hubspot.com/contacts/12345678",
         "Address of the API: this is where HubSpot's pages are. The API is at api.hubapi.com: take the tick above "
         "away."),
        ("hubspot.example.com",
         "Address of the API: The URL cannot be read. Write it like https://crm.example.com/leads, without blanks, "
         "with a port between 1 and 65535 if any."),
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_api_is_refused(address: str, text: str) -> None:
    assert errors(unusual_host=True, api_url=address) == {"api_url": [text]}


@override_settings(LEADCRM_ALLOW_HTTP_DESTINATIONS=False)
def test_clear_text_needs_the_installations_leave() -> None:
    (text,) = errors(unusual_host=True, api_url="http://127.0.0.1:8013")["api_url"]
    assert text.startswith("Address of the API: The URL does not begin with https://.")


@pytest.mark.parametrize(
    ("token", "host"),
    [(TOKEN, "app-eu1.hubspot.com"), (TOKEN.replace("eu1", "NA1"), "app.hubspot.com"),
     (TOKEN.replace("eu1", "na2"), "app-na2.hubspot.com")],
)  # fmt: skip
def test_the_region_of_the_token_names_the_host_of_the_pages(token: str, host: str) -> None:
    settings = cleaned(access_token=token, hub_id="12345678")
    assert pages_of_contacts(settings) == f"https://{host}/contacts/12345678/record/0-1/"


def test_without_hub_id_or_at_an_unusual_host_there_are_no_pages() -> None:
    assert pages_of_contacts(cleaned()) == ""
    elsewhere = {"unusual_host": True, "api_url": "https://hubspot.example.com"}
    assert pages_of_contacts(cleaned(hub_id="12345678", **elsewhere)) == ""
