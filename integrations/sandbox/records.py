"""What a simulator took in: one record for each key of a collection, with its history."""

import json
import time
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

from integrations.sandbox.arrivals import iso
from integrations.sandbox.journal import Journal


@dataclass(frozen=True)
class Record:
    """One record. Times in Unix seconds; `history` holds a time and an event for each time it was received."""

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
            "times_received": len(self.history),
            "fields": self.fields,
            "created_at": iso(self.created_at),
            "changed_at": iso(self.changed_at),
            "history": [{"at": iso(at), "event": event} for at, event in self.history],
        }


class Records:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def get(self, collection: str, key: str) -> Record | None:
        with self._journal.transaction() as database:
            row = database.execute(
                "select * from record where collection = ? and key = ?", (collection, key)
            ).fetchone()
        return _record(row) if row else None

    def create(self, collection: str, key: str, fields: dict[str, Any]) -> None:
        now = time.time()
        row = (collection, key, json.dumps(fields), now, now, json.dumps([[now, "created"]]))
        with self._journal.transaction() as database:
            database.execute("insert into record values (?, ?, ?, ?, ?, ?)", row)

    def append(self, record: Record, event: str) -> None:
        """Adds to the history and leaves the record as it is."""
        history = json.dumps([*record.history, (time.time(), event)])
        with self._journal.transaction() as database:
            database.execute(
                "update record set history = ? where collection = ? and key = ?",
                (history, record.collection, record.key),
            )

    def counts(self) -> dict[str, int]:
        """How many records each collection holds."""
        with self._journal.transaction() as database:
            rows = database.execute("select collection, count(*) from record group by collection").fetchall()
        return {row[0]: row[1] for row in rows}

    def latest(self, limit: int, collection: str | None = None) -> list[Record]:
        """In the order of their creation, the newest `limit` of them."""
        with self._journal.transaction() as database:
            rows = database.execute(
                """select * from record where :collection is null or collection = :collection
                order by rowid desc limit :limit""",
                {"collection": collection, "limit": limit},
            ).fetchall()
        return [_record(row) for row in reversed(rows)]

    def forget(self) -> None:
        with self._journal.transaction() as database:
            database.execute("delete from record")


def _record(row: Row) -> Record:
    history = tuple((at, event) for at, event in json.loads(row["history"]))
    fields = json.loads(row["fields"])
    return Record(row["collection"], row["key"], fields, row["created_at"], row["changed_at"], history)
