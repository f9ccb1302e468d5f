from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from integrations.connectors.https import HttpsConnector
from integrations.contract import Record
from tests.integrations.conftest import IMPATIENT

RECORD = Record(
    key=UUID("1f81eb52-5198-4599-803e-771906343485"),
    received_at=datetime(2026, 11, 22, 6, 0, 0, 123456, tzinfo=UTC),
    first_name="Mina",
    last_name="Park",
    email="mina.park@fabrikam.example",
    phone="821055501234",
    country="KR",
    company="Fabrikam",
    title="IT manager",
    lead_source="AzureMarketplace-INS|contoso.fw",
    source="AzureMarketplace",
    action="INS",
    publisher_id="contoso",
    offer_id="fw",
    offer_title="Contoso Firewall",
    description="Need a quote for 20 seats",
)


class ImpatientConnector(HttpsConnector):
    limits = IMPATIENT


def settings_for(url: str, **given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    form = HttpsConnector.Config.of({"url": url} | given)
    assert form.is_valid(), form.errors
    return form.cleaned_data


@pytest.fixture
def connectors() -> Iterator[Callable[..., HttpsConnector]]:
    opened: list[HttpsConnector] = []

    def open_connector(url: str, *, impatient: bool = False, **given: Any) -> HttpsConnector:
        opened.append((ImpatientConnector if impatient else HttpsConnector)(settings_for(url, **given)))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
