"""The queues of sales: what is in which tab, in which order, and how it goes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from leads.assignment.levels import Levels
from leads.models import Lead, Profile, ServiceLevel
from leads.sales import activities, queue
from leads.sales.queue import Day, Tab
from leads.states import ActivityKind, CallOutcome, Stage
from tests.factories import make_calendar, make_lead, make_service_level, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
DAY = Day(NOW, datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
HOUR = timedelta(hours=1)


@pytest.fixture
def user(db: None) -> User:
    return make_user()


def names(leads: Sequence[Lead]) -> list[str]:
    return [lead.last_name for lead in leads]


def fill(user: User) -> None:
    """Each lead is named for what is the matter with it."""
    leads: dict[str, dict[str, Any]] = {
        "late": {"answer_by": NOW - HOUR},
        "in an hour": {"answer_by": NOW + HOUR},
        "no target": {},
        "asleep": {"answer_by": NOW - HOUR, "snoozed_until": NOW + HOUR},
        "awake again": {"answer_by": NOW + 9 * HOUR, "snoozed_until": NOW - HOUR},
        "overdue": {"contacted_at": NOW, "next_task_at": NOW - 30 * HOUR},
        "tonight": {"contacted_at": NOW, "next_task_at": NOW + 11 * HOUR},
        "tomorrow": {"contacted_at": NOW, "next_task_at": NOW + 13 * HOUR},
        "nothing planned": {"contacted_at": NOW},
        "won": {"stage": Stage.WON},
        "test": {"is_test": True},
        "do not contact": {"is_dnc": True},
    }
    for name, values in leads.items():
        make_lead(last_name=name, owner=user, **values)
    make_lead(last_name="of somebody else", owner=make_user(), answer_by=NOW)
    make_lead(last_name="of nobody", answer_by=NOW)


@pytest.mark.parametrize(
    ("tab", "found"),
    [
        (Tab.TO_ANSWER, {"late", "awake again", "in an hour", "no target"}),
        (Tab.FOLLOW_UP, {"overdue", "tonight"}),
        (Tab.WAITING, {"asleep", "tomorrow", "nothing planned"}),
        (Tab.UNASSIGNED, {"of nobody"}),
    ],
)
def test_each_lead_is_in_the_tab_where_it_belongs(user: User, tab: Tab, found: set[str]) -> None:
    fill(user)
    assert set(names(list(queue.leads_in(tab, user, DAY)))) == found


def test_every_open_lead_of_a_person_is_in_exactly_one_tab(user: User) -> None:
    fill(user)
    mine = [tab for tab in Tab if tab is not Tab.UNASSIGNED]
    found = [lead.pk for tab in mine for lead in queue.leads_in(tab, user, DAY)]
    assert sorted(found) == sorted(queue.queue_of(user).values_list("pk", flat=True))


def test_what_is_due_first_comes_first_and_what_is_not_due_at_all_last(user: User) -> None:
    fill(user)
    found = names(list(queue.leads_in(Tab.TO_ANSWER, user, DAY)))
    assert found[0] in ("late", "awake again")
    assert found[2:] == ["in an hour", "no target"]


def test_a_lead_that_was_to_wake_up_is_due_at_its_next_step_once_somebody_called(user: User) -> None:
    lead = make_lead(owner=user, snoozed_until=timezone.now() - HOUR, contacted_at=NOW, stage=Stage.CONTACTED)
    activities.log(user, lead.pk, ActivityKind.NOTE, "Not yet")
    lead.refresh_from_db()
    assert lead.due_at == lead.snoozed_until
    activities.log_call(user, lead.pk, CallOutcome.CALL_BACK)
    lead.refresh_from_db()
    assert lead.snoozed_until is None
    assert lead.due_at == lead.tasks.get().due_at


def test_the_head_counts_what_is_late_and_what_is_still_due_today(user: User) -> None:
    fill(user)
    assert set(names(list(queue.late(user, DAY)))) == {"late", "awake again", "overdue"}
    assert set(names(list(queue.due_today(user, DAY)))) == {"in an hour", "tonight"}


def test_the_day_ends_by_the_persons_own_clock(user: User) -> None:
    Profile.objects.create(user=user, time_zone="Asia/Seoul")
    day = queue.day_of(user)
    assert (day.ends_at.hour, day.ends_at.utcoffset()) == (0, timedelta(hours=9))
    assert day.now < day.ends_at <= day.now + timedelta(days=1)
    assert day.week_began_at.weekday() == 0
    assert timedelta(0) <= day.now - day.week_began_at < timedelta(days=7)


def test_new_ones_are_those_that_became_mine_or_came_in_since(user: User) -> None:
    make_lead(last_name="before", owner=user, routed_at=NOW - HOUR)
    make_lead(last_name="after", owner=user, routed_at=NOW)
    make_lead(last_name="came", opened_at=NOW)
    make_lead(last_name="was there", opened_at=NOW - HOUR)
    mine = queue.new_since(queue.leads_in(Tab.TO_ANSWER, user, DAY), Tab.TO_ANSWER, NOW)
    free = queue.new_since(queue.leads_in(Tab.UNASSIGNED, user, DAY), Tab.UNASSIGNED, NOW)
    assert (names(list(mine)), names(list(free))) == (["after"], ["came"])


def answered(user: User, opened: datetime, after: timedelta) -> None:
    make_lead(owner=user, opened_at=opened, contacted_at=opened + after, last_touch_at=opened, stage=Stage.CONTACTED)


def test_the_median_answer_is_of_this_week_and_in_working_time(user: User) -> None:
    ServiceLevel.objects.all().delete()
    make_service_level(calendar=make_calendar("09:00-17:00"))
    evening = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    answered(user, evening, timedelta(hours=17))  # until 9:30 the next day: an hour of work
    answered(user, datetime(2026, 3, 3, 10, 0, tzinfo=UTC), timedelta(minutes=20))
    answered(user, datetime(2026, 3, 3, 11, 0, tzinfo=UTC), timedelta(minutes=40))
    answered(user, datetime(2026, 2, 26, 10, 0, tzinfo=UTC), timedelta(hours=1))  # last week
    answered(make_user(), datetime(2026, 3, 3, 10, 0, tzinfo=UTC), timedelta(hours=3))
    assert queue.median_answer(user, DAY, Levels.load()) == timedelta(minutes=40)


def test_without_an_answer_this_week_there_is_no_median(user: User) -> None:
    make_lead(owner=user, opened_at=timezone.now())
    assert queue.median_answer(user, DAY, Levels.load()) is None
