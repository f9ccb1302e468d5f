"""What Dataverse says of the columns and keys of its table Lead; pure.

As in Microsoft's "Query table definitions using the Web API".
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from integrations.connectors.dynamics365.fields import TARGETS
from integrations.mapping import TargetField, ValueType

_TABLE = "EntityDefinitions(LogicalName='lead')"
_TEXTS = "?$select=LogicalName,MaxLength,IsValidForCreate"
STRINGS = f"{_TABLE}/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata{_TEXTS}"
MEMOS = f"{_TABLE}/Attributes/Microsoft.Dynamics.CRM.MemoAttributeMetadata{_TEXTS}"
COLUMNS = f"{_TABLE}/Attributes?$select=LogicalName,SchemaName,AttributeType,IsValidForCreate"
LISTS = (
    f"{_TABLE}/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    "?$select=LogicalName&$expand=OptionSet($select=Options)"
)
KEYS = f"{_TABLE}?$select=LogicalName&$expand=Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)"

Rows = Iterable[Mapping[str, Any]]


class Choices(NamedTuple):
    """Of a list: its values, and what people see in their place."""

    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


_NUMBERS = frozenset(("Integer", "BigInt", "Double", "Decimal", "Money", "Picklist", "State", "Status"))
_LOOK_UPS = frozenset(("Lookup", "Owner", "Customer"))
_PLAIN = {"DateTime": ValueType.DATE, "Uniqueidentifier": ValueType.TEXT}
_BIND = "@odata.bind"


def text_columns(rows: Rows, *, multiline: bool) -> list[TargetField]:
    return [
        TargetField(
            name=str(row["LogicalName"]),
            type=_text_type(str(row["LogicalName"])),
            max_length=_length(row.get("MaxLength")),
            writable=row.get("IsValidForCreate") is not False,
            multiline=multiline,
        )
        for row in rows
        if row.get("LogicalName")
    ]


def other_columns(rows: Rows, lists: Rows) -> list[TargetField]:
    """Columns that hold no text. Look-ups are written by the name of their relation, which is spelled as the column or
    as its schema name."""
    choices = {str(row.get("LogicalName")): _choices(row) for row in lists}
    return [target for row in rows if row.get("LogicalName") for target in _targets(row, choices)]


def documented_columns() -> list[TargetField]:
    """Columns without text that are known beforehand, for a system that names its texts only."""
    return [
        target
        for target in TARGETS
        if target.type in (ValueType.NUMBER, ValueType.BOOLEAN) or target.name.endswith(_BIND)
    ]


def key_state(rows: Rows, column: str) -> str:
    """State of the alternate key that has this column alone; empty where there is none."""
    found = [row for row in rows if row.get("KeyAttributes") == [column]]
    states = [str(row.get("EntityKeyIndexStatus") or "") for row in found]
    return "Active" if "Active" in states else states[0] if states else ""


def _text_type(name: str) -> ValueType:
    return ValueType.EMAIL if name.startswith("emailaddress") else ValueType.TEXT


def _targets(row: Mapping[str, Any], choices: Mapping[str, Choices]) -> list[TargetField]:
    name, kind = str(row["LogicalName"]), row.get("AttributeType")
    writable = row.get("IsValidForCreate") is not False
    if kind in _LOOK_UPS:
        relations = dict.fromkeys((name, str(row.get("SchemaName") or name)))
        return [TargetField(name=relation + _BIND, writable=writable) for relation in relations]
    if kind in _NUMBERS:
        values, labels = choices.get(name, Choices())
        return [TargetField(name=name, type=ValueType.NUMBER, writable=writable, choices=values, choice_labels=labels)]
    if kind == "Boolean":
        return [TargetField(name=name, type=ValueType.BOOLEAN, writable=writable)]
    return [TargetField(name=name, type=_PLAIN[kind], writable=writable)] if kind in _PLAIN else []


def _choices(row: Mapping[str, Any]) -> Choices:
    options = row.get("OptionSet")
    listed = options.get("Options") if isinstance(options, dict) else None
    known = [option for option in listed or [] if isinstance(option, dict) and isinstance(option.get("Value"), int)]
    values, labels = tuple(str(option["Value"]) for option in known), tuple(map(_label, known))
    return Choices(values, () if labels == values else labels)


def _label(option: Mapping[str, Any]) -> str:
    """In the language of the environment's user; the value where nobody labelled it."""
    found: Any = option.get("Label")
    for part in ("UserLocalizedLabel", "Label"):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found else str(option["Value"])


def _length(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
