"""What a worker does apart from taking tasks."""

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

ENDS_IN_THE_MIDDLE_OF_A_TURN = """
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from celery.signals import worker_shutdown
from leadcrm.celery import app
from leads.delivery import room, sending

def turn():
    told = sending._stopping.wait(10)
    print("told", told)
    ThreadPoolExecutor().submit(print, "what was begun is finished")

room.PATIENCE_SECONDS = 0
room.room.take(1, turn)
worker_shutdown.send(sender=None)  # the only signal after a fault that Celery calls unrecoverable
"""


def test_a_worker_that_ends_for_whatever_reason_finishes_its_turns() -> None:
    """Where the interpreter is about to end, what was marked as sent would find no thread any more that sends it."""
    ran = subprocess.run(
        [sys.executable, "-c", ENDS_IN_THE_MIDDLE_OF_A_TURN],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.splitlines() == ["told True", "what was begun is finished"], ran.stderr
