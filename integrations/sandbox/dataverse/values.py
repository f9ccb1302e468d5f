"""Reads the columns of one lead from JSON, strictly: first the names, then types and options, characters, lengths."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from integrations.sandbox.dataverse.columns import INT32, Column, Kind, Value
from integrations.sandbox.dataverse.errors import (
    INVALID_ARGUMENT,
    PAYLOAD,
    ApiError,
    bad_payload,
    bad_request,
    no_record,
)
from integrations.sandbox.dataverse.settings import USER_ID, UUID, Settings

LEAD_TYPE = "Microsoft.Dynamics.CRM.lead"
OWNER = "ownerid@odata.bind"

_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "Edm.String",
    Kind.MEMO: "Edm.String",
    Kind.OPTION: "Edm.Int32",
    Kind.STATE: "Edm.Int32",
    Kind.WHOLE: "Edm.Int32",
    Kind.BOOLEAN: "Edm.Boolean",
    Kind.MOMENT: "Edm.DateTimeOffset",
    Kind.UUID: "Edm.Guid",
}
_TEXTS = {Kind.TEXT, Kind.MEMO}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)")
_OWNER = re.compile(r"(?:.*/)?(systemusers|teams)\(([^()]*)\)")
# What XML 1.0 cannot hold (W3C "Extensible Markup Language", 2.2), half a surrogate pair included.
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Change:
    """What a request writes: column names with their values; the owner as id of a user or team."""

    values: Mapping[str, Value]
    owner: str | None = None


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    Raises:
        ApiError: it is none.
    """
    try:
        content = json.loads(body.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_number)
    except ApiError:
        raise
    except (ValueError, RecursionError):
        raise bad_payload("Stream was not readable.", "json") from None
    if not isinstance(content, dict):
        raise bad_payload("A node of type 'StartObject' was expected.", "json")
    return content


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise bad_payload("Multiple properties with the same name were detected in an object.", "json")
    return content


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def read_change(content: Mapping[str, Any], settings: Settings) -> Change:
    """The columns to write.

    Raises:
        ApiError: a name, type, option, character or length is not as the table wants it.
    """
    named = _known_columns(content, settings)
    values = {column.name: _typed(column, value, settings) for column, value in named}
    owner = _read_owner(content[OWNER], settings) if OWNER in content else None
    texts = [(column, value) for column, value in named if column.kind in _TEXTS and isinstance(value, str)]
    for column, text in texts:
        _check_characters(column, text)
    for column, text in texts:
        _check_length(column, text)
    return Change(values, owner)


def _known_columns(content: Mapping[str, Any], settings: Settings) -> list[tuple[Column, Any]]:
    columns = settings.table.columns
    named = []
    for name, value in content.items():
        if name == "@odata.type":
            if not isinstance(value, str) or value.removeprefix("#") != LEAD_TYPE:
                raise bad_payload(f"A type named '{value}' could not be resolved by the model.")
        elif name != OWNER:
            named.append((_writable(name, columns.get(name), settings), value))
    return named


def _writable(name: str, column: Column | None, settings: Settings) -> Column:
    if column is None:
        raise _unknown_property(name, settings.variants.unknown_property_code)
    if column.kind is Kind.OWNER:
        raise bad_request(
            "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.",
            "property",
        )
    if column.computed:
        raise ApiError(400, INVALID_ARGUMENT, f"The attribute '{name}' of the 'lead' entity is read-only.", "property")
    return column


def _unknown_property(name: str, code: str) -> ApiError:
    if code == PAYLOAD:
        return bad_payload(
            f"An undeclared property '{name}' which only has property annotations in the payload but no property value "
            "was found in the payload. In OData, only declared navigation properties and declared named streams can "
            "be represented as properties without values.",
            "property",
        )
    return ApiError(400, code, f"Invalid property '{name}' was found in entity '{LEAD_TYPE}'.", "property")


def _typed(column: Column, value: object, settings: Settings) -> Value:
    if value is None:
        return None
    fits = _fits(column.kind, value)
    if not fits or not isinstance(value, str | int):
        raise _wrong_type(value, _TYPES[column.kind])
    if column.kind in {Kind.OPTION, Kind.STATE} and value not in column.options:
        accepted = ",".join(map(str, column.options))
        text = (
            f"A validation error occurred. The value {value} of '{column.name}' on record of type 'lead' is outside "
            f"the valid range. Accepted Values: {accepted}"
        )
        raise ApiError(400, settings.variants.option_code, text, "option")
    return value.lower() if column.kind is Kind.UUID and isinstance(value, str) else value


def _fits(kind: Kind, value: object) -> bool:
    if kind in _TEXTS:
        return isinstance(value, str)
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind in {Kind.MOMENT, Kind.UUID}:
        return isinstance(value, str) and bool((_MOMENT if kind is Kind.MOMENT else UUID).fullmatch(value))
    return type(value) is int and value in INT32


def _wrong_type(value: object, wanted: str) -> ApiError:
    if wanted == "Edm.String" or isinstance(value, dict | list):
        return bad_payload(
            f"Cannot convert a primitive value to the expected type '{wanted}'. See the inner exception for more "
            "details.",
            "type",
        )
    literal = value if isinstance(value, str) else json.dumps(value)
    return bad_payload(f"Cannot convert the literal '{literal}' to the expected type '{wanted}'.", "type")


def _read_owner(value: object, settings: Settings) -> str:
    found = _OWNER.fullmatch(value) if isinstance(value, str) else None
    if found is None or not UUID.fullmatch(found[2]):
        raise bad_payload(f"The URI '{value}' of the bind property is not valid.", "type")
    table, owner = found[1], found[2].lower()
    known = (USER_ID,) if table == "systemusers" else [team.lower() for team in settings.teams]
    if owner not in known:
        raise no_record(table.removesuffix("s"), owner)
    return owner


def _check_characters(column: Column, text: str) -> None:
    if found := _INVALID.search(text):
        code = f"0x{ord(found[0]):02X}"
        message = f"Invalid character in field '{column.name}': '', hexadecimal value {code}, is an invalid character."
        raise ApiError(400, "0x80040278", message, "character")


def _check_length(column: Column, text: str) -> None:
    if len(text.encode("utf-16-le")) // 2 > column.length:
        message = (
            f"A validation error occurred. The length of the '{column.name}' attribute of the 'lead' entity exceeded "
            f"the maximum allowed length of '{column.length}'."
        )
        raise ApiError(400, "0x80044331", message, "length")
