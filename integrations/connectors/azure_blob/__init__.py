"""Azure Blob: one blob for each record, or a line of its day's file."""

from integrations.connectors.azure_blob.connector import AzureBlobConnector

__all__ = ["AzureBlobConnector"]
