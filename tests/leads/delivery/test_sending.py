"""One claim being sent: how many calls at once, what stops it, and what becomes of what was not sent."""

import threading
import time
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations.contract import Delivered, Failure, FailureKind, Outcome, Record
from leads.delivery import sending
from leads.delivery.claiming import claim_batch
from leads.delivery.translating import record_of
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.models.ids import new_id
from leads.states import AttemptResult, DeliveryState
from tests.leads.delivery.scripted import YES, Answer, FarEnd, ScriptedConnector
from tests.leads.delivery.turns import queue_up, results, slowly, turn_of

pytestmark = pytest.mark.django_db

PATIENCE = 10.0


class Concurrency:
    """Counts how many calls are under way at once, and lets each wait until so many are."""

    def __init__(self, wanted: int) -> None:
        self.lock = threading.Lock()
        self.now = self.peak = 0
        self.together = threading.Barrier(wanted)

    def __call__(self, _record: Record) -> Answer:
        with self.lock:
            self.now += 1
            self.peak = max(self.peak, self.now)
        self.together.wait(PATIENCE)
        with self.lock:
            self.now -= 1
        return YES


# --- How many at once -----------------------------------------------------------------------------------------------


def test_single_records_go_two_at_once(healthy: Destination, far_end: FarEnd) -> None:
    queue_up(healthy, 6)
    far_end.answer = concurrency = Concurrency(2)
    assert len(results(turn_of(healthy))) == 6
    assert concurrency.peak == 2
    assert [len(call) for call in far_end.calls] == [1] * 6


def test_where_one_call_at_once_is_allowed_there_is_one(healthy: Destination, far_end: FarEnd) -> None:
    DestinationGate.objects.update(calls_at_once=1)
    queue_up(healthy, 4)
    far_end.answer = concurrency = Concurrency(1)
    assert len(results(turn_of(healthy))) == 4
    assert concurrency.peak == 1


def test_a_batch_is_one_call(healthy: Destination, far_end: FarEnd) -> None:
    Destination.objects.update(kind="scripted_batch")
    healthy.refresh_from_db()
    deliveries = queue_up(healthy, 7)
    assert len(results(turn_of(healthy, batch_limit=10))) == 7
    assert [[item.key for item in call] for call in far_end.calls] == [[delivery.touch_id for delivery in deliveries]]


# --- In doubt -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("success", "failure", "in_doubt"),
    [(None, None, True), (1, None, False), (1, 2, True), (2, 1, False), (None, 1, True)],
)
def test_after_anything_but_a_success_one_call_goes_ahead(
    destination: Destination, far_end: FarEnd, success: int | None, failure: int | None, in_doubt: bool
) -> None:
    moments = {number: Now() - timedelta(minutes=10 - number) for number in (1, 2)}
    DestinationGate.objects.update(last_success_at=moments.get(success or 0), last_failure_at=moments.get(failure or 0))
    queue_up(destination, 3)
    under_way, go_on = threading.Semaphore(0), threading.Event()

    def wait_for_permission(_record: Record) -> Answer:
        under_way.release()
        assert go_on.wait(PATIENCE)
        return YES

    far_end.answer = wait_for_permission
    turn = turn_of(destination)
    assert turn.allowed == (1 if in_doubt else 2)

    def release_after_the_first() -> None:
        under_way.acquire()
        go_on.set()

    releaser = threading.Thread(target=release_after_the_first)
    releaser.start()
    assert len(results(turn)) == 3
    releaser.join()
    assert turn.allowed == 2


@pytest.mark.parametrize("kind", [FailureKind.MISCONFIGURED, FailureKind.THROTTLED])
def test_an_answer_that_stands_for_all_stops_the_turn_after_one_call(
    destination: Destination, far_end: FarEnd, kind: FailureKind
) -> None:
    deliveries = queue_up(destination, 5)
    far_end.answers(Failure(kind=kind, cause="throttled"))
    deliver_next_batch(destination)
    assert len(far_end.calls) == 1
    assert Attempt.objects.values_list("delivery", "result").get() == (deliveries[0].pk, kind.value)
    for delivery in deliveries:
        delivery.refresh_from_db()
        assert (delivery.state, delivery.tries, delivery.claim_id) == (DeliveryState.QUEUED, 0, None)


