"""Every row of the table of outcomes: what it makes of the delivery, of the attempt and of the destination."""

from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from integrations.contract import Arrival, Delivered, Escalation, Exchange, Failure, FailureKind, Outcome
from leads.delivery.claiming import claim_batch
from leads.delivery.recording import record
from leads.delivery.resend_plans import plan_of
from leads.delivery.sending import Sent
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery, Destination, DestinationGate, ResendJob
from leads.states import AttemptResult, DeliveryState, Priority
from tests.factories import make_delivery, make_destination
from tests.leads.delivery.scripted import YES, FarEnd

QUEUED, DELIVERED, FAILED = DeliveryState.QUEUED, DeliveryState.DELIVERED, DeliveryState.FAILED
LAST_TRY = 11


def failure(kind: FailureKind, **more: Any) -> Failure:
    return Failure(kind=kind, cause="server_trouble", detail="busy", code="E42", http_status=503, **more)


def deliver(destination: Destination, **values: Any) -> Delivery:
    """One delivery, one turn."""
    delivery = make_delivery(destination, **values)
    deliver_next_batch(destination)
    delivery.refresh_from_db()
    assert (delivery.claim_id, delivery.claimed_until) == (None, None)
    return delivery


def waits(delivery: Delivery) -> timedelta:
    return delivery.next_attempt_at - timezone.now()


def within_a_fifth(wait: timedelta, of: timedelta) -> bool:
    return of * 0.8 - timedelta(seconds=5) <= wait <= of * 1.2


def test_delivered(destination: Destination) -> None:
    delivery = deliver(destination, priority=Priority.RESEND, lost_claims=2, reason="claim_lost")
    assert (delivery.state, delivery.reason, delivery.tries, delivery.lost_claims) == (DELIVERED, "", 1, 0)
    assert (delivery.arrival, delivery.external_id) == ("created", "there-1")
    assert delivery.external_url == "https://crm.example.com/there-1"
    assert delivery.delivered_at is not None
    attempt = Attempt.objects.get()
    assert (attempt.result, attempt.cause, attempt.is_late) == (AttemptResult.DELIVERED, "", False)
    assert attempt.finished_at is not None
    gate = DestinationGate.objects.get()
    assert gate.last_success_at is not None
    assert (gate.last_failure_at, gate.paused_at, gate.held_until) == (None, None, None)


@pytest.mark.parametrize("arrival", Arrival)
def test_delivered_says_how_it_arrived(destination: Destination, far_end: FarEnd, arrival: Arrival) -> None:
    far_end.answers(Delivered(arrival))
    delivery = deliver(destination)
    assert (delivery.state, delivery.arrival, delivery.external_id, delivery.external_url) == (
        DELIVERED,
        arrival,
        "",
        "",
    )


@pytest.mark.parametrize("kind", [FailureKind.TEMPORARY, FailureKind.UNANSWERED])
@pytest.mark.parametrize(
    ("tries", "wait"), [(0, timedelta(seconds=10)), (1, timedelta(minutes=1)), (10, timedelta(hours=24))]
)
def test_temporary_and_unanswered_wait_longer_each_time(
    destination: Destination, far_end: FarEnd, kind: FailureKind, tries: int, wait: timedelta
) -> None:
    far_end.answers(failure(kind))
    delivery = deliver(destination, tries=tries, lost_claims=1)
    assert (delivery.state, delivery.reason, delivery.tries) == (QUEUED, "server_trouble", tries + 1)
    assert (delivery.priority, delivery.lost_claims) == (Priority.RETRY, 0)
    assert within_a_fifth(waits(delivery), wait)
    gate = DestinationGate.objects.get()
    assert (gate.last_success_at, gate.paused_at, gate.held_until) == (None, None, None)
    assert gate.last_failure_at is not None


@pytest.mark.parametrize("kind", [FailureKind.TEMPORARY, FailureKind.UNANSWERED])
def test_the_last_try_that_fails_leaves_it_to_a_person(
    destination: Destination, far_end: FarEnd, kind: FailureKind
) -> None:
    far_end.answers(failure(kind))
    delivery = deliver(destination, tries=LAST_TRY)
    assert (delivery.state, delivery.reason, delivery.tries) == (FAILED, "server_trouble", 12)


