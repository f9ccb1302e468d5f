from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from integrations.connectors.azure_table import AzureTableConnector
from integrations.connectors.azure_table.config import AzureTableConfig
from integrations.contract import CredentialEnd
from tests.azurite import KEY

GOOD = f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY};EndpointSuffix=core.windows.net"
SAS = "sv=2019-02-02&tn=MarketplaceLeads&sp=a&se=2030-01-31T12%3A00%3A00Z&sig=c2lnbmF0dXJl"
ENTRA = {
    "sign_in": "entra",
    "account": "acme",
    "tenant_id": "aaaabbbb-0000-cccc-1111-dddd2222eeee",
    "client_id": "00001111-aaaa-2222-bbbb-3333cccc4444",
    "client_secret": "abc8Q~secret.value_of_40_characters-0000",
}


def form(**given: Any) -> AzureTableConfig:
    """As somebody fills it in for the first time."""
    return AzureTableConfig(data={"sign_in": "connection", "table": "MarketplaceLeads", "create_table": "on"} | given)


def test_a_connection_string_is_all_that_must_be_entered() -> None:
    entered = form(connection=f'  "{GOOD}"\n')
    assert entered.is_valid(), entered.errors
    assert entered.cleaned_data["table"] == "MarketplaceLeads"
    assert entered.cleaned_data["create_table"] is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "required"),
        ("hello", "unreadable"),
        (KEY, "key_alone"),
        (f"?{SAS}", "sas_alone"),
        ("https://portal.azure.com/#@acme/resource/subscriptions/1", "portal_url"),
        ("https://acme.table.core.windows.net/MarketplaceLeads", "url_without_sas"),
        ("DefaultEndpointsProtocol=https;AccountName=acme", "no_key"),
        (f"DefaultEndpointsProtocol=https;AccountKey={KEY}", "no_account"),
        (f"DefaultEndpointsProtocol=https;AccountName=Acme_1;AccountKey={KEY}", "account_name"),
        (GOOD.replace(KEY, KEY[:-4]), "key_unreadable"),
        (GOOD.replace(KEY, KEY[:50] + " " + KEY[50:]), "key_unreadable"),
        (GOOD.replace("core.windows.net", "core.screens.net"), "unusual_host"),
        (GOOD.replace("https", "ftp"), "url_not_https"),
        ("UseDevelopmentStorage=true", "development_storage"),
        (f"https://acme.blob.core.windows.net/leads?{SAS}", "other_service"),
        (f"BlobEndpoint=https://acme.blob.core.windows.net;SharedAccessSignature={SAS}", "other_service"),
        (f"https://leads.example.com/MarketplaceLeads?{SAS}", "unusual_host"),
        (f"https://acme.table.core.windows.net/OtherTable?{SAS}", "other_table"),
        (f"https://acme.table.core.windows.net?{SAS.replace('MarketplaceLeads', 'OtherTable')}", "other_table"),
        (f"https://acme.table.core.windows.net?{SAS.replace('sp=a', 'sp=r')}", "rights"),
        (f"https://acme.table.core.windows.net?{SAS.replace('2030', '2020')}", "ended"),
        ("https://acme.table.core.windows.net?sv=2019-02-02&ss=b&srt=o&sp=a&sig=c2ln", "services"),
        ("https://acme.table.core.windows.net?sv=2019-02-02&ss=bt&srt=c&sp=a&sig=c2ln", "resource_types"),
    ],
)
def test_each_slip_in_the_connection_has_its_own_words(text: str, code: str) -> None:
    entered = form(connection=text)
    assert not entered.is_valid()
    ((_field, errors),) = entered.errors.as_data().items()
    assert [(error.code, _field) for error in errors] == [(code, "connection")]
    message = str(errors[0].message)
    assert message.startswith("Connection string or SAS URL: ")
    assert KEY[:30] not in message
    assert "c2ln" not in message


@pytest.mark.parametrize(
    "text",
    [
        f"https://acme.table.core.windows.net/MarketplaceLeads?{SAS}",
        f"https://acme.table.core.windows.net/marketplaceleads?{SAS}",
        f"TableEndpoint=https://acme.table.core.windows.net/;SharedAccessSignature={SAS}",
        GOOD.replace("core.windows.net", "core.chinacloudapi.cn"),
        GOOD.replace(";EndpointSuffix=core.windows.net", ";"),
        f"https://acme.z12.table.storage.azure.net/?{SAS}",
        "https://acme.table.core.windows.net?sv=2019-02-02&si=policy&sig=c2ln",
    ],
)
def test_whatever_the_portal_gives_to_copy_will_do(text: str) -> None:
    assert form(connection=text).is_valid()


