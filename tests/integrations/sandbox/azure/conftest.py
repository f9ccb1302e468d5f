"""One of each system for all tests of a run, in memory: each test has a table or container of its own."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from azure.data.tables import TableClient
from azure.storage.blob import ContainerClient

from integrations.sandbox.azure import AzureBlob, AzureTable
from tests import azurite
from tests.integrations.sandbox.azure.client import container_in, table_in


@pytest.fixture(scope="session")
def installed() -> None:
    azurite.need()


@pytest.fixture(scope="session")
def tables(installed: None) -> Iterator[AzureTable]:
    with AzureTable.running() as system:
        yield system


@pytest.fixture(scope="session")
def blobs(installed: None) -> Iterator[AzureBlob]:
    with AzureBlob.running() as system:
        yield system


@pytest.fixture
def table(tables: AzureTable) -> Iterator[TableClient]:
    """A new one, as the vendor's own client sees it."""
    with table_in(tables, f"t{uuid4().hex}") as client:
        client.create_table()
        yield client


@pytest.fixture
def container(blobs: AzureBlob) -> Iterator[ContainerClient]:
    with container_in(blobs, f"c{uuid4().hex}") as client:
        client.create_container()
        yield client
