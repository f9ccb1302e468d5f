"""How many requests a simulator is working on, and the most it ever was."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Traffic:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Starts to count anew; those still under way are left out, also when they end."""
        with self._lock:
            self._round = object()
            self._current = 0
            self.maximum = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        with self._lock:
            self._current += 1
            self.maximum = max(self.maximum, self._current)
            begun = self._round
        try:
            yield
        finally:
            with self._lock:
                self._current -= begun is self._round
