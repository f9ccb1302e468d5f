"""Salesforce over its REST API: leads with a unique external ID, up to 200 in one call."""

from integrations.connectors.salesforce.connector import SalesforceConnector

__all__ = ["SalesforceConnector"]
