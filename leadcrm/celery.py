"""The Celery app and its timetable.

The timetable is the safety net behind the hints: an entry that a stopped worker did not take expires before the next
one comes, so that nothing piles up.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutdown, worker_shutting_down

from leadcrm import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")

broker.install()
app = Celery("leadcrm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

PERIODS = {
    "leads.tasks.interpret_inbound": 5.0,
    "leads.tasks.dispatch_due_deliveries": 5.0,
    "leads.tasks.settle_expired_claims": 5.0,
    "leads.tasks.assign_leads": 15.0,
    "leads.tasks.ring_alarms": 15.0,
    "leads.tasks.score_again": 15.0,
    "leads.tasks.compare_leads": 15.0,
    "leads.tasks.prove_destinations": 15.0,
    "leads.tasks.continue_resend_jobs": 15.0,
    "leads.tasks.continue_bulk_edits": 15.0,
    "leads.tasks.continue_imports": 15.0,
    "leads.tasks.continue_exports": 15.0,
    "leads.tasks.continue_erasing": 15.0,
    "leads.tasks.watch": 30.0,
    "leads.tasks.give_up_overdue": 300.0,
    "leads.tasks.follow_titles": 60.0,
    "leads.tasks.count_days": 60.0,
    "leads.tasks.send_notices": 30.0,
    "leads.tasks.note_what_is_due": 60.0,
    "leads.tasks.purge_files": 600.0,
    "leads.tasks.purge": 300.0,
    "leads.tasks.warn_of_ending_credentials": 3600.0,
}

app.conf.beat_schedule = {
    task: {"task": task, "schedule": seconds, "options": {"expires": seconds}} for task, seconds in PERIODS.items()
}


@setup_logging.connect
def log_as_the_settings_say(**_details: Any) -> None:
    """Whoever listens keeps Celery from setting a level and a format of its own."""


@worker_ready.connect
def give_signs_of_life(**_details: Any) -> None:
    from leads.watching import heartbeat  # the apps are loaded by now

    heartbeat.beat_in_background()


@worker_shutting_down.connect
def start_no_further_call(**_details: Any) -> None:
    """What was claimed and not sent is given back at once: a new version begins where this one stopped."""
    from leads.delivery import sending

    sending.stop()


@worker_shutdown.connect
def finish_what_was_begun(**_details: Any) -> None:
    """Whatever the worker ends for: an interpreter that is about to end starts no call for what is marked as sent."""
    from leads.delivery import sending
    from leads.delivery.room import room

    sending.stop()
    room.close()


@worker_shutdown.connect
def be_missed_by_nobody(**_details: Any) -> None:
    from leads.watching import heartbeat

    heartbeat.stop_beating()
