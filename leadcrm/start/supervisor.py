"""Starts programs, starts again what ends, and ends all of it. One thread, nothing but signals and a clock."""

import time
from collections.abc import Callable, Mapping

from leadcrm.start.child import Child, Program, how_it_ended
from leadcrm.start.last_will import LastWill
from leadcrm.start.stop_request import StopRequest
from leadcrm.start.terminal import say
from leadcrm.start.trouble import CannotStart, EndAsked, last_lines

ENDING_SECONDS = 10.0
LEAST_ENDING_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
GLANCE_SECONDS = 0.05


class Supervisor:
    """Programs that stay (``start``) are ended in the reverse order of their start; errands run once to their end."""

    def __init__(self, stop: StopRequest, last_will: LastWill, environ: Mapping[str, str]) -> None:
        self._stop = stop
        self._last_will = last_will
        self._environ = environ
        self._children: list[Child] = []
        self._errand: Child | None = None

    def start(self, program: Program) -> None:
        """Start a program that is to stay.

        Raises:
            CannotStart: there is no such program.
        """
        child = Child(program, self._environ)
        self._children.append(child)
        self._run(child)

    def run_errand(self, program: Program) -> str:
        """Run a program to its end while the others are looked after; returns its answer, if it gives one.

        Raises:
            CannotStart: it failed; the message holds the end of its log.
            EndAsked: a signal came first.
        """
        child = self._errand = Child(program, self._environ)
        self._run(child)
        while not child.has_ended():
            self._pause(LONGEST_WAIT_SECONDS)
        answer, returncode = child.answer(), child.process.returncode if child.process else 0
        child.kill()
        self._errand = None
        if returncode:
            reason = f"{program.name} {how_it_ended(returncode)}. The end of {program.log}:"
            raise CannotStart(f"{reason}\n{last_lines(program.log)}")
        return answer

    def wait_until(self, ready: Callable[[], bool], program: Program, seconds: float) -> None:
        """Look after all programs until this one is ready.

        Raises:
            CannotStart: it did not get ready in time.
            EndAsked: a signal came first.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                reason = f"{program.name} was not ready after {seconds:.0f} s. The end of {program.log}:"
                raise CannotStart(f"{reason}\n{last_lines(program.log)}")
            self._pause(GLANCE_SECONDS)

    def watch(self) -> None:
        """Look after the programs until a signal asks for the end.

        Raises:
            CannotStart: one of them cannot be kept alive.
        """
        while not self._stop.asked:
            self._stop.wait(self._seconds_to_next_start())
            self._tend()

    def end_all(self) -> None:
        """SIGTERM one after the other, SIGKILL to what is left of each; a second Ctrl-C skips the waiting."""
        deadline = time.monotonic() + ENDING_SECONDS
        for child in [*([self._errand] if self._errand else []), *reversed(self._children)]:
            child.ask_to_end()
            latest = max(deadline, time.monotonic() + LEAST_ENDING_SECONDS)
            while child.process and not child.has_ended() and time.monotonic() < latest and not self._stop.hurried:
                self._stop.wait(GLANCE_SECONDS)
            child.kill()
        self._last_will.revoke()

    def _run(self, child: Child) -> None:
        child.start()
        self._renew_last_will()

    def _renew_last_will(self) -> None:
        groups = [child.group for child in [*self._children, self._errand] if child]
        self._last_will.name(group for group in groups if group)

    def _pause(self, seconds: float) -> None:
        self._stop.wait(min(seconds, self._seconds_to_next_start()))
        if self._stop.asked:
            raise EndAsked
        self._tend()

    def _tend(self) -> None:
        if self._stop.asked:
            return
        for child in self._children:
            if child.has_ended():
                say(child.bury())
                self._renew_last_will()
            elif child.is_due(time.monotonic()):
                self._run(child)
            child.keep_log_small()

    def _seconds_to_next_start(self) -> float:
        waiting = [child.start_at - time.monotonic() for child in self._children if child.process is None]
        return min([*waiting, LONGEST_WAIT_SECONDS])
