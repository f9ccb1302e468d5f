"""Any HTTPS endpoint: one signed JSON request for each record."""

from integrations.connectors.https.connector import HttpsConnector

__all__ = ["HttpsConnector"]
