"""The columns and alternate keys of the table `lead` (Microsoft's "Lead table/entity reference")."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from integrations.sandbox.inputs import BadInput, Fields

Value = str | int | bool | None

MOST_CHARACTERS = 1_048_576
INT32 = range(-(2**31), 2**31)


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    MEMO = "memo"
    OPTION = "option"
    STATE = "state"
    BOOLEAN = "boolean"
    WHOLE = "whole"
    MOMENT = "moment"
    UUID = "uuid"
    OWNER = "owner"


class KeyStatus(StrEnum):
    """How far the index of an alternate key is built; only an active key can be used."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    ACTIVE = "Active"
    FAILED = "Failed"


@dataclass(frozen=True)
class Column:
    """`length` in UTF-16 code units, for texts. What can be written neither way is computed."""

    name: str
    kind: Kind = Kind.TEXT
    length: int = 100
    options: tuple[int, ...] = ()
    default: Value = None
    required: str = "None"
    for_create: bool = True
    for_update: bool = True

    @property
    def computed(self) -> bool:
        return not self.for_create and not self.for_update

    @property
    def property_name(self) -> str:
        """The name under which the Web API shows the value."""
        return f"_{self.name}_value" if self.kind is Kind.OWNER else self.name

    def as_json(self) -> dict[str, Any]:
        return {
            "type": self.kind,
            "max_length": self.length,
            "options": list(self.options),
            "valid_for_create": self.for_create,
            "valid_for_update": self.for_update,
        }


@dataclass(frozen=True)
class AlternateKey:
    name: str
    columns: tuple[str, ...]
    status: KeyStatus = KeyStatus.ACTIVE

    def as_json(self) -> dict[str, Any]:
        return {"columns": list(self.columns), "status": self.status}


SOURCES = tuple(range(1, 11))
LEAD_COLUMNS = (
    Column("leadid", Kind.UUID, required="SystemRequired", for_update=False),
    Column("subject", length=300, required="ApplicationRequired"),
    Column("firstname", length=50, required="Recommended"),
    Column("lastname", length=50, required="ApplicationRequired"),
    Column("fullname", length=160, for_create=False, for_update=False),
    Column("companyname"),
    Column("jobtitle"),
    Column("emailaddress1"),
    Column("telephone1", length=50),
    Column("mobilephone", length=20),
    Column("address1_country", length=80),
    Column("websiteurl", length=200),
    Column("description", Kind.MEMO, length=2000),
    Column("leadsourcecode", Kind.OPTION, options=SOURCES),
    Column("leadqualitycode", Kind.OPTION, options=(1, 2, 3), default=2),
    Column("statecode", Kind.STATE, options=(0, 1, 2), default=0, required="SystemRequired", for_create=False),
    Column("donotemail", Kind.BOOLEAN, default=False),
    Column("donotphone", Kind.BOOLEAN, default=False),
    Column("donotbulkemail", Kind.BOOLEAN, default=False),
    Column("ownerid", Kind.OWNER, required="SystemRequired"),
    Column("createdon", Kind.MOMENT, for_create=False, for_update=False),
    Column("modifiedon", Kind.MOMENT, for_create=False, for_update=False),
    Column("new_marketplaceleadid", length=36),
)
FIXED = {"leadid", "fullname", "statecode", "ownerid", "createdon", "modifiedon"}
LEAD_KEYS = (AlternateKey("new_marketplaceleadid", ("new_marketplaceleadid",)),)
SETTABLE_KINDS = tuple(kind for kind in Kind if kind not in {Kind.STATE, Kind.UUID, Kind.OWNER})
KEY_KINDS = {Kind.TEXT, Kind.WHOLE}

_NAME = re.compile("[a-z][a-z0-9_]{0,63}")


def merge_columns(columns: Sequence[Column], fields: Fields, name: str) -> tuple[Column, ...]:
    """The columns with those given as JSON changed or added; null removes one.

    Raises:
        BadInput: a name or a field is unknown or out of range, or the system itself needs the column.
    """
    present = {column.name: column for column in columns}
    for column, content in _given(fields, name):
        if column in FIXED:
            raise BadInput(f"{name}.{column}", "unknown")
        if content is None:
            present.pop(column, None)
        else:
            known = present.get(column, Column(column))
            present[column] = _changed(known, Fields(content, f"{name}.{column}"))
    return tuple(present.values())


def columns_as_json(columns: Sequence[Column]) -> dict[str, Any]:
    """What `merge_columns` makes these of the columns it starts with."""
    removed = {column.name: None for column in LEAD_COLUMNS}
    present = {column.name: column.as_json() for column in columns}
    return {name: content for name, content in (removed | present).items() if name not in FIXED}


def merge_keys(keys: Sequence[AlternateKey], fields: Fields, name: str) -> tuple[AlternateKey, ...]:
    """The alternate keys with those given as JSON changed or added; null removes one.

    Raises:
        BadInput: a name or a field is unknown or out of range.
    """
    present = {key.name: key for key in keys}
    for key, content in _given(fields, name):
        if content is None:
            present.pop(key, None)
        else:
            known = present.get(key, AlternateKey(key, ()))
            present[key] = _changed_key(known, Fields(content, f"{name}.{key}"))
    return tuple(present.values())


def keys_as_json(keys: Sequence[AlternateKey]) -> dict[str, Any]:
    """What `merge_keys` makes these of the keys it starts with."""
    return {key.name: None for key in LEAD_KEYS} | {key.name: key.as_json() for key in keys}


def _given(fields: Fields, name: str) -> Iterator[tuple[str, object]]:
    for inner, content in fields.mapping(name).items():
        if not _NAME.fullmatch(inner):
            raise BadInput(f"{name}.{inner}", "name")
        yield inner, content


def _changed(column: Column, fields: Fields) -> Column:
    changed = replace(
        column,
        kind=Kind(fields.choice("type", SETTABLE_KINDS, column.kind)),
        length=fields.whole("max_length", 1, MOST_CHARACTERS, column.length),
        options=_read_options(fields, "options", column.options),
        for_create=fields.flag("valid_for_create", column.for_create),
        for_update=fields.flag("valid_for_update", column.for_update),
    )
    fields.finish()
    return changed


def _read_options(fields: Fields, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    options = fields.raw(name, list(default))
    if not isinstance(options, list) or not all(type(option) is int and option in INT32 for option in options):
        raise fields.bad(name, "whole_numbers")
    return tuple(options)


def _changed_key(key: AlternateKey, fields: Fields) -> AlternateKey:
    columns = fields.texts("columns") if "columns" in fields else key.columns
    status = KeyStatus(fields.choice("status", tuple(KeyStatus), key.status))
    fields.finish()
    return replace(key, columns=columns, status=status)


@dataclass(frozen=True)
class Table:
    """The table `lead` as this environment has it."""

    columns: Mapping[str, Column]
    keys: tuple[AlternateKey, ...]

    def active_keys(self) -> list[AlternateKey]:
        return [key for key in self.keys if key.status is KeyStatus.ACTIVE]

    def key_on(self, columns: set[str]) -> AlternateKey | None:
        """The usable key on exactly these columns."""
        return next((key for key in self.active_keys() if set(key.columns) == columns), None)
