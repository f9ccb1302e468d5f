"""The fields of the neutral record, by the names that mapping rules use."""

from collections.abc import Callable
from datetime import UTC
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.contract import Record


class NeutralField(NamedTuple):
    name: str
    label: str | Promise
    read: Callable[[Record], str | bool]


def _text(name: str) -> Callable[[Record], str]:
    return lambda record: str(getattr(record, name))


def _flag(name: str) -> Callable[[Record], bool]:
    return lambda record: bool(getattr(record, name))


def received_at(record: Record) -> str:
    """As ISO 8601 in UTC, to the second."""
    return record.received_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


NEUTRAL_FIELDS: dict[str, NeutralField] = {
    field.name: field
    for field in (
        NeutralField("key", _("ID of the lead"), _text("key")),
        NeutralField("first_name", _("First name"), _text("first_name")),
        NeutralField("last_name", _("Last name"), _text("last_name")),
        NeutralField("email", _("E-mail"), _text("email")),
        NeutralField("phone", _("Phone"), _text("phone")),
        NeutralField("country", _("Country"), _text("country")),
        NeutralField("company", _("Company"), _text("company")),
        NeutralField("title", _("Job title"), _text("title")),
        NeutralField("offer_title", _("Offer title"), _text("offer_title")),
        NeutralField("lead_source", _("Lead source, as sent"), _text("lead_source")),
        NeutralField("source", _("Source"), _text("source")),
        NeutralField("action", _("Action"), _text("action")),
        NeutralField("publisher_id", _("Publisher ID"), _text("publisher_id")),
        NeutralField("offer_id", _("Offer ID"), _text("offer_id")),
        NeutralField("description", _("Customer's note"), _text("description")),
        NeutralField("received_at", _("Received at"), received_at),
        NeutralField("is_test", _("Is a test lead"), _flag("is_test")),
        NeutralField("is_dnc", _("Must not be contacted"), _flag("is_dnc")),
    )
}


FLAGS = frozenset(("is_test", "is_dnc"))
MOMENTS = frozenset(("received_at",))


def value_of(record: Record, name: str) -> str | bool:
    """Raises ``KeyError`` for a name that is none of the neutral fields."""
    value: Any = NEUTRAL_FIELDS[name].read(record)
    return value.strip() if isinstance(value, str) else bool(value)
