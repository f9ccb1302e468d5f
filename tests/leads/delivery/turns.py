"""A turn taken apart: what waits, the claim, and what came of each call."""

from collections.abc import Callable
from time import sleep

from integrations.contract import Record
from leads.delivery.claiming import claim_batch
from leads.delivery.connecting import open_connector
from leads.delivery.sending import Sent, Turn
from leads.models import Delivery, Destination
from tests.factories import make_delivery
from tests.leads.delivery.scripted import YES, Answer


def queue_up(destination: Destination, number: int) -> list[Delivery]:
    return [make_delivery(destination) for _n in range(number)]


def turn_of(destination: Destination, batch_limit: int = 1) -> Turn:
    claim = claim_batch(destination.pk, batch_limit=batch_limit)
    assert claim is not None
    return Turn(claim, open_connector(destination))


def results(turn: Turn) -> list[Sent]:
    return [item for group in turn.run() for item in group]


def slowly(seconds: float) -> Callable[[Record], Answer]:
    """A far end that takes its time and says yes."""

    def answer(_record: Record) -> Answer:
        sleep(seconds)
        return YES

    return answer
