"""How a sale goes: which stage may follow which."""

from leads.models import Lead
from leads.states import Stage

MOVES: dict[Stage, tuple[Stage, ...]] = {
    Stage.NEW: (Stage.CONTACTED, Stage.QUALIFIED, Stage.LOST, Stage.DISCARDED),
    Stage.CONTACTED: (Stage.QUALIFIED, Stage.LOST, Stage.DISCARDED),
    Stage.QUALIFIED: (Stage.CONTACTED, Stage.WON, Stage.LOST),
    Stage.WON: (Stage.QUALIFIED,),
    Stage.LOST: (Stage.CONTACTED,),
    Stage.DISCARDED: (Stage.NEW,),
}


class MoveNotAllowed(Exception):
    """The lead is not in a stage from which it may move there; perhaps somebody else moved it meanwhile."""


def move_stage(lead: Lead, to: Stage) -> None:
    """Raises ``MoveNotAllowed``; of two people who press at once, one wins."""
    allowed_from = [stage for stage, following in MOVES.items() if to in following]
    if not Lead.objects.filter(pk=lead.pk, stage__in=allowed_from).update(stage=to):
        raise MoveNotAllowed
    lead.stage = to