@pytest.mark.parametrize("tries", [0, LAST_TRY])
def test_unanswered_where_repeats_are_not_recognised_is_never_tried_again(
    forgetful: Destination, far_end: FarEnd, tries: int
) -> None:
    far_end.answers(failure(FailureKind.UNANSWERED))
    delivery = deliver(forgetful, tries=tries)
    assert (delivery.state, delivery.reason, delivery.tries) == (FAILED, "may_have_arrived", tries + 1)
    assert deliver_next_batch(forgetful) is False
    assert len(far_end.calls) == 1


def test_temporary_where_repeats_are_not_recognised_is_tried_again(forgetful: Destination, far_end: FarEnd) -> None:
    far_end.answers(failure(FailureKind.TEMPORARY))
    assert deliver(forgetful).state == QUEUED


def test_throttled_holds_the_destination_and_costs_no_try(destination: Destination, far_end: FarEnd) -> None:
    far_end.answers(failure(FailureKind.THROTTLED, retry_after=timedelta(minutes=7)))
    delivery = deliver(destination, tries=LAST_TRY)
    assert (delivery.state, delivery.reason, delivery.tries) == (QUEUED, "server_trouble", LAST_TRY)
    assert delivery.priority == Priority.FRESH
    assert delivery.next_attempt_at <= timezone.now()
    gate = DestinationGate.objects.get()
    assert gate.held_until is not None
    held = gate.held_until - timezone.now()
    assert timedelta(minutes=7) - timedelta(seconds=5) < held <= timedelta(minutes=7) * 1.1
    assert (gate.paused_at, gate.holds_in_a_row) == (None, 1)
    assert deliver_next_batch(destination) is False


def test_misconfigured_pauses_the_destination_and_costs_no_try(destination: Destination, far_end: FarEnd) -> None:
    far_end.answers(failure(FailureKind.MISCONFIGURED))
    delivery = deliver(destination, tries=LAST_TRY)
    assert (delivery.state, delivery.reason, delivery.tries) == (QUEUED, "server_trouble", LAST_TRY)
    gate = DestinationGate.objects.get()
    assert gate.paused_at is not None
    assert (gate.paused_by, gate.pause_cause, gate.pause_detail) == ("machine", "server_trouble", "busy")
    assert (gate.resumes_itself, gate.held_until) == (True, None)
    assert gate.next_check_at is not None
    assert timedelta(minutes=4, seconds=55) < gate.next_check_at - timezone.now() <= timedelta(minutes=5)
    assert deliver_next_batch(destination) is False


@pytest.mark.parametrize("kind", [FailureKind.REJECTED, FailureKind.DEFECT])
def test_rejected_and_defect_leave_it_to_a_person_at_once(
    destination: Destination, far_end: FarEnd, kind: FailureKind
) -> None:
    far_end.answers(failure(kind))
    delivery = deliver(destination)
    assert (delivery.state, delivery.reason, delivery.tries) == (FAILED, "server_trouble", 1)
    gate = DestinationGate.objects.get()
    assert (gate.paused_at, gate.held_until) == (None, None)


@pytest.mark.parametrize("kind", [FailureKind.UNANSWERED, FailureKind.DEFECT])
def test_a_record_that_would_not_be_recognised_waits_for_a_person_where_others_would_be(
    destination: Destination, far_end: FarEnd, kind: FailureKind
) -> None:
    far_end.answers(failure(kind, is_safe_to_repeat=False))
    delivery = deliver(destination)
    assert (delivery.state, delivery.reason, delivery.tries) == (FAILED, "may_have_arrived", 1)
    assert Attempt.objects.get().result == kind.value


@pytest.mark.parametrize(("kind", "state"), [(FailureKind.UNANSWERED, QUEUED), (FailureKind.DEFECT, FAILED)])
def test_what_surely_did_not_arrive_is_never_said_to_have_perhaps(
    forgetful: Destination, far_end: FarEnd, kind: FailureKind, state: DeliveryState
) -> None:
    far_end.answers(failure(kind, is_safe_to_repeat=True))
    delivery = deliver(forgetful)
    assert (delivery.state, delivery.reason) == (state, "server_trouble")


@pytest.mark.parametrize("kind", FailureKind)
def test_every_attempt_keeps_the_words_of_the_other_side(
    destination: Destination, far_end: FarEnd, kind: FailureKind
) -> None:
    exchange = Exchange(method="POST", url="https://crm.example.com", request_body="{}", response_status=503)
    far_end.answer = lambda record: Outcome(record.key, failure(kind), exchange)
    deliver(destination)
    attempt = Attempt.objects.get()
    assert (attempt.result, attempt.cause, attempt.detail) == (kind.value, "server_trouble", "busy")
    assert (attempt.code, attempt.http_status) == ("E42", 503)
    assert attempt.exchange["url"] == "https://crm.example.com"
    assert attempt.exchange["response_status"] == 503
    assert attempt.duration_ms is not None
    assert (attempt.is_late, attempt.sent_at) == (False, None)


