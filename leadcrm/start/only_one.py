"""One start per state folder: a second broker on the same socket would take it over without a word."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO

from leadcrm.start.terminal import say
from leadcrm.start.trouble import CannotStart

PATIENCE_SECONDS = 15.0
SIGNING_SECONDS = 2.0
DYING_SECONDS = 1.0


@contextlib.contextmanager
def only_one(state: Path, address: str) -> Iterator[int]:
    """Hold the state folder. Yields the descriptor of a second lock, for whoever clears up after us if we are killed:
    the next start waits until that one is free too.

    Raises:
        CannotStart: another start holds it, and is named; or what a killed one left does not end.
    """
    with (state / "start.lock").open("a+") as lock, (state / "ending.lock").open("a") as ending:
        if not _taken_within(DYING_SECONDS, lock):  # a killed process keeps its locks until it is gone
            raise CannotStart(_who_holds_it(_read_holder(lock), state))
        _sign(lock, address)
        _wait_for_what_a_killed_start_left(ending)
        yield ending.fileno()


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken_within(seconds: float, lock: TextIO) -> bool:
    deadline = time.monotonic() + seconds
    while not _taken(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _sign(lock: TextIO, address: str) -> None:
    since = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), "since": since, "address": address}))
    lock.flush()


def _wait_for_what_a_killed_start_left(ending: TextIO) -> None:
    if _taken(ending):
        return
    say("Waiting for the processes of a start that was killed.")
    if not _taken_within(PATIENCE_SECONDS, ending):
        raise CannotStart(f"The processes of a start that was killed do not end. {ending.name} is held by them.")


def _read_holder(lock: TextIO) -> dict[str, object]:
    """Empty when it does not sign. Until it has signed, the name of the one before still stands there."""
    deadline = time.monotonic() + SIGNING_SECONDS
    while time.monotonic() < deadline:
        holder = _signature(lock)
        if _is_alive(holder.get("pid")):
            return holder
        time.sleep(0.05)
    return {}


def _signature(lock: TextIO) -> dict[str, object]:
    lock.seek(0)
    try:
        holder = json.loads(lock.read())
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True


def _who_holds_it(holder: dict[str, object], state: Path) -> str:
    who = "process {pid}, since {since}, at {address}".format_map({"pid": "?", "since": "?", "address": "?"} | holder)
    return (
        f"Lead CRM already runs with the state folder {state}: {who}.\n"
        f"End that one first (Ctrl-C there, or: kill {holder.get('pid', 'PID')}), or give this one a folder of its own "
        "(LEADCRM_STATE_DIR) and other ports."
    )
