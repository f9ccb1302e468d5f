"""What happens when nobody answers a lead in time: its owner is warned, the team's leader is told, somebody else gets
it. Each alarm and what it leads to are stored together, so that none is lost and none comes twice."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.assignment.handing_on import hand_on
from leads.assignment.levels import Levels
from leads.history.edits import By
from leads.models import Change, Lead
from leads.service_level import clock
from leads.service_level.clock import Alarm, Level
from leads.states import EditCause

PAGE = 100


@dataclass(frozen=True)
class Alarmed:
    """Who is to be told what: of ``WARN`` the owner, or the team where there is none; of ``TELL`` the team's leader; of
    ``HAND_ON`` the new owner and the one before. Where ``owner_id`` stayed as it was, there was nobody else: that is
    for the leader to know."""

    alarm: Alarm
    lead_id: UUID
    team_id: int | None
    owner_id: int | None
    owner_before_id: int | None


def due() -> list[UUID]:
    """The leads whose alarm has come, the longest overdue first; at most a page of them."""
    return list(_due(timezone.now()).order_by("alarm_at").values_list("id", flat=True)[:PAGE])


def ring(lead_ids: Collection[UUID]) -> list[Alarmed]:
    """The next alarm of each of these leads. One whose alarm somebody else rings just now, or who was answered
    meanwhile, is left out."""
    now = timezone.now()
    levels = Levels.load()
    with transaction.atomic():
        locked = _due(now).filter(id__in=lead_ids).order_by("id")
        leads = list(locked.select_for_update(of=("self",), skip_locked=True))
        rung = {lead.id: alarm for lead in leads if (alarm := _next(lead, levels.of(lead), now))}
        Lead.objects.bulk_update(leads, ["alarms", "alarm_at"])
        given = _hand_on([lead for lead in leads if rung.get(lead.id) is Alarm.HAND_ON])
        kept = [lead.id for lead in leads if rung.get(lead.id) is Alarm.HAND_ON and lead.id not in given]
        Lead.objects.filter(id__in=kept).update(alarm_at=None)
    return [
        Alarmed(rung[lead.id], lead.id, lead.team_id, given.get(lead.id, lead.owner_id), lead.owner_id)
        for lead in leads
        if lead.id in rung
    ]


def _due(now: datetime) -> QuerySet[Lead]:
    """A lead that sleeps rings when it wakes."""
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    return Lead.objects.to_work_on().filter(awake, contacted_at=None, alarm_at__lte=now)


def _next(lead: Lead, level: Level | None, now: datetime) -> Alarm | None:
    """The alarm that comes now; sets when the next one does."""
    alarm = clock.alarm_of(lead, level)
    lead.alarms += 1
    lead.alarm_at = clock.next_alarm_at(lead, level, now) if alarm else None
    return alarm


def _hand_on(leads: Sequence[Lead]) -> dict[UUID, int]:
    """Never back to somebody who has had the lead since its round began."""
    if not leads:
        return {}
    opened = {lead.id: lead.opened_at or lead.first_touch_at for lead in leads}
    had: dict[UUID, set[int]] = defaultdict(set)
    owners = Change.objects.filter(lead__in=opened, field="owner_id", before__isnull=False)
    for lead_id, person, at in owners.values_list("lead_id", "before", "edit__at"):
        if person is not None and at >= opened[lead_id]:
            had[lead_id].add(person)
    return hand_on(By(cause=EditCause.CLOCK), list(opened), had).owners
