"""One claim being sent: how many calls at once, what stops it, and what becomes of what was not sent."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations.contract import Delivered, Failure, FailureKind, Outcome, Record
from leads.delivery import claiming, sending
from leads.delivery.claiming import claim_batch
from leads.delivery.connecting import open_connector
from leads.delivery.recording import record
from leads.delivery.sending import Sent, Turn
from leads.delivery.settling import settle_expired_claims
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.models.ids import new_id
from leads.states import AttemptResult, DeliveryState
from tests.factories import make_delivery
from tests.leads.delivery.scripted import YES, Answer, FarEnd

pytestmark = pytest.mark.django_db

PATIENCE = 10.0
BUSY = Failure(kind=FailureKind.TEMPORARY, cause="server_trouble")


@pytest.fixture
def healthy(destination: Destination) -> Destination:
    """Its last answer was a yes."""
    DestinationGate.objects.update(last_success_at=Now())
    return destination


def queue_up(destination: Destination, number: int) -> list[Delivery]:
    return [make_delivery(destination) for _n in range(number)]


def turn_of(destination: Destination, batch_limit: int = 1) -> Turn:
    claim = claim_batch(destination.pk, batch_limit=batch_limit)
    assert claim is not None
    return Turn(claim, open_connector(destination))


def results(turn: Turn) -> list[Sent]:
    return [item for group in turn.run() for item in group]


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
    DestinationGate.objects.update(
        last_success_at=moments.get(success or 0), last_failure_at=moments.get(failure or 0)
    )
    queue_up(destination, 3)
    under_way, go_on = threading.Semaphore(0), threading.Event()

    def wait_for_permission(_record: Record) -> Answer:
        under_way.release()
        assert go_on.wait(PATIENCE)
        return YES

    far_end.answer = wait_for_permission
    turn = turn_of(destination)
    assert turn.allowed == (1 if in_doubt else 2)
    releaser = threading.Thread(target=lambda: (under_way.acquire(), go_on.set()))
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
    assert deliver_next_batch(destination.pk) is True
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
    deliver_next_batch(destination.pk)
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
    deliver_next_batch(healthy.pk)
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
    real = sending.record_of

    def explode(delivery: Delivery) -> Record:
        if delivery.pk == poison.pk:
            raise ValueError("mina@fabrikam.example")
        return real(delivery)

    monkeypatch.setattr(sending, "record_of", explode)
    deliver_next_batch(healthy.pk)
    assert Delivery.objects.values_list("state", "reason").get(pk=poison.pk) == (DeliveryState.FAILED, "defect")
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == len(others) == len(far_end.calls)
    assert "mina" not in caplog.text


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

    far_end.answer = lambda record: (len(far_end.calls) == 2 and over.set()) or YES
    monkeypatch.setattr(sending.time, "monotonic", clock)
    assert deliver_next_batch(healthy.pk) is True
    assert far_end.received == [delivery.touch_id for delivery in deliveries[:2]]
    assert Attempt.objects.count() == 2
    assert Delivery.objects.filter(state=DeliveryState.QUEUED, claim_id=None, tries=0).count() == 3
    monkeypatch.undo()
    assert claim_batch(healthy.pk, batch_limit=1) is not None


def test_a_claim_too_old_to_begin_with_sends_nothing(healthy: Destination, far_end: FarEnd) -> None:
    """The worker was stopped between claiming and sending."""
    queue_up(healthy, 2)
    claim = claim_batch(healthy.pk, batch_limit=1)
    assert claim is not None
    claim.taken_at -= sending.TURN_SECONDS
    turn = Turn(claim, open_connector(healthy))
    assert results(turn) == []
    assert len(turn.unsent()) == 2
    assert far_end.calls == []


# --- Keeping the claim ----------------------------------------------------------------------------------------------


@pytest.fixture
def short_claims(monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """A hundred times as fast as in production."""
    monkeypatch.setattr(claiming, "CLAIM_TIME", timedelta(seconds=0.6))
    monkeypatch.setattr(sending, "EXTEND_EVERY_SECONDS", 0.1)
    return timedelta(seconds=0.6)


def slowly(seconds: float) -> Callable[[Record], Answer]:
    def answer(_record: Record) -> Answer:
        time.sleep(seconds)
        return YES

    return answer


def expired_meanwhile(turn: Turn) -> bool:
    """Whether the claim was ever found to have ended while the turn went on."""
    found = False
    for group in turn.run():
        found = found or Delivery.objects.expired_claims().exists()  # type: ignore[attr-defined]
        record(turn.claim, group, recognises_repeats=True)
    return found


@pytest.mark.parametrize(
    ("number", "seconds"), [(1, 1.0), (24, 0.08)], ids=["one long call", "many short calls"]
)
def test_a_living_worker_keeps_its_claim_as_long_as_it_sends(
    healthy: Destination, far_end: FarEnd, short_claims: timedelta, number: int, seconds: float
) -> None:
    queue_up(healthy, number)
    far_end.answer = slowly(seconds)
    started = time.monotonic()
    assert expired_meanwhile(turn_of(healthy)) is False
    assert time.monotonic() - started > short_claims.total_seconds()
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == number


def test_a_worker_that_lost_its_claim_sends_nothing_more_but_keeps_the_answer_it_gets(
    healthy: Destination, far_end: FarEnd, short_claims: timedelta
) -> None:
    DestinationGate.objects.update(calls_at_once=1)
    first, second = queue_up(healthy, 2)
    turn = turn_of(healthy)
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    settle_expired_claims()
    far_end.answer = slowly(0.3)
    for group in turn.run():
        record(turn.claim, group, recognises_repeats=True)
    assert far_end.received == [first.touch_id]
    assert Delivery.objects.get(pk=first.pk).state == DeliveryState.DELIVERED  # the late yes counts
    assert Delivery.objects.get(pk=second.pk).state == DeliveryState.QUEUED
    assert Attempt.objects.get(delivery=first).is_late is True


def test_a_call_that_hangs_is_left_behind_and_its_claim_runs_out(
    healthy: Destination, far_end: FarEnd, short_claims: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "CALL_LIMIT_SECONDS", 0.2)
    deliveries = queue_up(healthy, 3)
    ends = threading.Event()
    hung = deliveries[0].touch_id

    def hang(record: Record) -> Answer:
        if record.key == hung:
            ends.wait(PATIENCE)
        return YES

    far_end.answer = hang
    try:
        assert deliver_next_batch(healthy.pk) is True
        assert Delivery.objects.get(pk=deliveries[0].pk).state == DeliveryState.SENDING
        assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 2
        Delivery.objects.filter(pk=deliveries[0].pk).update(claimed_until=Now() - timedelta(seconds=1))
        assert settle_expired_claims() == {healthy.pk}
        assert Delivery.objects.get(pk=deliveries[0].pk).reason == "claim_lost"
    finally:
        ends.set()


# --- Where sending twice is not harmless ----------------------------------------------------------------------------


def marks(destination: Destination) -> list[bool]:
    attempts = Attempt.objects.filter(delivery__destination=destination).order_by("delivery_id")
    return [sent_at is not None for sent_at in attempts.values_list("sent_at", flat=True)]


def test_the_mark_is_written_call_by_call_before_each(forgetful: Destination, far_end: FarEnd) -> None:
    DestinationGate.objects.update(calls_at_once=1)
    queue_up(forgetful, 3)
    turn = turn_of(forgetful)
    seen = [marks(forgetful) for _group in turn.run()]
    assert seen == [[True, False, False], [True, True, False], [True, True, True]]


def test_where_repeats_are_recognised_no_mark_is_written(healthy: Destination, far_end: FarEnd) -> None:
    queue_up(healthy, 2)
    assert len(results(turn_of(healthy))) == 2
    assert marks(healthy) == [False, False]


def test_what_was_taken_back_meanwhile_is_not_sent(forgetful: Destination, far_end: FarEnd) -> None:
    queue_up(forgetful, 2)
    turn = turn_of(forgetful)
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    settle_expired_claims()
    assert results(turn) == []
    assert far_end.calls == []
    assert set(Attempt.objects.values_list("result", "sent_at")) == {(AttemptResult.NOT_SENT, None)}


def test_the_time_of_a_call_is_measured(healthy: Destination, far_end: FarEnd) -> None:
    queue_up(healthy, 1)
    far_end.answer = slowly(0.05)
    (sent,) = results(turn_of(healthy))
    assert 0.05 <= sent.duration < 5
    assert isinstance(sent.outcome.result, Delivered)
