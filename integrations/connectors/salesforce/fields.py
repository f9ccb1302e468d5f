"""The fields of Lead: those known beforehand, and what Salesforce says of its own ones (sObject Describe); pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from integrations.mapping import FieldMap, Origin, Rule, TargetField, ValueType

# Lengths: Salesforce's "Object Reference", Lead.
TARGETS = (
    TargetField(name="FirstName", label="First Name", max_length=40),
    TargetField(name="LastName", label="Last Name", max_length=80, required=True),
    TargetField(name="Company", label="Company", max_length=255, required=True),
    TargetField(name="Title", label="Title", max_length=128),
    TargetField(name="Email", label="Email", type=ValueType.EMAIL, max_length=80),
    TargetField(name="Phone", label="Phone", max_length=40),
    TargetField(name="MobilePhone", label="Mobile Phone", max_length=40),
    TargetField(name="Street", label="Street", max_length=255, multiline=True),
    TargetField(name="City", label="City", max_length=40),
    TargetField(name="State", label="State/Province", max_length=80),
    TargetField(name="PostalCode", label="Zip/Postal Code", max_length=20),
    TargetField(name="Country", label="Country", max_length=80),
    TargetField(name="LeadSource", label="Lead Source", max_length=255),
    TargetField(name="Description", label="Description", max_length=32000, multiline=True),
    TargetField(name="HasOptedOutOfEmail", label="Email Opt Out", type=ValueType.BOOLEAN),
    TargetField(name="DoNotCall", label="Do Not Call", type=ValueType.BOOLEAN),
)
RULES = (
    Rule("FirstName", Origin.FIELD, "first_name"),
    Rule("LastName", Origin.FIELD, "last_name"),
    Rule("Company", Origin.FIELD, "company"),
    Rule("Title", Origin.FIELD, "title"),
    Rule("Email", Origin.FIELD, "email"),
    Rule("Phone", Origin.FIELD, "phone"),
    Rule("Country", Origin.FIELD, "country"),
    Rule("LeadSource", Origin.FIELD, "lead_source"),
    Rule("Description", Origin.DESCRIPTION),
)
DEFAULT_FIELDS = FieldMap.of(TARGETS, RULES)

KEY_LENGTH = 36
_NUMBERS = frozenset(("int", "double", "currency", "percent"))
_TEXTS = frozenset(("string", "textarea", "email", "phone", "url", "picklist", "combobox", "multipicklist"))


class LeadDescription(NamedTuple):
    """What the Run As user may see of Lead."""

    is_createable: bool
    fields: tuple[TargetField, ...]
    unique_ids: frozenset[str]
    """Names of the fields that are both external IDs and unique."""

    def by_name(self) -> dict[str, TargetField]:
        return {field.name: field for field in self.fields}


def is_fixed(rule: Rule) -> bool:
    """Whether a list that misses the rule's value for one lead misses it for all: a constant, or the raw lead source,
    whose | no list has."""
    return rule.origin is Origin.CONSTANT or (rule.origin is Origin.FIELD and rule.value == "lead_source")


def fixed_fields(fields: FieldMap) -> frozenset[str]:
    return frozenset(rule.target for rule in fields.rules if is_fixed(rule))


def read_description(content: Any) -> LeadDescription | None:
    """``None`` for what is no description of an object."""
    if not isinstance(content, dict) or not isinstance(content.get("fields"), list):
        return None
    described = [field for field in content["fields"] if isinstance(field, dict) and field.get("name")]
    unique = frozenset(str(field["name"]) for field in described if field.get("externalId") and field.get("unique"))
    return LeadDescription(bool(content.get("createable")), tuple(map(_target, described)), unique)


def _target(field: Mapping[str, Any]) -> TargetField:
    kind = str(field.get("type", ""))
    choices = tuple(_choices(field)) if field.get("restrictedPicklist") else ()
    return TargetField(
        name=str(field["name"]),
        label=str(field.get("label") or ""),
        type=_value_type(kind, is_restricted=bool(choices)),
        max_length=_length(field, kind),
        required=_is_required(field),
        writable=bool(field.get("createable")),
        choices=choices,
        multiline=kind == "textarea",
    )


def _value_type(kind: str, *, is_restricted: bool) -> ValueType:
    if kind == "email":
        return ValueType.EMAIL
    if kind == "boolean":
        return ValueType.BOOLEAN
    if kind in _NUMBERS:
        return ValueType.NUMBER
    if kind in ("date", "datetime"):
        return ValueType.DATE
    return ValueType.CHOICE if is_restricted else ValueType.TEXT


def _length(field: Mapping[str, Any], kind: str) -> int | None:
    length = field.get("length")
    return length if kind in _TEXTS and isinstance(length, int) and length > 0 else None


def _is_required(field: Mapping[str, Any]) -> bool:
    """Salesforce takes no lead without it, and fills it in with nothing itself."""
    return bool(field.get("createable")) and not field.get("nillable", True) and not field.get("defaultedOnCreate")


def _choices(field: Mapping[str, Any]) -> Iterator[str]:
    values = field.get("picklistValues")
    for value in values if isinstance(values, list) else []:
        if isinstance(value, dict) and value.get("active", True) and isinstance(value.get("value"), str):
            yield value["value"]
