"""What the breaker has to do with the pace of calls and with turns that are under way."""

from django.db.models.functions import Now

from integrations.contract import Failure, FailureKind
from leads.delivery.claiming import claim_batch
from leads.delivery.turn import deliver_next_batch
from leads.models import Delivery, Destination, DestinationGate
from leads.pacing.breaker import FAILURES_IN_A_ROW
from tests.leads.delivery.scripted import FarEnd
from tests.leads.delivery.turns import queue_up

BUSY = Failure(kind=FailureKind.TEMPORARY, cause="server_error")


def test_a_pace_that_is_set_while_the_breaker_is_open_does_not_keep_the_probe_from_being_sent(
    destination: Destination,
) -> None:
    queue_up(destination, 2)
    DestinationGate.objects.update(broken_at=Now(), probe_at=Now(), rate_calls=60)
    claim = claim_batch(destination.pk, batch_limit=1)
    assert claim is not None
    assert len(claim.deliveries) == 1
    assert DestinationGate.objects.get().tokens == 5.0  # a full bucket holds six


def test_probes_do_not_use_up_the_pace_of_what_comes_after(destination: Destination) -> None:
    queue_up(destination, 2)
    DestinationGate.objects.update(broken_at=Now(), probe_at=Now(), rate_calls=60, tokens=0.5, tokens_at=Now())
    assert claim_batch(destination.pk, batch_limit=1) is None
    assert DestinationGate.objects.get().tokens == 0.5


def test_calls_that_open_the_breaker_are_the_last_of_their_turn(destination: Destination, far_end: FarEnd) -> None:
    queue_up(destination, 20)
    far_end.answers(BUSY)
    deliver_next_batch(destination)
    assert DestinationGate.objects.get().broken_at is not None
    tried = Delivery.objects.filter(tries=1).count()
    assert tried == len(far_end.received)
    assert tried <= FAILURES_IN_A_ROW + 1  # two calls at once
    assert Delivery.objects.filter(tries=0, state="queued").count() == 20 - tried


def test_failures_of_earlier_turns_count_in_a_row(destination: Destination, far_end: FarEnd) -> None:
    queue_up(destination, 20)
    DestinationGate.objects.update(failures_in_a_row=FAILURES_IN_A_ROW - 1)
    far_end.answers(BUSY)
    deliver_next_batch(destination)
    assert DestinationGate.objects.get().broken_at is not None
    assert len(far_end.received) == 1
