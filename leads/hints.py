"""Wake the workers without ever making a request wait for the broker.

A hint only shortens the wait: what it announces is in the database, and the timetable finds it there too. One daemon
thread per process sends them, at most one message per task and interval, and swallows failures.
"""

import logging
import threading
import time

from celery import Task
from django.db import transaction

logger = logging.getLogger(__name__)

SECONDS_BETWEEN = 0.1


class _Messenger:
    def __init__(self) -> None:
        self.wanted: set[Task[[], None]] = set()
        self.wake = threading.Condition()
        self.thread: threading.Thread | None = None

    def want(self, task: "Task[[], None]") -> None:
        with self.wake:
            self.wanted.add(task)
            # Made on first use, so that it lives in the process that serves, not in the one that forked it.
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self.thread.start()
            self.wake.notify()

    def _run(self) -> None:
        while True:
            with self.wake:
                while not self.wanted:
                    self.wake.wait()
                wanted, self.wanted = self.wanted, set()
            for task in wanted:
                send(task)
            time.sleep(SECONDS_BETWEEN)


def send(task: "Task[[], None]") -> None:
    """At once: for commands, which end before the thread would have sent anything."""
    try:
        task.apply_async(retry=False)
    except Exception as error:
        logger.warning("The broker does not answer (%s); work waits for the timetable", type(error).__name__)


_messenger = _Messenger()


def after_commit(task: "Task[[], None]") -> None:
    """Hint at this task once the current transaction, if any, is committed."""
    transaction.on_commit(lambda: _messenger.want(task), robust=True)
