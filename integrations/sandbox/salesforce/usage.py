"""How much of the limits is used: calls, log-ins and forms in a window of time, and calls that take long."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from integrations.sandbox.clock import Clock
from integrations.sandbox.traffic import Traffic


class Window:
    """Counts what happened in the last `seconds`. Safe to use from several threads."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._times: deque[float] = deque()

    def add(self, *times: float) -> None:
        """One that happens now, or those that happened at these times, in their order."""
        with self._lock:
            self._times.extend(times or (self._clock.now(),))

    def count(self) -> int:
        begin = self._clock.now() - self._seconds
        with self._lock:
            while self._times and self._times[0] <= begin:
                self._times.popleft()
            return len(self._times)

    def clear(self) -> None:
        with self._lock:
            self._times.clear()


class Underway(Traffic):
    """Traffic that knows since when each request has been under way, by the simulator's clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._begun: dict[object, tuple[str, float]] = {}

    @contextmanager
    def one_more(self, lane: str = "") -> Iterator[None]:
        with super().one_more(lane):
            mark = object()
            self._begun[mark] = (lane, self._clock.now())
            try:
                yield
            finally:
                del self._begun[mark]

    def longer_than(self, seconds: float, lane: str) -> int:
        """How many requests of this lane have taken more than these seconds so far."""
        begin = self._clock.now() - seconds
        return sum(since < begin for other, since in list(self._begun.values()) if other == lane)
