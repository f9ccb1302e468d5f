"""When somebody could do something."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from leads.models import Profile
from leads.sales.proposing import next_monday, next_morning, proposed
from tests.factories import make_calendar

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "after", "expected"),
    [
        ("2026-03-03 10:00", DAY, "2026-03-04 10:00"),  # Tuesday
        ("2026-03-03 10:07", DAY, "2026-03-04 10:15"),
        ("2026-03-03 10:15", timedelta(0), "2026-03-03 10:15"),
        ("2026-03-03 16:30", timedelta(hours=4), "2026-03-04 09:00"),
        ("2026-03-06 16:00", DAY, "2026-03-09 09:00"),  # Friday
        ("2026-03-03 16:59:30", timedelta(0), "2026-03-04 09:00"),  # the day is over then
    ],
)
def test_it_is_in_office_hours_and_on_the_quarter(seller: User, now: str, after: timedelta, expected: str) -> None:
    assert proposed(seller, after, at(now)) == at(expected)


def test_their_own_working_hours_count(seller: User) -> None:
    calendar = make_calendar("06:00-10:00", time_zone="Asia/Seoul", holidays=["2026-03-05"])
    Profile.objects.create(user=seller, calendar=calendar)
    assert proposed(seller, DAY, at("2026-03-03 03:00")) == at("2026-03-05 21:00")  # the 6th in Seoul


def test_without_a_calendar_their_time_zone_counts(seller: User) -> None:
    Profile.objects.create(user=seller, time_zone="America/New_York")
    assert proposed(seller, DAY, at("2026-03-03 04:00")) == at("2026-03-03 04:00") + DAY + timedelta(hours=10)


@pytest.mark.parametrize(
    ("now", "morning", "monday"),
    [
        ("2026-03-03 10:00", "2026-03-04 09:00", "2026-03-09 09:00"),
        ("2026-03-06 20:00", "2026-03-09 09:00", "2026-03-09 09:00"),
        ("2026-03-09 08:00", "2026-03-10 09:00", "2026-03-16 09:00"),
    ],
)
def test_tomorrow_and_next_week_are_when_they_begin_to_work(seller: User, now: str, morning: str, monday: str) -> None:
    assert next_morning(seller, at(now)) == at(morning)
    assert next_monday(seller, at(now)) == at(monday)
