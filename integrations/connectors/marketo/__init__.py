"""Marketo over its REST API: people are created or updated by e-mail, many in one call."""

from integrations.connectors.marketo.connector import MarketoConnector

__all__ = ["MarketoConnector"]
