"""The databases that installations under test run on, and what can be done to each."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

from tests import postgres

NAME = "postgres"  # the database that every server has


class Sqlite:
    """The embedded file. It lies in the installation's state folder."""

    label = "SQLite"
    url = ""

    def __init__(self, state: Path) -> None:
        self.file = state / "leadcrm.sqlite3"

    def as_setting(self) -> dict[str, Any]:
        options = {"transaction_mode": "IMMEDIATE", "timeout": 30}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.file), "OPTIONS": options}

    @contextmanager
    def unwritable(self) -> Iterator[None]:
        """This process holds the write lock: everybody else may read, and waits who would write."""
        connection = sqlite3.connect(self.file, timeout=30, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        finally:
            connection.close()


class Postgresql:
    """A server of these tests' own. It waits for the disk, as in production, and can be stopped."""

    label = "PostgreSQL"

    def __init__(self) -> None:
        started = postgres.start(durable=True)
        self.folder = Path(parse_qs(urlsplit(started).query)["host"][0])
        self.url = started.replace("/leadcrm?", f"/{NAME}?")
        # In its files, so that it starts alike the second time.
        self.tell("ALTER SYSTEM SET listen_addresses = ''")
        self.tell(f"ALTER SYSTEM SET unix_socket_directories = '{self.folder}'")

    def as_setting(self) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": NAME,
            "USER": "postgres",
            "HOST": str(self.folder),
        }

    def tell(self, command: str) -> list[tuple[Any, ...]]:
        """Rows of the answer, if it has any. Commits at once."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            answer = connection.execute(command.encode())
            return answer.fetchall() if answer.description else []

    def crash(self) -> None:
        """The server ends without finishing anything, and refuses connections from then on."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Recovers what was committed before the crash."""
        self._control("start", "-l", str(self.folder / "log"))

    def hang_up(self) -> int:
        """Ends every other connection in the middle of whatever it does; how many there were."""
        found = self.tell(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return len(found)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """As after a failover to a standby, or when an administrator stops writing because the disk is full."""
        self._set_read_only("on")
        try:
            yield
        finally:
            self._set_read_only("off")

    @contextmanager
    def unwritable(self) -> Iterator[None]:
        """Deliveries can be read, and who would write or lock one waits."""
        with self._holding("LOCK TABLE leads_delivery IN EXCLUSIVE MODE"):
            yield

    @contextmanager
    def left_open(self) -> Iterator[None]:
        """Somebody began a transaction, read something, and went for lunch."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SELECT count(*) FROM leads_delivery")
            yield

    @contextmanager
    def half_claimed(self) -> Iterator[None]:
        """Claims get as far as their attempts, just before their commit."""
        with self._holding("LOCK TABLE leads_attempt IN EXCLUSIVE MODE"):
            yield

    @contextmanager
    def half_recorded(self, destination_id: int) -> Iterator[None]:
        """Recording gets as far as the gate of this destination, just before its commit. Claims go elsewhere."""
        row = f"SELECT 1 FROM leads_destinationgate WHERE destination_id = {destination_id} FOR UPDATE"
        with self._holding(row):
            yield

    def waiting(self, statement: str) -> int:
        """How many wait for a lock in a statement in which these words are."""
        found = self.tell("SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return sum(statement in query for (query,) in found)

    @contextmanager
    def _holding(self, command: str) -> Iterator[None]:
        with psycopg.connect(self.url) as connection:
            connection.execute(command.encode())
            yield
            connection.rollback()

    def _set_read_only(self, value: str) -> None:
        self.tell(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        self.tell("SELECT pg_reload_conf()")

    def _control(self, *words: str) -> None:
        postgres._run("pg_ctl", "-D", str(self.folder / "data"), "-w", *words, owned=self.folder)


type Database = Sqlite | Postgresql
