"""What the page shows, and how every part of it writes texts and times."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from html import escape

from integrations.sandbox.arrivals import Arrival
from integrations.sandbox.entering import Destination
from integrations.sandbox.faults import Action, Fault
from integrations.sandbox.records import Record
from integrations.sandbox.texts import TEXTS, say

Say = Callable[..., str]


@dataclass(frozen=True)
class Entrance:
    """One address people may send to; `marks` are the names of texts that say what it demands.

    `collection` holds what is kept of it; None where that is counted at another address, or nothing is kept.
    """

    path: str
    collection: str | None
    marks: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """What the page shows. `name` begins the names of the simulator's texts; `clock` is None at the real time.

    `obstacle` is the name of a text, or empty; `editable` says whether people may change records here.
    `neighbours` holds names of systems with the addresses of their pages.
    The lists of records and arrivals are newest first and hold the latest only; `kept` and `count` count all.
    `beside` are records that only tell of others, and are in no count.
    """

    language: str
    name: str
    url: str
    action: str
    obstacle: str
    editable: bool
    destinations: Sequence[Destination]
    neighbours: Sequence[tuple[str, str]]
    entrances: Sequence[Entrance]
    presets: Sequence[str]
    has_tokens: bool
    kept: Mapping[str, int]
    records: Sequence[Record]
    beside: Sequence[Record]
    count: int
    arrivals: Sequence[Arrival]
    faults: Sequence[Fault]
    clock: float | None
    problem: str
    conceals: Callable[[str], bool]

    @property
    def kept_count(self) -> int:
        return sum(self.kept.values())

    @property
    def say(self) -> Say:
        """The text of a name in the page's language, escaped."""
        return partial(_escaped, self.language)

    def own(self, name: str) -> str:
        """The name of the text that the system has in place of a common one: `receiver.revoke` for `fail.revoke`."""
        own = f"{self.name}.{name.rpartition('.')[2]}"
        return own if own in TEXTS else name


def _escaped(language: str, name: str, **params: object) -> str:
    return escape(say(language, name, **params))


def text_or_code(t: Say, name: str) -> str:
    """The text of a name that a system made up, or the name's last part where nobody wrote one."""
    return t(name) if name in TEXTS else escape(name.rpartition(".")[2])


def happened(action: str, status: int | None, t: Say) -> str:
    return t("fail.respond", status=status) if action == Action.RESPOND else t(f"action.{action}")


def joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


def local(at: float) -> str:
    """The time of day here, with the date when it is another day."""
    moment, now = (datetime.fromtimestamp(seconds, UTC).astimezone() for seconds in (at, time.time()))
    return moment.strftime("%H:%M:%S" if moment.date() == now.date() else "%Y-%m-%d %H:%M:%S")
