"""Wait for the database, but not for long: who posts a lead waits, too, and does not come back."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from django.db import close_old_connections

logger = logging.getLogger(__name__)

THREADS = 8
PATIENCE_SECONDS = 2.0


class TooSlow(Exception):
    """It may still be done later, or never."""


class Patience:
    """Does what may hang in threads of its own. While one of them hangs, nobody else waits."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._hanging = 0
        self._lock = threading.Lock()

    def result_of[Result](self, work: Callable[[], Result]) -> Result:
        """Raises ``TooSlow``, and whatever the work raises in time."""
        if self._hanging:
            raise TooSlow
        future = self._threads.submit(_with_fresh_connection, work)
        if not wait([future], PATIENCE_SECONDS).not_done:
            return future.result()
        with self._lock:
            self._hanging += 1
        future.add_done_callback(lambda _future: self._came_loose())
        raise TooSlow

    def _came_loose(self) -> None:
        with self._lock:
            self._hanging -= 1


def _with_fresh_connection[Result](work: Callable[[], Result]) -> Result:
    """These threads outlive requests, so nobody else looks whether their connections still work."""
    close_old_connections()
    return work()


patience = Patience()
