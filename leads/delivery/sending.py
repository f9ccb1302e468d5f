"""Make the calls of one claim and yield the outcomes as they come. No database transaction is open meanwhile."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched, count
from uuid import UUID

from django.db import Error, close_old_connections
from django.db.models.functions import Now

from integrations.contract import Connector, Failure, FailureKind, Outcome, Record
from leads.defects import where
from leads.delivery.claiming import CLAIM_TIME, Claim, calls_per_claim, extend
from leads.delivery.looking import after_look, look, look_after
from leads.delivery.noting import has_failed
from leads.delivery.translating import record_of
from leads.models import Attempt, Delivery
from leads.pacing.breaker import FAILURES_IN_A_ROW

logger = logging.getLogger(__name__)

# After this long a turn starts no further call: other destinations wait for the worker.
TURN_SECONDS = 10.0
# Well below CLAIM_TIME.
EXTEND_EVERY_SECONDS = 4.0
# The wall limit of one call: one that takes longer loses its claim, whatever it is doing.
CALL_LIMIT_SECONDS = 130.0
# Outcomes that come this close to each other are recorded together.
GATHER_SECONDS = 0.02

# What these say holds for every record: the rest of the batch is not sent.
STOPPING = (FailureKind.MISCONFIGURED, FailureKind.THROTTLED)


_calls = count()
_stopping = threading.Event()


def stop() -> None:
    """This process ends: no further call is started, and what was claimed for one is given back."""
    _stopping.set()


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery's outcome, the number of its call in this process, and how long that took, in seconds.

    ``only_looked``: nothing was sent, and whether an earlier try had arrived was not found out. ``look_after`` is how
    long after a failure it can be looked for whether it arrived all the same; ``None``: it cannot.
    """

    delivery: Delivery
    outcome: Outcome
    call: int
    duration: float
    only_looked: bool = False
    look_after: timedelta | None = None


class Turn:
    """One claim being sent. Ends early when an answer says that the destination takes nothing now, when the time is
    up, or when the claim is lost; what was never yielded was not sent, or its answer never came."""

    def __init__(self, claim: Claim, connector: Connector) -> None:
        self.claim = claim
        self.connector = connector
        self.batches = _batches(claim.deliveries, connector.batch_limit)
        self.at_once = calls_per_claim(claim.gate, connector.batch_limit)
        # While the destination's last answer was no success, one call goes ahead before the others follow.
        self.allowed = 1 if claim.gate.is_in_doubt else self.at_once
        self.failed_in_a_row = claim.gate.failures_in_a_row
        self.over_at = claim.taken_at + TURN_SECONDS
        self.extended_at = claim.taken_at
        self.under_way: dict[Future[list[Sent]], float] = {}
        self.pool = ThreadPoolExecutor(max_workers=self.at_once, thread_name_prefix="send")

    def run(self) -> Iterator[list[Sent]]:
        try:
            while self._start_calls():
                if sent := self._gather():
                    yield sent
        finally:
            self.pool.shutdown(wait=False, cancel_futures=True)

    @property
    def claim_ends_at(self) -> float:
        """As far as this process knows, by its monotonic clock."""
        return self.extended_at + CLAIM_TIME.total_seconds()

    def unsent(self) -> list[Delivery]:
        """What no call was started for."""
        return [delivery for batch in self.batches for delivery in batch]

    def _start_calls(self) -> bool:
        """Fill the free places. False when nothing is under way and nothing more will be."""
        while len(self.under_way) < self.allowed and time.monotonic() < self.over_at and not _stopping.is_set():
            deliveries = next(self.batches, None)
            if deliveries is None:
                break
            records = _translated(deliveries)
            if not self._mark_sent(deliveries, records):
                self.over_at = 0.0
                break
            self.under_way[self.pool.submit(_call, self.connector, deliveries, records)] = time.monotonic()
        return bool(self.under_way)

    def _gather(self) -> list[Sent]:
        done, waiting = wait(self.under_way, timeout=EXTEND_EVERY_SECONDS, return_when=FIRST_COMPLETED)
        if done and waiting:
            done |= wait(waiting, timeout=GATHER_SECONDS).done
        for future in done:
            del self.under_way[future]
        if time.monotonic() - self.extended_at >= EXTEND_EVERY_SECONDS:
            self._stay_alive()
        calls = [future.result() for future in done]
        sent = [item for call in calls for item in call]
        if any(_stops(item.outcome) for item in sent) or self._is_broken_by(calls):
            self.over_at = 0.0
        elif sent:
            self.allowed = self.at_once
        return sent

    def _is_broken_by(self, calls: Sequence[Sequence[Sent]]) -> bool:
        """As many failures in a row as open the breaker: the rest keeps its tries."""
        for call in calls:
            if (failed := has_failed([item.outcome.result for item in call])) is not None:
                self.failed_in_a_row = self.failed_in_a_row + 1 if failed else 0
        return self.failed_in_a_row >= FAILURES_IN_A_ROW

    def _stay_alive(self) -> None:
        """Keep the claim while calls are within their limit; walk away from the rest, whose claim then runs out.

        Where the claim is lost already, the calls under way are still waited for: a late yes counts.
        """
        self.extended_at = time.monotonic()
        if min(self.under_way.values(), default=self.extended_at) < self.extended_at - CALL_LIMIT_SECONDS:
            self.over_at = 0.0
            self.under_way.clear()
        elif not self._extend():
            self.over_at = 0.0

    def _extend(self) -> bool:
        """False also when the database is away: then nothing more is started, and what is under way is waited for."""
        try:
            return extend(self.claim)
        except Error as error:
            logger.warning("A claim cannot be extended now: %s", where(error))
            close_old_connections()
            return False

    def _mark_sent(self, deliveries: Sequence[Delivery], records: Mapping[UUID, Record]) -> bool:
        """Before the first byte leaves, where sending twice is not harmless: no mark means surely not sent.

        False when the attempts were settled meanwhile, so that somebody else may be sending, or the mark cannot be
        written now.
        """
        ids = [
            self.claim.attempts[delivery.id].id
            for delivery in deliveries
            if delivery.touch_id in records and not self.connector.recognises(records[delivery.touch_id])
        ]
        if not ids:
            return True
        try:
            return Attempt.objects.filter(id__in=ids, finished_at=None).update(sent_at=Now()) == len(ids)
        except Error as error:
            logger.warning("Nothing is sent, because no mark can be set now: %s", where(error))
            close_old_connections()
            return False


