from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.connectors.azure_table import AzureTableConnector
from integrations.mapping import FieldMap
from tests.azurite.storage import Storage
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of

OpenConnector = Callable[..., AzureTableConnector]


class ImpatientConnector(AzureTableConnector):
    limits = IMPATIENT


def settings_for(**given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    return settings_of(AzureTableConnector.Config.of({"unusual_host": True, "create_table": False} | given))


def rows_in(storage: Storage) -> list[dict[str, Any]]:
    """Straight from the emulator, in the order of their keys."""
    with storage.tables() as service:
        return [dict(row) for row in service.get_table_client(storage.name).list_entities()]


@pytest.fixture
def table(storage: Storage) -> Storage:
    """With the table made."""
    with storage.tables() as service:
        service.create_table(storage.name)
    return storage


@pytest.fixture
def connectors(storage: Storage) -> Iterator[OpenConnector]:
    opened: list[AzureTableConnector] = []

    def open_connector(*, impatient: bool = False, fields: FieldMap | None = None, **given: Any) -> AzureTableConnector:
        config = settings_for(**({"connection": storage.connection_string(), "table": storage.name} | given))
        opened.append((ImpatientConnector if impatient else AzureTableConnector)(config, fields))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
