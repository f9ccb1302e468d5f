"""What the tests of both kinds share: an account as a publisher would name it, and records to send."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient, generate_account_sas, generate_table_sas
from azure.storage.blob import BlobServiceClient, generate_container_sas

from tests.azurite import ACCOUNT, KEY, Azurite
from tests.fault_proxy import FaultProxy


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


@dataclass(frozen=True)
class Storage:
    """An account of the emulator, reached through proxies that can be rude. ``name`` is a table's or container's."""

    azurite: Azurite
    table_proxy: FaultProxy
    blob_proxy: FaultProxy
    name: str

    @property
    def table_url(self) -> str:
        return f"http://127.0.0.1:{self.table_proxy.port}/{ACCOUNT}"

    @property
    def blob_url(self) -> str:
        return f"http://127.0.0.1:{self.blob_proxy.port}/{ACCOUNT}"

    def connection_string(self, *, key: str = KEY) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};"
            f"TableEndpoint={self.table_url};BlobEndpoint={self.blob_url};"
        )

    def table_sas_url(self, permission: str, **limits: Any) -> str:
        sas = generate_table_sas(
            AzureNamedKeyCredential(ACCOUNT, KEY),
            self.name,
            permission=permission,
            **({"expiry": in_an_hour()} | limits),
        )
        return f"{self.table_url}/{self.name}?{sas}"

    def container_sas_url(self, permission: str, **limits: Any) -> str:
        sas = generate_container_sas(
            ACCOUNT, self.name, account_key=KEY, permission=permission, **({"expiry": in_an_hour()} | limits)
        )
        return f"{self.blob_url}/{self.name}?{sas}"

    def account_sas_url(self, *, resource_types: Any, permission: Any) -> str:
        sas = generate_account_sas(AzureNamedKeyCredential(ACCOUNT, KEY), resource_types, permission, in_an_hour())
        return f"{self.table_url}?{sas}"

    def tables(self) -> TableServiceClient:
        """The vendor's own client, past the proxies: what is really there."""
        url = f"http://127.0.0.1:{self.azurite.table_port}/{ACCOUNT}"
        return TableServiceClient(url, credential=AzureNamedKeyCredential(ACCOUNT, KEY))

    def blobs(self) -> BlobServiceClient:
        url = f"http://127.0.0.1:{self.azurite.blob_port}/{ACCOUNT}"
        return BlobServiceClient(url, credential={"account_name": ACCOUNT, "account_key": KEY})


type OpenStorage = Callable[[], Storage]
