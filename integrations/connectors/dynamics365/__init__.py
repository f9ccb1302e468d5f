"""Dataverse, which Dynamics 365 keeps its leads in: one row of the table Lead for each record."""

from integrations.connectors.dynamics365.connector import Dynamics365Connector

__all__ = ["Dynamics365Connector"]
