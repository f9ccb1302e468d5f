"""How many requests a simulator is working on, and the most it ever was."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Traffic:
    """Counts from the head of a request to its answer, what a fault adds included. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Starts to count anew; those still under way are left out, also when they end."""
        with self._lock:
            self._lanes: Counter[str] = Counter()
            self.maximum = 0

    def current(self, lane: str) -> int:
        """How many of this lane are under way now."""
        with self._lock:
            return self._lanes[lane]

    @contextmanager
    def one_more(self, lane: str = "") -> Iterator[None]:
        with self._lock:
            lanes = self._lanes
            lanes[lane] += 1
            self.maximum = max(self.maximum, lanes.total())
        try:
            yield
        finally:
            with self._lock:
                lanes[lane] -= 1
                if not lanes[lane]:
                    del lanes[lane]
