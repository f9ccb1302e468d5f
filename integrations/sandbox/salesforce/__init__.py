"""Salesforce: the REST API with its token endpoint, and the Web-to-Lead form, of one organisation."""

from integrations.sandbox.salesforce.salesforce import Salesforce

__all__ = ["Salesforce"]
