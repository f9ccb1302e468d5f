"""That workers and the timetable live: rows that they write every few seconds."""

import logging
import os
import socket
import threading
from datetime import timedelta

from django.db import Error as DatabaseTrouble
from django.db import close_old_connections
from django.db.models.functions import Now

from leads.defects import where
from leads.models import Heartbeat

logger = logging.getLogger(__name__)

TIMETABLE = "timetable"
EVERY_SECONDS = 15.0
LATE_AFTER = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=1)
"""A worker that was not seen for so long was taken away."""


def beat(name: str) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": Now()})
    Heartbeat.objects.filter(beat_at__lt=Now() - FORGOTTEN_AFTER).delete()


def ages() -> dict[str, timedelta]:
    """How long ago each process was last seen, by its name and by the database's clock."""
    return {name: now - beat_at for name, beat_at, now in Heartbeat.objects.values_list("name", "beat_at", Now())}


def worker_name() -> str:
    return f"{_worker_here()} {os.getpid()}"


def is_worker_here(name: str) -> bool:
    """Whether it is the name of a worker of this machine, or of this container."""
    return name.startswith(f"{_worker_here()} ")


def _worker_here() -> str:
    return f"worker {socket.gethostname()}"


_stopping = threading.Event()


def beat_in_background() -> None:
    """As long as this process lives, whatever its tasks do."""
    threading.Thread(target=_beat_until_the_end, name="heartbeat", daemon=True).start()


def stop_beating() -> None:
    """This process ends as it should: nobody is to miss it."""
    _stopping.set()
    try:
        Heartbeat.objects.filter(name=worker_name()).delete()
    except DatabaseTrouble as error:
        logger.warning("The last sign of life could not be taken back: %s", where(error))


def _beat_until_the_end() -> None:
    while not _stopping.is_set():
        close_old_connections()
        try:
            beat(worker_name())
        except Exception as error:
            logger.warning("No sign of life could be written: %s", where(error))
        _stopping.wait(EVERY_SECONDS)
