"""The queue of failures a simulator was told to play.

One fault as JSON: `{"action": "respond", "status": 503, "headers": {"Retry-After": "7"}, "body": "...", "delay": 2.5,
"times": 2, "match": {"method": "POST", "path": "/hook"}}`. `path` is any part of the path; `times` null means until
cleared. Every action takes `delay`, the seconds to wait before the answer (`trickle`: between its bytes).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from integrations.sandbox.inputs import Fields
from integrations.sandbox.messages import Answer, Headers

MEGABYTE = 1024 * 1024
MAX_TIMES = 10_000
MAX_DELAY = 600.0
MAX_SIZE = 1024 * MEGABYTE
GARBAGE = "<!doctype html><title>Welcome</title><h1>It works!</h1>"


class Action(StrEnum):
    """What goes wrong. `USES` holds the fields each takes, `KEEPS` those that keep what was sent nevertheless."""

    RESPOND = "respond"  # this status, these headers, this body
    DELAY = "delay"  # the usual answer, late (5 seconds)
    DROP_BEFORE = "drop_before"  # the connection is reset before the body is read
    COMMIT_THEN_DROP = "commit_then_drop"  # closed without an answer; with `reset`, reset
    REDIRECT = "redirect"
    GARBAGE = "garbage"  # 200 with an HTML page
    TRUNCATE = "truncate"  # half of the answer
    TRICKLE = "trickle"  # the usual answer byte by byte, `delay` seconds (1) between them
    OVERSIZE = "oversize"  # `size` bytes, without announcing how many
    GZIP_BOMB = "gzip_bomb"  # `size` bytes, packed, whatever the client accepts


USES: Mapping[Action, frozenset[str]] = {
    Action.RESPOND: frozenset({"status", "headers", "body"}),
    Action.DELAY: frozenset(),
    Action.DROP_BEFORE: frozenset(),
    Action.COMMIT_THEN_DROP: frozenset({"reset"}),
    Action.REDIRECT: frozenset({"status", "location"}),
    Action.GARBAGE: frozenset({"body"}),
    Action.TRUNCATE: frozenset(),
    Action.TRICKLE: frozenset(),
    Action.OVERSIZE: frozenset({"size"}),
    Action.GZIP_BOMB: frozenset({"size"}),
}
KEEPS = {
    Action.DELAY,
    Action.COMMIT_THEN_DROP,
    Action.TRUNCATE,
    Action.TRICKLE,
    Action.OVERSIZE,
    Action.GZIP_BOMB,
}
USUAL_DELAY = {Action.DELAY: 5.0, Action.TRICKLE: 1.0}
DISTORTS = {Action.TRUNCATE, Action.TRICKLE, Action.OVERSIZE, Action.GZIP_BOMB}


@dataclass(frozen=True)
class Fault:
    """One way to fail. `delay` in seconds, `size` in bytes; `times` left, None for as long as it is not cleared."""

    action: Action
    number: int = 0
    times: int | None = 1
    method: str | None = None
    path: str | None = None
    delay: float = 0.0
    status: int = 503
    headers: Headers = ()
    body: str = ""
    location: str = ""
    reset: bool = False
    size: int = 64 * MEGABYTE

    def matches(self, method: str, path: str) -> bool:
        return self.method in {None, method} and (self.path or "") in path

    def answer(self) -> Answer:
        """What is sent in place of the simulator's own answer."""
        if self.action is Action.REDIRECT:
            return Answer(self.status, (("Location", self.location),))
        if self.action is Action.GARBAGE:
            return Answer.html(200, self.body or GARBAGE)
        named = {name.lower() for name, _ in self.headers}
        kind = (("Content-Type", "text/plain; charset=utf-8"),) if self.body and "content-type" not in named else ()
        return Answer(self.status, (*kind, *self.headers), self.body.encode())

    def as_json(self) -> dict[str, Any]:
        used = {name: getattr(self, name) for name in sorted(USES[self.action] | {"delay"})}
        if "headers" in used:
            used["headers"] = dict(self.headers)
        match = {"method": self.method, "path": self.path}
        return {"number": self.number, "action": self.action, "times": self.times, "match": match, **used}


def read_fault(content: object, redirect_to: str) -> Fault:
    """A fault from its JSON. `redirect_to` is where a redirect leads when it does not say.

    Raises:
        BadInput: a field is unknown, means nothing for this action, or is out of range.
    """
    fields = Fields(content)
    action = Action(fields.choice("action", tuple(Action)))
    method, path = _read_match(fields)
    times = fields.raw("times") if fields.is_null("times") else fields.whole("times", 1, MAX_TIMES, 1)
    delay = fields.number("delay", 0, MAX_DELAY, USUAL_DELAY.get(action, 0))
    used = _read_used(fields, action, redirect_to)
    fields.finish()
    return Fault(action, times=times, method=method, path=path, delay=delay, **used)


def _read_match(fields: Fields) -> tuple[str | None, str | None]:
    match = Fields(fields.raw("match") or {}, "match")
    method, path = match.optional_text("method"), match.optional_text("path")
    match.finish()
    return method.upper() if method else None, path


def _read_used(fields: Fields, action: Action, redirect_to: str) -> dict[str, Any]:
    low, high, usual = (300, 399, 307) if action is Action.REDIRECT else (200, 599, 503)
    readers: dict[str, Callable[[], object]] = {
        "status": lambda: fields.whole("status", low, high, usual),
        "headers": lambda: fields.headers("headers"),
        "body": lambda: fields.text("body", ""),
        "location": lambda: fields.header_value("location", redirect_to),
        "reset": lambda: fields.flag("reset", False),
        "size": lambda: fields.whole("size", 1, MAX_SIZE, 64 * MEGABYTE),
    }
    return {name: readers[name]() for name in sorted(USES[action])}


class FaultQueue:
    """The faults that wait, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._last_number = 0
        self._cleared = threading.Event()

    def add(self, faults: list[Fault]) -> None:
        with self._lock:
            for fault in faults:
                self._last_number += 1
                self._waiting.append(replace(fault, number=self._last_number))

    def take(self, method: str, path: str) -> Fault | None:
        """Uses up one turn of the first fault that matches."""
        with self._lock:
            for position, fault in enumerate(self._waiting):
                if fault.matches(method, path):
                    self._use(position, fault)
                    return fault
        return None

    def _use(self, position: int, fault: Fault) -> None:
        if fault.times == 1:
            del self._waiting[position]
        elif fault.times is not None:
            self._waiting[position] = replace(fault, times=fault.times - 1)

    def clear(self, number: int | None = None) -> None:
        """Forgets one fault; or all, and lets those go that are being held up."""
        with self._lock:
            self._waiting = [fault for fault in self._waiting if number not in {None, fault.number}]
            if number is None:
                self._cleared.set()
                self._cleared = threading.Event()

    def close(self) -> None:
        """Clears all, and holds up nobody from now on."""
        self.clear()
        self._cleared.set()

    def pause(self, seconds: float) -> None:
        """Holds up the calling thread, until all faults are cleared at the longest."""
        self._cleared.wait(seconds)

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._waiting)
