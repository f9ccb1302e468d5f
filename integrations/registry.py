"""The kinds of outside system, by the slug that also names the module, the guide and the tests of each."""

from importlib import import_module
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.contract import Connector


class Kind(NamedTuple):
    label: str | Promise
    path: str


KINDS: dict[str, Kind] = {
    "https": Kind(_("HTTPS endpoint"), "integrations.connectors.https.HttpsConnector"),
}


def connector_class(kind: str) -> type[Connector]:
    """The connector of a kind, imported on first use. Raises ``KeyError`` for a kind that does not exist."""
    module, _dot, name = KINDS[kind].path.rpartition(".")
    connector: type[Connector] = getattr(import_module(module), name)
    return connector
