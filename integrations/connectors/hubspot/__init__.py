"""HubSpot: contacts, created or updated by their e-mail address, up to 100 in a call."""

from integrations.connectors.hubspot.connector import HubSpotConnector

__all__ = ["HubSpotConnector"]
