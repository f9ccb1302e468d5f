"""The log of every request that arrived, with what was found in it and what was answered."""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any

from integrations.sandbox.journal import Journal, storable
from integrations.sandbox.messages import Request

KEPT = 10_000
# Events of a record without a request: a person changed it in the system itself, or the system worked on it.
WITHOUT_REQUEST = EDITED, ACCEPTED, DROPPED = ("edited", "accepted", "dropped")


@dataclass(frozen=True)
class Note:
    """What a simulator found in a request.

    `collection` and `key` name the record it is about; `findings` maps an aspect to a code, in the order to show them.
    A request about several records has in `each` a note for each of them.
    """

    collection: str | None = None
    key: str | None = None
    person: str = ""
    email: str = ""
    findings: Mapping[str, str] = field(default_factory=dict)
    each: tuple["Note", ...] = ()

    def with_outcome(self, found: "Note") -> "Note":
        """Whom the request is about, as here; which records those are and what became of them, as found."""
        each = tuple(one.with_outcome(became) for one, became in zip(self.each, found.each, strict=False))
        told = replace(self, collection=found.collection, key=found.key, findings=found.findings)
        return replace(told, each=each) if each else told

    def as_json(self) -> dict[str, Any]:
        return {
            "collection": self.collection,
            "key": self.key,
            "person": self.person,
            "email": self.email,
            "findings": dict(self.findings),
        }


def together(notes: Sequence[Note]) -> Note:
    """One note for a request about all of these."""
    if len(notes) == 1:
        return notes[0]
    return Note(notes[0].collection if notes else None, each=tuple(notes))


@dataclass(frozen=True)
class Mention:
    """One of several records in a request; `times_received` counts the requests that were kept under its key."""

    note: Note
    times_received: int

    def as_json(self) -> dict[str, Any]:
        return {**self.note.as_json(), "times_received": self.times_received}


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
    mentions: tuple[Mention, ...] = ()

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
            **self.note.as_json(),
            "times_received": self.times_received,
            "records": [mention.as_json() for mention in self.mentions],
        }


def iso(at: float) -> str:
    """Unix seconds as RFC 3339 text in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_TIMES_RECEIVED = """(
    select count(*) from record, json_each(record.history) as entry
    where record.collection = about.collection and record.key = about.key
    and entry.value ->> 1 not in (select value from json_each(:without_request))
) as times_received"""


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
            storable(json.dumps([one.as_json() for one in note.each], ensure_ascii=False)),
        )
        with self._journal.transaction() as database:
            cursor = database.execute(f"insert into request values (null{', ?' * len(row)})", row)  # noqa: S608
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
                f"""select about.*, {_TIMES_RECEIVED} from request as about
                where :collection is null or collection = :collection order by number desc limit :limit""",  # noqa: S608
                {"collection": collection, "limit": limit, "without_request": json.dumps(WITHOUT_REQUEST)},
            ).fetchall()
            return [_arrival(row, self._mentions(row["each"])) for row in rows]

    def _mentions(self, each: str) -> tuple[Mention, ...]:
        if each == "[]":
            return ()
        with self._journal.transaction() as database:
            rows = database.execute(
                f"""select note, {_TIMES_RECEIVED} from (
                    select value as note, value ->> 'collection' as collection, value ->> 'key' as key
                    from json_each(:each)
                ) as about""",  # noqa: S608
                {"each": each, "without_request": json.dumps(WITHOUT_REQUEST)},
            ).fetchall()
        return tuple(Mention(Note(**json.loads(row["note"])), row["times_received"]) for row in rows)

    def forget(self) -> None:
        with self._journal.transaction() as database:
            database.execute("delete from request")


def _arrival(row: Row, mentions: tuple[Mention, ...]) -> Arrival:
    headers = tuple((name, value) for name, value in json.loads(row["headers"]))
    request = Request(row["method"], row["target"], headers, row["body"], row["connection"])
    note = Note(row["collection"], row["key"], row["person"], row["email"], json.loads(row["findings"]))
    return Arrival(
        row["number"], row["at"], request, note, row["status"], row["fault"], row["times_received"], mentions
    )
