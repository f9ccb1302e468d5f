"""What time brings for sales people to be told of: alarms of leads that nobody answers, tasks, and every morning the
leads that nobody attends to. Rows only; ``sales_sending`` tells."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from leads import telling
from leads.assignment.alarms import Alarmed
from leads.models import Lead, SalesNotice, Task, Team
from leads.models.people import profile_of
from leads.notices.wishes import wishes_of
from leads.roles import OWNER, SALES_LEAD
from leads.sales.proposing import working_time_of_person
from leads.service_level.clock import Alarm
from leads.states import SalesKind, Way

PAGE = 200
NOBODY_ELSE = "nobody_else"
"""In the event of an OVERDUE: the lead was to go to somebody else, and nobody was there."""


# --- alarms -----------------------------------------------------------------------------------------------------------


def note_alarms(alarmed: Collection[Alarmed]) -> None:
    """In the transaction that rang them. Of a lead that went to somebody else the new owner is told by its edit."""
    if not alarmed:
        return
    leads = Lead.objects.in_bulk([alarm.lead_id for alarm in alarmed])
    unowned = {alarm.team_id for alarm in alarmed if alarm.alarm is Alarm.WARN and alarm.owner_id is None}
    people, leaders = telling.people_of(unowned), Leaders({alarm.team_id for alarm in alarmed})
    chats = telling.chat_kinds_of({alarm.team_id for alarm in alarmed})
    telling.store(
        [
            notice
            for alarm in alarmed
            if (lead := leads.get(alarm.lead_id)) and telling.may_be_told_of(lead)
            for notice in (
                *_to_people(alarm, lead, people, leaders),
                *_to_chat(alarm, lead, chats.get(alarm.team_id, ())),
            )
        ]
    )


def _kind_of(alarm: Alarmed) -> SalesKind:
    if alarm.alarm is Alarm.WARN:
        return SalesKind.DUE_SOON
    return SalesKind.HANDED_ON if _went_on(alarm) else SalesKind.OVERDUE


def _went_on(alarm: Alarmed) -> bool:
    return alarm.alarm is Alarm.HAND_ON and alarm.owner_id != alarm.owner_before_id


def _what(alarm: Alarmed) -> str:
    return NOBODY_ELSE if alarm.alarm is Alarm.HAND_ON and not _went_on(alarm) else ""


def _to_people(
    alarm: Alarmed, lead: Lead, people: dict[int | None, list[int]], leaders: "Leaders"
) -> Iterator[SalesNotice]:
    kind = _kind_of(alarm)
    if kind is SalesKind.OVERDUE:
        told: Iterable[int] = leaders.of(alarm.team_id)
    elif alarm.owner_before_id is not None:
        told = [alarm.owner_before_id]
    else:
        told = people[alarm.team_id] if kind is SalesKind.DUE_SOON else ()
    for person in told:
        yield telling.of_lead(kind, lead, _what(alarm), user_id=person)


def _to_chat(alarm: Alarmed, lead: Lead, chat_kinds: Collection[str]) -> Iterator[SalesNotice]:
    if _kind_of(alarm) in chat_kinds:
        yield telling.of_lead(_kind_of(alarm), lead, _what(alarm), team_id=alarm.team_id)


class Leaders:
    """Who answers for a team: its leader; where it has none, all sales leads; where there are none, the owners."""

    def __init__(self, team_ids: Collection[int | None]) -> None:
        led = Team.objects.filter(pk__in=[key for key in team_ids if key], leader__is_active=True)
        self.by_team = dict(led.values_list("pk", "leader"))
        self.others = _active_in(SALES_LEAD) or _active_in(OWNER) if set(team_ids) - self.by_team.keys() else []

    def of(self, team_id: int | None) -> list[int]:
        leader = self.by_team.get(team_id) if team_id else None
        return [leader] if leader else self.others


def _active_in(group: str) -> list[int]:
    people = User.objects.filter(is_active=True, groups__name=group)
    return list(people.order_by("pk").values_list("pk", flat=True))


# --- tasks ------------------------------------------------------------------------------------------------------------


def note_tasks(now: datetime) -> bool:
    """Those that have come due, a page of them; whether there may be more. Looked for outside the transaction, which on
    SQLite keeps every writer waiting."""
    due = Task.objects.filter(done_at=None, is_told=False, due_at__lte=now)
    ids = list(due.order_by("due_at").values_list("id", flat=True)[:PAGE])
    if not ids:
        return False
    with transaction.atomic():
        locked = due.filter(id__in=ids).order_by("id").select_for_update(of=("self",), skip_locked=True)
        tasks = list(locked.select_related("lead"))
        told = [task for task in tasks if task.assignee_id and telling.may_be_told_of(task.lead)]
        telling.store([_of_task(task) for task in told])
        Task.objects.filter(id__in=[task.id for task in tasks]).update(is_told=True)
    return len(ids) == PAGE


def _of_task(task: Task) -> SalesNotice:
    event = f"{task.id} {task.due_at.isoformat()}"
    return SalesNotice(kind=SalesKind.TASK_DUE, user_id=task.assignee_id, lead=task.lead, event=event)


# --- the morning ------------------------------------------------------------------------------------------------------


def note_morning(now: datetime) -> None:
    """Whoever leads sales people is told once on each of their working days, as soon as it has begun."""
    in_charge = Q(groups__name=SALES_LEAD) | Q(led_teams__isnull=False)
    people = User.objects.filter(in_charge, is_active=True).distinct()
    days = {person.pk: day for person in people if (day := _day_that_has_begun(person, now))}
    kept = SalesNotice.objects.filter(kind=SalesKind.UNATTENDED, user__in=days, event__in=set(days.values()))
    told = set(kept.values_list("user", "event"))
    telling.store(
        [
            SalesNotice(kind=SalesKind.UNATTENDED, user_id=person, event=day)
            for person, day in days.items()
            if (person, day) not in told
        ]
    )


def _day_that_has_begun(person: User, now: datetime) -> str:
    """Empty while they are not at work, or where they do not want to be told. Two queries."""
    wishes = wishes_of(person)
    at_work = replace(wishes, awake=working_time_of_person(profile_of(person)))
    is_told = wishes.ways.get(SalesKind.UNATTENDED) is not Way.NOT and at_work.first_awake(now) == now
    return now.astimezone(wishes.zone).date().isoformat() if is_told else ""
