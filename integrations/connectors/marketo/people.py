"""A person in Marketo, whose fields go by their REST names (Marketo's "Lead Database" reference)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from integrations.contract import Note
from integrations.mapping import FieldMap, Origin, Rule, TargetField, ValueType

LONGEST_STRING = 255  # characters
LONGEST_TEXT_AREA = 30_000  # bytes

_TYPES = {
    "email": ValueType.EMAIL,
    "boolean": ValueType.BOOLEAN,
    **dict.fromkeys(("integer", "float", "currency", "percent", "score"), ValueType.NUMBER),
    **dict.fromkeys(("date", "datetime"), ValueType.DATE),
}

_RULES = (
    Rule("email", Origin.FIELD, "email"),
    Rule("firstName", Origin.FIELD, "first_name"),
    Rule("lastName", Origin.FIELD, "last_name"),
    Rule("company", Origin.FIELD, "company"),
    Rule("title", Origin.FIELD, "title"),
    Rule("phone", Origin.FIELD, "phone"),
    Rule("country", Origin.FIELD, "country"),
    Rule("leadSource", Origin.FIELD, "lead_source"),
)
_OTHER_STRINGS = ("mobilePhone", "website", "city", "state", "postalCode")
_FLAGS = ("unsubscribed", "doNotCall")


def _documented() -> Iterable[TargetField]:
    for name in (*(rule.target for rule in _RULES), *_OTHER_STRINGS):
        kind = ValueType.EMAIL if name == "email" else ValueType.TEXT
        yield TargetField(name=name, type=kind, max_length=LONGEST_STRING)
    yield TargetField(name="address", max_bytes=LONGEST_TEXT_AREA, multiline=True)
    for name in _FLAGS:
        yield TargetField(name=name, type=ValueType.BOOLEAN)


PERSON = FieldMap.of(_documented(), _RULES)


@dataclass(frozen=True, slots=True)
class Person:
    """One record in Marketo's words; ``identity`` is by what Marketo finds a person who is there already. ``reason`` is
    said of a whole call."""

    key: UUID
    identity: str
    values: dict[str, Any]
    notes: tuple[Note, ...] = ()
    reason: str = ""

    def without(self, field: str) -> Self:
        values = {name: value for name, value in self.values.items() if name != field}
        return replace(self, values=values, notes=(*self.notes, Note("sent_without", {"field": field})))


def fields_in(described: Iterable[Any]) -> tuple[TargetField, ...]:
    """What "Describe Lead" says; fields that REST does not show are left out."""
    return tuple(_field(entry) for entry in described if isinstance(entry, dict) and _rest_name(entry))


def _rest_name(entry: dict[str, Any]) -> str:
    rest = entry.get("rest")
    name = rest.get("name") if isinstance(rest, dict) else None
    return name if isinstance(name, str) else ""


def _field(entry: dict[str, Any]) -> TargetField:
    kind, length = entry.get("dataType"), entry.get("length")
    length = length if isinstance(length, int) and length > 0 else None
    is_area = kind == "text"
    return TargetField(
        name=_rest_name(entry),
        label=str(entry.get("displayName") or ""),
        type=_TYPES.get(str(kind), ValueType.TEXT),
        max_length=None if is_area else length,
        max_bytes=(length or LONGEST_TEXT_AREA) if is_area else None,
        multiline=is_area,
        writable=not entry["rest"].get("readOnly", False),
    )
