"""The properties of a contact: those known beforehand, and what HubSpot says of its own ones (its "Properties" API).

Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integrations.mapping import FieldMap, Origin, Rule, TargetField, ValueType

LONGEST_TEXT = 65_536  # of a text property

_TYPES = {
    "bool": ValueType.BOOLEAN,
    "enumeration": ValueType.CHOICE,
    "number": ValueType.NUMBER,
    **dict.fromkeys(("date", "datetime"), ValueType.DATE),
}

_RULES = (
    Rule("email", Origin.FIELD, "email"),
    Rule("firstname", Origin.FIELD, "first_name"),
    Rule("lastname", Origin.FIELD, "last_name"),
    Rule("phone", Origin.FIELD, "phone"),
    Rule("company", Origin.FIELD, "company"),
    Rule("jobtitle", Origin.FIELD, "title"),
    Rule("country", Origin.FIELD, "country"),
    Rule("message", Origin.DESCRIPTION),
)
_OTHER_TEXTS = ("mobilephone", "address", "city", "state", "zip", "website")
_LISTS = ("lifecyclestage", "hs_lead_status")


def _documented() -> Iterator[TargetField]:
    for name in (*(rule.target for rule in _RULES), *_OTHER_TEXTS):
        kind = ValueType.EMAIL if name == "email" else ValueType.TEXT
        yield TargetField(name=name, type=kind, max_length=LONGEST_TEXT, multiline=name == "message")
    for name in _LISTS:
        yield TargetField(name=name, type=ValueType.CHOICE)


CONTACT = FieldMap.of(_documented(), _RULES)


def fields_in(described: Iterable[Any]) -> tuple[TargetField, ...]:
    return tuple(_field(entry) for entry in described if isinstance(entry, dict) and _name(entry))


def unique_in(described: Iterable[Any]) -> dict[str, bool]:
    """By name, whether no two contacts may have the same value; of those that say so."""
    told = (entry for entry in described if isinstance(entry, dict) and _name(entry))
    return {_name(entry): entry["hasUniqueValue"] for entry in told if isinstance(entry.get("hasUniqueValue"), bool)}


def key_property(fields: FieldMap) -> str:
    """The property that the mapping fills with the lead's ID; empty where there is none."""
    return next((rule.target for rule in fields.rules if (rule.origin, rule.value) == (Origin.FIELD, "key")), "")


def constants(fields: FieldMap) -> frozenset[str]:
    """The properties that have the same value for every lead."""
    return frozenset(rule.target for rule in fields.rules if rule.origin is Origin.CONSTANT)


def _name(entry: Mapping[str, Any]) -> str:
    name = entry.get("name")
    return name if isinstance(name, str) else ""


def _field(entry: Mapping[str, Any]) -> TargetField:
    name, kind = _name(entry), _TYPES.get(str(entry.get("type")), ValueType.TEXT)
    choices = tuple(_choices(entry)) if kind is ValueType.CHOICE else ()
    modification = entry.get("modificationMetadata")
    is_read_only = isinstance(modification, dict) and modification.get("readOnlyValue") is True
    return TargetField(
        name=name,
        label=str(entry.get("label") or ""),
        type=ValueType.EMAIL if name == "email" else kind,
        max_length=LONGEST_TEXT if entry.get("type") == "string" else None,
        writable=not is_read_only,
        choices=choices,
        multiline=entry.get("fieldType") == "textarea",
    )


def _choices(entry: Mapping[str, Any]) -> Iterator[str]:
    """None where the list is kept elsewhere, as that of the owners."""
    options = entry.get("options") if not entry.get("externalOptions") else None
    for option in options if isinstance(options, list) else []:
        if isinstance(option, dict) and isinstance(option.get("value"), str):
            yield option["value"]
