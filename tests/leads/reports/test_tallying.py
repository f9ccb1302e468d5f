"""The days are kept counted: today's every time, and whatever changed once its day comes round."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from leads.history.edits import By
from leads.models import DayTally, Lead
from leads.reports import tallying
from leads.reports.periods import Period, last_days, today
from leads.sales.stages import move_stage
from leads.states import Stage
from tests.factories import make_lead

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "SECONDS_FOR_RECENT", 60)
    monkeypatch.setattr(tallying, "SECONDS_FOR_OLD", 60)


def came(days_ago: int = 0, **values: Any) -> Lead:
    moment = timezone.now() - DAY * days_ago
    return make_lead(first_touch_at=moment, last_touch_at=moment, **values)


def stages(days_ago: int = 0) -> dict[str, int]:
    row = DayTally.objects.filter(day=today() - DAY * days_ago).first()
    return row.counts.get("", {}).get("stage", {}) if row else {}


def test_every_day_since_that_of_the_first_lead_is_counted() -> None:
    came(3)
    came()
    tallying.keep_up()
    assert DayTally.objects.count() == 4
    assert [stages(number) for number in range(4)] == [{"new": 1}, {}, {}, {"new": 1}]
    assert not DayTally.objects.filter(counted_at=None).exists()


def test_without_leads_there_are_two_empty_days() -> None:
    tallying.keep_up()
    assert sorted(DayTally.objects.values_list("day", "counts")) == [(today() - DAY, {}), (today(), {})]


def test_what_changes_later_is_found_however_it_changed() -> None:
    lead, other, third = came(20), came(20), came(20)
    tallying.keep_up()
    assert stages(20) == {"new": 3}
    move_stage(By(), lead.pk, Stage.QUALIFIED)
    Lead.objects.filter(pk=other.pk).update(merged_into=lead)
    third.delete()
    tallying.keep_up()
    assert stages(20) == {"qualified": 1}


def test_a_lead_that_comes_in_late_counts_on_its_own_day() -> None:
    came(2)
    tallying.keep_up()
    came(200)
    tallying.keep_up()
    assert (stages(200), DayTally.objects.count()) == ({"new": 1}, 201)


def test_when_time_is_up_the_days_that_were_counted_longest_ago_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "SECONDS_FOR_RECENT", -1)
    monkeypatch.setattr(tallying, "SECONDS_FOR_OLD", -1)
    came(5)
    for _turn in range(3):
        tallying.keep_up()
    assert DayTally.objects.filter(counted_at=None).count() == 5  # only today, every time


def test_old_days_have_a_turn_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "SECONDS_FOR_RECENT", -1)
    monkeypatch.setattr(tallying, "SECONDS_FOR_OLD", -1)
    came(100)
    counted = []
    for _turn in range(9):
        tallying.keep_up()
        old = DayTally.objects.filter(day__lte=today() - DAY * 92, counted_at__isnull=False)
        counted.append(old.count())
    assert counted == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    tallying.keep_up()
    assert DayTally.objects.filter(day__lte=today() - DAY * 92).latest("counted_at").day == today() - DAY * 92


def test_a_day_that_stays_as_it_was_is_not_written_again(django_assert_num_queries: Any) -> None:
    came()
    tallying.keep_up()
    rows = list(DayTally.objects.all())
    with django_assert_num_queries(2):
        tallying._store({row.day: row.counts for row in rows})


def test_in_another_time_zone_every_day_is_another(settings: Settings) -> None:
    settings.TIME_ZONE = "UTC"
    moment = datetime(2026, 3, 2, 20, 0, tzinfo=timezone.get_default_timezone())
    make_lead(first_touch_at=moment, last_touch_at=moment)
    list(tallying.count_again(Period(date(2026, 3, 1), date(2026, 3, 4))))
    assert DayTally.objects.get(day=date(2026, 3, 2)).counts[""]["stage"] == {"new": 1}
    settings.TIME_ZONE = "Asia/Seoul"
    tallying.keep_up()
    assert DayTally.objects.get(day=date(2026, 3, 3)).counts[""]["stage"] == {"new": 1}
    assert DayTally.objects.get(day=date(2026, 3, 2)).counts == {}


def test_leads_of_ages_ago_make_no_days() -> None:
    came(40 * 365)
    tallying.keep_up()
    assert DayTally.objects.count() == tallying.REMEMBERED.days + 1


def test_the_command_counts_at_once_and_says_how_many_days(capsys: Any) -> None:
    came(9)
    call_command("recount_reports")
    assert capsys.readouterr().out == f"10 days counted, from {today() - DAY * 9} to {today()}.\n"
    Lead.objects.update(stage=Stage.WON)
    call_command("recount_reports", "--since", str(today() - DAY), "--json")
    assert f'"days": 2,\n  "first": "{today() - DAY}"' in capsys.readouterr().out
    assert stages(9) == {"new": 1}
    assert DayTally.objects.filter(counted_at=None).count() == 0


def test_the_last_days_end_today() -> None:
    assert list(last_days(2)) == [today() - DAY, today()]
