"""What was done with a lead: calls and their consequences, mails, meetings, notes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from leads.history.edits import By, begin_edit, edit_page
from leads.history.undo import TooLate, Undone, undo
from leads.models import Activity, Edit, Lead, Task
from leads.sales.contact_facts import keep_as_before
from leads.sales.holding import hold
from leads.sales.merging import undo_merge
from leads.sales.proposing import fitted, proposed, working_time_for
from leads.sales.stages import MOVES, stage_values
from leads.sales.steps import note_next_task, plan
from leads.states import ActivityKind, CallOutcome, CloseReason, EditCause, Stage, TaskKind


@dataclass(frozen=True, slots=True)
class Consequence:
    """``is_contact``: the person has heard from us, which is what the clock measures. ``stage`` is gone to from any
    stage that comes before it. ``next_task`` is proposed ``after`` so much time, moved into working hours."""

    is_contact: bool
    stage: Stage | None = None
    close_reason: CloseReason | None = None
    next_task: TaskKind | None = None
    after: timedelta = timedelta(0)


NO_CONSEQUENCE = Consequence(False)
WROTE_OR_MET = Consequence(True, Stage.CONTACTED)
CONSEQUENCES: dict[CallOutcome, Consequence] = {
    CallOutcome.REACHED: Consequence(True, Stage.CONTACTED, None, TaskKind.MAIL, timedelta(days=2)),
    CallOutcome.CALL_BACK: Consequence(True, Stage.CONTACTED, None, TaskKind.CALL, timedelta(days=1)),
    CallOutcome.VOICEMAIL: Consequence(True, Stage.CONTACTED, None, TaskKind.CALL, timedelta(days=1)),
    CallOutcome.NO_ANSWER: Consequence(False, None, None, TaskKind.CALL, timedelta(hours=4)),
    CallOutcome.WRONG_NUMBER: Consequence(False, None, None, TaskKind.MAIL, timedelta(hours=1)),
    CallOutcome.NOT_INTERESTED: Consequence(True, Stage.LOST, CloseReason.NO_NEED),
}


class Step(NamedTuple):
    """What a call leads to next."""

    kind: TaskKind
    due_at: datetime


def next_steps(user: User, now: datetime) -> dict[CallOutcome, Step]:
    """By the outcome, as ``log_call`` proposes it for this owner. One query."""
    working_time = working_time_for(user)
    return {
        outcome: Step(consequence.next_task, fitted(working_time, now + consequence.after))
        for outcome, consequence in CONSEQUENCES.items()
        if consequence.next_task
    }


def log_call(
    user: User, lead_id: UUID, outcome: CallOutcome, text: str = "", due_at: datetime | None = None
) -> Activity:
    """The call, the stage it leads to, the end of the clock, and the next step: at ``due_at``, or else when its owner
    works. Calls that were to be made are done by it."""
    consequence = CONSEQUENCES[outcome]
    with transaction.atomic():
        activity = _log(user, lead_id, ActivityKind.CALL, text, consequence, outcome)
        lead_id = activity.lead_id
        Task.objects.filter(lead_id=lead_id, kind=TaskKind.CALL, done_at=None).update(done_at=activity.at)
        if consequence.next_task:
            due_at = due_at or proposed(activity.lead.owner or user, consequence.after, activity.at)
            activity.next_task = plan(user, lead_id, consequence.next_task, due_at)
            activity.save(update_fields=["next_task"])
        note_next_task(lead_id)
    return activity


def log(user: User, lead_id: UUID, kind: ActivityKind, text: str) -> Activity:
    """A note, or a mail or meeting that took place elsewhere."""
    with transaction.atomic():
        return _log(user, lead_id, kind, text, NO_CONSEQUENCE if kind is ActivityKind.NOTE else WROTE_OR_MET)


def _log(
    user: User,
    lead_id: UUID,
    kind: ActivityKind,
    text: str,
    consequence: Consequence,
    outcome: CallOutcome | str = "",
) -> Activity:
    lead = hold(lead_id)
    return record(user, lead, kind, _values(lead, consequence), text=text.strip(), outcome=outcome)


def record(user: User, lead: Lead, kind: ActivityKind, values: dict[str, Any], **more: Any) -> Activity:
    """The activity with what it changes of the lead: one edit, also where that is nothing, by which it is undone. In a
    transaction that holds the lead."""
    edit = begin_edit(By(user))
    edit_page(edit, {lead.id: values})
    return Activity.objects.create(lead=lead, kind=kind, author=user, at=timezone.now(), edit=edit, **more)


def _values(lead: Lead, consequence: Consequence) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if lead.snoozed_until and consequence is not NO_CONSEQUENCE:
        values["snoozed_until"] = None  # or it would stay due when it was to wake up, whatever is planned
    if consequence.is_contact and lead.contacted_at is None:
        values["contacted_at"] = timezone.now()
    if consequence.stage and _moves_on(Stage(lead.stage), consequence.stage):
        values |= stage_values(consequence.stage, consequence.close_reason)
    return values


def _moves_on(before: Stage, to: Stage) -> bool:
    """A call never takes a sale back: a qualified lead stays qualified."""
    return to in MOVES[before] and not (before is Stage.QUALIFIED and to is Stage.CONTACTED)


def take_back(edit: Edit, user: User) -> Undone:
    """Undo, with what was logged and planned along with it. Raises ``TooLate``, also for what was handed over: that is
    in the other system."""
    if edit.cause == EditCause.MERGE:
        return undo_merge(edit, user)
    with transaction.atomic():
        activity = Activity.objects.select_for_update().filter(edit=edit).first()
        if activity and activity.kind == ActivityKind.HAND_OVER:
            raise TooLate
        undone = undo(edit, user)
        if undone.leads:
            keep_as_before(edit)
        if activity and not undone.left_alone:
            _forget(activity)
            return Undone(1, 0)
        if not any(undone):
            raise TooLate
    return undone


def _forget(activity: Activity) -> None:
    """With the step it led to, as long as that is open; the calls it was are open again."""
    if activity.next_task_id:
        Task.objects.filter(pk=activity.next_task_id, done_at=None).delete()
    if activity.kind == ActivityKind.CALL:
        calls = Task.objects.filter(lead_id=activity.lead_id, kind=TaskKind.CALL, done_at=activity.at)
        calls.update(done_at=None)
    activity.delete()
    note_next_task(activity.lead_id)
