"""Salesforce Web-to-Lead: a public form, one post for each lead, never confirmed."""

from integrations.connectors.salesforce_web_to_lead.connector import SalesforceWebToLeadConnector

__all__ = ["SalesforceWebToLeadConnector"]