def _batches(deliveries: Sequence[Delivery], limit: int) -> Iterator[tuple[Delivery, ...]]:
    """What goes into one call each. What must be looked for first goes alone, after the others."""
    yield from batched((delivery for delivery in deliveries if not delivery.look_from), limit)
    yield from batched((delivery for delivery in deliveries if delivery.look_from), 1)


def _stops(outcome: Outcome) -> bool:
    return isinstance(outcome.result, Failure) and outcome.result.kind in STOPPING


def _translated(deliveries: Sequence[Delivery]) -> dict[UUID, Record]:
    """By touch. What cannot be translated is missing, and takes nobody else with it."""
    records: dict[UUID, Record] = {}
    for delivery in deliveries:
        try:
            records[delivery.touch_id] = record_of(delivery)
        except Exception as error:
            logger.error("Delivery %s cannot be translated: %s", delivery.id, where(error))
    return records


def _call(connector: Connector, deliveries: Sequence[Delivery], records: Mapping[UUID, Record]) -> list[Sent]:
    """One outcome per delivery, whatever the connector does."""
    call, started = next(_calls), time.monotonic()
    if deliveries[0].look_from:
        outcomes, only_looked = _look_or_send(connector, records)
    else:
        outcomes, only_looked = _outcomes(connector, list(records.values())), False
    duration = time.monotonic() - started
    sent = []
    for delivery in deliveries:
        outcome = outcomes.get(delivery.touch_id) or _untranslated(delivery)
        after = _look_after(connector, delivery, only_looked) if isinstance(outcome.result, Failure) else None
        sent.append(Sent(delivery, outcome, call, duration, only_looked, after))
    return sent


def _look_or_send(connector: Connector, records: Mapping[UUID, Record]) -> tuple[dict[UUID, Outcome], bool]:
    """By touch, and whether looking is all that was done."""
    found = {key: outcome for key, record in records.items() if (outcome := look(connector, record))}
    if found or not records:
        return found, True
    return {key: after_look(outcome) for key, outcome in _outcomes(connector, list(records.values())).items()}, False


def _look_after(connector: Connector, delivery: Delivery, only_looked: bool) -> timedelta | None:
    """A search that failed may come again at any time: this try made nothing."""
    after = look_after(connector, delivery)
    return timedelta(0) if only_looked and after is not None else after


def _outcomes(connector: Connector, records: Sequence[Record]) -> dict[UUID, Outcome]:
    """By touch: silence is "unanswered", an exception is our defect.

    Where repeats are harmless, halves of what failed are sent again, until the record that breaks the connector is
    alone.
    """
    if not records:
        return {}
    try:
        answered = {outcome.key: outcome for outcome in connector.deliver(records)}
    except Exception as error:
        logger.error("Connector %s failed: %s", type(connector).__name__, where(error))
        if len(records) == 1 or not all(map(connector.recognises, records)):
            return {record.key: _unknown(connector, record, FailureKind.DEFECT, "defect") for record in records}
        half = len(records) // 2
        return _outcomes(connector, records[:half]) | _outcomes(connector, records[half:])
    return {
        record.key: answered.get(record.key) or _unknown(connector, record, FailureKind.UNANSWERED, "no_outcome")
        for record in records
    }


def _unknown(connector: Connector, record: Record, kind: FailureKind, cause: str) -> Outcome:
    is_safe_to_repeat = None if connector.recognises(record) else False
    return Outcome(record.key, Failure(kind=kind, cause=cause, is_safe_to_repeat=is_safe_to_repeat))


def _untranslated(delivery: Delivery) -> Outcome:
    """Nothing was sent."""
    return Outcome(delivery.touch_id, Failure(kind=FailureKind.DEFECT, cause="defect", is_safe_to_repeat=True))
