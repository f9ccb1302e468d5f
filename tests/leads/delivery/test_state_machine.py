"""Claims, calls, deaths, sweeps, gates, people and a clock that moves on, in any order.

The gate is never opened for the sake of the test, and a worker may stop between any two of its steps, for ever or until
it goes on as if nothing had been. In the end the other side is well again and time passes: all of it must be settled.
"""

import logging
from collections import Counter
from collections.abc import Generator
from datetime import timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from hypothesis.stateful import run_state_machine_as_test as run

from integrations.contract import Failure, FailureKind, Record
from leads.delivery import claiming, gate
from leads.delivery.claiming import Claim, claim_batch, give_back, slots
from leads.delivery.connecting import open_connector
from leads.delivery.recording import record
from leads.delivery.resending import (
    cancel_deliveries,
    confirm_arrival,
    hurry_deliveries,
    retry_deliveries,
    send_delivered_again,
)
from leads.delivery.sending import Sent, Turn
from leads.delivery.settling import give_up_overdue, settle_expired_claims
from leads.models import Attempt, Delivery, DestinationGate
from leads.states import DeliveryState, PausedBy
from tests.factories import make_delivery, make_destination
from tests.faults.passing_time import let_pass
from tests.leads.delivery import scripted
from tests.leads.delivery.scripted import YES, Answer

pytestmark = pytest.mark.slow

SETTLED = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED)
MOST_LEADS = 12
MOST_TRIES = 12
# Every delivery alone, at a pace of one call an hour, and some that had to wait for the breaker.
ROUNDS_TO_SETTLE = 100
DEADLINE = timedelta(days=14)

ANSWERS: dict[str, Answer] = {
    "yes": YES,
    "silence, though it arrived": None,
    "silence": None,
    "busy": Failure(kind=FailureKind.TEMPORARY, cause="server_error"),
    "refused": Failure(kind=FailureKind.REJECTED, cause="record_refused"),
    "asked for time": Failure(kind=FailureKind.THROTTLED, cause="throttled", retry_after=timedelta(minutes=10)),
    "throttled": Failure(kind=FailureKind.THROTTLED, cause="throttled"),
    "wrong settings": Failure(kind=FailureKind.MISCONFIGURED, cause="access_denied"),
    "fault of ours": ValueError(),
}
ARRIVED = ("yes", "silence, though it arrived")
ALSO_OF_SEARCHES = ("busy", "asked for time", "throttled", "wrong settings")
PASSING = [timedelta(seconds=1), timedelta(seconds=20), timedelta(minutes=2), timedelta(hours=1), timedelta(days=2)]


class Worker:
    """A worker in the middle of a turn: its calls one by one, and the answers it has not written down."""

    def __init__(self, claim: Claim, turn: Turn) -> None:
        self.claim = claim
        self.turn = turn
        self.calls = cast(Generator[list[Sent]], turn.run())
        self.unrecorded: list[Sent] = []


