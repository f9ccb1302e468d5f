"""The request that creates one lead, and never changes one that is there; pure.

As in Microsoft's "Upsert a table row using the Web API", the part that prevents updates.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from integrations.connectors.dynamics365.batch import Part
from integrations.connectors.dynamics365.fields import marked
from integrations.connectors.dynamics365.web_api import JSON_HEADERS, PATH
from integrations.contract import Note, Record
from integrations.json_bodies import as_json
from integrations.mapping import FieldMap

METHOD = "PATCH"
_CREATE_ONLY = {"If-None-Match": "*"}
_ERROR_DETAILS = 'odata.include-annotations="Microsoft.PowerApps.CDS.ErrorDetails*,Microsoft.PowerApps.CDS.HelpLink"'


class Creation(NamedTuple):
    """A new lead: where it is addressed and which columns it gets."""

    record: Record
    key_column: str
    columns: Mapping[str, Any]
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, record: Record, fields: FieldMap, key_column: str) -> "Creation":
        """What stands in the address must not stand in the body as well."""
        translated = fields.translate(marked(record))
        columns = {name: value for name, value in translated.values.items() if name not in ("leadid", key_column)}
        return cls(record, key_column, columns, translated.notes)

    @property
    def key(self) -> UUID:
        return self.record.key

    @property
    def resource(self) -> str:
        """With an alternate key, the record's own id is asked for: without it nobody could be shown the record."""
        return address_of(self.key, self.key_column) + ("?$select=leadid" if self.key_column else "")

    @property
    def headers(self) -> dict[str, str]:
        wishes = ["return=representation"] if self.key_column else []
        return JSON_HEADERS | _CREATE_ONLY | {"Prefer": ",".join([*wishes, _ERROR_DETAILS])}

    @property
    def body(self) -> bytes:
        return as_json(self.columns)

    def as_part(self) -> Part:
        headers = {"Content-Type": "application/json; type=entry"} | _CREATE_ONLY
        wishes = {"Prefer": "return=representation"} if self.key_column else {}
        return Part(METHOD, f"{PATH}/{self.resource}", headers | wishes, self.body)


def address_of(key: UUID, key_column: str) -> str:
    return f"leads({key_column}='{key}')" if key_column else f"leads({key})"
