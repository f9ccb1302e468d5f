"""When somebody is told: at once, collected, not at all; never in their quiet hours or while they are away."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from leads.models import Profile
from leads.notices.wishes import Wishes, awake_except, wishes_of, wishes_of_address, wishes_of_team
from leads.service_level.working_time import WorkingTime
from leads.states import Quiet, SalesKind, Way
from tests.factories import make_absence, make_calendar, make_team, make_user

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingTime(BERLIN, {day: [(time(9), time(17))] for day in range(5)})
USUAL = Wishes(BERLIN, "en", awake=OFFICE)
GIVEN, DUE_SOON, OVERDUE = SalesKind.GIVEN, SalesKind.DUE_SOON, SalesKind.OVERDUE


def at(text: str) -> datetime:
    """By the clock of Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def told(wishes: Wishes, made: str, now: str = "", kind: SalesKind = GIVEN) -> datetime | None:
    return wishes.moment_for(kind, at(made), at(now or made))


def test_at_work_it_is_told_at_once() -> None:
    assert told(USUAL, "2026-03-02T10:30") == at("2026-03-02T10:30")


@pytest.mark.parametrize(
    ("made", "moment"),
    [
        ("2026-03-02T22:00", "2026-03-03T09:00"),
        ("2026-03-03T06:00", "2026-03-03T09:00"),
        ("2026-03-06T17:01", "2026-03-09T09:00"),  # Friday evening
        ("2026-03-28T12:00", "2026-03-30T09:00"),  # the night in which the clocks change
    ],
)
def test_what_comes_at_night_or_at_the_weekend_waits_for_the_morning(made: str, moment: str) -> None:
    assert told(USUAL, made) == at(moment)


def test_what_comes_during_an_absence_waits_for_the_first_working_hour_after_it() -> None:
    away = replace(USUAL, absences=[(at("2026-03-04T12:00"), at("2026-03-07T12:00"))])
    assert told(away, "2026-03-04T10:00") == at("2026-03-04T10:00")
    assert told(away, "2026-03-04T13:00") == at("2026-03-09T09:00")
    assert told(away, "2026-03-03T20:00") == at("2026-03-04T09:00")


def test_absences_that_follow_each_other_are_one() -> None:
    first, second = (at("2026-03-02T00:00"), at("2026-03-03T00:00")), (at("2026-03-03T00:00"), at("2026-03-04T10:00"))
    for absences in ([first, second], [second, first]):
        assert told(replace(USUAL, absences=absences), "2026-03-02T10:00") == at("2026-03-04T10:00")


def test_what_is_urgent_breaks_the_quiet_hours_of_who_wants_that_but_no_absence() -> None:
    urgent = replace(USUAL, urgent_at_any_time=True)
    for kind in (DUE_SOON, OVERDUE):
        assert told(USUAL, "2026-03-02T22:00", kind=kind) == at("2026-03-03T09:00")
        assert told(urgent, "2026-03-02T22:00", kind=kind) == at("2026-03-02T22:00")
    assert told(urgent, "2026-03-02T22:00") == at("2026-03-03T09:00")
    away = replace(urgent, absences=[(at("2026-03-01T00:00"), at("2026-03-05T00:00"))])
    assert told(away, "2026-03-02T22:00", kind=OVERDUE) == at("2026-03-05T00:00")


def test_what_is_not_wanted_is_never_told_and_the_rest_is() -> None:
    wishes = replace(USUAL, ways={GIVEN: Way.NOT})
    assert told(wishes, "2026-03-02T10:00") is None
    assert told(wishes, "2026-03-02T10:00", kind=OVERDUE) == at("2026-03-02T10:00")


@pytest.mark.parametrize(
    ("made", "now", "moment"),
    [
        ("2026-03-02T08:00", "2026-03-02T08:00", "2026-03-02T09:30"),
        ("2026-03-02T09:30", "2026-03-02T09:31", "2026-03-02T15:00"),
        ("2026-03-02T16:00", "2026-03-02T16:00", "2026-03-03T09:30"),
        ("2026-03-02T08:00", "2026-03-02T15:30", "2026-03-02T15:30"),  # its time has passed
        ("2026-03-06T16:00", "2026-03-06T16:00", "2026-03-09T09:00"),  # its time is on Saturday
    ],
)
def test_what_is_collected_waits_for_its_time_of_day(made: str, now: str, moment: str) -> None:
    wishes = replace(USUAL, ways={GIVEN: Way.DIGEST}, digest_times=[time(15), time(9, 30)])
    assert told(wishes, made, now) == at(moment)


