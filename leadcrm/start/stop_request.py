"""Signals as facts to look at between two steps, not as interruptions."""

import contextlib
import os
import select
import signal
import time
from types import FrameType, TracebackType

# `make` passes on a SIGTERM that the whole group got anyway: what comes this soon is no second request.
ECHO_SECONDS = 0.5


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class StopRequest:
    """Notes SIGINT, SIGTERM and SIGHUP, and lets one wait for these and for the end of a child (SIGCHLD)."""

    def __init__(self) -> None:
        self.asked = False
        self.hurried = False
        self._asked_at = 0.0

    def __enter__(self) -> "StopRequest":
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._before = {number: signal.getsignal(number) for number in SIGNALS}
        for number in SIGNALS:
            if not (number == signal.SIGHUP and self._before[number] is signal.SIG_IGN):  # nohup
                signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, action in self._before.items():
            # One Ctrl-C too many must not turn the end that was asked for into a failure.
            late = self.asked and number != signal.SIGCHLD
            signal.signal(number, signal.SIG_IGN if late else action)
        os.close(signal.set_wakeup_fd(-1))
        os.close(self._reading)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return  # the wake-up is all there is to it
        if not self.asked:
            self.asked, self._asked_at = True, time.monotonic()
        elif number == signal.SIGINT and time.monotonic() - self._asked_at > ECHO_SECONDS:
            self.hurried = True

    def wait(self, seconds: float) -> None:
        """Return at the next signal, or after the time."""
        select.select([self._reading], [], [], max(seconds, 0))
        with contextlib.suppress(BlockingIOError):
            os.read(self._reading, 4096)
