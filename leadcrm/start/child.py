"""One program and the process that runs it now."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leadcrm.embedded import CHECKOUT
from leadcrm.start.trouble import CannotStart, last_lines

QUICK_DEATH_SECONDS = 2.0
WAIT_AFTER_QUICK_DEATH_SECONDS = 1.0
MOST_QUICK_DEATHS = 5
LARGEST_LOG_BYTES = 20_000_000


@dataclass(frozen=True)
class Program:
    """What to run. Its output goes to ``log``; what it ``answers`` on standard output goes to nobody but its caller."""

    name: str
    command: tuple[str, ...]
    log: Path
    answers: bool = False


class Child:
    """Keeps the process of one program, each in a process group of its own so that its whole family can be ended."""

    def __init__(self, program: Program, environ: Mapping[str, str]) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = 0.0  # on the monotonic clock, for a process that waits to be started again
        self._environ = environ
        self._began_at = 0.0
        self._quick_deaths = 0

    def start(self) -> None:
        """Start the process.

        Raises:
            CannotStart: there is no such program.
        """
        program = self.program
        self._began_at = time.monotonic()
        with program.log.open("ab") as log:
            try:
                self.process = subprocess.Popen(
                    program.command,
                    cwd=CHECKOUT,
                    env=self._environ,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE if program.answers else log,
                    stderr=log,
                    process_group=0,
                )
            except OSError as error:
                raise CannotStart(f"{program.name} does not start: {error.strerror}: {program.command[0]}") from error

    @property
    def group(self) -> int | None:
        return self.process.pid if self.process else None

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def is_due(self, now: float) -> bool:
        return self.process is None and self.start_at <= now

    def ask_to_end(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End what is left of the family: a web server's workers go on serving when only their leader was killed."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: PermissionError for a dead group
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def bury(self) -> str:
        """Clear up after the process ended and set the time to start it again. Returns a line about it.

        Raises:
            CannotStart: it ended at once too many times in a row.
        """
        assert self.process is not None
        self.kill()
        ending = how_it_ended(self.process.returncode)
        lived = time.monotonic() - self._began_at
        quick = lived < QUICK_DEATH_SECONDS
        self.process = None
        self._quick_deaths = self._quick_deaths + 1 if quick else 0
        self.start_at = time.monotonic() + (WAIT_AFTER_QUICK_DEATH_SECONDS if quick else 0)
        if self._quick_deaths == MOST_QUICK_DEATHS:
            raise CannotStart(
                f"{self.program.name} ended {MOST_QUICK_DEATHS} times right after its start, the last time {ending}. "
                f"The end of {self.program.log}:\n{last_lines(self.program.log)}"
            )
        return f"{self.program.name} {ending} after {lived:.1f} s; starting it again."

    def answer(self) -> str:
        """What the ended process wrote to its standard output."""
        if self.process is None or self.process.stdout is None:
            return ""
        return self.process.stdout.read().decode()

    def keep_log_small(self) -> None:
        """Move a long log aside. The process appends, so it goes on at the start of the emptied file."""
        log = self.program.log
        if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
            shutil.copyfile(log, previous(log))
            os.truncate(log, 0)


def previous(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")


def how_it_ended(returncode: int) -> str:
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"