@pytest.mark.parametrize("kind", [FailureKind.TEMPORARY, FailureKind.REJECTED, FailureKind.DEFECT])
def test_an_answer_about_one_record_does_not_stop_the_others(
    destination: Destination, far_end: FarEnd, kind: FailureKind
) -> None:
    queue_up(destination, 5)
    far_end.answers(Failure(kind=kind, cause="record_refused"))
    deliver_next_batch(destination)
    assert len(far_end.calls) == 5
    assert Attempt.objects.filter(result=kind.value).count() == 5


# --- Whatever the connector does ------------------------------------------------------------------------------------


def test_silence_about_a_record_is_unanswered(healthy: Destination, far_end: FarEnd) -> None:
    queue_up(healthy, 1)
    far_end.answers(None)
    (sent,) = results(turn_of(healthy))
    assert sent.outcome.result == Failure(kind=FailureKind.UNANSWERED, cause="no_outcome")


def test_an_outcome_for_a_record_that_was_not_sent_is_ignored(healthy: Destination, far_end: FarEnd) -> None:
    queue_up(healthy, 1)
    far_end.answer = lambda record: Outcome(new_id(), YES)
    (sent,) = results(turn_of(healthy))
    assert sent.outcome.result == Failure(kind=FailureKind.UNANSWERED, cause="no_outcome")


@pytest.mark.parametrize("batch", [False, True])
def test_an_exception_is_our_defect_and_nobody_elses_words_are_kept(
    healthy: Destination, far_end: FarEnd, caplog: pytest.LogCaptureFixture, batch: bool
) -> None:
    Destination.objects.update(kind="scripted_batch" if batch else "scripted")
    queue_up(healthy, 2)
    far_end.answer = lambda record: ValueError(f"cannot send {record.email}, token SECRET")
    deliver_next_batch(healthy)
    assert Delivery.objects.filter(state=DeliveryState.FAILED, reason="defect").count() == 2
    assert Attempt.objects.filter(result=AttemptResult.DEFECT, cause="defect", detail="").count() == 2
    assert "ValueError at scripted.py" in caplog.text
    assert "mina" not in caplog.text
    assert "SECRET" not in caplog.text
    assert "SECRET" not in str(list(Attempt.objects.values()))