def test_collected_without_a_time_is_at_once() -> None:
    assert told(replace(USUAL, ways={GIVEN: Way.DIGEST}), "2026-03-02T10:00") == at("2026-03-02T10:00")


@pytest.mark.parametrize(
    ("begins", "ends", "moment", "told_at"),
    [
        (time(20), time(7), "2026-03-02T23:00", "2026-03-03T07:00"),
        (time(20), time(7), "2026-03-02T06:59", "2026-03-02T07:00"),
        (time(20), time(7), "2026-03-07T12:00", "2026-03-07T12:00"),  # a Saturday
        (time(12), time(13), "2026-03-02T12:30", "2026-03-02T13:00"),
        (time(12), time(13), "2026-03-02T23:30", "2026-03-02T23:30"),
        (time(0), time(7), "2026-03-02T03:00", "2026-03-02T07:00"),
        (time(22), time(0), "2026-03-02T22:30", "2026-03-03T00:00"),
    ],
)
def test_quiet_between_two_times_of_day(begins: time, ends: time, moment: str, told_at: str) -> None:
    assert awake_except(begins, ends, BERLIN).next_moment(at(moment)) == at(told_at)


# --- as they are stored -----------------------------------------------------------------------------------------------

NIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_somebody_who_set_nothing_is_told_at_once_in_office_hours() -> None:
    wishes = wishes_of(make_user())
    assert (wishes.language, str(wishes.zone)) == ("en", "UTC")
    assert wishes.moment_for(GIVEN, NIGHT, NIGHT) == MORNING
    assert wishes.moment_for(GIVEN, MORNING, MORNING) == MORNING


@pytest.mark.django_db
def test_the_working_hours_time_zone_language_and_absences_are_their_own() -> None:
    user, now = make_user(), timezone.now()
    calendar = make_calendar("06:00-10:00", time_zone="Asia/Seoul")
    Profile.objects.create(
        user=user, calendar=calendar, time_zone="Asia/Seoul", language="ko", ways={"given": "digest", "old": "gone"}
    )
    make_absence(user)
    make_absence(user, begins_at=now - timedelta(days=9), ends_at=now - timedelta(days=8))
    wishes = wishes_of(user)
    assert (wishes.language, str(wishes.zone), wishes.ways) == ("ko", "Asia/Seoul", {"given": Way.DIGEST})
    assert wishes.digest_times == [time(9), time(14)]
    assert len(wishes.absences) == 1
    assert wishes.first_awake(datetime(2026, 3, 2, 12, tzinfo=UTC)) == datetime(2026, 3, 2, 21, tzinfo=UTC)


@pytest.mark.django_db
def test_who_wants_never_to_be_left_alone_is_told_at_night_and_when_away() -> None:
    user = make_user()
    Profile.objects.create(user=user, quiet=Quiet.NEVER)
    make_absence(user)
    assert wishes_of(user).first_awake(NIGHT) == NIGHT
    now = timezone.now()
    assert wishes_of(user).first_awake(now) == now


@pytest.mark.django_db
def test_quiet_hours_of_their_own_are_by_their_own_clock() -> None:
    user = make_user()
    between = {"quiet": Quiet.BETWEEN, "quiet_from": time(22), "quiet_until": time(6)}
    Profile.objects.create(user=user, time_zone="Asia/Seoul", **between)
    assert wishes_of(user).first_awake(datetime(2026, 3, 2, 14, tzinfo=UTC)) == datetime(2026, 3, 2, 21, tzinfo=UTC)


@pytest.mark.django_db
def test_a_chat_is_told_in_its_teams_hours_and_its_leaders_language() -> None:
    leader = make_user()
    Profile.objects.create(user=leader, language="ko", time_zone="America/New_York")
    at_any_hour = wishes_of_team(make_team(leader=leader))
    assert (at_any_hour.language, str(at_any_hour.zone)) == ("ko", "America/New_York")
    assert at_any_hour.first_awake(NIGHT) == NIGHT
    in_hours = wishes_of_team(make_team(calendar=make_calendar(time_zone="Asia/Seoul")))
    assert (in_hours.language, str(in_hours.zone)) == ("en", "Asia/Seoul")
    assert in_hours.first_awake(datetime(2026, 3, 2, 12, tzinfo=UTC)) == datetime(2026, 3, 3, 0, tzinfo=UTC)


def test_an_address_is_told_at_any_hour() -> None:
    assert wishes_of_address().first_awake(NIGHT) == NIGHT
