"""The systems that are played, in the order of their ports."""

from importlib import import_module

from integrations.sandbox.simulator import Simulator

SYSTEMS = (
    ("receiver", "integrations.sandbox.receiver.Receiver"),
    ("dataverse", "integrations.sandbox.dataverse.Dataverse"),
    ("salesforce", "integrations.sandbox.salesforce.Salesforce"),
    ("marketo", "integrations.sandbox.marketo.Marketo"),
    ("hubspot", "integrations.sandbox.hubspot.HubSpot"),
    ("azure_table", "integrations.sandbox.azure.AzureTable"),
    ("azure_blob", "integrations.sandbox.azure.AzureBlob"),
)


def load(path: str) -> type[Simulator]:
    package, _, name = path.rpartition(".")
    system: type[Simulator] = getattr(import_module(package), name)
    return system
