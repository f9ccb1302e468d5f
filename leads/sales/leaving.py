"""The open leads of somebody who leaves, or is away for long, go to others."""

import time
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from leads.assignment.handing_on import hand_on
from leads.history.edits import By
from leads.models import Lead
from leads.sales.owning import give

PAGE = 100
SECONDS_AT_ONCE = 10.0


class HandedOver(NamedTuple):
    """How many went to others, and whether there was no time for all of them: then ask once more."""

    leads: int
    may_be_more: bool


def leads_of(person: User) -> QuerySet[Lead]:
    return Lead.objects.to_work_on().filter(owner=person)


def hand_over(by: By, person: User, to: User | None) -> HandedOver:
    """All of them to somebody, or by the rules; those for which the rules know nobody else stay. Page by page, so that
    nobody waits for all of it, and as often as is needed."""
    ends_at, handed, last = time.monotonic() + SECONDS_AT_ONCE, 0, None
    while time.monotonic() < ends_at:
        rest = leads_of(person) if last is None else leads_of(person).filter(id__gt=last)
        ids = list(rest.order_by("id").values_list("id", flat=True)[:PAGE])
        if not ids:
            return HandedOver(handed, may_be_more=False)
        if to is None:
            handed += len(hand_on(by, ids, only=Q(owner=person)).owners)
        else:
            edit = give(by, ids, to, only=Q(owner=person))
            handed += edit.changes.values("lead").distinct().count() if edit else 0
        last = ids[-1]
    return HandedOver(handed, may_be_more=True)
