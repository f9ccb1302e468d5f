"""Next steps and sleep: the queue orders by the earliest that is open."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from leads.assignment.assigning import assign_waiting
from leads.history.edits import By
from leads.history.undo import undo
from leads.models import Lead, Task
from leads.roles import SALES
from leads.sales import steps
from leads.sales.owning import give
from leads.states import TaskKind
from tests.factories import make_assignment_rule, make_lead, make_user
from tests.leads.at_once import at_once

DAY = timedelta(days=1)


def next_of(lead: Lead) -> object:
    return Lead.objects.values_list("next_task_at", flat=True).get(pk=lead.pk)


@pytest.mark.django_db
def test_a_step_is_the_owners_and_where_there_is_none_of_who_plans_it(seller: User) -> None:
    now = timezone.now()
    nobodys, owned = make_lead(), make_lead(owner=make_user())
    first = steps.plan(seller, nobodys.id, TaskKind.CALL, now + DAY, " Ring twice ")
    second = steps.plan(seller, owned.id, TaskKind.OTHER, now)
    assert (first.assignee, first.text, second.assignee) == (seller, "Ring twice", owned.owner)
    assert (next_of(nobodys), next_of(owned)) == (now + DAY, now)


@pytest.mark.django_db
def test_the_earliest_open_step_is_the_next(seller: User) -> None:
    lead, now = make_lead(), timezone.now()
    early, late = (steps.plan(seller, lead.id, TaskKind.CALL, now + DAY * days) for days in (1, 2))
    assert next_of(lead) == now + DAY
    steps.put_off(early, now + 3 * DAY)
    assert next_of(lead) == now + 2 * DAY
    assert steps.finish(late)
    assert not steps.finish(late)
    assert next_of(lead) == now + 3 * DAY
    assert steps.reopen(late)
    assert not steps.reopen(late)
    assert next_of(lead) == now + 2 * DAY
    steps.drop(late)
    steps.finish(early)
    assert next_of(lead) is None


@pytest.mark.django_db
def test_open_steps_go_with_the_lead_and_done_ones_stay(seller: User) -> None:
    lead, other = make_lead(owner=seller), make_user(SALES)
    done, still_open = (steps.plan(seller, lead.id, TaskKind.CALL, timezone.now()) for _n in range(2))
    steps.finish(done)
    edit = give(By(seller), [lead.id], other)
    assert edit is not None
    assert set(Task.objects.values_list("pk", "assignee")) == {(done.pk, seller.pk), (still_open.pk, other.pk)}
    undo(edit, seller)
    assert set(Task.objects.values_list("assignee", flat=True)) == {seller.pk}


@pytest.mark.django_db
def test_a_step_goes_with_a_lead_that_the_rules_give_to_somebody(seller: User) -> None:
    other = make_user(SALES)
    make_assignment_rule(other)
    lead = make_lead(needs_assignment=True)
    step = steps.plan(seller, lead.pk, TaskKind.CALL, timezone.now() + DAY)
    assign_waiting()
    step.refresh_from_db()
    assert step.assignee == other


def test_a_lead_sleeps_until_a_day_and_is_woken(seller: User) -> None:
    until = timezone.now() + DAY
    first, second = make_lead(), make_lead(snoozed_until=until)
    edit = steps.snooze(By(seller), [first.id, second.id], until)
    assert edit is not None
    assert [change.lead_id for change in edit.changes.all()] == [first.id]
    first.refresh_from_db()
    assert (first.snoozed_until, first.due_at) == (until, until)
    steps.snooze(By(seller), [first.id, second.id], None)
    assert not Lead.objects.filter(snoozed_until__isnull=False).exists()


def test_a_lead_that_has_woken_is_due_when_its_next_step_is(seller: User) -> None:
    woken = make_lead(owner=seller, snoozed_until=timezone.now() - timedelta(hours=1))
    asleep = make_lead(owner=seller, snoozed_until=timezone.now() + timedelta(days=1))
    in_four_days = timezone.now() + timedelta(days=4)
    for lead in (woken, asleep):
        steps.plan(seller, lead.pk, TaskKind.CALL, in_four_days)
        lead.refresh_from_db()
    assert (woken.snoozed_until, woken.due_at) == (None, in_four_days)
    assert asleep.due_at == asleep.snoozed_until is not None


@pytest.mark.django_db(transaction=True)
def test_steps_finished_at_once_leave_no_next_one() -> None:
    user, lead = make_user(SALES), make_lead()
    tasks = [steps.plan(user, lead.id, TaskKind.CALL, timezone.now() + DAY * days) for days in range(6)]
    assert at_once([lambda task=task: steps.finish(task) for task in tasks]) == [True] * 6  # type: ignore[misc]
    assert next_of(lead) is None
