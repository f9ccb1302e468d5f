"""Azure Table: one row for each record, with its key as the RowKey."""

from integrations.connectors.azure_table.connector import AzureTableConnector

__all__ = ["AzureTableConnector"]
