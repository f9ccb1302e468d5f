"""What is still so of what somebody is to be told, at the moment of telling it: a lead that was taken or answered
meanwhile is no news."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from leads import telling
from leads.models import Change, Edit, Lead, SalesNotice, Task
from leads.notices.due import NOBODY_ELSE
from leads.notices.wishes import Recipient
from leads.sales.unattended import away, unattended
from leads.sales.visibility import seen_by
from leads.states import EditCause, SalesKind

SHOWN = 10
"""So many leads are listed; of more only the number is told."""
MOST = 1000
"""Beyond it nobody counts."""


class Why(NamedTuple):
    """What notices have in common that are told as one. ``cause``, ``by`` (a person's name) and ``rule`` are those by
    which leads were given; ``is_stuck``: there was nobody else."""

    kind: SalesKind
    cause: str = ""
    by: str = ""
    rule: str = ""
    is_stuck: bool = False


@dataclass
class Matter:
    """``leads`` are the first of those it is about, and ``count`` how many these are; ``tasks`` those of TASK_DUE, each
    with its lead."""

    why: Why
    leads: list[Lead] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    count: int = 0

    def add(self, count: int, leads: Sequence[Lead], tasks: Sequence[Task] = ()) -> None:
        self.count += count
        self.leads += leads[: SHOWN - len(self.leads)]
        self.tasks += tasks[: SHOWN - len(self.tasks)]


class Found(NamedTuple):
    """``told`` are the notices that something is left of; the others are over."""

    matters: list[Matter]
    told: list[SalesNotice]


def still_so(recipient: Recipient, notices: Sequence[SalesNotice], now: datetime) -> Found:
    """In the order in which they came; what has the same reason together. Sets ``leads_told`` and ``lead`` of what is
    told."""
    user = recipient if isinstance(recipient, User) else None
    look = _Look(user, notices, now)
    matters: dict[Why, Matter] = {}
    told = []
    for notice in notices:
        why, leads, tasks, count = look.at(notice)
        if count:
            matters.setdefault(why, Matter(why)).add(count, leads, tasks)
            notice.leads_told = count
            notice.lead = leads[0] if count == 1 else None
            told.append(notice)
    return Found(list(matters.values()), told)


type Seen = tuple[Why, list[Lead], list[Task], int]


class _Look:
    """The rows that some notices of one recipient are about. A fixed number of queries, and two for each edit."""

    def __init__(self, user: User | None, notices: Sequence[SalesNotice], now: datetime) -> None:
        self.user, self.now = user, now
        self.visible = _visible_to(user)
        self.leads = self.visible.in_bulk({notice.lead_id for notice in notices if notice.lead_id})
        self.edits = Edit.objects.select_related("actor").in_bulk(_keys(notices, SalesKind.GIVEN))
        tasks = Task.objects.filter(done_at=None, assignee=user)
        self.tasks = tasks.in_bulk(_keys(notices, SalesKind.TASK_DUE))

    def at(self, notice: SalesNotice) -> Seen:
        kind = SalesKind(notice.kind)
        if kind is SalesKind.GIVEN:
            return self._given(notice)
        if kind is SalesKind.UNATTENDED:
            return self._unattended()
        lead = self.leads.get(notice.lead_id) if notice.lead_id else None
        if lead is None:
            return Why(kind), [], [], 0
        if kind is SalesKind.TASK_DUE:
            return self._task(notice, lead)
        is_so = notice.event.startswith(telling.event_of(lead)) and _is_so(notice, lead)
        if kind is SalesKind.DUE_SOON and lead.answer_by and lead.answer_by <= self.now:
            kind = SalesKind.OVERDUE  # it waited for the morning
        return Why(kind, is_stuck=notice.event.endswith(NOBODY_ELSE)), [lead] * is_so, [], int(is_so)

    def _given(self, notice: SalesNotice) -> Seen:
        edit = self.edits.get(UUID(notice.event))
        if edit is None or self.user is None:
            return Why(SalesKind.GIVEN), [], [], 0
        by = (edit.actor.get_full_name() or edit.actor.get_username()) if edit.actor else ""
        why = Why(SalesKind.GIVEN, edit.cause if edit.cause == EditCause.CLOCK else "", by, edit.params.get("rule", ""))
        given = Change.objects.filter(edit=edit, field="owner_id", after=self.user.pk).values("lead")
        unseen = Q(seen_at=None) | Q(seen_at__lt=notice.created_at)
        leads = self.visible.filter(unseen, owner=self.user, is_open=True, pk__in=given).order_by("id")
        return why, *_some_of(leads)

    def _unattended(self) -> Seen:
        leads = unattended(self.now, away()).filter(seen_by(self.user) if self.user else Q(pk__in=[]))
        return Why(SalesKind.UNATTENDED), *_some_of(leads.select_related("offer", "owner"))

    def _task(self, notice: SalesNotice, lead: Lead) -> Seen:
        key, _blank, due_at = notice.event.partition(" ")
        task = self.tasks.get(UUID(key))
        if task is None or task.due_at.isoformat() != due_at or not telling.may_be_told_of(lead):
            return Why(SalesKind.TASK_DUE), [], [], 0
        task.lead = lead
        return Why(SalesKind.TASK_DUE), [lead], [task], 1


def _visible_to(user: User | None) -> QuerySet[Lead]:
    leads = Lead.objects.select_related("offer", "owner")
    return leads.filter(seen_by(user)) if user else leads


def _keys(notices: Iterable[SalesNotice], kind: SalesKind) -> set[UUID]:
    return {UUID(notice.event.partition(" ")[0]) for notice in notices if notice.kind == kind}


def _some_of(leads: QuerySet[Lead]) -> tuple[list[Lead], list[Task], int]:
    count = len(leads.values_list("pk", flat=True)[: MOST + 1])
    return list(leads[:SHOWN]) if count else [], [], count


def _is_so(notice: SalesNotice, lead: Lead) -> bool:
    if not lead.is_open:
        return False
    kind, is_unanswered = notice.kind, lead.contacted_at is None
    is_theirs = lead.owner_id == notice.user_id
    if kind == SalesKind.NEW:
        return is_unanswered and (notice.user_id is None or lead.owner_id is None)
    if kind == SalesKind.AGAIN:
        return is_theirs and (lead.seen_at is None or lead.seen_at < notice.created_at)
    if kind == SalesKind.DUE_SOON:
        return is_unanswered and (notice.user_id is None or is_theirs or lead.owner_id is None)
    if kind == SalesKind.HANDED_ON:
        return notice.user_id is None or not is_theirs
    return is_unanswered
