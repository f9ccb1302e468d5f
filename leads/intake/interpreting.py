"""Waiting inbound requests become touches, leads and deliveries: a batch at a time, one transaction a batch.

A request that cannot be read is rejected with the reason and holds no other. When the transaction of a batch fails,
its requests are taken one by one, so that only the one at fault is set aside.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from leads import routing
from leads.defects import is_database_away, where
from leads.intake.joining import join_leads
from leads.intake.offers import identify_offers
from leads.intake.reading import touches_of
from leads.intake.repeats import set_repeats_aside
from leads.intake.usage import note_usage
from leads.intake.vocabulary import load_vocabulary
from leads.models import Destination, InboundRequest, Touch
from leads.states import InboundState

logger = logging.getLogger(__name__)

BATCH = 100


class Interpreted(NamedTuple):
    """What a batch led to: whether anything was read, the destinations with something to send, and whether more
    requests may be waiting."""

    has_read: bool
    destinations: set[Destination]
    may_be_more: bool


def interpret_waiting(limit: int = BATCH) -> Interpreted:
    """Interpret the oldest waiting requests. Raises ``OperationalError`` when the database is away."""
    requests = list(_to_read()[:limit])
    if not requests:
        return Interpreted(False, set(), may_be_more=False)
    try:
        destinations = interpret(requests)
    except Exception as error:
        if is_database_away(error):
            raise
        logger.warning("A batch of %s requests is taken one by one: %s", len(requests), where(error))
        destinations = set().union(*(_interpret_alone(request.pk) for request in requests))
    return Interpreted(True, destinations, may_be_more=len(requests) == limit)


def _to_read() -> QuerySet[InboundRequest]:
    return InboundRequest.objects.waiting().select_related("endpoint", "secret")


def interpret(requests: Iterable[InboundRequest]) -> set[Destination]:
    """Interpret those of the requests that still wait; returns the destinations with something to send.

    Reading comes before the transaction, which on SQLite keeps every webhook waiting while it lasts.
    """
    requests, vocabulary = list(requests), load_vocabulary()
    touches = {request.id: touches_of(request, vocabulary) for request in requests}
    with transaction.atomic():
        ours = _still_waiting(requests)
        return _store(
            [request for request in requests if request.id in ours],
            [touch for request_id in touches if request_id in ours for touch in touches[request_id]],
        )


def _store(requests: Sequence[InboundRequest], touches: Sequence[Touch]) -> set[Destination]:
    identify_offers(touches)
    fresh = set_repeats_aside(touches)
    join_leads(fresh)
    Touch.objects.bulk_create(fresh)
    destinations = routing.queue_deliveries(fresh, routing.load_rules())
    _store_states(requests)
    note_usage(requests, touches)
    return destinations


def _still_waiting(requests: Sequence[InboundRequest]) -> set[UUID]:
    """Those that no other worker has taken. Locked until the transaction ends."""
    waiting = InboundRequest.objects.waiting().filter(id__in=[request.id for request in requests])
    return set(waiting.select_for_update(skip_locked=True).values_list("id", flat=True))


def _interpret_alone(request_id: UUID) -> set[Destination]:
    """Twice, because a neighbour that joined the same lead at the same moment is no fault of the request.

    Read anew for each try: the one that failed has left its marks on what it read.
    """
    for is_last in (False, True):
        try:
            return interpret(_to_read().filter(id=request_id))
        except Exception as error:
            if is_database_away(error):
                raise
            if is_last or not isinstance(error, IntegrityError):
                _set_aside(request_id, error)
                break
    return set()


def _set_aside(request_id: UUID, error: Exception) -> None:
    """Reject a request that still waits; what another worker made of it meanwhile stands."""
    logger.error("Inbound request %s cannot be interpreted: %s", request_id, where(error))
    InboundRequest.objects.waiting().filter(id=request_id).update(
        state=InboundState.REJECTED, reason="defect", reason_params={}, processed_at=Now()
    )


def _store_states(requests: Sequence[InboundRequest]) -> None:
    """Most requests end alike and take one UPDATE together."""
    plain = [request for request in requests if request.state == InboundState.ACCEPTED and not request.remarks]
    others = [request for request in requests if request not in plain]
    InboundRequest.objects.filter(id__in=[request.id for request in plain]).update(
        state=InboundState.ACCEPTED, reason="", reason_params={}, remarks=[], repeat_of=None, processed_at=Now()
    )
    if others:
        for request in others:
            request.processed_at = Now()
        InboundRequest.objects.bulk_update(
            others, ["state", "reason", "reason_params", "remarks", "repeat_of", "processed_at"]
        )
