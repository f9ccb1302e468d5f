"""What is to be done next: tasks of a lead, and leads that sleep until a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from leads.history.edits import By, edit_leads
from leads.models import Edit, Lead, Task
from leads.sales.holding import hold
from leads.states import TaskKind


def plan(user: User, lead_id: UUID, kind: TaskKind, due_at: datetime, text: str = "") -> Task:
    """A next step for the lead's owner, or for who plans it where there is none."""
    with _alone_with(lead_id) as lead:
        _forget_sleep(lead)
        assignee_id = lead.owner_id or user.pk
        return Task.objects.create(lead=lead, kind=kind, due_at=due_at, text=text.strip(), assignee_id=assignee_id)


def put_off(task: Task, due_at: datetime) -> None:
    """To another day."""
    with _alone_with(task.lead_id) as lead:
        _forget_sleep(lead)
        Task.objects.filter(pk=task.pk).update(due_at=due_at, is_told=False)


def drop(task: Task) -> None:
    """It is not to be done."""
    with _alone_with(task.lead_id):
        Task.objects.filter(pk=task.pk).delete()


def finish(task: Task) -> bool:
    """False when it was done already."""
    return _set_done(task, timezone.now(), was_open=True)


def reopen(task: Task) -> bool:
    """False when it was not done."""
    return _set_done(task, None, was_open=False)


def _set_done(task: Task, at: datetime | None, *, was_open: bool) -> bool:
    with _alone_with(task.lead_id):
        changed = Task.objects.filter(pk=task.pk, done_at__isnull=was_open).update(done_at=at)
    return bool(changed)


def snooze(by: By, lead_ids: list[UUID], until: datetime | None) -> Edit | None:
    """The lead is out of the queue until then; ``None`` wakes it."""
    return edit_leads(by, {lead_id: {"snoozed_until": until} for lead_id in lead_ids})


def _forget_sleep(lead: Lead) -> None:
    """Of a lead that has woken: from now on the next step says when it is due."""
    Lead.objects.filter(pk=lead.pk, snoozed_until__lte=timezone.now()).update(snoozed_until=None)


@contextmanager
def _alone_with(lead_id: UUID) -> Iterator[Lead]:
    """Tasks are changed by one at a time: the next step of the lead is noted from all of them. The lead comes before
    them, as everywhere, or two people would wait for each other."""
    with transaction.atomic():
        lead = hold(lead_id)
        yield lead
        note_next_task(lead.pk)


def note_next_task(lead_id: UUID) -> None:
    """The queues order by it. In a transaction that has locked the lead."""
    still_open = Task.objects.filter(lead_id=lead_id, done_at=None).order_by("due_at")
    Lead.objects.filter(pk=lead_id).update(next_task_at=still_open.values_list("due_at", flat=True).first())
