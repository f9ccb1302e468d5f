"""Bring what was spooled into the database as soon as it is back. Each web process does that in a thread of its own:
the files lie where they were posted."""

import logging
import threading
import time

from django.db import Error as DatabaseTrouble
from django.db import close_old_connections

from leads.defects import where
from leads.hints import after_commit
from leads.intake import spool
from leads.tasks import interpret_inbound

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


def import_in_background() -> None:
    threading.Thread(target=_import_forever, name="spool", daemon=True).start()


def _import_forever() -> None:
    while True:
        try:
            import_once()
        except Exception as error:
            logger.error("Spooled requests could not be imported: %s", where(error))
        time.sleep(EVERY_SECONDS)


def import_once() -> int:
    """How many were stored. Those that wait are told of, as long as the database is away."""
    if not (left := spool.waiting()):
        return 0
    close_old_connections()
    try:
        stored = spool.import_waiting()
    except DatabaseTrouble as error:
        logger.error("%s spooled requests wait for the database: %s", len(left), type(error).__name__)
        return 0
    finally:
        close_old_connections()
    logger.warning("%s spooled requests were imported", stored)
    after_commit(interpret_inbound)
    return stored
