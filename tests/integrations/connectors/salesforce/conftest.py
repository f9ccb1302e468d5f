from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations import tokens
from integrations.connectors.salesforce import SalesforceConnector
from integrations.mapping import FieldMap
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of
from tests.ports import free_port

KEY_FIELD = "Marketplace_Lead_Id__c"
CONSUMER_KEY = "3MVG9consumer.key_of-the_tests"
CONSUMER_SECRET = "B16B00B5CAFE0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123"
TOKEN_PATH = "/services/oauth2/token"
LEAD_PATH = "/services/data/v67.0/sobjects/Lead"
COLLECTION_PATH = "/services/data/v67.0/composite/sobjects"


class ImpatientConnector(SalesforceConnector):
    limits = IMPATIENT


def settings_for(url: str, **given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    credentials = {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}
    return settings_of(SalesforceConnector.Config.of({"my_domain": url, "unusual_host": True} | credentials | given))


def leads_in(org: Salesforce) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = org.control("records")["records"]
    return [record["fields"] for record in found if record["collection"] == "leads"]


def calls_to(org: Salesforce) -> list[tuple[str, str]]:
    """Method and path of every request, oldest first."""
    return [(request["method"], request["path"]) for request in org.control("requests")["requests"]]


@pytest.fixture(autouse=True)
def _no_token_yet() -> None:
    tokens.forget_all()


@pytest.fixture(scope="module")
def simulator() -> Iterator[Salesforce]:
    with Salesforce.running() as running:
        yield running


@pytest.fixture
def org(simulator: Salesforce) -> Salesforce:
    """As new."""
    simulator.control("reset", {})
    simulator.control("config", {"app": {"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET}})
    return simulator


@pytest.fixture
def gone() -> str:
    """An address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def connectors() -> Iterator[Callable[..., SalesforceConnector]]:
    opened: list[SalesforceConnector] = []

    def open_connector(
        url: str, *, impatient: bool = False, fields: FieldMap | None = None, **given: Any
    ) -> SalesforceConnector:
        opened.append((ImpatientConnector if impatient else SalesforceConnector)(settings_for(url, **given), fields))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
