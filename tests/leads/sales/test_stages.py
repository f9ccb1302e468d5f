"""Which stage may follow which."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.history.edits import By
from leads.models import Change, Edit
from leads.sales.stages import MOVES, NEEDS_REASON, MoveNotAllowed, ReasonMissing, move_stage
from leads.states import CloseReason, Stage
from tests.factories import make_lead

pytestmark = pytest.mark.django_db


def changed(edit: Edit) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.before, change.after) for change in edit.changes.all()}


@pytest.mark.parametrize(("stage", "to"), [(stage, to) for stage in Stage for to in MOVES[stage]])
def test_a_move_is_written_with_who_made_it(seller: User, stage: Stage, to: Stage) -> None:
    reason = CloseReason.NO_BUDGET if to in NEEDS_REASON else None
    lead = make_lead(stage=stage)
    edit = move_stage(By(seller, reason="They said so"), lead.pk, to, reason)
    lead.refresh_from_db()
    assert (lead.stage, lead.close_reason, lead.version) == (to, reason or "", 1)
    assert (edit.actor, edit.reason) == (seller, "They said so")
    assert changed(edit)["stage"] == (stage, to)


@pytest.mark.parametrize("stage", Stage)
def test_no_other_move_is_made(seller: User, stage: Stage) -> None:
    for to in set(Stage) - set(MOVES[stage]):
        lead = make_lead(stage=stage)
        with pytest.raises(MoveNotAllowed):
            move_stage(By(seller), lead.pk, to, CloseReason.OTHER)
        lead.refresh_from_db()
        assert (lead.stage, lead.version) == (stage, 0)
    assert Edit.objects.count() == Change.objects.count() == 0


@pytest.mark.parametrize("to", NEEDS_REASON)
def test_no_lead_is_given_up_without_a_reason(seller: User, to: Stage) -> None:
    lead = make_lead()
    with pytest.raises(ReasonMissing):
        move_stage(By(seller), lead.pk, to)
    assert Edit.objects.count() == 0


def test_a_reason_goes_when_the_lead_opens_again(seller: User) -> None:
    lead = make_lead(stage=Stage.LOST, close_reason=CloseReason.NO_BUDGET)
    edit = move_stage(By(seller), lead.pk, Stage.CONTACTED)
    lead.refresh_from_db()
    assert (lead.stage, lead.close_reason) == (Stage.CONTACTED, "")
    assert changed(edit) == {"stage": ("lost", "contacted"), "close_reason": ("no_budget", "")}


def test_a_reason_where_none_belongs_is_left_out(seller: User) -> None:
    lead = make_lead()
    move_stage(By(seller), lead.pk, Stage.QUALIFIED, CloseReason.NO_BUDGET)
    lead.refresh_from_db()
    assert (lead.stage, lead.close_reason) == (Stage.QUALIFIED, "")
