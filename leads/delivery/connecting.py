"""From a destination's row to its connector."""

from integrations.contract import Connector, Failure, FailureKind
from integrations.registry import KINDS, connector_class
from leads.encryption import SecretUnreadable
from leads.models import Destination


class CannotConnect(Exception):
    """The stored settings make no connector. ``failure`` says why, as an outcome of every delivery would."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.failure = Failure(kind=FailureKind.MISCONFIGURED, cause=cause)


def open_connector(destination: Destination) -> Connector:
    """Raises ``CannotConnect`` when the kind is gone, the secrets cannot be read, or the settings do not validate."""
    if destination.kind not in KINDS:
        raise CannotConnect("kind_unknown")
    try:
        stored = destination.config()
    except SecretUnreadable as error:
        raise CannotConnect("secrets_unreadable") from error
    connector = connector_class(destination.kind)
    form = connector.Config.of(stored)
    if not form.is_valid():
        raise CannotConnect("settings_invalid")
    return connector(form.cleaned_data)


def recognises_repeats(destination: Destination) -> bool:
    """Whether sending a delivery twice is harmless there. In doubt it is not."""
    try:
        with open_connector(destination) as connector:
            return connector.recognises_repeats
    except CannotConnect:
        return False
