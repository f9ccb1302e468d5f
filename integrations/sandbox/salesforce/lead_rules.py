"""What Salesforce checks before it keeps a lead, in its order. Nothing is ever cut to fit."""

import re
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.salesforce.errors import ApiError, unreadable
from integrations.sandbox.salesforce.ids import is_id, long_id
from integrations.sandbox.salesforce.lead_fields import LeadField
from integrations.sandbox.salesforce.settings import Settings

Values = dict[str, Any]

_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_COUNTRY_PROBLEM = (
    "There's a problem with this country, even though it may appear correct. "
    "Please select a country/territory from the list of valid countries."
)


def read_values(content: object, settings: Settings) -> Values:
    """The values under the fields' own names, as the types of the fields; empty text is no value.

    Raises:
        ApiError: an unknown field, or JSON of another type.
    """
    if not isinstance(content, Mapping):
        raise unreadable(f"Cannot deserialize instance of Lead from {_token(content)}")
    kind = content.get("attributes")
    if kind is not None and (not isinstance(kind, Mapping) or str(kind.get("type")).lower() != "lead"):
        raise ApiError(400, "INVALID_TYPE", "The sObject type of the record is not the one of the request.")
    return dict(_value(name, value, settings) for name, value in content.items() if name != "attributes")


def check_values(values: Values, settings: Settings, *, creating: bool) -> None:
    """Raises ApiError for the first thing that is wrong with a new lead, or with the changes of one."""
    fields = settings.lead_fields
    _check_rights(values, fields, creating=creating)
    _check_required(values, fields, creating=creating)
    present = {name: value for name, value in values.items() if value is not None}
    for name, value in present.items():
        _check_length(name, value, fields[name])
    for name, value in present.items():
        _check_format(name, value, fields[name])
    _check_country(present, settings.countries)
    for name, value in present.items():
        _check_choice(name, value, fields[name])
    _check_rules(present, settings)


def complete_country(values: Values, countries: Mapping[str, str]) -> Values:
    """The country's name where its code is given, and the other way round."""
    codes = {label: code for code, label in countries.items()}
    code = values.get("CountryCode") or codes.get(values.get("Country", ""))
    return {**values, "CountryCode": code, "Country": countries[code]} if code else values


def _value(given: str, value: object, settings: Settings) -> tuple[str, Any]:
    name = settings.field_name(given)
    if name is None:
        raise ApiError(400, "INVALID_FIELD", f"No such column '{given}' on sobject of type Lead")
    return name, _typed(value, settings.lead_fields[name])


def _typed(value: object, field: LeadField) -> object:
    if value is None:
        return None
    if field.type == "boolean":
        fits, wanted = isinstance(value, bool), "boolean"
    elif field.is_number:
        fits, wanted = isinstance(value, int | float) and not isinstance(value, bool), "double"
    else:
        fits, wanted = isinstance(value, str), "string"
    if not fits:
        place = f"from {_token(value)} value {value} or request may be missing a required field"
        raise unreadable(f"Cannot deserialize instance of {wanted} {place} at [line:1, column:2]")
    return (value.strip() or None) if isinstance(value, str) else value


def _token(value: object) -> str:
    if isinstance(value, bool):
        return f"VALUE_{value}".upper()
    kinds = {str: "VALUE_STRING", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT", dict: "START_OBJECT"}
    return kinds.get(type(value), "START_ARRAY")


def _check_rights(values: Values, fields: Mapping[str, LeadField], *, creating: bool) -> None:
    right = "createable" if creating else "updateable"
    closed = tuple(name for name in values if not getattr(fields[name], right))
    if closed:
        message = (
            f"Unable to create/update fields: {', '.join(closed)}. Please check the security settings of this field "
            "and verify that it is read/write for your profile or permission set."
        )
        raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, closed)


def _check_required(values: Values, fields: Mapping[str, LeadField], *, creating: bool) -> None:
    needed = [name for name, field in fields.items() if field.required and (creating or name in values)]
    empty = tuple(name for name in needed if values.get(name) is None)
    if empty:
        message = f"Required fields are missing: [{', '.join(empty)}]"
        raise ApiError(400, "REQUIRED_FIELD_MISSING", message, empty)


def _check_length(name: str, value: object, field: LeadField) -> None:
    if field.length and isinstance(value, str) and len(value.encode("utf-16-le")) // 2 > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise ApiError(400, "STRING_TOO_LONG", message, (name,))


def _check_format(name: str, value: object, field: LeadField) -> None:
    if field.type == "email" and not _EMAIL.fullmatch(str(value)):
        raise ApiError(400, "INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {value}", (name,))
    if field.type == "reference" and not is_id(str(value)):
        raise ApiError(400, "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", (name,))


def _check_country(values: Values, countries: Mapping[str, str]) -> None:
    for name, known in (("Country", countries.values()), ("CountryCode", countries.keys())):
        if countries and name in values and values[name] not in known:
            raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", f"{_COUNTRY_PROBLEM}: {name}", (name,))


def _check_choice(name: str, value: object, field: LeadField) -> None:
    if field.type == "reference" and long_id(str(value)) not in map(long_id, field.values):
        code = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        raise ApiError(400, code, f"insufficient access rights on cross-reference id: {value}", ())
    if field.restricted and value not in field.values:
        message = f"{field.label}: bad value for restricted picklist field: {value}"
        raise ApiError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (name,))


def _check_rules(values: Values, settings: Settings) -> None:
    for rule in settings.rules.values():
        if values.get(rule.field) == rule.value:
            raise ApiError(400, rule.error, rule.message, (rule.field,))
