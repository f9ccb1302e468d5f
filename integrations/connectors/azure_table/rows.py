"""A record as a row; pure.

Limits as in Microsoft's "Understanding the Table service data model".
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from itertools import groupby
from typing import Any, NamedTuple

from integrations.contract import Note, Record
from integrations.mapping import FieldMap, Origin, Rule, TargetField
from integrations.mapping.cutting import cut_utf16
from integrations.mapping.neutral import received_at

TEXT_LENGTH = 32_768
LARGEST_GROUP = 100
LARGEST_TRANSACTION = 3 * 1024 * 1024  # of the 4 MiB allowed: each row brings headers of its own

_IDENTIFIER = re.compile(r"[^\W\d]\w{0,254}")
_ROOM_FOR_TYPES = 1024  # the SDK names the type of each column
_OWN = ("PartitionKey", "RowKey", "Timestamp", "CreatedTime", "CustomerInfo")
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
    "OfferDisplayName": "offer_title",
    "Description": "description",
}
_PERSON = ("FirstName", "LastName", "Email", "Phone", "Country", "Company", "Title")

DEFAULT_FIELDS = FieldMap.of(
    [
        *(TargetField(name=name, writable=False) for name in _OWN),
        *(TargetField(name=name, max_length=TEXT_LENGTH, multiline=name == "Description") for name in _COLUMNS),
    ],
    [Rule(column, Origin.FIELD, field) for column, field in _COLUMNS.items()],
)


class Row(NamedTuple):
    record: Record
    entity: dict[str, Any]
    notes: tuple[Note, ...]

    @property
    def partition(self) -> str:
        return str(self.entity["PartitionKey"])

    @property
    def place(self) -> str:
        """Where the row is found again."""
        return f"{self.partition}/{self.entity['RowKey']}"

    def as_json(self) -> str:
        """As it is kept and shown; a time's type stands beside it, as in what the SDK sends."""
        shown = self.entity | {
            "CreatedTime": received_at(self.record),
            "CreatedTime@odata.type": "Edm.DateTime",
        }
        return json.dumps(shown, ensure_ascii=False)

    @property
    def size(self) -> int:
        """About what it takes in a transaction, in bytes."""
        return len(json.dumps(self.entity, default=str)) + _ROOM_FOR_TYPES


def row_of(record: Record, fields: FieldMap, *, customer_info: bool) -> Row:
    """Month and key say where the row is. They come from what never changes, so that a later try finds the first."""
    values, notes = fields.translate(record)
    received = record.received_at.astimezone(UTC)
    own: dict[str, Any] = {
        "PartitionKey": f"{received:%Y%m}",
        "RowKey": str(record.key),
        "CreatedTime": received.replace(microsecond=0),
    }
    info = {"CustomerInfo": cut_utf16(_customer_info(record), TEXT_LENGTH)} if customer_info else {}
    return Row(record, own | {name: value for name, value in values.items() if name not in _OWN} | info, notes)


def groups_of(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """As they may go together: of one month, as many and as large as a transaction takes."""
    by_month = sorted(rows, key=lambda row: row.partition)
    for _month, of_month in groupby(by_month, key=lambda row: row.partition):
        yield from _fitting(of_month)


def unusable_columns(fields: FieldMap) -> list[str]:
    """Targets that cannot name a column: letters, digits and underscores are possible."""
    return [rule.target for rule in fields.rules if not _IDENTIFIER.fullmatch(rule.target)]


def _fitting(rows: Iterable[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    size = 0
    for row in rows:
        if group and (len(group) == LARGEST_GROUP or size + row.size > LARGEST_TRANSACTION):
            yield group
            group, size = [], 0
        group.append(row)
        size += row.size
    if group:
        yield group


def _customer_info(record: Record) -> str:
    return json.dumps({name: getattr(record, _COLUMNS[name]) for name in _PERSON}, ensure_ascii=False)
