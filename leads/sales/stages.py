"""How a sale goes: which stage may follow which."""

from uuid import UUID

from django.db.models import Q

from leads.history.edits import By, edit_lead
from leads.models import Edit, Lead
from leads.states import CloseReason, Stage

MOVES: dict[Stage, tuple[Stage, ...]] = {
    Stage.NEW: (Stage.CONTACTED, Stage.QUALIFIED, Stage.LOST, Stage.DISCARDED),
    Stage.CONTACTED: (Stage.QUALIFIED, Stage.LOST, Stage.DISCARDED),
    Stage.QUALIFIED: (Stage.CONTACTED, Stage.WON, Stage.LOST),
    Stage.WON: (Stage.QUALIFIED,),
    Stage.LOST: (Stage.CONTACTED,),
    Stage.DISCARDED: (Stage.NEW,),
}
NEEDS_REASON = (Stage.LOST, Stage.DISCARDED)


class MoveNotAllowed(Exception):
    """The lead is not in a stage from which it may move there; perhaps somebody else moved it meanwhile."""


class ReasonMissing(Exception):
    """Nobody learns anything from a lead that was lost for no reason."""


def move_stage(by: By, lead_id: UUID, to: Stage, close_reason: CloseReason | None = None) -> Edit:
    """Raises ``MoveNotAllowed`` and ``ReasonMissing``; of two people who press at once, one wins."""
    if to in NEEDS_REASON and close_reason is None:
        raise ReasonMissing
    edit = edit_lead(by, lead_id, stage_values(to, close_reason), only=Q(stage__in=stages_before(to)))
    if edit is None:
        raise MoveNotAllowed
    return edit


def stages_before(to: Stage) -> list[Stage]:
    return [stage for stage, following in MOVES.items() if to in following]


def stage_values(to: Stage, close_reason: CloseReason | None = None) -> dict[str, str]:
    """What changes of a lead that moves there."""
    return {"stage": to, "close_reason": close_reason if to in NEEDS_REASON and close_reason else ""}


def may_follow(lead: Lead) -> tuple[Stage, ...]:
    return MOVES[Stage(lead.stage)]
