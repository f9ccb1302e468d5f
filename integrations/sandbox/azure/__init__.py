"""The Table and Blob services of a storage account in Azure. Microsoft's own emulator, Azurite, answers behind them."""

from integrations.sandbox.azure.blob import AzureBlob
from integrations.sandbox.azure.table import AzureTable

__all__ = ["AzureBlob", "AzureTable"]
