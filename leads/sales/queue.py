"""The queues of sales: what is to be done next, in the order in which it is due."""

from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet

from leads.models import Lead


class Tab(StrEnum):
    TO_ANSWER = "to_answer"
    """Nobody has been in touch with the person yet."""
    FOLLOW_UP = "follow_up"
    """The next step is due today, or was due before."""
    WAITING = "waiting"
    """Nothing is due today."""


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
