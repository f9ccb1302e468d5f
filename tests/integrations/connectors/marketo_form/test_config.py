from typing import Any

import pytest

from integrations.config_form import ConfigForm
from integrations.connectors.marketo_form import MarketoFormConnector
from integrations.connectors.marketo_form.config import origin_for
from integrations.registry import KINDS
from tests.integrations.connectors.forms import settings_of

GIVEN = {"munchkin_id": "123-PQR-789", "form_id": "1179", "server_id": "ys12"}


def form(**given: Any) -> ConfigForm:
    return MarketoFormConnector.Config.of(GIVEN | given)


def cleaned(**given: Any) -> dict[str, Any]:
    return settings_of(form(**given))


@pytest.mark.parametrize(
    ("server_id", "origin"),
    [
        ("ys12", "https://app-ys12.marketo.com"),
        ("YS12", "https://app-ys12.marketo.com"),
        ("app-ys12", "https://app-ys12.marketo.com"),
        ("//app-ys12.marketo.com", "https://app-ys12.marketo.com"),
        ("//app-ys12.marketo.com/js/forms2/js/forms2.min.js", "https://app-ys12.marketo.com"),
        ("https://app-ys12.marketo.com", "https://app-ys12.marketo.com"),
        ("", "https://123-pqr-789.mktoweb.com"),
        ("123-pqr-789.mktoweb.com", "https://123-pqr-789.mktoweb.com"),
    ],
)
def test_the_server_may_be_typed_as_the_embed_code_has_it(server_id: str, origin: str) -> None:
    settings = cleaned(server_id=server_id)
    assert origin_for(settings) == origin
    assert cleaned(**settings) == settings


def test_form_and_account_may_be_typed_as_the_embed_code_has_them() -> None:
    settings = cleaned(munchkin_id="123-pqr-789", form_id="mktoForm_1179")
    assert (settings["munchkin_id"], settings["form_id"]) == ("123-PQR-789", "1179")


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({"munchkin_id": "123-PQR"}, {"munchkin_id": "Munchkin account ID: enter what looks like"}),
        ({"form_id": "1179a"}, {"form_id": "Form ID: enter its number of up to 8 digits"}),
        ({"form_id": "123456789"}, {"form_id": "Form ID: enter its number of up to 8 digits"}),
        ({"server_id": "ys 12"}, {"server_id": "Server ID: enter what stands between"}),
        ({"server_id": "https://crm.example.com"}, {"server_id": "Server ID: enter what stands between"}),
        (
            {"form_id": "ys11", "server_id": "1169"},
            {"form_id": "Form ID: enter its number", "server_id": "Server ID: this looks like a form ID."},
        ),
    ],
)
def test_a_slip_is_named_with_its_remedy(given: dict[str, str], begins: dict[str, str]) -> None:
    errors = form(**given).errors
    assert set(errors) == set(begins)
    for name, text in begins.items():
        assert str(errors[name][0]).startswith(text)


def test_another_host_needs_the_tick_and_the_installations_leave(settings: Any) -> None:
    kept = cleaned(server_id="http://Marketo.example:8080/index.php", unusual_host=True)
    assert origin_for(kept) == "http://marketo.example:8080"
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False
    (text,) = form(server_id="http://marketo.example:8080", unusual_host=True).errors["server_id"]
    assert str(text).startswith("Server ID: The URL does not begin with https://.")


def test_people_are_told_why_to_take_another_kind() -> None:
    assert str(KINDS["marketo_form"].caution).startswith("Not recommended: Marketo supports no posts to forms")
    assert KINDS["marketo"].caution == ""
