"""Claims, answers, crashes, sweeps and people in any order: what must hold afterwards holds always."""

from collections import Counter
from typing import Any
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
    rule,
    run_state_machine_as_test,
)

from integrations.contract import Failure, FailureKind, Record
from leads.delivery import gate
from leads.delivery.claiming import Claim, claim_batch, slots
from leads.delivery.connecting import open_connector
from leads.delivery.recording import record
from leads.delivery.resending import cancel_deliveries, retry_deliveries
from leads.delivery.sending import Sent, Turn
from leads.delivery.settling import settle_expired_claims
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.states import DeliveryState
from tests.factories import make_delivery, make_destination
from tests.leads.delivery import scripted
from tests.leads.delivery.scripted import YES, Answer

SILENCE_AFTER_ARRIVAL, SILENCE = "silence, though it arrived", "silence"
ANSWERS = ["yes", SILENCE_AFTER_ARRIVAL, SILENCE, "busy", "refused", "throttled", "wrong settings", "fault of ours"]

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
        self.has_sent = False


class Engine(RuleBasedStateMachine):
    workers: Bundle[Worker] = Bundle("workers")

    @initialize(recognises=st.booleans(), calls_at_once=st.integers(1, 3))
    def begin(self, recognises: bool, calls_at_once: int) -> None:
        Attempt.objects.all().delete()
        Delivery.objects.all().delete()
        chosen: dict[str, Any] = {"recognises_repeats": recognises}
        self.destination = make_destination("scripted", settings=chosen, gate={"calls_at_once": calls_at_once})
        self.recognises = recognises
        self.arrived: Counter[UUID] = Counter()
        self.sent_by_people: Counter[UUID] = Counter()

    @rule()
    def a_touch_comes(self) -> None:
        make_delivery(self.destination)

    @rule(target=workers)
    def a_worker_claims(self) -> Any:
        claim = claim_batch(self.destination.pk, batch_limit=1)
        return Worker(claim) if claim else None

    @rule(worker=workers, answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4))
    def it_sends(self, worker: Worker | None, answers: list[str]) -> None:
        if worker is None or worker.has_sent:
            return
        worker.has_sent = True
        left = list(answers)
        scripted.far_end.answer = lambda sent: self.answer(sent, left.pop(0) if len(left) > 1 else left[0])
        turn = Turn(worker.claim, open_connector(self.destination))
        worker.unrecorded = [item for group in turn.run() for item in group]

    def answer(self, sent: Record, answer: str) -> Answer:
        if answer in ("yes", SILENCE_AFTER_ARRIVAL):
            self.arrived[sent.key] += 1
        if answer == "yes":
            return YES
        if answer == "fault of ours":
            return ValueError()
        return Failure(kind=FAILURES[answer], cause="record_refused") if answer in FAILURES else None

    @rule(worker=consumes(workers))
    def it_records(self, worker: Worker | None) -> None:
        if worker and worker.unrecorded:
            record(worker.claim, worker.unrecorded, recognises_repeats=self.recognises)

    @rule(worker=workers)
    def its_claim_ends(self, worker: Worker | None) -> None:
        """It died, or was stopped for long: in that case it may record later all the same."""
        if worker:
            Delivery.objects.filter(claim_id=worker.claim.id).update(claimed_until="2026-01-01T00:00:00Z")
            settle_expired_claims()

    @rule()
    def time_passes(self) -> None:
        Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_attempt_at=Now())
        DestinationGate.objects.update(held_until=None)

    @rule()
    def a_person_pauses_or_resumes(self) -> None:
        if not gate.resume(self.destination.pk):
            gate.pause(self.destination.pk)

    @rule()
    def a_person_tries_again(self) -> None:
        failed = Delivery.objects.filter(state__in=[DeliveryState.FAILED, DeliveryState.CANCELLED])
        self.sent_by_people.update(failed.values_list("touch_id", flat=True))
        retry_deliveries(Delivery.objects.all())

    @rule()
    def a_person_cancels_the_oldest(self) -> None:
        oldest = Delivery.objects.order_by("id").first()
        if oldest:
            cancel_deliveries(Delivery.objects.filter(pk=oldest.pk))

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


@pytest.mark.django_db
def test_in_any_order_nothing_is_lost_doubled_or_claimed_twice() -> None:
    quick = settings(
        max_examples=20,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(Engine, settings=quick)
    assert Destination.objects.count() >= 20
