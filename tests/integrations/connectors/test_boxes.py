"""What people enter in the wrong box, and what messages call the boxes: for all kinds of destinations."""

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from integrations import diagnosis
from integrations.config_form import ConfigForm
from integrations.registry import KINDS, connector_class
from integrations.vendors.entra import fields as entra

GUID = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAT = "pat-eu1-0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
CONNECTION = "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=x;EndpointSuffix=core.windows.net"
TENANT, CLIENT = "Directory (tenant) ID", "Application (client) ID"

SLIPS: list[tuple[str, dict[str, Any], str, str]] = [
    ("https", {"url": WHSEC, "signed": True}, "url", "“Signing secret”"),
    ("https", {"signing_secret": "https://crm.example.com/leads", "signed": True}, "signing_secret", "“URL”"),
    ("https", {"user_name": "https://crm.example.com/leads", "sign_in": "basic"}, "user_name", "“URL”"),
    ("marketo_form", {"server_id": "https://www.example.com/contact"}, "server_id", "“Page of the form”"),
    ("marketo_form", {"page_url": "ys12"}, "page_url", "“Server ID”"),
    ("marketo_form", {"page_url": "1179"}, "page_url", "“Form ID”"),
    ("marketo_form", {"munchkin_id": "https://www.example.com/contact"}, "munchkin_id", "“Page of the form”"),
    ("marketo_form", {"munchkin_id": "app-ys12.marketo.com"}, "munchkin_id", "“Server ID”"),
    ("marketo_form", {"form_id": "123-PQR-789"}, "form_id", "“Munchkin account ID”"),
    ("marketo_form", {"form_id": "ys12"}, "form_id", "“Server ID”"),
    ("marketo", {"account": "https://app-ab12.marketo.com"}, "account", "“Marketo's address in your browser”"),
    ("marketo", {"app_url": "https://123-PQR-789.mktorest.com"}, "app_url", "“Munchkin account ID”"),
    ("marketo", {"form_id": GUID, "method": "form"}, "form_id", "“Client ID”"),
    ("marketo", {"page_url": "1179", "method": "form"}, "page_url", "“Form ID”"),
    ("marketo", {"client_id": "https://app-ab12.marketo.com"}, "client_id", "“Marketo's address in your browser”"),
    ("hubspot", {"access_token": "https://app-eu1.hubspot.com/contacts/12345678"}, "access_token", "“Hub ID”"),
    ("hubspot", {"hub_id": PAT}, "hub_id", "“Access token”"),
    ("hubspot", {"api_path": "12345678"}, "api_path", "“Hub ID”"),
    ("salesforce", {"key_field": "3MVG9x.y_z"}, "key_field", "“Consumer key”"),
    ("salesforce", {"consumer_key": "https://acme.my.salesforce.com"}, "consumer_key", "“My Domain URL”"),
    ("salesforce", {"my_domain": "3MVG9x.y_z"}, "my_domain", "“Consumer key”"),
    ("salesforce", {"key_field": "acme.my.salesforce.com"}, "key_field", "“My Domain URL”"),
    ("salesforce_web_to_lead", {"organization_id": "00N000000000001"}, "organization_id", "“Field for the lead's ID”"),
    ("salesforce_web_to_lead", {"key_field": "00D000000000001"}, "key_field", "“Organization ID”"),
    ("salesforce_web_to_lead", {"campaign": "012000000000001"}, "campaign", "“Record type”"),
    ("salesforce_web_to_lead", {"return_url": "me@example.com"}, "return_url", "“Debugging e-mail”"),
    ("dynamics365", {"environment_url": "https://login.microsoftonline.com/x"}, "environment_url", "“Sign-in address”"),
    ("dynamics365", {"token_authority": "https://acme.crm4.dynamics.com"}, "token_authority", "“Environment URL”"),
    ("dynamics365", {"environment_url": GUID}, "environment_url", f"“{TENANT}” or “{CLIENT}”"),
    ("dynamics365", {"tenant_id": "https://acme.crm4.dynamics.com/main.aspx"}, "tenant_id", "“Environment URL”"),
    ("dynamics365", {"tenant_id": "acme.crm4.dynamics.com"}, "tenant_id", "“Environment URL”"),
    ("dynamics365", {"client_id": "contoso.onmicrosoft.com"}, "client_id", f"“{TENANT}”"),
    ("dynamics365", {"client_secret": "https://acme.crm.dynamics.com"}, "client_secret", "“Environment URL”"),
    ("azure_table", {"account": GUID, "sign_in": "entra"}, "account", f"“{TENANT}” or “{CLIENT}”"),
    ("azure_blob", {"client_id": "contoso.onmicrosoft.com", "sign_in": "entra"}, "client_id", f"“{TENANT}”"),
    ("azure_table", {"table": CONNECTION[:60], "sign_in": "connection"}, "table", "“Connection string or SAS URL”"),
]


def form_of(kind: str) -> type[ConfigForm]:
    return connector_class(kind).Config


@pytest.mark.parametrize(("kind", "typed", "field", "belongs"), SLIPS)
def test_what_was_entered_in_the_wrong_box_is_told_where_it_belongs(
    kind: str, typed: dict[str, Any], field: str, belongs: str
) -> None:
    (text,) = form_of(kind).of(typed).errors[field]
    assert str(text).endswith(f"What was entered looks like what belongs into {belongs}.")


def test_every_kind_of_destination_has_its_slips() -> None:
    assert {kind for kind, *_rest in SLIPS} == set(KINDS)


# --- the boxes that messages speak of ---------------------------------------------------------------------------------

NAMES_A_BOX = re.compile(r"(?:[Tt]ick|untick|under|into|[Ll]ower) “([^”]+)”")
OF_EVERY_DESTINATION = {"Calls at once"}
KINDS_OF_CAUSE = {
    "https": ["https"],
    "azure": ["azure_table", "azure_blob"],
    "dynamics365": ["dynamics365"],
    "hubspot": ["hubspot"],
    "marketo": ["marketo", "marketo_form"],
    "salesforce": ["salesforce", "salesforce_web_to_lead"],
}


def labels_of(kind: str) -> set[str]:
    return {str(field.label) for field in form_of(kind).base_fields.values()}


def modules_of(kind: str) -> set[ModuleType]:
    """Where the texts of its form stand."""
    form = form_of(kind)
    parts = [
        *form.__mro__,
        *chain.from_iterable([type(field), *field.validators] for field in form.base_fields.values()),
    ]
    found = {inspect.getmodule(part) for part in parts}
    return {module for module in found if module and module.__name__.startswith("integrations.")}


def boxes_named_in(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from NAMES_A_BOX.findall(node.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_of_a_form_names_only_boxes_that_the_form_has(kind: str) -> None:
    named = {box for module in modules_of(kind) for box in boxes_named_in(module)}
    assert named <= labels_of(kind)


def test_such_names_are_found() -> None:
    assert entra in modules_of("azure_blob")
    assert list(boxes_named_in(entra)) == ["Unusual host"]


@pytest.mark.parametrize("cause", diagnosis.CATALOGUE)
def test_a_remedy_names_only_boxes_that_a_form_of_its_system_has(cause: str) -> None:
    remedy = str(diagnosis.CATALOGUE[cause].remedy)
    kinds = KINDS_OF_CAUSE.get(cause.partition("_")[0], [])
    known = OF_EVERY_DESTINATION.union(*(labels_of(kind) for kind in kinds))
    assert set(NAMES_A_BOX.findall(remedy)) <= known
    assert kinds or "as the URL" not in remedy
