"""So much working time from a moment on, by the clock on the wall of those who work."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.models import Calendar
from leads.service_level.clock import working_time_of
from leads.service_level.working_time import ALWAYS, DAYS_LOOKED_AT, WorkingTime
from tests.factories import make_calendar

BERLIN, SEOUL = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Seoul")
NINE_TO_FIVE = {weekday: [(time(9), time(17))] for weekday in range(5)}
HOUR = timedelta(hours=1)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02 09:00", 2, "2026-03-02 11:00"),
        ("2026-03-02 16:00", 2, "2026-03-03 10:00"),
        ("2026-03-02 09:00", 8, "2026-03-02 17:00"),
        ("2026-03-06 16:00", 2, "2026-03-09 10:00"),  # Friday to Monday
        ("2026-03-07 12:00", 1, "2026-03-09 10:00"),  # from Saturday
        ("2026-03-02 03:00", 0, "2026-03-02 09:00"),
        ("2026-03-02 17:00", 0, "2026-03-03 09:00"),  # the end is no longer a working moment
        ("2026-03-02 12:34", 0, "2026-03-02 12:34"),
        ("2026-03-02 09:00", 80, "2026-03-13 17:00"),
    ],
)
def test_only_working_hours_count(start: str, hours: int, end: str) -> None:
    assert WorkingTime(BERLIN, NINE_TO_FIVE).after(at(start), HOUR * hours) == at(end)


def test_nobody_works_on_a_holiday() -> None:
    easter = WorkingTime(BERLIN, NINE_TO_FIVE, frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    assert easter.after(at("2026-04-02 16:00"), 2 * HOUR) == at("2026-04-07 10:00")
    assert easter.between(at("2026-04-02 16:00"), at("2026-04-07 10:00")) == 2 * HOUR


def test_a_break_at_noon_does_not_count() -> None:
    hours = {0: [(time(9), time(12)), (time(13), time(17))]}
    assert WorkingTime(BERLIN, hours).after(at("2026-03-02 11:30"), HOUR) == at("2026-03-02 13:30")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-29 01:00", "2026-03-29 04:00"),  # the hour from two to three does not exist
        ("2026-10-25 01:00", "2026-10-25 02:00"),  # and here it comes twice
    ],
)
def test_when_the_clocks_change_two_hours_stay_two_hours(start: str, end: str) -> None:
    always = WorkingTime(BERLIN, {weekday: [(time.min, time.max)] for weekday in range(7)})
    assert always.after(at(start), 2 * HOUR) == at(start).astimezone(UTC) + 2 * HOUR
    assert always.between(at(start), at(start).astimezone(UTC) + 2 * HOUR) == 2 * HOUR
    assert always.after(at(start), 2 * HOUR).astimezone(BERLIN).replace(tzinfo=None) == datetime.fromisoformat(end)


def test_nine_is_nine_on_the_wall_before_and_after_the_clocks_change() -> None:
    working = WorkingTime(BERLIN, NINE_TO_FIVE)
    assert working.next_moment(at("2026-03-27 18:00")) == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert working.next_moment(at("2026-03-26 18:00")) == datetime(2026, 3, 27, 8, tzinfo=UTC)


def test_a_day_that_ends_at_24_runs_into_the_next() -> None:
    night = make_unsaved("18:00-24:00", weekend="00:00-24:00")
    assert night.after(at("2026-03-06 23:00", SEOUL), 26 * HOUR) == at("2026-03-08 01:00", SEOUL)
    assert night.after(at("2026-03-03 23:30", SEOUL), HOUR) == at("2026-03-04 18:30", SEOUL)


def make_unsaved(hours: str, weekend: str) -> WorkingTime:
    five, two = [hours.split("-")], [weekend.split("-")]
    return working_time_of(Calendar(time_zone="Asia/Seoul", hours=[five] * 5 + [two] * 2))


@pytest.mark.django_db
def test_a_calendar_is_read_as_it_is_stored() -> None:
    calendar = make_calendar("09:00-12:00,13:00-17:30", time_zone="Asia/Seoul", holidays=["2026-03-03"])
    calendar.refresh_from_db()
    assert working_time_of(calendar).after(at("2026-03-02 17:00", SEOUL), HOUR) == at("2026-03-04 09:30", SEOUL)


def test_without_a_calendar_every_minute_counts() -> None:
    assert working_time_of(None) is ALWAYS
    assert ALWAYS.after(at("2026-03-07 23:00"), 48 * HOUR) == at("2026-03-09 23:00")


def test_where_nobody_ever_works_an_answer_is_due_after_more_than_a_year() -> None:
    never = WorkingTime(UTC, {})
    start = datetime(2026, 3, 2, tzinfo=UTC)
    assert never.after(start, HOUR) == start + timedelta(days=DAYS_LOOKED_AT)
    assert never.between(start, start + timedelta(days=30)) == timedelta(0)


@given(
    start=st.integers(0, 730 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    minutes=st.integers(0, 6000),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_between_undoes_after(start: datetime, minutes: int, zone: str) -> None:
    working = WorkingTime(ZoneInfo(zone), NINE_TO_FIVE, frozenset({date(2026, 12, 25)}))
    time_of_work = timedelta(minutes=minutes)
    assert working.between(start, working.after(start, time_of_work)) == time_of_work
