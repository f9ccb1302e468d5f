"""The settings form: what it takes in the ways people paste it, and what it refuses in which words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.connectors.dynamics365.config import Dynamics365Config
from integrations.contract import CredentialEnd
from tests.integrations.connectors.dynamics365.conftest import CLIENT, TENANT
from tests.integrations.connectors.forms import only_error_of, settings_of
from tests.integrations.signing_certificates import certificate_for, key_as_pem, pair, rsa_key

URL = "https://contoso.crm4.dynamics.com"
SECRET = "abc8Q~secret.value_of_40_characters-0000"
CERTIFICATE = pair(ends_at=datetime(2027, 5, 4, 12, tzinfo=UTC)).both


def submitted(stored: dict[str, Any] | None = None, **typed: Any) -> Dynamics365Config:
    """The form as a browser posts it: what is not ticked is absent."""
    entered = {
        "environment_url": URL, "tenant_id": TENANT, "client_id": CLIENT, "sign_in": "secret", "client_secret": SECRET,
        "token_authority": "https://login.microsoftonline.com",
    }  # fmt: skip
    return Dynamics365Config(entered | typed, stored=stored)


def saved(stored: dict[str, Any] | None = None, **typed: Any) -> dict[str, Any]:
    return settings_of(submitted(stored, **typed))


def error(name: str, **typed: Any) -> str:
    return only_error_of(submitted(**typed), name)


def test_address_ids_and_secret_are_all_that_is_needed() -> None:
    form = Dynamics365Config.of(
        {"environment_url": URL, "tenant_id": TENANT, "client_id": CLIENT, "client_secret": SECRET}
    )
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "environment_url": URL,
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "sign_in": "secret",
        "client_secret": SECRET,
        "client_secret_ends_on": None,
        "certificate": "",
        "key_column": "",
        "unusual_host": False,
        "token_authority": "https://login.microsoftonline.com",
    }


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        (f"{URL}/main.aspx?appid=6f1c&pagetype=entitylist&etn=lead", URL),
        (f"{URL}/", URL),
        (f"{URL}#home", URL),
        (f"{URL}?x=1", URL),
        ("contoso.crm4.dynamics.com", URL),
        ("  HTTPS://Contoso.CRM4.dynamics.com/apps  ", URL),
        ("https://contoso.crm.dynamics.com", "https://contoso.crm.dynamics.com"),
        ("https://contoso.api.crm4.dynamics.com/api/data/v9.2/", "https://contoso.api.crm4.dynamics.com"),
        ("https://contoso.crm9.microsoftdynamics.us", "https://contoso.crm9.microsoftdynamics.us"),
        ("https://contoso.crm.appsplatform.us", "https://contoso.crm.appsplatform.us"),
        ("https://contoso.crm.dynamics.cn", "https://contoso.crm.dynamics.cn"),
    ],
)
def test_of_a_pasted_address_the_host_is_kept(pasted: str, kept: str) -> None:
    assert saved(environment_url=pasted)["environment_url"] == kept


NOT_AN_ENVIRONMENT = (
    "Environment URL: this is not the address of an environment. Enter one like https://contoso.crm4.dynamics.com; the "
    "Power Platform admin center shows it. For another host, tick “Unusual host”."
)


@pytest.mark.parametrize(
    "url",
    [
        "https://make.powerapps.com/environments/x", "https://admin.powerplatform.microsoft.com",
        "https://portal.azure.com", "https://contoso.dynamics.com", "https://contoso.crm4.dynamics.com.evil.test",
        "https://crm4.dynamics.com", "https://evil.test/contoso.crm4.dynamics.com",
        "http://contoso.crm4.dynamics.com", "https://contoso.crm4.dynamics.com:8443", "https://contoso.sharepoint.com",
    ],
)  # fmt: skip
def test_an_address_that_is_no_environments_is_refused(url: str) -> None:
    assert error("environment_url", environment_url=url) == NOT_AN_ENVIRONMENT


def test_another_host_is_taken_behind_its_switch() -> None:
    config = saved(
        environment_url="http://127.0.0.1:8100/x", token_authority="http://127.0.0.1:8100", unusual_host="on"
    )
    assert (config["environment_url"], config["token_authority"]) == ("http://127.0.0.1:8100", "http://127.0.0.1:8100")


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("https://mina:hidden@contoso.crm4.dynamics.com", "The URL holds a user name or password."),
        ("https://contoso crm4.dynamics.com", "The URL cannot be read."),
        ("ftp://contoso.crm4.dynamics.com", "The URL does not begin with https://."),
        ("https://", "The URL cannot be read."),
        ("https://bücher.crm4.dynamics.com", "The URL has letters outside plain ASCII."),
    ],
)
def test_an_address_that_the_installation_forbids_is_refused_with_its_reason(url: str, begins: str) -> None:
    message = error("environment_url", environment_url=url, unusual_host="on")
    assert message.startswith(f"Environment URL: {begins}")
    assert "hidden" not in message


def test_plain_http_needs_the_installations_leave_as_well(settings: Any) -> None:
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False
    message = error("environment_url", environment_url="http://crm.example.com", unusual_host="on")
    assert message.startswith("Environment URL: The URL does not begin with https://.")


@pytest.mark.parametrize("typed", [TENANT.upper(), f" {{{TENANT}}} ", f"{TENANT}\t"])
def test_an_id_is_kept_as_microsoft_writes_it(typed: str) -> None:
    assert saved(tenant_id=typed)["tenant_id"] == TENANT


def test_a_directory_may_be_named_by_its_domain() -> None:
    assert saved(tenant_id="Contoso.onmicrosoft.com")["tenant_id"] == "contoso.onmicrosoft.com"


@pytest.mark.parametrize(
    "typed", ["Contoso Ltd", "common", "organizations", TENANT[:-1], "contoso", "a/../b.com", "-a.de"]
)
def test_a_directory_id_that_is_none_is_refused(typed: str) -> None:
    assert error("tenant_id", tenant_id=typed) == (
        "Directory (tenant) ID: enter the ID from the app registration's overview, like "
        "aaaabbbb-0000-cccc-1111-dddd2222eeee, or a domain of the directory, like contoso.onmicrosoft.com."
    )


@pytest.mark.parametrize("typed", ["Lead CRM", "contoso.com", CLIENT[1:], SECRET])
def test_a_client_id_that_is_none_is_refused(typed: str) -> None:
    assert error("client_id", client_id=typed) == (
        "Application (client) ID: enter the ID from the app registration's overview, like "
        "00001111-aaaa-2222-bbbb-3333cccc4444. The application's name or object ID does not do."
    )


def test_the_same_id_twice_is_a_slip() -> None:
    assert error("client_id", client_id=TENANT.upper()) == (
        "Application (client) ID: it is the same as the directory's. Copy both anew: they differ."
    )


@pytest.mark.parametrize("typed", [CLIENT, CLIENT.upper(), f"{{{CLIENT}}}"])
def test_the_secrets_id_is_not_its_value(typed: str) -> None:
    assert error("client_secret", client_secret=typed) == (
        "Client secret: this looks like the secret's ID. Enter what stands in the column “Value”. It is shown only "
        "right after the secret was made: if it is gone, make a new secret."
    )


@pytest.mark.parametrize("typed", ["abc 8Q~x", "abc\n8Q~x", "abc\u200b8Q~x"])
def test_a_secret_with_something_else_in_it_is_refused(typed: str) -> None:
    assert error("client_secret", client_secret=typed) == (
        "Client secret: it holds a blank or a line break. Copy the value anew, and nothing else with it."
    )


def test_blanks_around_a_secret_are_no_harm() -> None:
    assert saved(client_secret=f" {SECRET} ")["client_secret"] == SECRET


@pytest.mark.parametrize(
    ("sign_in", "name", "message"),
    [
        ("secret", "client_secret", "Client secret: enter it, or choose the certificate."),
        ("certificate", "certificate", "Certificate: enter it, or choose the client secret."),
    ],
)
def test_a_sign_in_asks_for_what_it_needs(sign_in: str, name: str, message: str) -> None:
    assert error(name, sign_in=sign_in, client_secret="") == message


def test_a_stored_secret_need_not_be_typed_again() -> None:
    assert saved(saved(), client_secret="")["client_secret"] == SECRET


def test_another_sign_in_forgets_what_belongs_to_the_former() -> None:
    stored = saved(client_secret_ends_on="2027-01-31")
    changed = saved(stored, sign_in="certificate", client_secret="", certificate=CERTIFICATE)
    assert (changed["client_secret"], changed["client_secret_ends_on"]) == ("", None)
    assert changed["certificate"] == CERTIFICATE.strip()
    assert saved(changed, client_secret=SECRET, certificate="")["certificate"] == ""


PASSWORD = key_as_pem(rsa_key(0), password=b"hidden")
SHORT = certificate_for(rsa_key(9, 1024), datetime(2030, 1, 1, tzinfo=UTC)) + key_as_pem(rsa_key(9, 1024))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (pair().key, "Certificate: there is none in the text. Paste the PEM file with the lines from BEGIN CERTIFICATE "
                     "to END CERTIFICATE, and the private key with it."),
        (pair().certificate, "Certificate: the private key is missing. Paste the lines from BEGIN PRIVATE KEY to END "
                             "PRIVATE KEY as well."),
        (pair().certificate + PASSWORD, "Certificate: the private key is protected by a password. Export it without "
                                        "one: here it is stored encrypted."),
        (pair(1).certificate + pair().key, "Certificate: the private key belongs to another certificate. Paste the two "
                                           "that belong together."),
        (SHORT, "Certificate: the key is too short. Make a certificate with an RSA key of 2048 bits or more."),
    ],
)  # fmt: skip
def test_a_certificate_that_cannot_sign_in_is_refused(typed: str, message: str) -> None:
    assert error("certificate", sign_in="certificate", certificate=typed) == message


@pytest.mark.parametrize("typed", ["leadid", "New_Lead", "new lead", "new_lead'", "1new_id", "_x", "emailaddress1"])
def test_a_key_column_that_is_no_own_column_is_refused(typed: str) -> None:
    assert error("key_column", key_column=typed) == (
        "Alternate key column: enter the column's logical name in small letters with its prefix, like "
        "new_marketplaceleadid, or leave it empty."
    )


def test_a_key_column_is_kept() -> None:
    assert saved(key_column=" new_marketplaceleadid ")["key_column"] == "new_marketplaceleadid"


@pytest.mark.parametrize(
    "authority", ["https://login.microsoftonline.us/", "https://login.partner.microsoftonline.cn/common"]
)
def test_national_clouds_have_a_sign_in_address_of_their_own(authority: str) -> None:
    assert saved(token_authority=authority)["token_authority"] == authority.rpartition("/")[0]


@pytest.mark.parametrize("authority", ["https://login.example.com", "http://login.microsoftonline.com"])
def test_another_sign_in_address_is_refused(authority: str) -> None:
    assert error("token_authority", token_authority=authority) == (
        "Sign-in address: enter https://login.microsoftonline.com, or that of your national cloud. For another host, "
        "tick “Unusual host”."
    )


def test_saved_settings_validate_again_and_do_not_change() -> None:
    sign_ins: list[dict[str, Any]] = [
        {"client_secret_ends_on": "2027-01-31", "key_column": "new_id"},
        {"sign_in": "certificate", "client_secret": "", "certificate": CERTIFICATE},
    ]
    for typed in sign_ins:
        stored = saved(**typed)
        again = Dynamics365Config.of(stored)
        assert again.is_valid(), again.errors
        assert again.cleaned_data == stored


def test_a_secret_that_has_ended_can_still_be_opened() -> None:
    stored = saved(client_secret_ends_on="2020-01-31")
    assert Dynamics365Config.of(stored | {"client_secret_ends_on": "2020-01-31"}).is_valid()


def test_the_ends_of_credentials_are_known() -> None:
    (end,) = Dynamics365Connector.credential_ends(saved(client_secret_ends_on="2027-01-31"))
    assert end == CredentialEnd("client_secret", end.label, date(2027, 1, 31))
    assert Dynamics365Connector.credential_ends(saved()) == []
    (end,) = Dynamics365Connector.credential_ends(saved(sign_in="certificate", certificate=CERTIFICATE))
    assert (end.name, str(end.label), end.on) == ("certificate", "Certificate", date(2027, 5, 4))


def test_no_secret_is_shown() -> None:
    stored = saved()
    assert Dynamics365Config.secret_names() == ["client_secret", "certificate"]
    html = Dynamics365Config(stored, stored=stored, initial=stored).as_p()
    assert SECRET not in html
    refused = submitted(client_secret="SENTINEL x", sign_in="certificate", certificate="SENTINEL")
    assert "SENTINEL" not in f"{refused.errors} {refused.errors.as_data()!r} {refused.as_p()}"


def test_every_setting_is_explained_or_speaks_for_itself() -> None:
    fields = Dynamics365Config.base_fields
    assert {name for name, field in fields.items() if not field.help_text} == {"sign_in"}
    assert all(str(field.label) for field in fields.values())
    assert list(fields)[-3:] == ["key_column", "unusual_host", "token_authority"]
