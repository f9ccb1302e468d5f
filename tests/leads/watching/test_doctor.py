"""What is wrong with an installation, told by part."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.test import Client

from leads.models import Destination, Heartbeat, Notice
from leads.models.notice import NoticeKind, NoticeState
from leads.roles import OPS
from leads.states import Verdict
from leads.watching import doctor, heartbeat
from leads.watching.doctor import Finding, findings, worst
from leads.watching.heartbeat import TIMETABLE
from tests.factories import make_destination, make_secret, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spool_dir")]

GOOD, WARNING, BAD = Verdict.GOOD, Verdict.WARNING, Verdict.BAD


@pytest.fixture(autouse=True)
def a_broker_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "current_app", FakeApp(None))


class FakeApp:
    """Celery, as far as it opens connections."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def connection_for_write(self) -> "FakeApp":
        return self

    def __enter__(self) -> "FakeApp":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def ensure_connection(self, **_limits: object) -> None:
        if self.error:
            raise self.error


def found_of(about: str) -> list[tuple[Verdict, str]]:
    return [(found.verdict, found.what) for found in findings() if found.about == about]


@pytest.fixture
def whole(settings: Any) -> None:
    """An installation to which nothing is missing."""
    settings.LEADCRM_SENDS_MAIL, settings.LEADCRM_PUBLIC_URL = True, "https://leads.example.com"
    for name in (TIMETABLE, heartbeat.worker_name()):
        heartbeat.beat(name)
    make_secret()
    make_destination()


def test_where_nothing_is_missing_everything_is_good(whole: None) -> None:
    found = findings()
    assert [one for one in found if one.verdict is not GOOD] == []
    assert worst(found) is GOOD
    assert {one.about for one in found} == {
        "Database", "Workers", "Timetable", "Endpoints", "Destinations", "Notices", "Broker", "Spool", "Disk",
    }  # fmt: skip


def test_an_installation_just_made_is_told_what_to_start_and_set_up(settings: Any) -> None:
    settings.LEADCRM_PUBLIC_URL = "http://127.0.0.1:8000"
    found = {one.about: one for one in findings()}
    wrong = {about for about, one in found.items() if one.verdict is BAD}
    assert wrong == {"Workers"}
    assert {about for about, one in found.items() if one.verdict is WARNING} == {
        "Timetable", "Endpoints", "Destinations", "Notices", "Settings",
    }  # fmt: skip
    assert all(one.remedy for one in found.values() if one.verdict is not GOOD)


def test_a_worker_that_was_killed_is_missed_after_a_minute(whole: None) -> None:
    Heartbeat.objects.exclude(name=TIMETABLE).update(beat_at=Now() - timedelta(seconds=61))
    assert found_of("Workers") == [(BAD, "None gave a sign of life within a minute.")]


def test_a_timetable_that_stopped_is_missed_after_two_minutes(whole: None) -> None:
    Heartbeat.objects.filter(name=TIMETABLE).update(beat_at=Now() - timedelta(seconds=121))
    assert found_of("Timetable") == [(BAD, "It gave no sign of life within two minutes.")]


def test_a_worker_that_ended_as_it_should_is_missed_by_nobody(whole: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_stopping", threading.Event())
    heartbeat.stop_beating()
    assert [beat.name for beat in Heartbeat.objects.all()] == [TIMETABLE]


def test_workers_that_are_long_gone_are_forgotten(whole: None) -> None:
    Heartbeat.objects.create(name="worker of old", beat_at=Now() - timedelta(days=2))
    heartbeat.beat(TIMETABLE)
    assert not Heartbeat.objects.filter(name="worker of old").exists()


def test_a_broker_that_is_away(whole: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "current_app", FakeApp(ConnectionRefusedError("redis://:SECRET@broker")))
    ((verdict, what),) = found_of("Broker")
    assert (verdict, what) == (BAD, "It does not answer (ConnectionRefusedError).")


def test_secrets_that_no_key_opens(whole: None) -> None:
    Destination.objects.update(encrypted_secrets="not ours", name="CRM")
    assert found_of("Destinations")[0] == (BAD, "The secrets of CRM cannot be read.")


def test_notices_that_could_not_be_sent(whole: None) -> None:
    Notice.objects.create(kind=NoticeKind.TROUBLE, state=NoticeState.FAILED)
    assert found_of("Notices") == [(WARNING, "1 notice of the last day could not be sent.")]


def test_files_in_the_spool(whole: None, spool_dir: Path) -> None:
    spool_dir.mkdir()
    (spool_dir / "a.lead").write_text("")
    (spool_dir / "b.unreadable").write_text("")
    assert [verdict for verdict, _what in found_of("Spool")] == [WARNING, BAD]


def test_a_disk_that_is_full(whole: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 1024**5)
    assert [verdict for verdict, _what in found_of("Disk")] == [BAD]


def test_without_its_tables_the_rest_is_not_asked(whole: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_arguments: ["one"])
    assert found_of("Database") == [(BAD, "Its tables are older than this version.")]
    assert found_of("Workers") == []


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no sessions to look at")
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_somebody_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LONGEST_TRANSACTION", timedelta(0))
    opened, seen = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1")
            opened.set()
            seen.wait(10)
            cursor.execute("ROLLBACK")
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert opened.wait(10)
    verdicts = [verdict for verdict, _what in found_of("Database")]
    seen.set()
    thread.join()
    assert verdicts == [GOOD, WARNING]


def test_the_worst_finding_decides() -> None:
    good, warning, bad = (Finding("", verdict, "") for verdict in (GOOD, WARNING, BAD))
    assert [worst([good]), worst([good, warning]), worst([bad, warning])] == [GOOD, WARNING, BAD]


def test_the_system_page_shows_them(whole: None, client: Client) -> None:
    client.force_login(make_user(OPS, is_staff=True), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/admin/system/")
    assert page.status_code == 200
    assert "1 worker lives." in page.text
    assert heartbeat.worker_name() in page.text
