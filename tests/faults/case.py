"""One fault: two destinations that are sent every lead, who posts leads, and what is proved at the end."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from leads.states import DeliveryState, InboundState
from tests.faults import rows
from tests.faults.databases import Database
from tests.faults.processes import frozen
from tests.faults.proof import Counts, Place, add_answers, add_place
from tests.faults.senders import Senders
from tests.flows.installation import Installation, in_time
from tests.start.conftest import eventually

# A claim ends after 15 s, the timetable looks every 5 s, and then it is sent once more.
SETTLED_WITHIN = 45.0


class Case:
    """``crm`` recognises repeats, ``form`` makes a second record of each. ``tell`` takes what goes into the table."""

    def __init__(self, installation: Installation, database: Database, tell: Callable[[str, object], None]) -> None:
        self.installation, self.database = installation, database
        self.senders = Senders(installation.webhook)
        self.tell = tell
        self._mark = secrets.token_hex(4)
        self._besides: list[str] = []
        self.places: list[Place] = []
        self.crm = self.add_place("crm", recognises_repeats=True)
        self.form = self.add_place("form", recognises_repeats=False)

    def add_place(self, name: str, *, recognises_repeats: bool, is_routed: bool = True) -> Place:
        """A destination more, and at the sandbox a receiver of its own."""
        whole = f"{self._mark}-{name}"
        url = f"http://127.0.0.1:{self.installation.sandbox_port}/hook/{whole}"
        added = rows.add_destination(whole, url, recognises_repeats=recognises_repeats, is_routed=is_routed)
        place = Place(added.pk, whole, recognises_repeats)
        self.places.append(place)
        return place

    def send_through(self, port: int) -> None:
        """To the same receiver, by way of a proxy."""
        for place in self.places:
            rows.move(place.id, f"http://127.0.0.1:{port}{place.path}")

    def leave_out(self, place: Place) -> None:
        """This case is not about it."""
        rows.disable(place.id)
        self.places.remove(place)

    @contextmanager
    def work_kept_back(self) -> Iterator[None]:
        """Nobody reads or sends what is posted meanwhile, so that a worker finds all of it at once."""
        with frozen(self.installation.process("worker")):
            yield

    def plays(self, place: Place, action: str, **fault: Any) -> None:
        """The receiver does this to the next request from here; ``times`` more of them, ``None``: to all."""
        self.installation.receiver("faults", {"action": action, "match": {"path": place.path}} | fault)

    def plays_no_more(self) -> None:
        """Whoever is held up goes on."""
        self.installation.receiver("faults", method="DELETE")

    def records(self, place: Place) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.installation.receiver(f"records?collection={place.name}")["records"]
        return found

    def requests(self, place: Place) -> list[dict[str, Any]]:
        """What arrived there, the dropped included."""
        found = self.installation.requests_at_receiver()
        return [request for request in found if request["path"] == place.path]

    def wait_for_requests(self, place: Place, number: int = 1) -> None:
        eventually(lambda: len(self.requests(place)) >= number, f"{number} requests at {place.name}", in_time(30))

    def wait_for_answers(self, number: int) -> None:
        """Until so many leads in all were answered 200."""
        eventually(lambda: len(self.senders.answered) >= number, f"{number} answers", in_time(30))

    def is_settled(self) -> bool:
        """Nothing waits to be read or sent."""
        waiting = rows.deliveries(*(place.id for place in self.places)).filter(
            state__in=[DeliveryState.QUEUED, DeliveryState.SENDING]
        )
        return not (self.spooled() or rows.inbound().filter(state=InboundState.RECEIVED).exists() or waiting.exists())

    def spooled(self) -> int:
        """How many files wait for the database."""
        return len(list((self.installation.state / "spool").glob("[!.]*")))

    def settle(self, seconds: float = SETTLED_WITHIN) -> float:
        """Wait until all is settled; how long that took."""
        began = time.monotonic()
        eventually(self.is_settled, "settled", in_time(seconds))
        took = time.monotonic() - began
        self.tell("settled", f"{took:.1f}")
        return took

    def says(self, text: str) -> None:
        """What else was measured."""
        self._besides.append(text)
        self.tell("besides", "; ".join(self._besides))

    def count(self) -> Counts:
        counts = Counts(unanswered=len(self.senders.unanswered))
        add_answers(counts, self.senders.answered, self.places)
        for place in self.places:
            add_place(counts, place, self.records(place), self.requests(place))
        for name, value in counts.as_strings().items():
            self.tell(name, value)
        return counts

    def prove(self, *, repeats: int = 0, for_people: int = 0) -> Counts:
        """The four assertions. ``repeats`` and ``for_people`` are the most that this fault may cost."""
        self.tell("repeats_allowed", repeats)
        self.tell("for_people_allowed", for_people)
        counts = self.count()
        assert self.senders.refused == []
        assert (counts.lost, counts.waiting, counts.failed) == (0, 0, 0), counts
        assert (counts.missing, counts.second, counts.foreign, counts.doubled) == (0, 0, 0, 0), counts
        assert counts.repeats <= repeats, counts
        assert counts.for_people <= for_people, counts
        return counts
