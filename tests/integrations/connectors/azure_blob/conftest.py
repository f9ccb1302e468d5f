from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.connectors.azure_blob import AzureBlobConnector
from integrations.mapping import FieldMap
from tests.azurite.storage import Storage
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of

OpenConnector = Callable[..., AzureBlobConnector]


class ImpatientConnector(AzureBlobConnector):
    limits = IMPATIENT


def settings_for(**given: Any) -> dict[str, Any]:
    """What is stored after somebody saved the form."""
    return settings_of(AzureBlobConnector.Config.of({"unusual_host": True, "create_container": False} | given))


def blobs_in(storage: Storage) -> dict[str, bytes]:
    """Straight from the emulator: contents by name."""
    with storage.blobs() as service:
        container = service.get_container_client(storage.name)
        return {name: container.download_blob(name).readall() for name in container.list_blob_names()}


def text_of(storage: Storage, name: str) -> str:
    return blobs_in(storage)[name].decode()


@pytest.fixture
def container(storage: Storage) -> Storage:
    """With the container made."""
    with storage.blobs() as service:
        service.create_container(storage.name)
    return storage


@pytest.fixture
def connectors(storage: Storage) -> Iterator[OpenConnector]:
    opened: list[AzureBlobConnector] = []

    def open_connector(*, impatient: bool = False, fields: FieldMap | None = None, **given: Any) -> AzureBlobConnector:
        config = settings_for(**({"connection": storage.connection_string(), "container": storage.name} | given))
        opened.append((ImpatientConnector if impatient else AzureBlobConnector)(config, fields))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()