class Engine(RuleBasedStateMachine):
    workers: Bundle[Worker] = Bundle("workers")
    recognises: ClassVar[bool]
    findable_after: ClassVar[timedelta | None] = None

    @initialize(calls_at_once=st.integers(1, 3), rate=st.sampled_from([None, 60]), leads=st.integers(1, 8))
    def begin(self, calls_at_once: int, rate: int | None, leads: int) -> None:
        Attempt.objects.all().delete()
        Delivery.objects.all().delete()
        chosen: dict[str, Any] = {"recognises_repeats": self.recognises}
        if self.findable_after is not None:
            chosen["findable_after"] = self.findable_after.seconds
        paced = {"calls_at_once": calls_at_once, "rate_calls": rate, "rate_seconds": 3600}
        self.destination = make_destination("scripted", settings=chosen, gate=paced)
        self.made: set[UUID] = set()
        self.called: Counter[UUID] = Counter()
        self.arrived: Counter[UUID] = Counter()
        self.now = timedelta(0)
        self.arrived_at: dict[UUID, timedelta] = {}
        self.asked_for: Counter[UUID] = Counter()
        self.confirmed: set[UUID] = set()
        self.somebody_posts_leads(leads)

    # --- Workers ------------------------------------------------------------------------------------------------------

    @rule(target=workers)
    def a_worker_claims(self) -> Any:
        before, attempts = gate.locked(self.destination.pk), Attempt.objects.count()
        claim = claim_batch(self.destination.pk, batch_limit=1)
        if claim is None:
            assert Attempt.objects.count() == attempts
            return multiple()
        assert before.is_open(before.now), "a closed gate costs no tries"
        assert before.broken_at is None or len(claim.deliveries) == 1, "one at a time finds out"
        return Worker(claim, Turn(claim, open_connector(self.destination)))

    @rule(worker=workers, answer=st.sampled_from(list(ANSWERS)))
    def it_makes_a_call(self, worker: Worker, answer: str) -> None:
        scripted.far_end.answer = lambda sent: self.take(sent, answer)
        scripted.far_end.finds = lambda sent: self.find(sent, answer)
        worker.unrecorded += next(worker.calls, [])

    def take(self, sent: Record, answer: str) -> Answer:
        self.called[sent.key] += 1
        if answer in ARRIVED:
            self.arrived[sent.key] += 1
            self.arrived_at[sent.key] = self.now
        return ANSWERS[answer]

    def find(self, sent: Record, answer: str) -> Answer:
        """A search sees what arrived long enough ago."""
        assert self.findable_after is not None
        self.called[sent.key] += 1
        if answer in ALSO_OF_SEARCHES:
            return ANSWERS[answer]
        is_seen = sent.key in self.arrived_at and self.now - self.arrived_at[sent.key] >= self.findable_after
        return YES if is_seen else None

    @rule(worker=workers)
    def it_records(self, worker: Worker) -> None:
        if worker.unrecorded:
            record(worker.claim, worker.unrecorded, recognises_repeats=self.recognises)
            worker.unrecorded = []

    @rule(answer=st.sampled_from(list(ANSWERS)))
    def a_worker_does_its_work(self, answer: str) -> None:
        """Each answer is written down before the next call, as far as it lets any be made."""
        worker = self.a_worker_claims()
        if isinstance(worker, Worker):
            for _delivery in worker.claim.deliveries:
                self.it_makes_a_call(worker, answer)
                self.it_records(worker)
            self.it_ends(worker, dies=False)

    @rule(worker=consumes(workers), dies=st.booleans())
    def it_ends(self, worker: Worker, dies: bool) -> None:
        worker.calls.close()
        if not dies:
            self.it_records(worker)
            give_back(worker.claim, worker.turn.unsent())

    # --- The clock ---------------------------------------------------------------------------------------------------

    @rule(time=st.sampled_from(PASSING))
    def time_passes(self, time: timedelta) -> None:
        """And the timetable comes round."""
        self.now += time
        let_pass(time, Delivery.objects.all(), DestinationGate.objects.all())
        settle_expired_claims()
        give_up_overdue()
        gate.pause_what_fails_for_days()

    # --- People -------------------------------------------------------------------------------------------------------

    @rule(number=st.integers(1, 6))
    def somebody_posts_leads(self, number: int) -> None:
        for _lead in range(min(number, max(0, MOST_LEADS - len(self.made)))):
            made = make_delivery(self.destination)
            Delivery.objects.filter(pk=made.pk).update(deadline_at=made.created_at + DEADLINE)
            self.made.add(made.pk)

    @rule(calls=st.sampled_from([None, 60]))
    def somebody_sets_a_rate(self, calls: int | None) -> None:
        """So many calls an hour."""
        DestinationGate.objects.filter(pk=self.destination.pk).update(rate_calls=calls)

    @rule(data=st.data())
    def somebody_does_something(self, data: st.DataObject) -> None:
        does = [self.pauses, self.resumes, self.checks, self.cancels, self.tries_again, self.hurries]
        does += [self.sends_again, self.finds_it_over_there]
        data.draw(st.sampled_from(does))()

    def pauses(self) -> None:
        gate.pause(self.destination.pk)

    def resumes(self) -> None:
        gate.resume(self.destination.pk)

    def checks(self) -> None:
        """And all is well, as far as a check can tell."""
        gate.resume_after_check(self.destination.pk)

    def cancels(self) -> None:
        """The oldest that can be."""
        oldest = Delivery.objects.order_by("id").values("id")[:1]
        cancel_deliveries(Delivery.objects.filter(id__in=list(oldest.values_list("id", flat=True))))

    def tries_again(self) -> None:
        """What can be looked for is looked for first, so that nobody asks for a second record."""
        if self.findable_after is None:
            self.note_wish(DeliveryState.FAILED, DeliveryState.CANCELLED)
        retry_deliveries(Delivery.objects.all())

    def hurries(self) -> None:
        hurry_deliveries(Delivery.objects.all())

    def sends_again(self) -> None:
        self.note_wish(DeliveryState.DELIVERED)
        send_delivered_again(Delivery.objects.all())

    def finds_it_over_there(self) -> None:
        doubtful = Delivery.objects.filter(state=DeliveryState.FAILED, reason="may_have_arrived")
        self.confirmed.update(doubtful.values_list("touch_id", flat=True))
        confirm_arrival(doubtful)

    def note_wish(self, *states: DeliveryState) -> None:
        self.asked_for.update(Delivery.objects.filter(state__in=states).values_list("touch_id", flat=True))

    # --- What holds always --------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost(self) -> None:
        assert set(Delivery.objects.values_list("id", flat=True)) == self.made

    @invariant()
    def what_is_delivered_has_arrived(self) -> None:
        delivered = Delivery.objects.filter(state=DeliveryState.DELIVERED).values_list("touch_id", flat=True)
        assert all(self.arrived[key] or key in self.confirmed for key in delivered)

    @invariant()
    def nothing_arrives_twice_that_nobody_asked_for(self) -> None:
        if not self.recognises:
            assert all(times <= 1 + self.asked_for[key] for key, times in self.arrived.items())

    @invariant()
    def no_more_claims_than_slots(self) -> None:
        claims = Delivery.objects.filter(state=DeliveryState.SENDING).values("claim_id").distinct().count()
        assert claims <= slots(DestinationGate(calls_at_once=self.destination.gate.calls_at_once), 1)

    @invariant()
    def an_attempt_is_open_exactly_while_its_claim_is_sending(self) -> None:
        sending = set(Delivery.objects.filter(state=DeliveryState.SENDING).values_list("id", "claim_id"))
        assert set(Attempt.objects.filter(finished_at=None).values_list("delivery_id", "claim_id")) == sending

    @invariant()
    def only_calls_count_as_tries(self) -> None:
        for key, tries in Delivery.objects.values_list("touch_id", "tries"):
            assert tries <= min(self.called[key], MOST_TRIES)

    @invariant()
    def whatever_waits_has_a_time_and_a_machine_s_pause_a_check(self) -> None:
        found = gate.locked(self.destination.pk)
        longest = found.now + timedelta(days=2)
        assert not Delivery.objects.filter(state=DeliveryState.QUEUED, next_attempt_at__gt=longest).exists()
        assert all(until is None or until < longest for until in (found.held_until, found.probe_at))
        assert found.paused_by != PausedBy.MACHINE or found.next_check_at is not None

    # --- What comes in the end ----------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """The other side is well, and nobody does anything but to end pauses."""
        for _round in range(ROUNDS_TO_SETTLE):
            if not Delivery.objects.exclude(state__in=SETTLED).exists():
                break
            self.time_passes(timedelta(hours=1))
            if gate.locked(self.destination.pk).paused_at:
                gate.resume(self.destination.pk)
            self.a_worker_does_its_work("yes")
        self.nothing_is_lost()
        assert not Delivery.objects.exclude(state__in=SETTLED).exists()
        self.what_is_delivered_has_arrived()
        self.nothing_arrives_twice_that_nobody_asked_for()


class AtOneThatRecognisesRepeats(Engine):
    recognises = True


class AtOneThatMakesSecondRecords(Engine):
    recognises = False


class AtOneThatCanBeSearched(Engine):
    recognises = False
    findable_after = timedelta(minutes=5)


ENGINES = [AtOneThatRecognisesRepeats, AtOneThatMakesSecondRecords, AtOneThatCanBeSearched]


@pytest.mark.django_db
@pytest.mark.parametrize("engine", ENGINES)
def test_in_any_order_everything_is_settled_once_and_nothing_is_lost(
    engine: type[Engine], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(claiming, "CALLS_PER_CLAIM", 1)  # with two at once no run is like another
    caplog.set_level(logging.CRITICAL, "leads.delivery.sending")
    thorough = settings(
        max_examples=40,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run(engine, settings=thorough)
    assert DestinationGate.objects.count() >= 40
