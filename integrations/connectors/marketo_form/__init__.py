"""Marketo's form handler, as a browser posts to it. Marketo does not support this from a server."""

from integrations.connectors.marketo_form.connector import MarketoFormConnector

__all__ = ["MarketoFormConnector"]
