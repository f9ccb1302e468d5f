"""From a destination's row to its connector."""

from dataclasses import dataclass
from typing import Any

from integrations.contract import Connector, Failure, FailureKind
from integrations.mapping import FieldMap, Rule, TargetField
from integrations.registry import KINDS, connector_class
from leads.encryption import SecretUnreadable
from leads.models import Destination


class CannotConnect(Exception):
    """The stored settings make no connector. ``failure`` says why, as an outcome of every delivery would."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.failure = Failure(kind=FailureKind.MISCONFIGURED, cause=cause)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A connector of this process, and the stored settings it was made from."""

    made_from: tuple[Any, ...]
    connector: Connector


_kept: dict[int, _Kept] = {}


def connector_of(destination: Destination) -> Connector:
    """The destination's connector in this process: made once, and made anew as soon as its stored settings differ.

    It is shared by threads and keeps its connections open, so nobody closes it; one that was replaced ends with the
    last thread that still uses it. Raises ``CannotConnect``.
    """
    made_from = (
        destination.kind,
        destination.settings,
        destination.encrypted_secrets,
        destination.mapping,
        destination.described_fields,
    )
    kept = _kept.get(destination.pk)
    if kept is None or kept.made_from != made_from:
        kept = _kept[destination.pk] = _Kept(made_from, open_connector(destination))
    return kept.connector


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
    return connector(form.cleaned_data, field_map_of(destination))


def field_map_of(destination: Destination) -> FieldMap | None:
    """The destination's own mapping, over the fields that are known over there; ``None`` where the body has a fixed
    form. Raises ``CannotConnect`` when what is stored is no mapping."""
    documented = connector_class(destination.kind).default_fields
    if documented is None:
        return None
    try:
        known = documented.described_by(map(TargetField.from_json, destination.described_fields))
        return known if destination.mapping is None else known.with_rules(map(Rule.from_json, destination.mapping))
    except (KeyError, TypeError, ValueError) as error:
        raise CannotConnect("settings_invalid") from error


def recognises_repeats(destination: Destination) -> bool:
    """Whether sending a delivery twice is harmless there. In doubt it is not."""
    try:
        return connector_of(destination).recognises_repeats
    except CannotConnect:
        return False


def batch_limit_of(kind: str) -> int:
    """How many deliveries one call takes; 1 for a kind that is gone: it gets its turn too, which says so."""
    return connector_class(kind).batch_limit if kind in KINDS else 1
