"""One turn of one destination: claim a batch, send it, record what happened, give back the rest."""

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from integrations.contract import Connector
from integrations.registry import KINDS, connector_class
from leads.delivery.claiming import claim_batch, give_back, slots
from leads.delivery.connecting import CannotConnect, open_connector
from leads.delivery.gate import pause_by_machine
from leads.delivery.recording import record
from leads.delivery.sending import Turn
from leads.models import Delivery, Destination, DestinationGate


def deliver_next_batch(destination_id: int) -> bool:
    """True when something was claimed, so that there may be more. Raises ``Destination.DoesNotExist``."""
    destination = Destination.objects.get(id=destination_id)
    try:
        connector = open_connector(destination)
    except CannotConnect as error:
        pause_by_machine(destination_id, error.failure)
        return False
    with connector:
        return _deliver_with(connector, destination_id)


def _deliver_with(connector: Connector, destination_id: int) -> bool:
    claim = claim_batch(destination_id, batch_limit=connector.batch_limit)
    if claim is None:
        return False
    turn = Turn(claim, connector)
    for sent in turn.run():
        record(claim, sent, recognises_repeats=connector.recognises_repeats)
    give_back(claim, turn.unsent())
    return True


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
