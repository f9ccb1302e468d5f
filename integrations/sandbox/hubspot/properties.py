"""The contact properties of a portal: what each takes, and how HubSpot lists them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from integrations.sandbox.hubspot.refusal import InvalidValues, unreadable
from integrations.sandbox.inputs import Fields

LONGEST = 65_536  # characters of a text
TYPES = ("string", "number", "enumeration", "bool", "date", "datetime", "phone_number")
FIELD_TYPES = {
    "string": "text",
    "enumeration": "select",
    "bool": "booleancheckbox",
    "datetime": "date",
    "phone_number": "phonenumber",
}
_NAME = re.compile("[a-z][a-z0-9_]{0,99}")
_EMAIL = re.compile(r"""[^\s@<>(),;:"\\]{1,64}@(?:[\w-]+\.)+[\w-]{2,}""")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


@dataclass(frozen=True)
class Property:
    """One property. `type` is HubSpot's, `unique` makes it usable as `idProperty`, `options` belong to enumerations."""

    type: str = "string"
    unique: bool = False
    read_only: bool = False
    options: tuple[str, ...] = ()
    max_length: int = LONGEST

    def merged(self, fields: Fields) -> "Property":
        """Raises BadInput."""
        changes: dict[str, Any] = {name: read(fields, name) for name, read in _READERS.items() if name in fields}
        fields.finish()
        return replace(self, **changes)

    def fault(self, name: str, value: str) -> tuple[str, str] | None:
        """Code and message when the value cannot be taken."""
        if self.read_only:
            return "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.'
        if name == "email" and value and not _EMAIL.fullmatch(value):
            return "INVALID_EMAIL", f"Email address {value} is invalid"
        if not value:
            return None
        if len(value) > self.max_length:
            return "PROPERTY_VALUE_TOO_LONG", f"The value of {name} is longer than {self.max_length} characters."
        return self._fault_of_type(value)

    def _fault_of_type(self, value: str) -> tuple[str, str] | None:
        options = ("true", "false") if self.type == "bool" else self.options
        if self.type in {"enumeration", "bool"} and value not in options:
            allowed = ", ".join(f'label: "{option}"\nvalue: "{option}"' for option in options)
            return "INVALID_OPTION", f"{value} was not one of the allowed options: [{allowed}]"
        if self.type == "number" and not _NUMBER.fullmatch(value):
            return "INVALID_DOUBLE", f"{value} was not a valid number."
        if self.type in {"date", "datetime"} and not _is_time(value):
            return "INVALID_DATE", f"{value} was not a valid {self.type}."
        return None

    def listed(self, name: str) -> dict[str, Any]:
        """As the properties API lists it."""
        options = [
            {"label": option, "value": option, "displayOrder": position, "hidden": False}
            for position, option in enumerate(self.options)
        ]
        return {
            "name": name,
            "label": name,
            "type": self.type,
            "fieldType": FIELD_TYPES.get(self.type, self.type),
            "groupName": "contactinformation",
            "description": "",
            "options": options,
            "displayOrder": -1,
            "calculated": False,
            "externalOptions": False,
            "hasUniqueValue": self.unique,
            "hidden": False,
            "hubspotDefined": name in STANDARD,
            "modificationMetadata": {
                "archivable": name not in STANDARD,
                "readOnlyDefinition": name in STANDARD,
                "readOnlyValue": self.read_only,
            },
            "formField": not self.read_only,
        }

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "options": list(self.options)}


Table = Mapping[str, Property]

_READ_ONLY = Property("datetime", read_only=True)
_STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
_STATUSES = ("NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED")
STANDARD: Table = {
    **{name: Property() for name in ("email", "firstname", "lastname", "phone", "mobilephone", "company", "jobtitle")},
    **{name: Property() for name in ("country", "city", "state", "zip", "address", "website", "message")},
    "lifecyclestage": Property("enumeration", options=(*_STAGES, "evangelist", "other")),
    "hs_lead_status": Property("enumeration", options=(*_STATUSES, "BAD_TIMING")),
    "hs_object_id": Property("number", read_only=True),
    "createdate": _READ_ONLY,
    "lastmodifieddate": _READ_ONLY,
}
INITIAL: Table = {
    **STANDARD,
    "marketplace_lead_id": Property(unique=True),
    "marketplace_lead_source": Property(),
}


def merged_table(table: Table, fields: Fields, name: str) -> Table:
    """The table with properties added, changed or (null) taken away. Raises BadInput."""
    changes = fields.mapping(name)
    within = Fields(changes, fields.name_of(name))
    merged = dict(table)
    for one, content in changes.items():
        if not _NAME.fullmatch(one):
            raise within.bad(one, "name")
        if content is None:
            merged.pop(one, None)
        else:
            merged[one] = table.get(one, Property()).merged(Fields(content, within.name_of(one)))
    return merged


def cleaned(table: Table, content: object) -> dict[str, str]:
    """The values of a request as HubSpot stores them.

    Raises:
        Refused: the JSON has another shape, or a value cannot be taken; all such values are named.
    """
    if not isinstance(content, dict):
        raise unreadable("Cannot deserialize value of type `java.util.LinkedHashMap` of properties")
    values = {name: _text(value) for name, value in content.items()}
    faults = [fault for name, value in values.items() if (fault := _fault(table, name, value))]
    if faults:
        raise InvalidValues(faults)
    return {name: value.lower() if name == "email" else value for name, value in values.items()}


def _fault(table: Table, name: str, value: str) -> tuple[str, str, str] | None:
    if name not in table:
        return name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'
    fault = table[name].fault(name, value)
    return (name, *fault) if fault else None


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise unreadable("Cannot deserialize value of type `java.lang.String` from Object value")


def _is_time(value: str) -> bool:
    if re.fullmatch("-?[0-9]{1,15}", value):  # milliseconds since 1970
        return True
    try:
        return datetime.fromisoformat(value) is not None
    except ValueError:
        return False


_READERS: Mapping[str, Callable[[Fields, str], object]] = {
    "type": lambda fields, name: fields.choice(name, TYPES),
    "unique": lambda fields, name: fields.flag(name, False),
    "read_only": lambda fields, name: fields.flag(name, False),
    "options": lambda fields, name: fields.texts(name),
    "max_length": lambda fields, name: fields.whole(name, 1, LONGEST, LONGEST),
}
