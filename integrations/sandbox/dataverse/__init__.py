"""Dataverse with Microsoft Entra ID: the token endpoint and the Web API for the table `lead`."""

from integrations.sandbox.dataverse.dataverse import Dataverse

__all__ = ["Dataverse"]
