import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from integrations.connectors.hubspot import HubSpotConnector
from integrations.connectors.hubspot.fields import CONTACT
from integrations.contract import Record
from integrations.mapping import FieldMap, Origin, Rule
from integrations.sandbox.hubspot import HubSpot
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of
from tests.integrations.records import RECORD

TOKEN = "pat-eu1-0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
READ, WRITE = "crm.objects.contacts.read", "crm.objects.contacts.write"
CONTACTS_PATH = "/crm/objects/2026-03/contacts"
UPSERT_PATH = f"{CONTACTS_PATH}/batch/upsert"
SEARCH_PATH = f"{CONTACTS_PATH}/search"
PROPERTIES_PATH = "/crm/properties/2026-03/contacts"
ACCOUNT_PATH = "/account-info/v3/details"

KEY_PROPERTY = "marketplace_lead_id"
WITH_KEY = CONTACT.with_rules((*CONTACT.rules, Rule(KEY_PROPERTY, Origin.FIELD, "key")))

OpenConnector = Callable[..., HubSpotConnector]


class ImpatientConnector(HubSpotConnector):
    limits = IMPATIENT


def settings_for(url: str, **given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form. Without a URL, of HubSpot itself."""
    address = {"unusual_host": True, "api_url": url} if url else {}
    return settings_of(HubSpotConnector.Config.of({"access_token": TOKEN} | address | given))


def nameless(**changes: Any) -> Record:
    """Somebody without an e-mail address."""
    return replace(RECORD, key=uuid4(), email="", **changes)


def contacts_in(server: HubSpot) -> list[dict[str, Any]]:
    """The properties of each contact, without those that HubSpot sets itself."""
    own = ("hs_object_id", "createdate", "lastmodifieddate")
    found: list[dict[str, Any]] = server.control("records")["records"]
    return [
        {name: value for name, value in record["fields"].items() if name not in own and value is not None}
        for record in found
        if record["collection"] == "contacts"
    ]


def calls_to(server: HubSpot) -> list[str]:
    """The path of every request, oldest first."""
    return [request["path"] for request in server.control("requests")["requests"]]


def bodies_sent(server: HubSpot) -> list[Any]:
    return [json.loads(base64.b64decode(request["body"])) for request in server.control("requests")["requests"]]


def answers_with(
    server: HubSpot, content: Any, *, path: str = UPSERT_PATH, status: int = 200, times: int = 1, **headers: str
) -> None:
    """The next calls of this path get this answer instead of the server's own."""
    server.control(
        "faults",
        {
            "action": "respond", "status": status, "times": times, "match": {"path": path},
            "headers": {"Content-Type": "application/json"} | headers, "body": json.dumps(content),
        },
    )  # fmt: skip


@pytest.fixture(scope="session")
def running_hubspot() -> Iterator[HubSpot]:
    with HubSpot.running() as simulator:
        yield simulator


@pytest.fixture
def server(running_hubspot: HubSpot) -> HubSpot:
    running_hubspot.control("reset", {})
    running_hubspot.control("config", {"tokens": {TOKEN: {"scopes": [READ, WRITE]}}})
    return running_hubspot


@pytest.fixture
def connectors() -> Iterator[OpenConnector]:
    opened: list[HubSpotConnector] = []

    def open_connector(
        url: str, *, impatient: bool = False, fields: FieldMap | None = None, **given: Any
    ) -> HubSpotConnector:
        opened.append((ImpatientConnector if impatient else HubSpotConnector)(settings_for(url, **given), fields))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