def test_another_host_needs_the_tick_for_unusual_ones() -> None:
    string = f"AccountName=devstoreaccount1;AccountKey={KEY};TableEndpoint=http://127.0.0.1:10002/devstoreaccount1"
    assert not form(connection=string).is_valid()
    assert form(connection=string, unusual_host=True).is_valid()


def test_plain_http_is_a_matter_of_the_installation(settings: Any) -> None:
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False
    entered = form(connection=GOOD.replace("=https", "=http"))
    assert [error.code for error in entered.errors.as_data()["connection"]] == ["url_not_https"]


def test_a_sas_that_has_ended_since_it_was_saved_is_judged_by_the_service() -> None:
    stored = {"connection": f"https://acme.table.core.windows.net?{SAS.replace('2030', '2020')}"}
    assert form(**stored).is_valid() is False
    kept = AzureTableConfig(
        data={"sign_in": "connection", "connection": "", "table": "MarketplaceLeads"}, stored=stored
    )
    assert kept.is_valid(), kept.errors


@pytest.mark.parametrize("name", ["1Leads", "ab", "Market-place", "Leads_1", "L" * 64])
def test_a_table_that_cannot_be_is_refused(name: str) -> None:
    assert list(form(connection=GOOD, table=name).errors) == ["table"]


def test_an_application_needs_all_its_parts() -> None:
    entered = form(sign_in="entra")
    assert set(entered.errors) == {"account", "tenant_id", "client_id", "client_secret"}
    assert form(**ENTRA).is_valid()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"client_id": ENTRA["tenant_id"]}, "client_id"),
        ({"client_secret": "11112222-aaaa-3333-bbbb-4444cccc5555"}, "client_secret"),
        ({"account": "acme_leads"}, "account"),
        ({"account": "https://portal.azure.com/#home"}, "account"),
        ({"account": "https://acme.blob.core.windows.net"}, "account"),
        ({"account": "http://acme.table.core.windows.net"}, "account"),
        ({"token_authority": "https://login.example.com"}, "token_authority"),
        ({"token_authority": "http://login.microsoftonline.com"}, "token_authority"),
    ],
)
def test_each_slip_in_the_application_is_named_at_its_field(given: dict[str, str], field: str) -> None:
    entered = form(**(ENTRA | given))
    assert list(entered.errors) == [field]


def test_a_secret_is_not_sent_to_another_address_unasked() -> None:
    saved = form(**ENTRA)
    assert saved.is_valid()
    moved = AzureTableConfig(
        data=ENTRA | {"account": "other", "client_secret": "", "table": "T11"}, stored=saved.cleaned_data
    )
    assert list(moved.errors) == ["client_secret"]


def test_what_belongs_to_the_other_way_is_forgotten() -> None:
    both = form(connection=GOOD, **(ENTRA | {"sign_in": "connection", "client_secret_ends_on": "2027-01-01"}))
    assert both.is_valid()
    forgotten = ("account", "tenant_id", "client_id", "client_secret", "client_secret_ends_on")
    assert not any(both.cleaned_data[name] for name in forgotten)
    other = form(connection=GOOD, **ENTRA)
    assert other.is_valid()
    assert other.cleaned_data["connection"] == ""


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ({"connection": GOOD}, []),
        ({"connection": f"https://acme.table.core.windows.net?{SAS}"}, [("connection", date(2030, 1, 31))]),
        (ENTRA | {"client_secret_ends_on": "2028-02-29"}, [("client_secret", date(2028, 2, 29))]),
    ],
)
def test_the_end_of_what_opens_the_account_is_known(given: dict[str, Any], ends: list[tuple[str, date]]) -> None:
    entered = form(**given)
    assert entered.is_valid()
    found: list[CredentialEnd] = AzureTableConnector.credential_ends(entered.cleaned_data)
    assert [(end.name, end.on) for end in found] == ends


def test_no_refusal_repeats_a_secret() -> None:
    entered = form(connection=f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=SENTINEL{KEY[:20]}")
    assert "SENTINEL" not in str(entered.errors) + repr(entered.errors.as_data())


def test_a_start_that_lies_ahead_is_no_reason_to_refuse() -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ")
    assert form(connection=f"https://acme.table.core.windows.net?{SAS}&st={ahead}").is_valid()
