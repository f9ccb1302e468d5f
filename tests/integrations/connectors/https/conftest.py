from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.connectors.https import HttpsConnector
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of


class ImpatientConnector(HttpsConnector):
    limits = IMPATIENT


def settings_for(url: str, **given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    return settings_of(HttpsConnector.Config.of({"url": url} | given))


@pytest.fixture
def connectors() -> Iterator[Callable[..., HttpsConnector]]:
    opened: list[HttpsConnector] = []

    def open_connector(url: str, *, impatient: bool = False, **given: Any) -> HttpsConnector:
        opened.append((ImpatientConnector if impatient else HttpsConnector)(settings_for(url, **given)))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