def test_a_delivery_that_cannot_be_translated_holds_no_other(
    healthy: Destination, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    poison, *others = queue_up(healthy, 3)
    real = record_of

    def explode(delivery: Delivery) -> Record:
        if delivery.pk == poison.pk:
            raise ValueError("mina@fabrikam.example")
        return real(delivery)

    monkeypatch.setattr(sending, "record_of", explode)
    deliver_next_batch(healthy)
    assert Delivery.objects.values_list("state", "reason").get(pk=poison.pk) == (DeliveryState.FAILED, "defect")
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == len(others) == len(far_end.calls)
    assert "mina" not in caplog.text


def test_a_record_that_breaks_the_connector_takes_nobody_of_its_batch_with_it(
    healthy: Destination, far_end: FarEnd
) -> None:
    Destination.objects.update(kind="scripted_batch")
    healthy.refresh_from_db()
    poison, *others = queue_up(healthy, 8)
    far_end.answer = lambda record: ValueError("SECRET") if record.key == poison.touch_id else YES
    deliver_next_batch(healthy)
    assert Delivery.objects.values_list("state", "reason").get(pk=poison.pk) == (DeliveryState.FAILED, "defect")
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == len(others)
    assert [len(call) for call in far_end.calls] == [8, 4, 2, 1, 1, 2, 4]


def test_where_repeats_are_not_recognised_a_batch_that_broke_is_not_sent_in_parts(
    healthy: Destination, far_end: FarEnd
) -> None:
    Destination.objects.update(kind="scripted_batch", settings={"recognises_repeats": False, "required_setting": "x"})
    healthy.refresh_from_db()
    poison, *_others = queue_up(healthy, 4)
    far_end.answer = lambda record: ValueError("SECRET") if record.key == poison.touch_id else YES
    deliver_next_batch(healthy)
    assert [len(call) for call in far_end.calls] == [4]
    assert Delivery.objects.filter(state=DeliveryState.FAILED, reason="may_have_arrived").count() == 4


def test_of_a_batch_only_those_are_marked_that_would_not_be_recognised(
    healthy: Destination, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    Destination.objects.update(kind="scripted_batch")
    healthy.refresh_from_db()
    unknown, *others = queue_up(healthy, 3)
    monkeypatch.setattr(ScriptedConnector, "recognises", lambda _self, record: record.key != unknown.touch_id)
    turn = turn_of(healthy, batch_limit=10)
    turn._mark_sent(turn.claim.deliveries, sending._translated(turn.claim.deliveries))
    assert set(Attempt.objects.exclude(sent_at=None).values_list("delivery_id", flat=True)) == {unknown.pk}
    assert len(others) == 2


# --- The end of a turn ----------------------------------------------------------------------------------------------


def test_when_the_time_of_a_turn_is_up_the_rest_goes_back_as_it_was(
    healthy: Destination, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    DestinationGate.objects.update(calls_at_once=1)
    deliveries = queue_up(healthy, 5)
    over = threading.Event()
    real = time.monotonic

    def clock() -> float:
        return real() + (sending.TURN_SECONDS if over.is_set() else 0)

    def answer(_record: Record) -> Answer:
        if len(far_end.calls) == 2:
            over.set()
        return YES

    far_end.answer = answer
    monkeypatch.setattr(time, "monotonic", clock)
    deliver_next_batch(healthy)
    assert far_end.received == [delivery.touch_id for delivery in deliveries[:2]]
    assert Attempt.objects.count() == 2
    assert Delivery.objects.filter(state=DeliveryState.QUEUED, claim_id=None, tries=0).count() == 3
    monkeypatch.undo()
    assert claim_batch(healthy.pk, batch_limit=1) is not None


def test_a_claim_too_old_to_begin_with_sends_nothing(healthy: Destination, far_end: FarEnd) -> None:
    """The worker was stopped between claiming and sending."""
    queue_up(healthy, 2)
    turn = turn_of(healthy)
    turn.over_at -= sending.TURN_SECONDS
    assert results(turn) == []
    assert len(turn.unsent()) == 2
    assert far_end.calls == []


def test_the_time_of_a_call_is_measured(healthy: Destination, far_end: FarEnd) -> None:
    queue_up(healthy, 1)
    far_end.answer = slowly(0.05)
    (sent,) = results(turn_of(healthy))
    assert 0.05 <= sent.duration < 5
    assert isinstance(sent.outcome.result, Delivered)


def test_when_the_process_is_to_end_no_further_call_is_started_and_the_rest_is_given_back(
    healthy: Destination, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()
    monkeypatch.setattr(sending, "_stopping", stopping)
    DestinationGate.objects.update(calls_at_once=1)
    queue_up(healthy, 5)

    def answer(_record: Record) -> Answer:
        sending.stop()
        return YES

    far_end.answer = answer
    assert deliver_next_batch(healthy) is True
    assert len(far_end.calls) == 1
    states = Delivery.objects.values_list("state", "tries", "lost_claims").order_by("id")
    assert list(states) == [(DeliveryState.DELIVERED, 1, 0)] + [(DeliveryState.QUEUED, 0, 0)] * 4
    assert Attempt.objects.count() == 1
