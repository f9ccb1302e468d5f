"""The threads that take turns, apart from those that take tasks.

A turn at a destination that does not answer may last two minutes. Its task ends long before: it leaves the turn to its
thread, so that whatever is dead over there keeps no worker from the others. Nobody waits at all for one that has such a
turn already, or whose last call did not succeed.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from django.db import close_old_connections

from leads.defects import where

logger = logging.getLogger(__name__)

MOST_TURNS = 64
MOST_STUCK = MOST_TURNS // 2
PATIENCE_SECONDS = 0.5


class Room:
    """The turns under way in this process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_TURNS, thread_name_prefix="turn")
        self._stuck: Counter[int] = Counter()
        self._lock = threading.Lock()

    def take(self, destination_id: int, turn: Callable[[], None], *, is_in_doubt: bool = False) -> bool:
        """Run the turn and wait for a moment. False when it was refused: half of the threads hang in destinations like
        this one, and the other half is for those that answer."""
        with self._lock:
            is_stuck = self._stuck[destination_id] > 0
            if is_stuck and self._stuck.total() >= MOST_STUCK:
                return False
        future = self._threads.submit(_safely, turn)
        patience = 0.0 if is_stuck or is_in_doubt else PATIENCE_SECONDS
        if wait([future], patience).not_done:
            with self._lock:
                self._stuck[destination_id] += 1
            future.add_done_callback(lambda _future: self._came_loose(destination_id))
        return True

    def close(self) -> None:
        """Take no more, and wait until those under way have ended."""
        self._threads.shutdown()

    def _came_loose(self, destination_id: int) -> None:
        with self._lock:
            self._stuck[destination_id] -= 1


def _safely(turn: Callable[[], None]) -> None:
    """Nobody may be waiting for it any more, so that its fault would go unheard."""
    close_old_connections()
    try:
        turn()
    except Exception as error:
        logger.error("A turn ended early: %s", where(error))


room = Room()
