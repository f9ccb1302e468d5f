"""One turn of one destination: claim a batch, send it, record what happened, give back the rest."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from leads.delivery.claiming import claim_batch, give_back, slots
from leads.delivery.connecting import CannotConnect, batch_limit_of, connector_of
from leads.delivery.gate import pause_by_machine
from leads.delivery.recording import record_in_time
from leads.delivery.sending import Turn
from leads.models import Delivery, Destination, DestinationGate


def destination_with_due(destination_id: int) -> Destination | None:
    """The destination, if something is due there. One query, outside a transaction: on SQLite one that finds nothing
    would keep every writer waiting."""
    return Destination.objects.select_related("gate").filter(Exists(_due_at("pk")), id=destination_id).first()


def deliver_next_batch(destination: Destination) -> bool:
    """True when more may be due there."""
    try:
        connector = connector_of(destination)
    except CannotConnect as error:
        pause_by_machine(destination.pk, error.failure)
        return False
    claim = claim_batch(destination.pk, batch_limit=connector.batch_limit)
    if claim is None:
        return False
    turn = Turn(claim, connector)
    for sent in turn.run():
        record_in_time(claim, sent, recognises_repeats=connector.recognises_repeats, until=turn.claim_ends_at)
    unsent = turn.unsent()
    give_back(claim, unsent)
    return claim.may_be_more or bool(unsent)


def turns_to_start() -> list[int]:
    """Ids of the enabled destinations with something due behind an open gate, each once per slot. One query."""
    is_open = [Q(**{until: None}) | Q(**{f"{until}__lte": Now()}) for until in ("held_until", "probe_at")]
    has_due = Exists(_due_at("destination_id"))
    gates = DestinationGate.objects.filter(*is_open, has_due, paused_at=None, destination__enabled=True)
    return [
        gate.destination_id
        for gate in gates.select_related("destination").order_by("destination_id")
        for _slot in range(slots(gate, batch_limit_of(gate.destination.kind)))
    ]


def _due_at(destination: str) -> QuerySet[Delivery]:
    """What is due at the destination whose id the outer query has under this name."""
    return Delivery.objects.due().filter(destination=OuterRef(destination)).order_by()
