"""What happens to our processes when the supervisor itself is killed."""

import contextlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

SCRIPT = Path(__file__).with_name("last_will.sh")


class LastWill:
    """A small shell process that outlives a killed supervisor, ends its process groups and holds the lock till then."""

    def __init__(self, lock: int) -> None:
        self._lock = lock
        self._line = b"\n"
        self._open()

    def _open(self) -> None:
        self._executor = subprocess.Popen(
            ["/bin/sh", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[self._lock],
            process_group=0,
            bufsize=0,
        )

    def name(self, groups: Iterable[int]) -> None:
        """Say which process groups live now. Replaces the executor if somebody ended it."""
        self._line = b" ".join(b"%d" % group for group in groups) + b"\n"
        if self._executor.poll() is not None:
            self._revoke()
            self._open()
        with contextlib.suppress(BrokenPipeError):
            self._write()

    def _write(self) -> None:
        assert self._executor.stdin is not None
        self._executor.stdin.write(self._line)

    def revoke(self) -> None:
        """Everything ended in order: nothing is left to do."""
        self.name([])
        self._revoke()

    def _revoke(self) -> None:
        assert self._executor.stdin is not None
        self._executor.stdin.close()
        self._executor.wait()
