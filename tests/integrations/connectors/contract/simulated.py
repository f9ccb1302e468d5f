"""Far sides that the sandbox plays."""

import base64
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Self
from urllib.parse import unquote_plus

from integrations.sandbox.simulator import Simulator
from tests.integrations.connectors.contract.far_side import Action, FarSide, Fault, Sent, Stored

_SAYS: dict[Action, tuple[str, ...]] = {
    Action.RESPOND: ("status", "headers", "body"),
    Action.DELAY: ("delay",),
    Action.TRICKLE: ("delay",),
}


class SimulatedFarSide(FarSide):
    """``names`` are the neutral fields with their names over there, in the records of ``collection``."""

    simulator_class: ClassVar[type[Simulator]]
    collection: ClassVar[str]
    names: ClassVar[Mapping[str, str]]
    composed_in: ClassVar[str] = ""
    unsent: ClassVar[str]
    """A field that no connector sends by itself."""
    write_path: ClassVar[str]
    search_path: ClassVar[str] = ""
    token_path: ClassVar[str] = ""
    takes_forms: ClassVar[bool] = False
    """It is sent forms, which people are shown field by field."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self.simulator = simulator

    @classmethod
    @contextmanager
    def running(cls, shared: Callable[[str], Any]) -> Iterator[Self]:
        with cls.simulator_class.running() as simulator:
            yield cls(simulator)

    @property
    def url(self) -> str:
        return self.simulator.url

    def make_new(self) -> None:
        self.simulator.control("reset", {})
        self.simulator.control("config", self.set_up())

    @abstractmethod
    def set_up(self) -> dict[str, Any]:
        """The simulator's settings, where its own do not do."""

    def entered(self) -> dict[str, str]:
        """What the simulator's page tells people to enter."""
        return dict(self.simulator.connection())

    def records(self) -> list[Stored]:
        found = self.simulator.control(f"records?collection={self.collection}")["records"]
        return [self._stored(record["key"], record["fields"]) for record in found]

    def _stored(self, place: str, fields: Mapping[str, Any]) -> Stored:
        known = {name: fields.get(theirs) or "" for name, theirs in self.names.items()}
        return Stored(place, known, fields.get(self.composed_in) or "", fields)

    def edit(self, stored: Stored, company: str) -> None:
        self._change(stored, self.names["company"], company)

    def annotate(self, stored: Stored) -> None:
        self._change(stored, self.unsent, "called back")

    def is_annotated(self, stored: Stored) -> bool:
        return bool(stored.everything.get(self.unsent) == "called back")

    def _change(self, stored: Stored, field: str, value: Any) -> None:
        change = {"collection": self.collection, "key": stored.place, "fields": {field: value}}
        self.simulator.control("records", change)

    def meet(self, fault: Fault) -> None:
        self._befall(self.write_path, fault)

    def meet_search(self, fault: Fault) -> None:
        self._befall(self.search_path, fault)

    def _befall(self, path: str, fault: Fault) -> None:
        said = {name: getattr(fault, name) for name in _SAYS.get(fault.action, ()) if getattr(fault, name)}
        match = {"path": path}
        self.simulator.control("faults", {"action": fault.action, "times": fault.times, "match": match} | said)

    def writes(self) -> list[Sent]:
        return [
            Sent(one["path"], {name.lower(): value for name, value in one["headers"]}, base64.b64decode(one["body"]))
            for one in self._requests()
            if self.write_path in one["path"] and one["method"] not in ("GET", "DELETE") and not self._is_search(one)
        ]

    def _is_search(self, request: Mapping[str, Any]) -> bool:
        return bool(self.search_path) and self.search_path in request["path"]

    def calls(self) -> int:
        return len(self._requests())

    def token_calls(self) -> int:
        return sum(bool(self.token_path) and self.token_path in one["path"] for one in self._requests())

    def end_tokens(self) -> None:
        self.simulator.control("tokens/revoke", {})

    def _requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.simulator.control("requests")["requests"]
        return found

    def as_shown(self, body: bytes) -> Any:
        if not self.takes_forms:
            return super().as_shown(body)
        fields = (map(unquote_plus, field.split("=")) for field in body.decode().split("&"))
        return "\n".join(f"{name}: {value}" for name, value in fields)
