"""The queues of sales: what is to be done next, in the order in which it is due."""

from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from leads.assignment.levels import Levels
from leads.models import Lead
from leads.models.people import profile_of
from leads.service_level.working_time import ALWAYS


class Tab(StrEnum):
    TO_ANSWER = "to_answer"
    """Nobody has been in touch with the person yet."""
    FOLLOW_UP = "follow_up"
    """The next step is due today, or was due before."""
    WAITING = "waiting"
    """Nothing is due today."""
    UNASSIGNED = "unassigned"
    """They are nobody's yet."""


class Day(NamedTuple):
    """This moment, and the borders of the day and the week around it by a person's own clock."""

    now: datetime
    ends_at: datetime
    week_began_at: datetime


def day_of(user: User) -> Day:
    """By the time zone that they chose, or that of the installation."""
    now = timezone.localtime(timezone=profile_of(user).zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Day(now, midnight + timedelta(days=1), midnight - timedelta(days=now.weekday()))


def leads_in(tab: Tab, user: User, day: Day) -> QuerySet[Lead]:
    if tab is Tab.UNASSIGNED:
        return unassigned()
    return in_tab(queue_of(user), tab, day.now, day.ends_at)


def queue_of(user: User) -> QuerySet[Lead]:
    """The open leads of this person, soonest due first; those where nothing is due come last."""
    return in_order(Lead.objects.to_work_on().filter(owner=user))


def unassigned() -> QuerySet[Lead]:
    """Open leads that are nobody's yet."""
    return in_order(Lead.objects.to_work_on().filter(owner=None))


def in_order(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return leads.order_by(F("due_at").asc(nulls_last=True), "id")


def in_tab(leads: QuerySet[Lead], tab: Tab, now: datetime, end_of_today: datetime) -> QuerySet[Lead]:
    """``end_of_today`` is by the person's own clock."""
    asleep = Q(snoozed_until__gt=now)
    if tab is Tab.TO_ANSWER:
        return leads.filter(contacted_at=None).exclude(asleep)
    today = Q(due_at__lt=end_of_today)
    if tab is Tab.FOLLOW_UP:
        return leads.filter(today, contacted_at__isnull=False).exclude(asleep)
    later = Q(contacted_at__isnull=False) & (Q(due_at=None) | Q(due_at__gte=end_of_today))
    return leads.filter(asleep | later)


# --- how it goes ----------------------------------------------------------------------------------------------------


def awake(leads: QuerySet[Lead], now: datetime) -> QuerySet[Lead]:
    return leads.exclude(snoozed_until__gt=now)


def late(user: User, day: Day) -> QuerySet[Lead]:
    """What should have been done by now."""
    return queue_of(user).filter(due_at__lt=day.now)


def due_today(user: User, day: Day) -> QuerySet[Lead]:
    """What is still to be done today."""
    return awake(queue_of(user).filter(due_at__gte=day.now, due_at__lt=day.ends_at), day.now)


def new_since(leads: QuerySet[Lead], tab: Tab, moment: datetime) -> QuerySet[Lead]:
    """Those that came into the queue since then."""
    came = "opened_at" if tab is Tab.UNASSIGNED else "routed_at"
    return leads.filter(**{f"{came}__gte": moment})


MOST_ANSWERS = 500
LONGEST_WAIT = timedelta(days=30)


def median_answer(user: User, day: Day, levels: Levels) -> timedelta | None:
    """Of the leads that they answered this week, in working time; ``None`` without any."""
    touched = Lead.objects.shown().filter(owner=user, last_touch_at__gte=day.week_began_at - LONGEST_WAIT)
    answered = touched.filter(contacted_at__gte=day.week_began_at, opened_at__isnull=False)
    times = [_answer_time(lead, levels) for lead in answered.order_by("-last_touch_at", "-id")[:MOST_ANSWERS]]
    return timedelta(seconds=median(time.total_seconds() for time in times)) if times else None


def _answer_time(lead: Lead, levels: Levels) -> timedelta:
    assert lead.opened_at
    assert lead.contacted_at
    level = levels.of(lead)
    return (level.working_time if level else ALWAYS).between(lead.opened_at, lead.contacted_at)
