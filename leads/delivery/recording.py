"""Write down what happened to the deliveries of a claim, and decide what is next for each. One transaction a group.

==============  =========================================================  ==========================
outcome         the delivery                                               the destination
==============  =========================================================  ==========================
delivered       delivered                                                  last success
temporary       queued again after the wait, never before the time that     unchanged
                the other side named; failed after the last try
unanswered      as temporary where repeats are recognised, else failed     unchanged
throttled       queued again, the try is not counted                       held until the given time
misconfigured   queued again, the try is not counted                       paused until a good check
rejected        failed: a person looks                                     unchanged
defect          as unanswered where repeats are not recognised, else       unchanged
                failed: a person looks
==============  =========================================================  ==========================

A failure may say of its own record that repeats are recognised, or that they are not (``Failure.is_safe_to_repeat``).
Where repeats are not recognised, but the record can be looked for over there, a try that may have arrived is queued
again like a temporary one, to be looked for first; a search that fails leaves that as it is. Failed after the last try,
it may have arrived, and a person looks.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import Error, close_old_connections, transaction
from django.db.models import F
from django.db.models.functions import Now

from integrations.contract import Delivered, Failure, FailureKind, Outcome
from leads.defects import is_database_away, where
from leads.delivery.attempt_log import log_attempts
from leads.delivery.claiming import Claim
from leads.delivery.noting import note_calls
from leads.delivery.sending import Sent
from leads.models import Attempt, Delivery
from leads.pacing import retry
from leads.states import AttemptResult, DeliveryState, Priority

logger = logging.getLogger(__name__)

RETRIED = (FailureKind.TEMPORARY, FailureKind.UNANSWERED)
DATABASE_PAUSE_SECONDS = 0.5
# Our own code may have failed when the answer had come already.
MAY_HAVE_ARRIVED = (FailureKind.UNANSWERED, FailureKind.DEFECT)
NOT_COUNTED = (FailureKind.THROTTLED, FailureKind.MISCONFIGURED)
COMPLETED_FIELDS = (
    "finished_at",
    "result",
    "is_late",
    "cause",
    "detail",
    "params",
    "code",
    "http_status",
    "duration_ms",
    "notes",
    "exchange",
)


class Move(NamedTuple):
    """Where a delivery goes from ``sending``; deliveries that move alike are written by one UPDATE."""

    state: DeliveryState
    reason: str = ""
    arrival: str = ""
    counted: bool = True
    wait: timedelta = timedelta(0)
    look_after: timedelta | None = None
    """When it is looked for before it is sent again; ``None``: it need not be."""


def record_in_time(claim: Claim, sent: Sequence[Sent], *, recognises_repeats: bool, until: float) -> None:
    """Record, and when the database is away for a moment, go on trying as long as the claim lasts: the answers are
    known, and a claim that ends without them is sent again. ``until`` by this process's monotonic clock."""
    while True:
        try:
            return record(claim, sent, recognises_repeats=recognises_repeats)
        except Error as error:
            if not is_database_away(error) or time.monotonic() >= until:
                raise
            logger.warning("%s outcomes wait for the database: %s", len(sent), where(error))
        close_old_connections()
        time.sleep(DATABASE_PAUSE_SECONDS)


def record(claim: Claim, sent: Sequence[Sent], *, recognises_repeats: bool) -> None:
    """Record a group of outcomes. What is no longer ours changes nothing, but a late yes still counts.

    An outcome that cannot be stored as it is takes none of the others with it, and is stored without its texts.
    """
    try:
        _record(claim, sent, recognises_repeats)
    except Exception as error:
        if is_database_away(error):
            raise
        logger.error("%s outcomes of %s are recorded one by one: %s", len(sent), claim.destination.kind, where(error))
        for item in sent:
            _record_alone(claim, item, recognises_repeats)


def _record_alone(claim: Claim, item: Sent, recognises_repeats: bool) -> None:
    try:
        _record(claim, [item], recognises_repeats)
    except Exception as error:
        if is_database_away(error):
            raise
        _record(claim, [_without_texts(item)], recognises_repeats)


def _without_texts(item: Sent) -> Sent:
    """One of them is too long for its column, say, or holds characters that the database does not take."""
    result = item.outcome.result
    if isinstance(result, Delivered):
        bare: Delivered | Failure = Delivered(result.arrival)
    else:
        bare = replace(result, cause="defect", detail="", code="", http_status=None)
    return replace(item, outcome=Outcome(item.outcome.key, bare))


def _record(claim: Claim, sent: Sequence[Sent], recognises_repeats: bool) -> None:
    with transaction.atomic():
        sent = _escalated(sent)
        ours = _still_ours(claim, sent)
        moves: dict[Move, list[UUID]] = defaultdict(list)
        for item in sent:
            if item.delivery.id in ours:
                moves[next_move(item, recognises_repeats)].append(item.delivery.id)
        for move, delivery_ids in moves.items():
            Delivery.objects.filter(id__in=delivery_ids, claim_id=claim.id).update(**_changes(move))
        late = _adopt_late_successes(item for item in sent if item.delivery.id not in ours)
        _write_links(item for item in sent if item.delivery.id in ours | late)
        _complete_attempts(claim, sent, ours)
        note_calls(claim.gate, _by_call(sent))
    log_attempts(claim, sent)


def _by_call(sent: Sequence[Sent]) -> list[list[Delivered | Failure]]:
    calls: dict[int, list[Delivered | Failure]] = defaultdict(list)
    for item in sent:
        calls[item.call].append(item.outcome.result)
    return list(calls.values())


