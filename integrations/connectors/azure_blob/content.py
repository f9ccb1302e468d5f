"""A record as the content of a blob, as a line of JSON, or as a row of CSV; pure.

CSV as in RFC 4180.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from integrations.contract import Note, Record
from integrations.json_bodies import as_json
from integrations.mapping import FieldMap, Origin, Rule, TargetField
from integrations.mapping.neutral import received_at

KEY, RECEIVED = "Id", "ReceivedAt"
_OWN = (KEY, RECEIVED)
_COLUMNS = {
    "FirstName": "first_name",
    "LastName": "last_name",
    "Email": "email",
    "Phone": "phone",
    "Country": "country",
    "Company": "company",
    "Title": "title",
    "LeadSource": "lead_source",
    "ActionCode": "action",
    "OfferTitle": "offer_title",
    "Description": "description",
}
_FORMULA = re.compile(r"[=+\-@\t\r]")
_UUID = rb"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"

DEFAULT_FIELDS = FieldMap.of(
    [
        *(TargetField(name=name, writable=False) for name in _OWN),
        *(TargetField(name=name, multiline=name == "Description") for name in _COLUMNS),
    ],
    [Rule(column, Origin.FIELD, field) for column, field in _COLUMNS.items()],
)


class Content(NamedTuple):
    """``values`` begin with key and time; ``columns`` are all that there could be, in their order."""

    record: Record
    values: dict[str, Any]
    columns: tuple[str, ...]
    notes: tuple[Note, ...]


def content_of(record: Record, fields: FieldMap) -> Content:
    translated = fields.translate(record)
    mapped = {name: value for name, value in translated.values.items() if name not in _OWN}
    columns = dict.fromkeys((*_OWN, *(rule.target for rule in fields.rules)))
    own = {KEY: str(record.key), RECEIVED: received_at(record)}
    return Content(record, own | mapped, tuple(columns), translated.notes)


def day_of(record: Record) -> datetime:
    """In UTC, of what never changes, so that a later try looks in the same place."""
    return record.received_at.astimezone(UTC)


def as_line(values: Mapping[str, Any]) -> bytes:
    """One line. The key comes first: by that a line is recognised."""
    return as_json(values) + b"\n"


class FileForm(Protocol):
    """How a day's file is written and read."""

    suffix: str
    content_type: str

    def beginning(self, columns: Sequence[str]) -> bytes:
        """What a new file begins with."""

    def columns_in(self, first_line: bytes) -> tuple[str, ...] | None:
        """The columns of a file that is there; ``None`` where it is no file of ours."""

    def line(self, content: Content, columns: Sequence[str]) -> bytes: ...

    def keys_in(self, lines: bytes) -> set[UUID]: ...


class JsonLines:
    suffix = "jsonl"
    content_type = "application/x-ndjson"
    _key = re.compile(rb'^\{"Id":"' + _UUID + rb'"', re.MULTILINE)

    def beginning(self, columns: Sequence[str]) -> bytes:
        return b""

    def columns_in(self, first_line: bytes) -> tuple[str, ...] | None:
        return () if first_line.startswith(b"{") else None

    def line(self, content: Content, columns: Sequence[str]) -> bytes:
        return as_line(content.values)

    def keys_in(self, lines: bytes) -> set[UUID]:
        return _keys(self._key, lines)


class CsvRows:
    suffix = "csv"
    content_type = "text/csv; charset=utf-8"
    _key = re.compile(rb"^" + _UUID + rb",", re.MULTILINE)

    def beginning(self, columns: Sequence[str]) -> bytes:
        return _csv_row(columns)

    def columns_in(self, first_line: bytes) -> tuple[str, ...] | None:
        columns = next(csv.reader([first_line.decode(errors="replace").strip()]), [])
        return tuple(columns) if columns[:1] == [KEY] else None

    def line(self, content: Content, columns: Sequence[str]) -> bytes:
        """In the file's own columns: the fields may have been changed since the day began."""
        return _csv_row(_cell(content.values.get(column, "")) for column in columns)

    def keys_in(self, lines: bytes) -> set[UUID]:
        return _keys(self._key, lines)


def _keys(pattern: re.Pattern[bytes], lines: bytes) -> set[UUID]:
    return {UUID(found.decode()) for found in pattern.findall(lines)}


def _csv_row(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    """A spreadsheet takes what begins with such a sign for a formula, and carries it out."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if _FORMULA.match(text) else text
