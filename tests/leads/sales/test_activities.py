"""Calls, mails, meetings and notes, what follows from them, and taking them back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from leads.history.edits import By
from leads.history.undo import TooLate, Undone
from leads.models import Activity, Edit, Task
from leads.sales.activities import CONSEQUENCES, log, log_call, next_steps, take_back
from leads.sales.proposing import proposed
from leads.sales.stages import move_stage
from leads.sales.steps import finish, plan
from leads.states import ActivityKind, CallOutcome, CloseReason, Stage, TaskKind
from tests.factories import NOON, make_lead, make_user

pytestmark = pytest.mark.django_db

SOON = timedelta(hours=3)

EXPECTED = {
    CallOutcome.REACHED: (Stage.CONTACTED, True, TaskKind.MAIL),
    CallOutcome.CALL_BACK: (Stage.CONTACTED, True, TaskKind.CALL),
    CallOutcome.VOICEMAIL: (Stage.CONTACTED, True, TaskKind.CALL),
    CallOutcome.NO_ANSWER: (Stage.NEW, False, TaskKind.CALL),
    CallOutcome.WRONG_NUMBER: (Stage.NEW, False, TaskKind.MAIL),
    CallOutcome.NOT_INTERESTED: (Stage.LOST, True, None),
}
"""Of a new lead: its stage then, whether the person has heard from us, and what is next."""


@pytest.mark.parametrize("outcome", CallOutcome)
def test_a_call_moves_the_stage_stops_the_clock_and_plans_the_next_step(seller: User, outcome: CallOutcome) -> None:
    stage, is_contact, next_kind = EXPECTED[outcome]
    lead = make_lead(owner=seller, opened_at=timezone.now() - SOON, answer_by=timezone.now() + SOON)
    activity = log_call(seller, lead.pk, outcome, "  They ask for an offer. ")
    lead.refresh_from_db()
    assert (activity.kind, activity.outcome, activity.text) == ("call", outcome, "They ask for an offer.")
    assert (lead.stage, lead.contacted_at is not None) == (stage, is_contact)
    assert [(task.kind, task.assignee) for task in lead.tasks.all()] == ([(next_kind, seller)] if next_kind else [])
    assert lead.next_task_at == (activity.next_task.due_at if activity.next_task else None)
    assert lead.close_reason == (CloseReason.NO_NEED if stage == Stage.LOST else "")


def test_every_outcome_has_its_consequence() -> None:
    assert CONSEQUENCES.keys() == set(CallOutcome)


def test_the_step_that_is_shown_before_is_the_one_that_is_planned(seller: User) -> None:
    for outcome, step in next_steps(seller, NOON).items():
        assert proposed(seller, CONSEQUENCES[outcome].after, NOON) == step.due_at
        assert CONSEQUENCES[outcome].next_task == step.kind
    assert next_steps(seller, NOON).keys() == set(CallOutcome) - {CallOutcome.NOT_INTERESTED}


def test_the_next_step_is_due_when_it_is_said(seller: User) -> None:
    lead, due_at = make_lead(), timezone.now() + timedelta(days=9)
    log_call(seller, lead.pk, CallOutcome.CALL_BACK, due_at=due_at)
    lead.refresh_from_db()
    assert lead.next_task_at == due_at


def test_a_call_is_the_call_that_was_planned(seller: User) -> None:
    lead = make_lead(owner=seller)
    planned = plan(seller, lead.pk, TaskKind.CALL, timezone.now() - SOON)
    other = plan(seller, lead.pk, TaskKind.MEETING, timezone.now() + SOON)
    activity = log_call(seller, lead.pk, CallOutcome.NOT_INTERESTED)
    planned.refresh_from_db()
    other.refresh_from_db()
    lead.refresh_from_db()
    assert (planned.done_at, other.done_at, lead.next_task_at) == (activity.at, None, other.due_at)


def test_the_first_contact_stays_the_first(seller: User) -> None:
    first = timezone.now() - SOON
    lead = make_lead(contacted_at=first, stage=Stage.CONTACTED)
    activity = log_call(seller, lead.pk, CallOutcome.REACHED)
    lead.refresh_from_db()
    assert lead.contacted_at == first
    assert activity.edit is not None
    assert activity.edit.changes.count() == 0


@pytest.mark.parametrize("stage", [Stage.QUALIFIED, Stage.WON, Stage.LOST])
def test_a_call_takes_no_sale_back(seller: User, stage: Stage) -> None:
    lead = make_lead(stage=stage)
    log_call(seller, lead.pk, CallOutcome.VOICEMAIL)
    lead.refresh_from_db()
    assert lead.stage == (Stage.CONTACTED if stage == Stage.LOST else stage)


@pytest.mark.parametrize(
    ("kind", "stage"),
    [
        (ActivityKind.NOTE, Stage.NEW),
        (ActivityKind.MAIL, Stage.CONTACTED),
        (ActivityKind.MEETING, Stage.CONTACTED),
    ],
)
def test_a_mail_or_a_meeting_is_a_contact_and_a_note_is_none(seller: User, kind: ActivityKind, stage: Stage) -> None:
    lead = make_lead()
    activity = log(seller, lead.pk, kind, "Text")
    lead.refresh_from_db()
    assert (activity.kind, activity.author, activity.text) == (kind, seller, "Text")
    assert (lead.stage, lead.contacted_at is None) == (stage, stage == Stage.NEW)


# --- taking back ------------------------------------------------------------------------------------------------------


def edit_of(activity: Activity) -> Edit:
    assert activity.edit is not None
    return activity.edit


def test_a_call_is_taken_back_with_all_that_followed_from_it(seller: User) -> None:
    lead = make_lead(owner=seller)
    planned = plan(seller, lead.pk, TaskKind.CALL, timezone.now() + SOON)
    assert take_back(edit_of(log_call(seller, lead.pk, CallOutcome.REACHED)), seller) == Undone(1, 0)
    lead.refresh_from_db()
    planned.refresh_from_db()
    assert (lead.stage, lead.contacted_at, lead.next_task_at) == (Stage.NEW, None, planned.due_at)
    assert planned.done_at is None
    assert (Activity.objects.count(), list(Task.objects.all())) == (0, [planned])


def test_a_note_is_taken_back(seller: User) -> None:
    activity = log(seller, make_lead().pk, ActivityKind.NOTE, "Wrong lead")
    assert take_back(edit_of(activity), seller) == Undone(1, 0)
    assert Activity.objects.count() == 0


def test_what_is_taken_back_is_not_taken_back_again(seller: User) -> None:
    for activity in (
        log(seller, make_lead().pk, ActivityKind.NOTE, "Wrong lead"),
        log_call(seller, make_lead().pk, CallOutcome.REACHED),
    ):
        edit = edit_of(activity)
        take_back(edit, seller)
        with pytest.raises(TooLate):
            take_back(edit, seller)


def test_after_ten_minutes_it_stays(seller: User) -> None:
    activity = log_call(seller, make_lead().pk, CallOutcome.REACHED)
    Edit.objects.update(at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(TooLate):
        take_back(edit_of(activity), seller)
    assert Activity.objects.count() == Task.objects.count() == 1


def test_a_call_from_which_somebody_has_gone_on_stays(seller: User) -> None:
    lead = make_lead()
    activity = log_call(seller, lead.pk, CallOutcome.REACHED)
    move_stage(By(make_user()), lead.pk, Stage.QUALIFIED)
    assert take_back(edit_of(activity), seller) == Undone(0, 1)
    lead.refresh_from_db()
    assert (lead.stage, lead.activities.count(), lead.tasks.count()) == (Stage.QUALIFIED, 1, 1)


def test_a_next_step_that_is_done_already_stays_done(seller: User) -> None:
    lead = make_lead()
    activity = log_call(seller, lead.pk, CallOutcome.REACHED)
    assert activity.next_task is not None
    finish(activity.next_task)
    assert take_back(edit_of(activity), seller) == Undone(1, 0)
    assert [task.done_at is None for task in lead.tasks.all()] == [False]
