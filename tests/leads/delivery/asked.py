"""What a worker does about the checks and test leads that were asked for."""

from leads.delivery import proving
from leads.models import Destination, Proof
from leads.states import ProofKind


def work_off() -> list[int]:
    """As the tasks do, without the broker; returns the destinations whose proof was done."""
    proving.ask_due_checks()
    done = [proving.take(proof_id) for proof_id in proving.waiting()]
    return [destination_id for destination_id in done if destination_id is not None]


def check_of(destination: Destination) -> Proof:
    return Proof.objects.get(destination=destination, kind=ProofKind.CHECK)


def test_lead_of(destination: Destination) -> Proof:
    return Proof.objects.get(destination=destination, kind=ProofKind.TEST_LEAD)


test_lead_of.__test__ = False  # type: ignore[attr-defined]
