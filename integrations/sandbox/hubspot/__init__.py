"""HubSpot's CRM API for contacts, with private app tokens, limits and a search index that lags behind."""

from integrations.sandbox.hubspot.hubspot import HubSpot

__all__ = ["HubSpot"]
