"""The SQLite database that remembers what arrived: in memory, or in a file that survives a restart."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Each brings a state file one version further.
STEPS = (
    """
create table setting (name text primary key, value text not null);
create table request (
    number integer primary key autoincrement, at real not null, connection integer not null, method text not null,
    target text not null, headers text not null, body blob not null, status integer, fault text, collection text,
    key text, person text not null, email text not null, findings text not null
);
create table record (
    collection text not null, key text not null, fields text not null, created_at real not null,
    changed_at real not null, history text not null, primary key (collection, key)
);
""",
    "alter table request add column each text not null default '[]';",
)


class StateUnusable(Exception):
    """The state file cannot be used; the text says which and why."""


def storable(text: str) -> str:
    """The text with a question mark for each half of a surrogate pair, which JSON can write and a database cannot."""
    return text.encode("utf-8", "replace").decode()


class Journal:
    """One connection for all threads; `transaction` lets one of them in at a time."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        try:
            self._database = _open(path)
        except (OSError, sqlite3.Error) as problem:
            raise StateUnusable(f"The state file {path} cannot be used: {problem}") from problem

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything in it is kept, or nothing; one inside another belongs to the outer one."""
        with self._lock:
            if self._database.in_transaction:
                yield self._database
                return
            self._database.execute("begin immediate")
            try:
                yield self._database
            except BaseException:
                self._database.execute("rollback")
                raise
            self._database.execute("commit")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of a transaction that is taken back by itself when an error comes out of it."""
        with self.transaction() as database:
            database.execute("savepoint attempt")
            try:
                yield
            except BaseException:
                database.execute("rollback to attempt")
                raise
            finally:
                database.execute("release attempt")

    def setting(self, name: str) -> Any:
        """A value saved under this name, else None."""
        with self.transaction() as database:
            row = database.execute("select value from setting where name = ?", (name,)).fetchone()
        return json.loads(row["value"]) if row else None

    def save_setting(self, name: str, value: object) -> None:
        with self.transaction() as database:
            database.execute("insert or replace into setting values (?, ?)", (name, json.dumps(value)))

    def close(self) -> None:
        with self._lock:
            self._database.close()


def _open(path: Path | None) -> sqlite3.Connection:
    if path:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # it will hold personal data: for nobody else to read
    database = sqlite3.connect(path or ":memory:", timeout=1, isolation_level=None, check_same_thread=False)
    try:
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _casefolded(value: str | int | float | None) -> str | int | float | None:
    return value.casefold() if isinstance(value, str) else value


def _prepare(database: sqlite3.Connection) -> None:
    database.row_factory = sqlite3.Row
    database.create_function("casefold", 1, _casefolded, deterministic=True)
    # What is written survives the end of this process, however it ends; a power failure is not rehearsed here.
    database.executescript("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = off;")
    found = database.execute("pragma user_version").fetchone()[0]
    if found > len(STEPS):
        raise OSError("a later version of the sandbox wrote it; remove it or name another file")
    # Takes the lock now, also where no step is left: two sandboxes must not share a file.
    steps = "".join(STEPS[found:])
    database.executescript(f"begin immediate; {steps} pragma user_version = {len(STEPS)}; commit;")
