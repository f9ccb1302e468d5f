"""What every simulator has in common: sockets, memory, faults, clock, control interface and page."""

import json
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Self, TypedDict, Unpack

from integrations.sandbox.arrivals import ArrivalLog, Note
from integrations.sandbox.clock import Clock
from integrations.sandbox.control import CONTROL, Control
from integrations.sandbox.entering import Destination, How
from integrations.sandbox.faults import KEEPS, Action, Fault, FaultQueue, read_fault
from integrations.sandbox.http11 import MAX_BODY
from integrations.sandbox.inputs import BadInput
from integrations.sandbox.journal import Journal, StateUnusable
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.page import PRESETS, Page
from integrations.sandbox.records import Record, Records
from integrations.sandbox.rendering import Entrance
from integrations.sandbox.server import SandboxServer, Site
from integrations.sandbox.traffic import Traffic


class Place(TypedDict, total=False):
    """Where a simulator runs: port 0 picks a free one, control port 0 shares the other; without `state` it forgets."""

    host: str
    port: int
    control_port: int
    state: Path | None
    tls: ssl.SSLContext | None


class Simulator(ABC):
    """One outside system, played on loopback. Subclasses say how it answers."""

    name: ClassVar[str]  # begins the names of its texts
    # One request after the other is answered, each in one transaction with its log entry. Where it is False, `answer`
    # runs in several threads at a time and makes its own transactions.
    one_at_a_time: ClassVar[bool] = True
    # Faults that the page offers as one button each; `fail.<name>` names its text.
    presets: ClassVar[Mapping[str, dict[str, Any]]] = PRESETS
    largest_body: ClassVar[int] = MAX_BODY  # bytes of a request
    # Whether a person can change its records on the page and through the control interface.
    editable: ClassVar[bool] = True
    # Collections that only tell of what is kept in others: shown apart, and not counted as kept.
    beside: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **place: Unpack[Place]) -> None:
        """Listens from now on, answers after `start`.

        Raises:
            OSError: the address is taken or not ours.
            StateUnusable: the state file cannot be used.
        """
        self.neighbours: list[tuple[str, str]] = []  # all systems of this process: names with addresses of their pages
        self._host = place.get("host", "127.0.0.1")
        self._tls = place.get("tls")
        self.clock = Clock()
        self.faults = FaultQueue()
        self.traffic = Traffic()
        self._control = Control(self)
        self._page = Page(self)
        self._servers = self._listen(place.get("port", 0), place.get("control_port", 0))
        try:
            self.journal = Journal(place.get("state"))
        except StateUnusable:
            self._close_sockets()
            raise
        self.arrivals = ArrivalLog(self.journal)
        self.records = Records(self.journal)

    @classmethod
    @contextmanager
    def running(cls, **place: Unpack[Place]) -> Iterator[Self]:
        """Answers in threads of this process until the block ends."""
        simulator = cls(**place)
        simulator.start()
        try:
            yield simulator
        finally:
            simulator.stop()

    @abstractmethod
    def examine(self, request: Request) -> Note:
        """What is in the request. Changes nothing."""

    @abstractmethod
    def answer(self, request: Request) -> tuple[Answer, Note]:
        """Takes the request in as the real system would."""

    @abstractmethod
    def configure(self, content: object) -> None:
        """Merges settings given as JSON. Raises BadInput and then changes nothing."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The settings as JSON, secrets hidden."""

    @abstractmethod
    def forget_settings(self) -> None:
        """Back to the settings it started with."""

    @abstractmethod
    def entrances(self) -> list[Entrance]:
        """The addresses to send to."""

    @abstractmethod
    def conceals(self, header: str) -> bool:
        """Whether the page hides this header's value."""

    def destinations(self) -> list[Destination]:
        """What a person enters in Lead CRM, for each kind of destination that can send here."""
        return []

    def connection(self) -> list[tuple[str, str]]:
        """All that is to be typed in: names of labels (`<system>_<something>`) with their values."""
        entries = (entry for destination in self.destinations() for entry in destination.entries)
        return [(entry.label, entry.value) for entry in entries if entry.how is How.TYPED]

    def obstacle(self) -> str:
        """What keeps it from answering, and what to do: the name of a text; empty while nothing does."""
        return ""

    def record_to_change(self, collection: str, key: str) -> Record:
        """The one that a person wants to change or remove.

        Raises:
            BadInput: there is none, or this is not the place for it.
        """
        if not self.editable:
            raise BadInput("key", "not_editable")
        record = self.records.get(collection, key)
        if record is None:
            raise BadInput("key", "record")
        return record

    def revoke_tokens(self) -> None:
        """No token issued so far is good any longer. Raises BadInput where there are none."""
        raise BadInput("tokens", "no_tokens")

    @property
    def has_tokens(self) -> bool:
        return type(self).revoke_tokens is not Simulator.revoke_tokens

    def lane(self, request: Request) -> str:
        """Whom the request, whose body is not read yet, counts for in `traffic.current(lane)`: say, its token."""
        return ""

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104 - shown, not listened on
        return f"{'https' if self._tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self._servers[0].port}"

    @property
    def page_url(self) -> str:
        return f"{self.url.rpartition(':')[0]}:{self._servers[-1].port}/"

    def control(self, path: str, content: object = None, *, method: str | None = None) -> Any:
        """A control call without the socket: `control("records")` reads, `control("faults", {...})` writes.

        Raises:
            ValueError: the call was refused; the text names the field.
        """
        body = b"" if content is None else json.dumps(content).encode()
        called = Request(method or ("POST" if body else "GET"), f"{CONTROL}/{path}", (("Host", "localhost"),), body)
        answer = self._control.respond(called)
        reply = json.loads(answer.body)
        if answer.status >= 400:
            raise ValueError(reply["error"]["message"])
        return reply

    def take_in(self, request: Request, fault: Fault | None) -> Answer:
        """The answer to a request, which is logged; a fault may stand in for the system's own answer."""
        with self.journal.transaction() if self.one_at_a_time else nullcontext():
            if fault and fault.action not in KEEPS:
                answer, note = fault.answer(), self.examine(request)
            else:
                answer, note = self.answer(request)
            dropped = fault is not None and fault.action is Action.COMMIT_THEN_DROP
            self.arrivals.add(request, note, None if dropped else answer.status, fault.action if fault else None)
        return answer

    def fail(self, content: object) -> None:
        """Plans a fault, or a list of them, given as JSON. Raises BadInput and then plans none."""
        several = content if isinstance(content, list) else [content]
        self.faults.add([read_fault(one, f"{self.url}/redirected?from=sandbox") for one in several])

    def log_dropped(self, request: Request, fault: Fault) -> None:
        self.arrivals.add(request, Note(), None, fault.action)

    def forget(self) -> None:
        """Empties everything that arrived and every fault that waits; settings stay."""
        with self.journal.transaction():
            self.arrivals.forget()
            self.records.forget()
        self.faults.clear()
        self.traffic.reset()

    def site_for(self, path: str) -> Site | None:
        """Who answers this path outside the play; None: the system itself."""
        if path == CONTROL or path.startswith(f"{CONTROL}/"):
            return self._control.respond
        return self._page.respond if path == "/" else None

    def start(self) -> None:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.stop()
        self.journal.close()

    def _listen(self, port: int, control_port: int) -> list[SandboxServer]:
        if not control_port:
            return [SandboxServer((self._host, port), self, self.site_for, self._tls)]
        system = SandboxServer((self._host, port), self, lambda path: None, self._tls)
        try:
            beside = lambda path: self.site_for(path) or self._control.respond  # noqa: E731
            return [system, SandboxServer((self._host, control_port), self, beside, self._tls)]
        except OSError:
            system.server_close()
            raise

    def _close_sockets(self) -> None:
        for server in self._servers:
            server.server_close()
