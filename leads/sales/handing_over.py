"""Hand a lead over to a CRM: its newest touch is delivered there, and the sale goes on over there."""

from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from leads.models import Delivery, Destination, Lead, Touch
from leads.routing import RouteRule, queue_deliveries
from leads.sales.activities import record
from leads.sales.holding import hold
from leads.sales.stages import MOVES, stage_values
from leads.states import OPEN_STAGES, ActivityKind, Stage

EVERYTHING: frozenset[str] = frozenset()


class Choice(NamedTuple):
    """A destination that takes leads, and the delivery of the touch there, if there is one already."""

    destination: Destination
    delivery: Delivery | None


def newest_touch(lead: Lead) -> Touch | None:
    return lead.touches.select_related("lead").order_by("-received_at", "-id").first()


def choices_for(touch: Touch) -> list[Choice]:
    """Two queries."""
    there = {delivery.destination_id: delivery for delivery in touch.deliveries.all()}
    destinations = Destination.objects.filter(enabled=True).select_related("gate").order_by("name")
    return [Choice(destination, there.get(destination.pk)) for destination in destinations]


def stages_after(lead: Lead) -> list[Stage]:
    """Where the sale may stand then, the likeliest first: no sale is taken back by it."""
    stage = Stage(lead.stage)
    if stage not in OPEN_STAGES:
        return [stage]
    return [to for to in (Stage.QUALIFIED, Stage.WON) if to is stage or to in MOVES[stage]]


def hand_over(user: User, touch: Touch, destination: Destination, stage: Stage) -> Delivery:
    """The delivery of the touch: the one that was there already, or a new one, queued or withheld as policy says."""
    with transaction.atomic():
        lead = hold(touch.lead_id)
        to_this = RouteRule(None, destination, frozenset(), EVERYTHING, EVERYTHING, EVERYTHING)
        queue_deliveries([touch], [to_this])
        moves = stage in MOVES[Stage(lead.stage)] and stage in stages_after(lead)
        record(user, lead, ActivityKind.HAND_OVER, stage_values(stage) if moves else {}, text=str(destination))
    return Delivery.objects.select_related("destination__gate").get(touch=touch, destination=destination)
