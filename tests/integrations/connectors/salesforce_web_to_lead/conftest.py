from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest

from integrations.connectors.salesforce_web_to_lead import SalesforceWebToLeadConnector
from integrations.mapping import FieldMap
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of

ORGANIZATION = "00D000000000001"
FORM_PATH = "/servlet/servlet.WebToLead"
_PATIENCE = 5.0


class ImpatientConnector(SalesforceWebToLeadConnector):
    limits = IMPATIENT


def settings_for(url: str, **given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    elsewhere = {"unusual_host": True, "address": url}
    return settings_of(SalesforceWebToLeadConnector.Config.of({"organization_id": ORGANIZATION} | elsewhere | given))


def leads_in(org: Salesforce, count: int) -> list[dict[str, Any]]:
    """Once so many are there: forms are worked off after they were answered."""
    ends_at = monotonic() + _PATIENCE
    while True:
        found: list[dict[str, Any]] = [
            record["fields"] for record in org.control("records")["records"] if record["collection"] == "leads"
        ]
        if len(found) >= count or monotonic() > ends_at:
            assert len(found) == count
            return found
        sleep(0.01)


def requests_to(org: Salesforce) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = org.control("requests")["requests"]
    return found


@pytest.fixture(scope="module")
def simulator() -> Iterator[Salesforce]:
    with Salesforce.running() as running:
        yield running


@pytest.fixture
def org(simulator: Salesforce) -> Salesforce:
    """As new."""
    simulator.control("reset", {})
    simulator.control("config", {"org": {"id": ORGANIZATION}, "web_to_lead": {"delay": 0}})
    return simulator


@pytest.fixture
def connectors() -> Iterator[Callable[..., SalesforceWebToLeadConnector]]:
    opened: list[SalesforceWebToLeadConnector] = []

    def open_connector(
        url: str, *, impatient: bool = False, fields: FieldMap | None = None, **given: Any
    ) -> SalesforceWebToLeadConnector:
        kind = ImpatientConnector if impatient else SalesforceWebToLeadConnector
        opened.append(kind(settings_for(url, **given), fields))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
