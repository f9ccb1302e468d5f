"""The installation that is measured: one that runs already, or one started for the purpose."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django


@contextmanager
def started(database: str) -> Iterator[None]:
    """A new one, alone with its folder and ports, on ``sqlite`` or ``postgresql``; Django is set up for it.

    PostgreSQL comes from the test group's wheel and waits for the disk, as in production.
    """
    from tests import postgres
    from tests.flows.installation import Installation

    settings = {}
    if database == "postgresql":
        settings["DATABASE_URL"] = postgres.start(durable=True).replace("/leadcrm?", "/postgres?")
    with tempfile.TemporaryDirectory(prefix="leadcrm-bench-") as folder:
        installation = Installation(Path(folder), settings)
        try:
            installation.begin()
            installation.wait_until_ready()
            os.environ.update(installation.environ)
            _set_up_django()
            yield
        finally:
            installation.clear_up()


@contextmanager
def running() -> Iterator[None]:
    """That of this environment: ``LEADCRM_STATE_DIR``, or ``var`` in the checkout."""
    _set_up_django()
    yield


def _set_up_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "leadcrm.settings"
    django.setup()
