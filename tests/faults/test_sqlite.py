"""What only the embedded database can suffer."""

import sqlite3
import time

import pytest

from tests.faults.case import Case
from tests.faults.databases import Sqlite
from tests.start.conftest import eventually

LOCKED_SECONDS = 10


@pytest.mark.quick
def test_leads_are_taken_while_somebody_else_holds_the_write_lock(case: Case) -> None:
    """Another process holds the write lock of the file for 10 s while leads are posted."""
    assert isinstance(case.database, Sqlite)
    with case.senders.storm(per_second=10):
        case.wait_for_answers(10)
        with case.database.unwritable():
            until = time.monotonic() + LOCKED_SECONDS
            spooled = eventually(case.spooled, "spooled")
            while time.monotonic() < until:
                spooled = max(spooled, case.spooled())
                time.sleep(0.1)
    case.settle()
    slowest = max(case.senders.seconds)
    case.says(f"{spooled} leads in the spool, imported once; slowest answer {slowest:.1f} s")
    assert case.senders.unanswered == []
    case.prove()
    with sqlite3.connect(case.database.file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
