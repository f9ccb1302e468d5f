"""The REST calls under way, and which people each of them cannot see yet."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from integrations.sandbox.traffic import Traffic


class Call:
    """One call. It cannot see whom a call that overlaps it created: so two of them create one person twice."""

    def __init__(self, unseen: set[int]) -> None:
        self.created: set[int] = set()
        self.unseen = unseen


class Calls(Traffic):
    """A call begins in the thread of its connection and ends there when its answer is about to be sent."""

    def __init__(self) -> None:
        super().__init__()
        self._gate = threading.Lock()
        self._under_way: dict[int, Call] = {}

    def begin(self, most: int) -> Call | None:
        """None where `most` calls are under way already."""
        with self._gate:
            if len(self._under_way) >= most:
                return None
            call = Call({person for other in self._under_way.values() for person in other.created})
            self._under_way[threading.get_ident()] = call
            return call

    def created(self, call: Call, person: int) -> None:
        """Hides a new person from the other calls under way."""
        with self._gate:
            call.created.add(person)
            for other in self._under_way.values():
                if other is not call:
                    other.unseen.add(person)

    @contextmanager
    def one_more(self, lane: str = "") -> Iterator[None]:
        with super().one_more(lane):
            try:
                yield
            finally:
                with self._gate:
                    self._under_way.pop(threading.get_ident(), None)