def _escalated(sent: Sequence[Sent]) -> list[Sent]:
    """What no connector can know: whether this was the last of the tries in which the failure may pass by itself."""
    candidates = [item.delivery.id for item in sent if _may_escalate(item)]
    met = Counter(
        Attempt.objects.filter(delivery__in=candidates, result__in=RETRIED).values_list("delivery_id", "cause")
        if candidates
        else ()
    )
    return [_taken_for_good(item, met) if item.delivery.id in candidates else item for item in sent]


def _may_escalate(item: Sent) -> bool:
    """A person who has it sent again gives it all its tries anew."""
    result = item.outcome.result
    return (
        isinstance(result, Failure)
        and result.escalates is not None
        and item.delivery.tries + 1 >= result.escalates.tries
    )


def _taken_for_good(item: Sent, met: Mapping[tuple[UUID, str], int]) -> Sent:
    result = item.outcome.result
    assert isinstance(result, Failure)
    assert result.escalates
    if met[item.delivery.id, result.cause] + 1 < result.escalates.tries:
        return item
    return replace(item, outcome=replace(item.outcome, result=replace(result, kind=result.escalates.kind)))


def next_move(item: Sent, recognises_repeats: bool) -> Move:
    """The table above."""
    result = item.outcome.result
    if isinstance(result, Delivered):
        return Move(DeliveryState.DELIVERED, arrival=result.arrival.value)
    in_doubt = item.only_looked or _may_have_arrived(result, recognises_repeats)
    look_after = item.look_after if in_doubt else None
    if result.kind in NOT_COUNTED:
        return Move(DeliveryState.QUEUED, reason=result.cause, counted=False, look_after=look_after)
    is_retried = result.kind in RETRIED or (in_doubt and not item.only_looked)
    wait = retry.wait_after(item.delivery.tries + 1, settings.LEADCRM_RETRY_WAITS) if is_retried else None
    if wait is None or (in_doubt and look_after is None):
        reason = "may_have_arrived" if in_doubt else result.cause
        return Move(DeliveryState.FAILED, reason=reason, look_after=look_after)
    wait = max(wait, retry.at_least(result.retry_after), retry.at_least(look_after))
    return Move(DeliveryState.QUEUED, reason=result.cause, wait=wait, look_after=look_after)


def _may_have_arrived(failure: Failure, recognises_repeats: bool) -> bool:
    is_safe = recognises_repeats if failure.is_safe_to_repeat is None else failure.is_safe_to_repeat
    return failure.kind in MAY_HAVE_ARRIVED and not is_safe


def _still_ours(claim: Claim, sent: Sequence[Sent]) -> set[UUID]:
    """Locks the rows, so that the sweep cannot take them back between this look and the writes."""
    return set(
        Delivery.objects.filter(
            id__in=[item.delivery.id for item in sent], claim_id=claim.id, state=DeliveryState.SENDING
        )
        .select_for_update()
        .values_list("id", flat=True)
    )


def _changes(move: Move) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "state": move.state,
        "reason": move.reason,
        "claim_id": None,
        "claimed_until": None,
        "lost_claims": 0,
        "look_from": None if move.look_after is None else Now() + move.look_after,
    }
    if move.counted:
        changes["tries"] = F("tries") + 1
    if move.state is DeliveryState.DELIVERED:
        changes |= {"arrival": move.arrival, "delivered_at": Now()}
    if move.state is DeliveryState.QUEUED:
        changes["next_attempt_at"] = Now() + retry.jittered(move.wait)
    if move.state is DeliveryState.QUEUED and move.counted:
        changes["priority"] = Priority.RETRY
    return changes


def _adopt_late_successes(late: Iterable[Sent]) -> set[UUID]:
    """The claim had ended, yet the other side said yes. Saves the second send where nobody is sending now."""
    adopted = set()
    for item in late:
        if isinstance(item.outcome.result, Delivered):
            move = next_move(item, recognises_repeats=True)
            waiting = Delivery.objects.filter(
                id=item.delivery.id, state__in=[DeliveryState.QUEUED, DeliveryState.FAILED]
            )
            if waiting.update(**_changes(move)):
                adopted.add(item.delivery.id)
    return adopted


def _write_links(arrived: Iterable[Sent]) -> None:
    """Id and address of the record over there; each delivery has its own, so they are not part of the moves."""
    linked = []
    for item in arrived:
        result = item.outcome.result
        if isinstance(result, Delivered) and (result.external_id or result.external_url):
            item.delivery.external_id = result.external_id
            item.delivery.external_url = result.external_url
            linked.append(item.delivery)
    if linked:
        Delivery.objects.bulk_update(linked, ["external_id", "external_url"])


def _complete_attempts(claim: Claim, sent: Sequence[Sent], ours: set[UUID]) -> None:
    """All of the group's attempts with one statement: an upsert that only ever meets rows that exist."""
    Attempt.objects.bulk_create(
        [_completed(claim.attempts[item.delivery.id], item, is_late=item.delivery.id not in ours) for item in sent],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=COMPLETED_FIELDS,
    )


def _completed(attempt: Attempt, sent: Sent, *, is_late: bool) -> Attempt:
    result, exchange = sent.outcome.result, sent.outcome.exchange
    attempt.finished_at = Now()
    attempt.duration_ms = round(sent.duration * 1000)
    attempt.exchange = asdict(exchange) if exchange else {}
    attempt.notes = [{"code": note.code, "params": dict(note.params)} for note in sent.outcome.notes]
    attempt.is_late = is_late
    if isinstance(result, Failure):
        attempt.result = AttemptResult(result.kind.value)
        attempt.cause = result.cause
        attempt.detail = result.detail
        attempt.params = dict(result.params)
        attempt.code = result.code
        attempt.http_status = result.http_status
    else:
        attempt.result = AttemptResult.DELIVERED
        attempt.http_status = exchange.response_status if exchange else None
    return attempt