def test_the_record_that_is_sent_has_the_id_of_the_touch_on_every_try(
    destination: Destination, far_end: FarEnd
) -> None:
    far_end.answers(failure(FailureKind.TEMPORARY), YES)
    delivery = deliver(destination)
    Delivery.objects.update(next_attempt_at=Now())
    deliver_next_batch(destination)
    assert far_end.received == [delivery.touch_id, delivery.touch_id]
    assert Attempt.objects.count() == 2


def test_without_personal_data_the_record_leads_to_nobody(destination: Destination, far_end: FarEnd) -> None:
    delivery = deliver(destination, without_personal_data=True)
    ((record,),) = far_end.calls
    assert (record.first_name, record.last_name, record.email, record.phone) == ("", "", "", "")
    assert (record.company, record.title, record.description) == ("", "", "")
    assert (record.source, record.action, record.key) == ("AzureMarketplace", "INS", delivery.touch_id)


# --- A group of outcomes --------------------------------------------------------------------------------------------


def test_what_moves_alike_is_written_together(destination: Destination, django_assert_num_queries: Any) -> None:
    for _n in range(50):
        make_delivery(destination)
    claim = claim_batch(destination.pk, batch_limit=50)
    assert claim is not None
    alternating: list[Delivered | Failure] = [YES, failure(FailureKind.REJECTED)]
    answers = cycle(alternating)
    sent = [
        Sent(delivery, Outcome(delivery.touch_id, next(answers)), number, 0.1)
        for number, delivery in enumerate(claim.deliveries)
    ]
    groups, around = 2, 5  # the rows' lock, the links, the attempts, the gate's lock, the gate
    with django_assert_num_queries(groups + around + 2):  # and a savepoint that production does not need
        record(claim, sent, recognises_repeats=True)
    assert Delivery.objects.filter(state=FAILED).count() == 25
    assert Delivery.objects.filter(state=DELIVERED, external_id="there-1").count() == 25


def test_a_success_beside_a_failure_counts_for_the_destination(destination: Destination, far_end: FarEnd) -> None:
    Destination.objects.update(kind="scripted_batch")
    DestinationGate.objects.update(holds_in_a_row=3, checks_since_pause=2)
    first, _second = make_delivery(destination), make_delivery(destination)
    far_end.answer = lambda record: YES if record.key == first.touch_id else failure(FailureKind.REJECTED)
    deliver_next_batch(destination)
    gate = DestinationGate.objects.get()
    assert (gate.holds_in_a_row, gate.checks_since_pause) == (0, 0)
    assert gate.last_success_at is not None
    assert gate.last_failure_at is not None


UNSTORABLE: dict[str, Any] = {
    "NUL in the detail": Failure(kind=FailureKind.TEMPORARY, cause="server_trouble", detail="a\x00b"),
    "half a character": Failure(kind=FailureKind.TEMPORARY, cause="server_trouble", detail="a\ud800b"),
    "long code": Failure(kind=FailureKind.TEMPORARY, cause="server_trouble", code="x" * 101),
    "long cause": Failure(kind=FailureKind.REJECTED, cause="x" * 61),
    "no cause": Failure(kind=FailureKind.REJECTED, cause=""),
    "status that is none": Failure(kind=FailureKind.TEMPORARY, cause="server_trouble", http_status=99_999),
    "long id": Delivered(Arrival.CREATED, "x" * 301),
    "NUL in the id": Delivered(Arrival.CREATED, "a\x00b"),
    "long link": Delivered(Arrival.CREATED, "1", "https://crm.example.com/" + "x" * 1000),
}


@pytest.mark.parametrize("name", UNSTORABLE)
def test_an_outcome_that_cannot_be_stored_takes_no_other_with_it(
    destination: Destination, far_end: FarEnd, name: str
) -> None:
    Destination.objects.update(kind="scripted_batch")
    strange, plain = make_delivery(destination), make_delivery(destination)
    far_end.answer = lambda record: UNSTORABLE[name] if record.key == strange.touch_id else YES
    deliver_next_batch(destination)
    strange.refresh_from_db()
    plain.refresh_from_db()
    assert (plain.state, plain.external_id) == (DELIVERED, "there-1")
    outcome = UNSTORABLE[name]
    if isinstance(outcome, Delivered):
        assert strange.state == DELIVERED
    else:
        assert strange.state == (QUEUED if outcome.kind is FailureKind.TEMPORARY else FAILED)
        assert strange.reason in ("server_trouble", "defect", "x" * 61)
    assert Attempt.objects.exclude(finished_at=None).count() == 2
    assert Delivery.objects.exclude(claim_id=None).count() == 0


