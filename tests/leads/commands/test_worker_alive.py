"""A health check for containers: does a worker here give signs of life?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from leads.models import Heartbeat
from leads.watching.heartbeat import TIMETABLE, beat, worker_name
from tests.leads.commands.conftest import Run

pytestmark = pytest.mark.django_db


def seen(name: str, seconds: int) -> Any:
    return Heartbeat.objects.create(name=name, beat_at=Now() - timedelta(seconds=seconds))


def test_one_that_beats_is_alive(run: Run) -> None:
    beat(worker_name())
    ran = run("worker_alive")
    assert (ran.code, ran.out, ran.err) == (0, "The last sign of life came 0 seconds ago.\n", "")


def test_the_newest_sign_counts(run: Run) -> None:
    seen(f"{worker_name()}0", 500)
    seen(f"{worker_name()}1", 30)
    ran = run("worker_alive", "--json")
    assert ran.code == 0
    assert 30 <= ran.json["seconds"] < 40


def test_one_that_has_been_silent_for_more_than_a_minute_is_not(run: Run) -> None:
    seen(worker_name(), 62)
    ran = run("worker_alive")
    assert (ran.code, ran.out) == (1, "The last sign of life came 62 seconds ago.\n")


def test_workers_of_other_machines_and_the_timetable_do_not_count(run: Run) -> None:
    beat("worker elsewhere 1")
    beat(TIMETABLE)
    ran = run("worker_alive")
    assert (ran.code, ran.out) == (1, "No worker of this machine gives signs of life.\n")
    assert run("worker_alive", "--json").json == {"seconds": None}


@pytest.mark.django_db(transaction=True)
def test_when_the_database_is_away_nobody_can_tell(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        connection.close()
        away.setitem(connection.settings_dict, "NAME", "/nowhere/db" if connection.vendor == "sqlite" else "nowhere")
        ran = run("worker_alive")
    assert ran.code == 3
    assert "Check DATABASE_URL" in ran.err
