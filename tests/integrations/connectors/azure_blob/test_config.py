from typing import Any

import pytest

from integrations.connectors.azure_blob.config import AzureBlobConfig
from tests.azurite import KEY

GOOD = f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY};EndpointSuffix=core.windows.net"
SAS = "sv=2023-11-03&sr=c&sp=racw&se=2099-01-31T12%3A00%3A00Z&sig=c2lnbmF0dXJl"
URL = f"https://acme.blob.core.windows.net/leads?{SAS}"


def form(**given: Any) -> AzureBlobConfig:
    """As somebody fills it in for the first time."""
    return AzureBlobConfig(
        data={"sign_in": "connection", "connection": GOOD, "container": "leads", "layout": "blobs"} | given
    )


def test_a_connection_string_and_a_container_are_all_that_must_be_entered() -> None:
    entered = form()
    assert entered.is_valid(), entered.errors
    assert (entered.cleaned_data["folder"], entered.cleaned_data["create_container"]) == ("", False)


@pytest.mark.parametrize("name", ["Leads", "le", "-leads", "leads-", "le--ads", "le_ads", "l" * 64, "leads/x"])
def test_a_container_that_cannot_be_is_refused(name: str) -> None:
    assert list(form(container=name).errors) == ["container"]


@pytest.mark.parametrize("folder", ["a\\b", "a?b", "a#b", "a%20b", "a//b", "a./b", "..", "/", "a\x01b"])
def test_a_folder_that_cannot_be_is_refused(folder: str) -> None:
    assert list(form(folder=folder).errors) == ["folder"]


def test_slashes_around_a_folder_do_no_harm() -> None:
    entered = form(folder="/leads/Kunden 2026/")
    assert entered.is_valid(), entered.errors
    assert entered.cleaned_data["folder"] == "leads/Kunden 2026"


@pytest.mark.parametrize(
    ("text", "layout", "code"),
    [
        (URL.replace("/leads?", "/other?"), "blobs", "other_container"),
        (URL.replace("sr=c", "sr=b"), "blobs", "one_blob"),
        (URL.replace("sp=racw", "sp=rl"), "blobs", "rights"),
        (URL.replace("sp=racw", "sp=cw"), "lines", "rights"),
        (URL.replace("sp=racw", "sp=rc"), "csv", "rights"),
        (URL.replace("2099", "2020"), "blobs", "ended"),
        (URL.replace(".blob.", ".table."), "blobs", "other_service"),
        ("https://acme.blob.core.windows.net?sv=1&ss=t&srt=o&sp=cw&sig=c2ln", "blobs", "services"),
    ],
)
def test_each_slip_in_the_connection_has_its_own_words(text: str, layout: str, code: str) -> None:
    entered = form(connection=text, layout=layout)
    assert [error.code for error in entered.errors.as_data()["connection"]] == [code]


@pytest.mark.parametrize(("rights", "layout"), [("w", "blobs"), ("c", "blobs"), ("ra", "lines"), ("rw", "csv")])
def test_a_sas_with_the_rights_that_are_needed_will_do(rights: str, layout: str) -> None:
    assert form(connection=URL.replace("racw", rights), layout=layout).is_valid()