def test_an_exchange_that_cannot_be_stored_is_left_out(destination: Destination, far_end: FarEnd) -> None:
    exchange = Exchange(method="POST", url="https://crm.example.com", response_body="a\x00\ud800b")
    far_end.answer = lambda record: Outcome(record.key, YES, exchange)
    assert deliver(destination).state == DELIVERED
    assert Attempt.objects.get().result == AttemptResult.DELIVERED


def test_a_fault_of_ours_after_sending_may_have_arrived_where_repeats_are_not_recognised(
    db: None, far_end: FarEnd
) -> None:
    forgetful = make_destination("scripted", settings={"recognises_repeats": False})
    make_delivery(forgetful)
    far_end.answers(RuntimeError("after the answer"))
    deliver_next_batch(forgetful)
    assert Delivery.objects.values_list("state", "reason").get() == (DeliveryState.FAILED, "may_have_arrived")
    assert Attempt.objects.get().result == AttemptResult.DEFECT
    assert plan_of(ResendJob(states=[FAILED])).found == 0


def test_a_destination_that_throttles_for_days_breaks_no_column(destination: Destination, far_end: FarEnd) -> None:
    DestinationGate.objects.update(holds_in_a_row=32_767)
    make_delivery(destination)
    far_end.answers(Failure(kind=FailureKind.THROTTLED, cause="throttled"))
    deliver_next_batch(destination)
    assert Delivery.objects.get().state == DeliveryState.QUEUED
    assert DestinationGate.objects.get().holds_in_a_row == 1000


def test_a_fault_that_names_a_time_is_not_tried_again_before_it(destination: Destination, far_end: FarEnd) -> None:
    make_delivery(destination)
    far_end.answers(Failure(kind=FailureKind.TEMPORARY, cause="server_trouble", retry_after=timedelta(seconds=90)))
    before = timezone.now()
    deliver_next_batch(destination)
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.QUEUED
    assert timedelta(seconds=90) <= delivery.next_attempt_at - before < timedelta(seconds=140)


@pytest.mark.parametrize(
    ("kind", "state", "tries", "is_paused"),
    [
        (FailureKind.REJECTED, DeliveryState.FAILED, 3, False),
        (FailureKind.MISCONFIGURED, DeliveryState.QUEUED, 2, True),
    ],
)
def test_what_may_pass_by_itself_is_taken_for_good_after_some_tries(
    destination: Destination, far_end: FarEnd, kind: FailureKind, state: DeliveryState, tries: int, is_paused: bool
) -> None:
    make_delivery(destination)
    failure = Failure(kind=FailureKind.TEMPORARY, cause="server_trouble", escalates=Escalation(3, kind))
    far_end.answers(failure)
    results = []
    for _n in range(3):
        deliver_next_batch(destination)
        results.append(Attempt.objects.latest("id").result)
        Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_attempt_at=Now())
    assert results == ["temporary", "temporary", kind.value]
    assert Delivery.objects.values_list("state", "tries").get() == (state, tries)
    assert (DestinationGate.objects.get().paused_at is not None) is is_paused


def test_what_may_pass_by_itself_is_not_taken_for_good_because_of_other_troubles_before(
    destination: Destination, far_end: FarEnd
) -> None:
    """An outage that ends with one odd answer must not fail everything that waited through it."""
    make_delivery(destination)
    outage = Failure(kind=FailureKind.TEMPORARY, cause="server_trouble")
    odd = Failure(kind=FailureKind.TEMPORARY, cause="unreadable_answer", escalates=Escalation(3, FailureKind.REJECTED))
    results = []
    for failure in (outage, outage, odd, outage, odd, odd):
        far_end.answers(failure)
        deliver_next_batch(destination)
        results.append(Attempt.objects.latest("id").result)
        Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_attempt_at=Now())
        DestinationGate.objects.exclude(broken_at=None).update(probe_at=Now())
    assert results == ["temporary"] * 5 + ["rejected"]
    assert Delivery.objects.get().state == DeliveryState.FAILED
