"""The fields of a person: names, types and lengths, as `describe.json` tells them."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from integrations.sandbox.inputs import Fields
from integrations.sandbox.marketo.errors import Skipped, reason

TEXTUAL = ("string", "text", "email", "phone", "url")
KINDS = (*TEXTUAL, "boolean", "integer", "float", "date", "datetime")
MOST_LENGTH = 1_000_000
CUT, REFUSE = "cut", "refuse"  # what becomes of a value that is too long; the vendor does not say

_EMAIL = re.compile(r"[!-?A-~]+@[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+")  # ASCII only
_NUMBER = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True)
class LeadField:
    """One field: `name` in REST, `soap` in forms. `length` in UTF-16 units, for text areas in bytes; None: no limit."""

    id: int
    name: str
    display: str
    soap: str
    kind: str = "string"
    length: int | None = 255
    read_only: bool = False
    searchable: bool = False

    def described(self) -> dict[str, Any]:
        """The field as `describe.json` shows it."""
        length = {} if self.length is None else {"length": self.length}
        return {
            "id": self.id,
            "displayName": self.display,
            "dataType": self.kind,
            **length,
            "rest": {"name": self.name, "readOnly": self.read_only},
            "soap": {"name": self.soap, "readOnly": self.read_only},
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "displayName": self.display,
            "soap": self.soap,
            "dataType": self.kind,
            "length": self.length,
            "readOnly": self.read_only,
            "searchable": self.searchable,
        }

    def merged(self, fields: Fields) -> "LeadField":
        length = self.length
        if "length" in fields:
            empty = fields.is_null("length")
            length = fields.raw("length") if empty else fields.whole("length", 1, MOST_LENGTH, 255)
        changed = replace(
            self,
            id=fields.whole("id", 1, MOST_LENGTH, self.id),
            display=fields.text("displayName", self.display),
            soap=fields.text("soap", self.soap),
            kind=fields.choice("dataType", KINDS, self.kind),
            length=length,
            read_only=fields.flag("readOnly", self.read_only),
            searchable=fields.flag("searchable", self.searchable),
        )
        fields.finish()
        return changed

    def taken(self, value: object, too_long: str) -> object:
        """The value as it is stored; None where it is cleared.

        Raises:
            Skipped: the value does not fit the field.
        """
        if value is None or value == "":
            return None
        if self.kind in TEXTUAL:
            return self._text(value, too_long)
        if not _FITS[self.kind](value):
            raise self._misfit(value)
        return value

    def _text(self, value: object, too_long: str) -> str:
        if not isinstance(value, str):
            raise self._misfit(value)
        short = self._cut(value)
        if short != value and too_long == REFUSE:
            raise self._misfit(value)
        if self.kind == "email" and not _EMAIL.fullmatch(short):
            raise Skipped(reason("1003", what=f"Email address '{short}' is invalid"))
        return short

    def _cut(self, text: str) -> str:
        if self.length is None:
            return text
        if self.kind == "text":
            raw = text.encode("utf-8", "surrogatepass")
            return text if len(raw) <= self.length else raw[: self.length].decode("utf-8", "ignore")
        raw = text.encode("utf-16-le", "surrogatepass")
        return text if len(raw) <= 2 * self.length else raw[: 2 * self.length].decode("utf-16-le", "ignore")

    def _misfit(self, value: object) -> Skipped:
        shown = value if isinstance(value, str | int | float) else "..."
        return Skipped(reason("1001", value=shown, kind=self.kind))


def _is_time(value: object, pattern: str) -> bool:
    try:
        return isinstance(value, str) and bool(re.fullmatch(pattern, value)) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_whole(value: object) -> bool:
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(value))
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31


_FITS: Mapping[str, Callable[[object], bool]] = {
    "boolean": lambda value: isinstance(value, bool) or value in ("true", "false"),
    "integer": _is_whole,
    "float": lambda value: _is_whole(value) or (isinstance(value, float) and math.isfinite(value)),
    "date": lambda value: _is_time(value, r"\d{4}-\d\d-\d\d"),
    "datetime": lambda value: _is_time(value, r"\d{4}-\d\d-\d\d[T ].+"),
}

USUAL = (
    LeadField(1, "id", "Id", "Id", "integer", None, read_only=True, searchable=True),
    LeadField(2, "company", "Company Name", "Company"),
    LeadField(6, "email", "Email Address", "Email", "email", searchable=True),
    LeadField(7, "phone", "Phone Number", "Phone", "phone"),
    LeadField(8, "mobilePhone", "Mobile Phone Number", "MobilePhone", "phone"),
    LeadField(9, "firstName", "First Name", "FirstName"),
    LeadField(10, "lastName", "Last Name", "LastName"),
    LeadField(11, "title", "Job Title", "Title"),
    LeadField(12, "address", "Address", "Address", "text", 30_000),
    LeadField(13, "city", "City", "City"),
    LeadField(14, "state", "State", "State"),
    LeadField(15, "country", "Country", "Country"),
    LeadField(16, "postalCode", "Postal Code", "PostalCode"),
    LeadField(17, "website", "Website", "Website", "url"),
    LeadField(18, "leadSource", "Lead Source", "LeadSource"),
    LeadField(19, "unsubscribed", "Unsubscribed", "Unsubscribed", "boolean", None),
    LeadField(20, "doNotCall", "Do Not Call", "DoNotCall", "boolean", None),
    LeadField(21, "createdAt", "Created At", "CreatedAt", "datetime", None, read_only=True),
    LeadField(22, "updatedAt", "Updated At", "UpdatedAt", "datetime", None, read_only=True),
    LeadField(23, "sfdcLeadId", "SFDC Lead Id", "SfdcLeadId", length=18, read_only=True, searchable=True),
    LeadField(24, "externalCompanyId", "External Company Id", "ExternalCompanyId", length=100),
    LeadField(1001, "marketplaceLeadId", "Marketplace Lead Id", "MarketplaceLeadId"),
)
