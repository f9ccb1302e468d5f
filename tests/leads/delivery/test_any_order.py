"""Claims, answers, crashes, sweeps and people in any order: what must hold afterwards holds always."""

import logging
from collections import Counter
from itertools import cycle
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from integrations.contract import Failure, FailureKind, Record
from leads.delivery import claiming, gate
from leads.delivery.claiming import Claim, claim_batch, give_back, slots
from leads.delivery.connecting import open_connector
from leads.delivery.recording import record
from leads.delivery.resending import cancel_deliveries, retry_deliveries
from leads.delivery.sending import Sent, Turn
from leads.delivery.settling import settle_expired_claims
from leads.models import Attempt, Delivery, Destination
from leads.states import DeliveryState
from tests.factories import make_delivery, make_destination
from tests.leads.delivery import scripted
from tests.leads.delivery.scripted import YES, Answer

pytestmark = pytest.mark.slow

SILENCE_AFTER_ARRIVAL, SILENCE = "silence, though it arrived", "silence"
ANSWERS = ["yes", SILENCE_AFTER_ARRIVAL, SILENCE, "busy", "refused", "throttled", "wrong settings", "fault of ours"]

answer_lists = st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=3)

FAILURES = {
    "busy": FailureKind.TEMPORARY,
    "refused": FailureKind.REJECTED,
    "throttled": FailureKind.THROTTLED,
    "wrong settings": FailureKind.MISCONFIGURED,
}


class Worker:
    """What one worker knows: its claim, and the answers it got but has not written down."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.unrecorded: list[Sent] = []


class Engine(RuleBasedStateMachine):
    waiting: Bundle[Worker] = Bundle("waiting")
    """Workers with a claim that have sent nothing yet."""
    stopped: Bundle[Worker] = Bundle("stopped")
    """Workers that lost their claim, and may come back."""

    recognises: ClassVar[bool]

    @initialize(calls_at_once=st.integers(1, 3))
    def begin(self, calls_at_once: int) -> None:
        Attempt.objects.all().delete()
        Delivery.objects.all().delete()
        chosen: dict[str, Any] = {"recognises_repeats": self.recognises}
        self.destination = make_destination("scripted", settings=chosen, gate={"calls_at_once": calls_at_once})
        self.arrived: Counter[UUID] = Counter()
        self.sent_by_people: Counter[UUID] = Counter()

    def claim(self) -> Worker | None:
        """Of whatever waits, as if its time had come, and as if the settings had been put right."""
        Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_attempt_at=Now())
        gate.resume(self.destination.pk)
        if not Delivery.objects.due().exists():
            make_delivery(self.destination)
        claim = claim_batch(self.destination.pk, batch_limit=1)
        return Worker(claim) if claim else None

    def send(self, worker: Worker, answers: list[str]) -> None:
        keys = [delivery.touch_id for delivery in worker.claim.deliveries]
        script = dict(zip(keys, cycle(answers), strict=False))
        scripted.far_end.answer = lambda sent: self.answer(sent, script[sent.key])
        turn = Turn(worker.claim, open_connector(self.destination))
        worker.unrecorded += [item for group in turn.run() for item in group]
        give_back(worker.claim, turn.unsent())

    def answer(self, sent: Record, answer: str) -> Answer:
        if answer in ("yes", SILENCE_AFTER_ARRIVAL):
            self.arrived[sent.key] += 1
        if answer == "yes":
            return YES
        if answer == "fault of ours":
            return ValueError()
        return Failure(kind=FAILURES[answer], cause="record_refused") if answer in FAILURES else None

    def record(self, worker: Worker) -> None:
        if worker.unrecorded:
            record(worker.claim, worker.unrecorded, recognises_repeats=self.recognises)

    @rule(answers=answer_lists)
    def a_worker_does_its_work(self, answers: list[str]) -> None:
        if worker := self.claim():
            self.send(worker, answers)
            self.record(worker)

    @rule(target=waiting)
    def a_worker_claims(self) -> Any:
        worker = self.claim()
        return worker if worker else multiple()

    @rule(worker=consumes(waiting), answers=answer_lists, records=st.booleans(), target=stopped)
    def it_sends_and_records_or_stops(self, worker: Worker, answers: list[str], records: bool) -> Any:
        self.send(worker, answers)
        if records:
            self.record(worker)
            return multiple()
        self.lose(worker)
        return worker

    @rule(worker=consumes(waiting), target=stopped)
    def it_stops_before_it_sends(self, worker: Worker) -> Worker:
        self.lose(worker)
        return worker

    def lose(self, worker: Worker) -> None:
        Delivery.objects.filter(claim_id=worker.claim.id).update(claimed_until="2026-01-01T00:00:00Z")
        settle_expired_claims()

    @rule(worker=consumes(stopped), answers=answer_lists)
    def it_comes_back_and_goes_on(self, worker: Worker, answers: list[str]) -> None:
        if not worker.unrecorded:
            self.send(worker, answers)
        self.record(worker)

    @rule(cancels=st.booleans())
    def a_person_acts(self, cancels: bool) -> None:
        if cancels:
            cancel_deliveries(Delivery.objects.filter(state=DeliveryState.QUEUED))
            return
        failed = Delivery.objects.filter(state__in=[DeliveryState.FAILED, DeliveryState.CANCELLED])
        self.sent_by_people.update(failed.values_list("touch_id", flat=True))
        retry_deliveries(Delivery.objects.all())

    @invariant()
    def what_is_delivered_has_arrived(self) -> None:
        for key in Delivery.objects.filter(state=DeliveryState.DELIVERED).values_list("touch_id", flat=True):
            assert self.arrived[key] >= 1

    @invariant()
    def there_is_no_second_record_that_nobody_asked_for(self) -> None:
        if not self.recognises:
            assert not {key for key, times in self.arrived.items() if times > 1 + self.sent_by_people[key]}

    @invariant()
    def no_more_claims_than_slots(self) -> None:
        claims = Delivery.objects.filter(state=DeliveryState.SENDING).values("claim_id").distinct().count()
        assert claims <= slots(self.destination.gate, 1)

    @invariant()
    def an_attempt_is_open_exactly_while_its_claim_is_sending(self) -> None:
        sending = set(Delivery.objects.filter(state=DeliveryState.SENDING).values_list("id", "claim_id"))
        assert set(Attempt.objects.filter(finished_at=None).values_list("delivery_id", "claim_id")) == sending

    @invariant()
    def nothing_is_tried_more_often_than_the_schedule_says(self) -> None:
        assert not Delivery.objects.filter(tries__gt=12).exists()


class AtOneThatRecognisesRepeats(Engine):
    recognises = True


class AtOneThatMakesSecondRecords(Engine):
    recognises = False


@pytest.mark.django_db
@pytest.mark.parametrize("engine", [AtOneThatRecognisesRepeats, AtOneThatMakesSecondRecords])
def test_in_any_order_nothing_is_lost_doubled_or_claimed_twice(
    engine: type[Engine], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(claiming, "CALLS_PER_CLAIM", 1)  # with two at once no run is like another
    caplog.set_level(logging.CRITICAL, "leads.delivery.sending")
    quick = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(engine, settings=quick)
    assert Destination.objects.count() >= 25
