"""The log of every request that arrived, with what was found in it and what was answered."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any

from integrations.sandbox.journal import Journal, storable
from integrations.sandbox.messages import Request

KEPT = 10_000
EDITED = "edited"  # the event of a record that a person changed in the system itself


@dataclass(frozen=True)
class Note:
    """What a simulator found in a request.

    `collection` and `key` name the record it is about; `findings` maps an aspect to a code, in the order to show them.
    """

    collection: str | None = None
    key: str | None = None
    person: str = ""
    email: str = ""
    findings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """One logged request. `status` is None when it got no answer; `times_received` counts those kept under its key."""

    number: int
    at: float
    request: Request
    note: Note
    status: int | None
    fault: str | None
    times_received: int

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "at": iso(self.at),
            "connection": self.request.connection,
            "method": self.request.method,
            "path": self.request.target,
            "headers": [list(header) for header in self.request.headers],
            "body": base64.b64encode(self.request.body).decode(),
            "answer": self.status,
            "fault": self.fault,
            "collection": self.note.collection,
            "key": self.note.key,
            "person": self.note.person,
            "email": self.note.email,
            "findings": dict(self.note.findings),
            "times_received": self.times_received,
        }


def iso(at: float) -> str:
    """Unix seconds as RFC 3339 text in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class ArrivalLog:
    """The latest `KEPT` requests."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def add(self, request: Request, note: Note, status: int | None, fault: str | None) -> None:
        row = (
            *(
                time.time(),
                request.connection,
                request.method,
                request.target,
                json.dumps(request.headers),
                request.body,
            ),
            *(status, fault, note.collection, note.key and storable(note.key)),
            *(storable(note.person), storable(note.email), json.dumps(note.findings)),
        )
        with self._journal.transaction() as database:
            cursor = database.execute("insert into request values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            if (number := cursor.lastrowid or 0) % 100 == 0:
                database.execute("delete from request where number <= ?", (number - KEPT,))

    def count(self, collection: str | None = None) -> int:
        with self._journal.transaction() as database:
            row = database.execute(
                "select count(*) from request where :collection is null or collection = :collection",
                {"collection": collection},
            ).fetchone()
        return int(row[0])

    def latest(self, limit: int, collection: str | None = None) -> list[Arrival]:
        """Newest first."""
        with self._journal.transaction() as database:
            rows = database.execute(
                """select request.*, (
                    select count(*) from record, json_each(record.history) as entry
                    where record.collection = request.collection and record.key = request.key
                    and entry.value ->> 1 <> :edited
                ) as times_received from request
                where :collection is null or collection = :collection order by number desc limit :limit""",
                {"collection": collection, "limit": limit, "edited": EDITED},
            ).fetchall()
        return [_arrival(row) for row in rows]

    def forget(self) -> None:
        with self._journal.transaction() as database:
            database.execute("delete from request")


def _arrival(row: Row) -> Arrival:
    headers = tuple((name, value) for name, value in json.loads(row["headers"]))
    request = Request(row["method"], row["target"], headers, row["body"], row["connection"])
    note = Note(row["collection"], row["key"], row["person"], row["email"], json.loads(row["findings"]))
    return Arrival(row["number"], row["at"], request, note, row["status"], row["fault"], row["times_received"])
