"""One turn of one destination: claim a batch, send it, record what happened, give back the rest."""

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from integrations.registry import KINDS, connector_class
from leads.delivery.claiming import claim_batch, give_back, slots
from leads.delivery.connecting import CannotConnect, connector_of
from leads.delivery.gate import pause_by_machine
from leads.delivery.recording import record
from leads.delivery.sending import Turn
from leads.models import Delivery, Destination, DestinationGate


def deliver_next_batch(destination_id: int) -> bool:
    """True when more may be due there. Raises ``Destination.DoesNotExist``."""
    destination = Destination.objects.get(id=destination_id)
    try:
        connector = connector_of(destination)
    except CannotConnect as error:
        pause_by_machine(destination_id, error.failure)
        return False
    claim = claim_batch(destination_id, batch_limit=connector.batch_limit)
    if claim is None:
        return False
    turn = Turn(claim, connector)
    for sent in turn.run():
        record(claim, sent, recognises_repeats=connector.recognises_repeats)
    unsent = turn.unsent()
    give_back(claim, unsent)
    return claim.may_be_more or bool(unsent)


def turns_to_start() -> list[int]:
    """Ids of the enabled destinations with something due behind an open gate, each once per slot. One query."""
    due = Delivery.objects.due().filter(destination=OuterRef("destination_id")).order_by()
    is_open = Q(held_until=None) | Q(held_until__lte=Now())
    gates = DestinationGate.objects.filter(is_open, Exists(due), paused_at=None, destination__enabled=True)
    return [
        gate.destination_id
        for gate in gates.select_related("destination").order_by("destination_id")
        for _slot in range(slots(gate, _batch_limit(gate.destination.kind)))
    ]


def _batch_limit(kind: str) -> int:
    """A kind that is gone gets its turn too, which pauses the destination and says why."""
    return connector_class(kind).batch_limit if kind in KINDS else 1
