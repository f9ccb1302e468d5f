"""The kinds of outside system, by the slug that also names the module, the guide and the tests of each."""

from importlib import import_module
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.contract import Connector


class Kind(NamedTuple):
    """``caution`` says, where people choose a kind, why they should rather take another one."""

    label: str | Promise
    path: str
    caution: str | Promise = ""


KINDS: dict[str, Kind] = {
    "https": Kind(_("HTTPS endpoint"), "integrations.connectors.https.HttpsConnector"),
    "dynamics365": Kind(_("Dynamics 365 (Dataverse)"), "integrations.connectors.dynamics365.Dynamics365Connector"),
    "salesforce": Kind(_("Salesforce"), "integrations.connectors.salesforce.SalesforceConnector"),
    "salesforce_web_to_lead": Kind(
        _("Salesforce Web-to-Lead"),
        "integrations.connectors.salesforce_web_to_lead.SalesforceWebToLeadConnector",
        caution=_(
            "Salesforce never confirms what comes this way, and drops some of it without a word. Where your edition "
            "has the API, choose Salesforce."
        ),
    ),
    "marketo": Kind(_("Marketo (REST API)"), "integrations.connectors.marketo.MarketoConnector"),
    "marketo_form": Kind(
        _("Marketo form (legacy)"),
        "integrations.connectors.marketo_form.MarketoFormConnector",
        caution=_(
            "Not recommended: Marketo supports no posts to forms from a server, and may drop them without a "
            "word. Marketo (REST API) with the method Submit form takes the same form ID."
        ),
    ),
    "hubspot": Kind(_("HubSpot"), "integrations.connectors.hubspot.HubSpotConnector"),
    "azure_table": Kind(_("Azure Table"), "integrations.connectors.azure_table.AzureTableConnector"),
    "azure_blob": Kind(_("Azure Blob"), "integrations.connectors.azure_blob.AzureBlobConnector"),
}


def connector_class(kind: str) -> type[Connector]:
    """The connector of a kind, imported on first use. Raises ``KeyError`` for a kind that does not exist."""
    module, _dot, name = KINDS[kind].path.rpartition(".")
    connector: type[Connector] = getattr(import_module(module), name)
    return connector
