"""What comes in, and whether the parts of the installation live."""

from datetime import timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from leads.models import Heartbeat, Notice, Trouble
from leads.models.ids import first_id_at
from leads.models.notice import NoticeKind, NoticeState
from leads.models.trouble import TroubleKind
from leads.states import InboundState
from leads.watching.heartbeat import TIMETABLE, beat
from leads.watching.metrics import installation
from tests.factories import make_attempt, make_delivery, make_destination, make_endpoint, make_inbound
from tests.leads.watching.metrics.exposed import families, names, value, values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spool_dir")]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# --- What comes in --------------------------------------------------------------------------------------------------


def test_what_is_not_read_yet_is_counted_with_the_age_of_the_oldest() -> None:
    for wait in (3 * MINUTE, 2 * MINUTE):
        make_inbound(received_at=timezone.now() - wait)
    make_inbound(received_at=timezone.now() - HOUR, state=InboundState.ACCEPTED)
    assert value("inbound_waiting") == 2
    assert 180 <= value("inbound_oldest_seconds") < 190


def test_where_nothing_waits_nothing_is_old() -> None:
    assert (value("inbound_waiting"), value("inbound_oldest_seconds"), value("spool_oldest_seconds")) == (0, 0, 0)


def test_requests_of_the_last_hour_are_counted_by_what_became_of_them() -> None:
    endpoint = make_endpoint()
    for state in (InboundState.ACCEPTED, InboundState.REPEAT, InboundState.REPEAT, InboundState.RECEIVED):
        make_inbound(endpoint=endpoint, state=state)
    make_inbound(endpoint=endpoint, state=InboundState.REJECTED, reason="not_json")
    old = first_id_at(timezone.now() - HOUR - MINUTE)
    make_inbound(id=old, endpoint=endpoint, state=InboundState.REPEAT)
    assert values("inbound_last_hour") == {"accepted": 1, "repeat": 2, "rejected": 1}


def test_no_more_than_a_fixed_number_of_them_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "MOST_COUNTED", 2)
    for _n in range(3):
        make_inbound(state=InboundState.ACCEPTED)
    assert values("inbound_last_hour") == {"accepted": 2, "repeat": 0, "rejected": 0}


def test_files_in_the_spool(spool_dir: Path) -> None:
    spool_dir.mkdir()
    for name in ("b.lead", "a.unchecked", "c.unreadable"):
        (spool_dir / name).write_text("")
    assert values("spool_files") == {"waiting": 2, "unreadable": 1}
    assert 0 <= value("spool_oldest_seconds") < 60


# --- Processes ------------------------------------------------------------------------------------------------------


def test_workers_and_timetable_are_seen_by_their_signs_of_life() -> None:
    beat(TIMETABLE)
    Heartbeat.objects.create(name="worker a 1", beat_at=Now() - timedelta(seconds=30))
    Heartbeat.objects.create(name="worker b 1", beat_at=Now() - 2 * MINUTE)
    assert value("workers") == 1
    assert 30 <= value("worker_heartbeat_age_seconds") < 40
    assert 0 <= value("timetable_heartbeat_age_seconds") < 10


def test_where_none_was_ever_seen_it_is_longer_ago_than_any_alarm() -> None:
    assert (value("workers"), value("worker_heartbeat_age_seconds")) == (0, inf)
    assert value("timetable_heartbeat_age_seconds") == inf


# --- Troubles and notices -------------------------------------------------------------------------------------------


def test_troubles_that_stand_are_counted_by_kind() -> None:
    Trouble.objects.create(key="a", kind=TroubleKind.LEADS_FAILED)
    Trouble.objects.create(key="b", kind=TroubleKind.LEADS_FAILED)
    Trouble.objects.create(key="c", kind=TroubleKind.SILENT, ended_at=Now())
    expected = dict.fromkeys((kind.value for kind in TroubleKind), 0)
    assert values("troubles") == expected | {"leads_failed": 2}


def test_notices_of_the_last_day_that_could_not_be_sent() -> None:
    failed: dict[str, Any] = {"kind": NoticeKind.TROUBLE, "state": NoticeState.FAILED}
    Notice.objects.create(**failed)
    Notice.objects.create(**failed, created_at=Now() - DAY - HOUR)
    Notice.objects.create(kind=NoticeKind.TROUBLE)
    assert value("notices_failed") == 1


# --- The database ---------------------------------------------------------------------------------------------------


def test_only_postgresql_tells_of_transactions_and_dead_rows() -> None:
    told = [len(values(name)) for name in ("database_oldest_transaction_seconds", "database_delivery_rows")]
    assert told == ([1, 2] if connection.vendor == "postgresql" else [0, 0])


@pytest.mark.django_db(transaction=True)
def test_without_the_database_that_is_said_and_what_lies_in_files(
    spool_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool_dir.mkdir()
    (spool_dir / "a.lead").write_text("")
    with monkeypatch.context() as away:
        connection.close()
        away.setitem(connection.settings_dict, "NAME", "/nowhere/db" if connection.vendor == "sqlite" else "nowhere")
        assert names() == {"leadcrm_spool_files", "leadcrm_spool_oldest_seconds", "leadcrm_database_up"}
        assert (value("database_up"), value("spool_files", state="waiting")) == (0, 1)
    assert value("database_up") == 1


# --- All of them ----------------------------------------------------------------------------------------------------


def test_each_has_a_meaning_in_words_and_a_prefix() -> None:
    for family in families():
        assert family.name.startswith("leadcrm_")
        assert family.documentation.endswith("."), family.name


def test_their_cost_does_not_grow_with_the_rows(django_assert_max_num_queries: Any) -> None:
    for _n in range(5):
        destination = make_destination()
        make_attempt(make_delivery(destination), finished_at=Now(), result="delivered", duration_ms=1)
    with django_assert_max_num_queries(17):
        names()
