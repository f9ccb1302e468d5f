"""How all attempts of a destination ended is counted on its gate, in the statements that are written anyway."""

from integrations.contract import Arrival, Delivered, Failure, FailureKind
from leads.delivery.noting import note_calls
from leads.delivery.turn import deliver_next_batch
from leads.models import Destination, DestinationGate
from tests.factories import make_delivery
from tests.leads.delivery.noted import note
from tests.leads.delivery.scripted import FarEnd

YES = Delivered(Arrival.CREATED)


def failure(kind: FailureKind) -> Failure:
    return Failure(kind=kind, cause="server_trouble")


def counts(destination: Destination) -> tuple[int, dict[str, int]]:
    gate = DestinationGate.objects.get(pk=destination.pk)
    return gate.delivered_count, gate.failure_counts


def test_successes_of_a_healthy_destination_are_counted(healthy: Destination) -> None:
    note(healthy, YES, YES)
    note_calls(DestinationGate.objects.get(), [[YES] * 10, [YES]])
    assert counts(healthy) == (13, {})


def test_failures_are_counted_by_kind_beside_the_successes(healthy: Destination) -> None:
    for kind in FailureKind:
        note_calls(DestinationGate.objects.get(), [[failure(kind), YES, failure(FailureKind.REJECTED)]])
    assert counts(healthy) == (6, {kind.value: 1 for kind in FailureKind} | {"rejected": 7})


def test_a_turn_counts_each_of_its_attempts_once(destination: Destination, far_end: FarEnd) -> None:
    far_end.answer = lambda record: failure(FailureKind.REJECTED) if record.title == "no" else YES
    for _n in range(5):
        make_delivery(destination)
    refused = make_delivery(destination)
    refused.touch.title = "no"
    refused.touch.save()
    deliver_next_batch(destination)
    assert counts(destination) == (5, {"rejected": 1})
