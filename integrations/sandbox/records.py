"""What a simulator took in: one record for each key of a collection, with its history."""

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

from integrations.sandbox.arrivals import WITHOUT_REQUEST, iso
from integrations.sandbox.journal import Journal, storable

_FIELD = re.compile("[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Record:
    """One record. Times in Unix seconds; `history` holds a time and an event for each time it came or was changed."""

    collection: str
    key: str
    fields: dict[str, Any]
    created_at: float
    changed_at: float
    history: tuple[tuple[float, str], ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "collection": self.collection,
            "key": self.key,
            "times_received": sum(event not in WITHOUT_REQUEST for _, event in self.history),
            "fields": self.fields,
            "created_at": iso(self.created_at),
            "changed_at": iso(self.changed_at),
            "history": [{"at": iso(at), "event": event} for at, event in self.history],
        }


class Records:
    """All of it is safe to use from several threads; a check and what follows from it need one `transaction`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._indexed: set[str] = set()

    def get(self, collection: str, key: str) -> Record | None:
        with self._journal.transaction() as database:
            row = database.execute(
                "select * from record where collection = ? and key = ?", (collection, storable(key))
            ).fetchone()
        return _record(row) if row else None

    def create(self, collection: str, key: str, fields: dict[str, Any]) -> None:
        now = time.time()
        row = (collection, storable(key), _dumped(fields), now, now, json.dumps([[now, "created"]]))
        with self._journal.transaction() as database:
            database.execute("insert into record values (?, ?, ?, ?, ?, ?)", row)

    def change(self, record: Record, fields: dict[str, Any], event: str = "updated") -> None:
        """Merges fields into the record as it is now, and adds to its history."""
        with self._journal.transaction():
            present = self.get(record.collection, record.key) or record
            self.replace(present, {**present.fields, **fields}, event)

    def replace(self, record: Record, fields: dict[str, Any], event: str = "updated") -> None:
        """Puts fields in the place of all the record had, and adds to its history."""
        now = time.time()
        history = json.dumps([*record.history, (now, event)])
        with self._journal.transaction() as database:
            database.execute(
                "update record set fields = ?, changed_at = ?, history = ? where collection = ? and key = ?",
                (_dumped(fields), now, history, record.collection, record.key),
            )

    def remove(self, collection: str, key: str) -> None:
        with self._journal.transaction() as database:
            database.execute("delete from record where collection = ? and key = ?", (collection, storable(key)))

    def append(self, record: Record, event: str) -> None:
        """Adds to the history and leaves the record as it is."""
        history = json.dumps([*record.history, (time.time(), event)])
        with self._journal.transaction() as database:
            database.execute(
                "update record set history = ? where collection = ? and key = ?",
                (history, record.collection, record.key),
            )

    def all(self, collection: str) -> list[Record]:
        """In the order of their creation."""
        with self._journal.transaction() as database:
            rows = database.execute(
                "select * from record where collection = ? order by rowid", (collection,)
            ).fetchall()
        return [_record(row) for row in rows]

    def find(
        self, collection: str, field: str, value: str | int | float | None, *, ignore_case: bool = False
    ) -> list[Record]:
        """The records with this value in a field of the first level, in the order of their creation.

        The first search for a field makes an index. Raises ValueError for a field name not of letters, digits, `_.-`.
        """
        expression = self._index(field, ignore_case)
        wanted = storable(value) if isinstance(value, str) else value
        wanted = wanted.casefold() if ignore_case and isinstance(wanted, str) else wanted
        with self._journal.transaction() as database:
            rows = database.execute(
                f"select * from record where collection = ? and {expression} is ? order by rowid",  # noqa: S608 - checked
                (collection, wanted),
            ).fetchall()
        return [_record(row) for row in rows]

    def _index(self, field: str, ignore_case: bool) -> str:
        """The expression that gives the field, with an index for it."""
        if not _FIELD.fullmatch(field):
            raise ValueError(f"{field!r} is no name of a field")
        extracted = f"""json_extract(fields, '$."{field}"')"""
        expression, name = (f"casefold({extracted})", f"folded {field}") if ignore_case else (extracted, f"by {field}")
        if name not in self._indexed:
            with self._journal.transaction() as database:
                database.execute(f'create index if not exists "{name}" on record (collection, {expression})')
            self._indexed.add(name)
        return expression

    def counts(self) -> dict[str, int]:
        """How many records each collection holds."""
        with self._journal.transaction() as database:
            rows = database.execute("select collection, count(*) from record group by collection").fetchall()
        return {row[0]: row[1] for row in rows}

    def latest(self, limit: int, collections: Iterable[str] | None = None) -> list[Record]:
        """In the order of their creation, the newest `limit` of these collections; None: of all."""
        names = None if collections is None else json.dumps(list(collections))
        with self._journal.transaction() as database:
            rows = database.execute(
                """select * from record where :names is null or collection in (select value from json_each(:names))
                order by rowid desc limit :limit""",
                {"names": names, "limit": limit},
            ).fetchall()
        return [_record(row) for row in reversed(rows)]

    def forget(self, collection: str | None = None) -> None:
        """Everything, or what is in this collection."""
        with self._journal.transaction() as database:
            database.execute("delete from record where :name is null or collection = :name", {"name": collection})


def _dumped(fields: dict[str, Any]) -> str:
    return storable(json.dumps(fields, ensure_ascii=False))


def _record(row: Row) -> Record:
    history = tuple((at, event) for at, event in json.loads(row["history"]))
    fields = json.loads(row["fields"])
    return Record(row["collection"], row["key"], fields, row["created_at"], row["changed_at"], history)
