"""The other side of the wire: Microsoft's own clients, with what the page says to enter."""

from typing import Any

from azure.data.tables import TableClient
from azure.storage.blob import ContainerClient

from integrations.sandbox.azure import AzureBlob, AzureTable
from integrations.sandbox.simulator import Simulator

ROW = {
    "PartitionKey": "202611",
    "RowKey": "lead-1",
    "FirstName": "Zoë",
    "LastName": "김",
    "Email": "zoe@fabrikam.example",
}


def connection_string(system: Simulator) -> str:
    return dict(system.connection())["storage_connection"]


def table_in(system: AzureTable, name: str) -> TableClient:
    return TableClient.from_connection_string(connection_string(system), name, retry_total=0)


def container_in(system: AzureBlob, name: str) -> ContainerClient:
    return ContainerClient.from_connection_string(connection_string(system), name, retry_total=0)


def kept(system: Simulator, collection: str) -> dict[str, dict[str, Any]]:
    """Key to fields of what the system shows of a table or container."""
    records = system.control(f"records?collection={collection}")["records"]
    return {record["key"]: record["fields"] for record in records}


def history(system: Simulator, collection: str) -> list[str]:
    """What happened to the one record there is."""
    (record,) = system.control(f"records?collection={collection}")["records"]
    return [entry["event"] for entry in record["history"]]


def last_arrival(system: Simulator) -> dict[str, Any]:
    arrival: dict[str, Any] = system.control("requests?limit=1")["requests"][-1]
    return arrival
