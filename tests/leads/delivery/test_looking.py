"""Where repeats are not recognised and records can be looked for: nobody is asked, and nothing is sent unlooked."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from integrations.contract import Arrival, Delivered, Failure, FailureKind
from leads.delivery import noting
from leads.delivery.claiming import claim_batch
from leads.delivery.connecting import open_connector
from leads.delivery.recording import record
from leads.delivery.resending import cancel_deliveries, confirm_arrival, hurry_deliveries, retry_deliveries
from leads.delivery.sending import Turn
from leads.delivery.settling import give_up_overdue, settle_expired_claims
from leads.delivery.turn import deliver_next_batch, turns_to_start
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.states import AttemptResult, DeliveryState, Priority
from tests.factories import make_attempt, make_delivery, make_destination
from tests.leads.delivery.scripted import YES, Answer, FarEnd, ScriptedConnector
from tests.leads.delivery.turns import queue_up

pytestmark = pytest.mark.django_db

QUEUED, DELIVERED, FAILED = DeliveryState.QUEUED, DeliveryState.DELIVERED, DeliveryState.FAILED
LAG = timedelta(minutes=5)
THERE = Delivered(Arrival.ALREADY_THERE, "there-7", "https://crm.example.com/there-7")
SILENCE = Failure(kind=FailureKind.UNANSWERED, cause="connection_lost")
LAST_TRY = 11


def failure(kind: FailureKind, **more: Any) -> Failure:
    return Failure(kind=kind, cause="server_trouble", **more)


def in_doubt(destination: Destination, **values: Any) -> Delivery:
    """An earlier try may have made its record, and it is time to look."""
    given: dict[str, Any] = {"look_from": Now(), "tries": 1, "priority": Priority.RETRY} | values
    return make_delivery(destination, **given)


def take_turn(destination: Destination, delivery: Delivery) -> Delivery:
    deliver_next_batch(destination)
    delivery.refresh_from_db()
    return delivery


def the_time_comes() -> None:
    Delivery.objects.filter(state=QUEUED).update(next_attempt_at=Now())
    Delivery.objects.exclude(look_from=None).update(look_from=Now())


def notes_of(attempt: Attempt) -> list[str]:
    return [note["code"] for note in attempt.notes]


# --- What leaves a doubt ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [None, SILENCE, ValueError("after the answer")])
def test_a_try_that_may_have_arrived_is_queued_again_to_be_looked_for(
    searched: Destination, far_end: FarEnd, answer: Answer
) -> None:
    far_end.answers(answer)
    before = timezone.now()
    delivery = take_turn(searched, make_delivery(searched))
    assert (delivery.state, delivery.tries, delivery.priority) == (QUEUED, 1, Priority.RETRY)
    assert delivery.look_from is not None
    assert before + LAG <= delivery.look_from <= delivery.next_attempt_at
    assert Attempt.objects.get().sent_at is not None
    assert far_end.looked == []


def test_a_wait_that_is_longer_than_the_search_is_behind_stays_as_it_is(searched: Destination, far_end: FarEnd) -> None:
    far_end.answers(SILENCE)
    delivery = take_turn(searched, make_delivery(searched, tries=LAST_TRY - 1))
    assert delivery.next_attempt_at - timezone.now() > timedelta(hours=19)
    assert delivery.look_from is not None
    assert delivery.look_from - timezone.now() <= LAG


@pytest.mark.parametrize(
    "answer",
    [YES, *(failure(kind) for kind in FailureKind if kind not in (FailureKind.UNANSWERED, FailureKind.DEFECT))],
)
def test_what_says_something_leaves_no_doubt(searched: Destination, far_end: FarEnd, answer: Answer) -> None:
    far_end.answers(answer)
    assert take_turn(searched, make_delivery(searched)).look_from is None


def test_where_repeats_are_recognised_nobody_looks(destination: Destination, far_end: FarEnd) -> None:
    far_end.answers(SILENCE)
    delivery = take_turn(destination, make_delivery(destination))
    assert (delivery.state, delivery.look_from) == (QUEUED, None)


def test_what_cannot_be_looked_for_waits_for_a_person_as_before(forgetful: Destination, far_end: FarEnd) -> None:
    far_end.answers(SILENCE)
    delivery = take_turn(forgetful, make_delivery(forgetful))
    assert (delivery.state, delivery.reason, delivery.look_from) == (FAILED, "may_have_arrived", None)


def test_a_record_that_its_connector_cannot_judge_is_left_to_a_person(
    searched: Destination, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_self: Any, record: Any) -> Any:
        raise ValueError(record.email)

    monkeypatch.setattr(ScriptedConnector, "findable_after", fail)
    far_end.answers(SILENCE)
    delivery = take_turn(searched, make_delivery(searched))
    assert (delivery.state, delivery.reason, delivery.look_from) == (FAILED, "may_have_arrived", None)
    assert "mina" not in caplog.text


def test_after_the_last_try_a_person_decides_and_the_doubt_stays(searched: Destination, far_end: FarEnd) -> None:
    far_end.answers(SILENCE)
    delivery = take_turn(searched, make_delivery(searched, tries=LAST_TRY))
    assert (delivery.state, delivery.reason, delivery.tries) == (FAILED, "may_have_arrived", 12)
    assert delivery.look_from is not None


# --- Before its time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["it is hurried", "the breaker closes", "its wait is over"])
def test_nothing_is_looked_for_before_a_search_would_show_it(searched: Destination, far_end: FarEnd, how: str) -> None:
    later = timezone.now() + timedelta(minutes=4)
    delivery = in_doubt(searched, look_from=later, next_attempt_at=later if how != "its wait is over" else Now())
    if how == "it is hurried":
        assert hurry_deliveries(Delivery.objects.all()) == 0
    if how == "the breaker closes":
        noting._bring_forward(searched.pk)
    assert turns_to_start() == []
    assert deliver_next_batch(searched) is False
    Delivery.objects.update(look_from=Now(), next_attempt_at=Now())
    assert set(turns_to_start()) == {searched.pk}
    assert take_turn(searched, delivery).state == DELIVERED
    assert far_end.looked == [delivery.touch_id]


# --- Looking ----------------------------------------------------------------------------------------------------------


def test_what_is_there_is_delivered_without_being_sent(searched: Destination, far_end: FarEnd) -> None:
    far_end.finds = lambda _record: THERE
    delivery = take_turn(searched, in_doubt(searched))
    assert (delivery.state, delivery.reason, delivery.arrival, delivery.tries) == (DELIVERED, "", "already_there", 2)
    assert (delivery.external_id, delivery.external_url) == (THERE.external_id, THERE.external_url)
    assert delivery.look_from is None
    assert far_end.calls == []
    attempt = Attempt.objects.get()
    assert (attempt.result, notes_of(attempt)) == (AttemptResult.DELIVERED, ["found"])


def test_what_is_not_there_is_sent_at_once(searched: Destination, far_end: FarEnd) -> None:
    delivery = take_turn(searched, in_doubt(searched))
    assert (delivery.state, delivery.arrival, delivery.tries, delivery.look_from) == (DELIVERED, "created", 2, None)
    assert far_end.looked == far_end.received == [delivery.touch_id]
    assert notes_of(Attempt.objects.get()) == ["not_found"]


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.UNANSWERED])
def test_a_search_that_found_nothing_ends_the_doubt_whatever_comes_after(
    searched: Destination, far_end: FarEnd, kind: FailureKind
) -> None:
    far_end.answers(failure(kind, is_safe_to_repeat=True))
    delivery = take_turn(searched, in_doubt(searched))
    assert (delivery.reason, delivery.look_from) == ("server_trouble", None)


def test_a_second_lost_answer_is_a_doubt_of_its_own(searched: Destination, far_end: FarEnd) -> None:
    far_end.answers(SILENCE)
    delivery = take_turn(searched, in_doubt(searched))
    assert (delivery.state, delivery.tries) == (QUEUED, 2)
    assert delivery.look_from is not None
    assert delivery.look_from > timezone.now() + LAG - timedelta(seconds=5)


@pytest.mark.parametrize(
    ("found", "tries"),
    [
        (failure(FailureKind.TEMPORARY), 2),
        (failure(FailureKind.UNANSWERED), 2),
        (failure(FailureKind.THROTTLED), 1),
        (failure(FailureKind.MISCONFIGURED), 1),
    ],
)
def test_a_search_that_fails_sends_nothing_and_leaves_the_doubt(
    searched: Destination, far_end: FarEnd, found: Failure, tries: int
) -> None:
    far_end.finds = lambda _record: found
    delivery = take_turn(searched, in_doubt(searched))
    assert (delivery.state, delivery.reason, delivery.tries) == (QUEUED, "server_trouble", tries)
    assert delivery.look_from is not None
    assert delivery.look_from <= timezone.now()
    assert delivery.next_attempt_at - timezone.now() < timedelta(minutes=2)
    attempt = Attempt.objects.get()
    assert (attempt.result, notes_of(attempt)) == (found.kind.value, ["not_found_out"])
    gate = DestinationGate.objects.get()
    assert (gate.held_until is not None) is (found.kind is FailureKind.THROTTLED)
    assert (gate.paused_at is not None) is (found.kind is FailureKind.MISCONFIGURED)
    assert far_end.calls == []


@pytest.mark.parametrize(
    ("found", "tries"),
    [
        (failure(FailureKind.REJECTED), 1),
        (ValueError("SECRET"), 1),
        (failure(FailureKind.TEMPORARY), LAST_TRY),
        (failure(FailureKind.UNANSWERED), LAST_TRY),
    ],
)
def test_a_search_that_leads_nowhere_leaves_it_to_a_person_who_may_have_it_looked_for_again(
    searched: Destination, far_end: FarEnd, caplog: pytest.LogCaptureFixture, found: Answer, tries: int
) -> None:
    far_end.finds = lambda _record: found
    delivery = take_turn(searched, in_doubt(searched, tries=tries))
    assert (delivery.state, delivery.reason, delivery.tries) == (FAILED, "may_have_arrived", tries + 1)
    assert delivery.look_from is not None
    assert (far_end.calls, "SECRET" in caplog.text) == ([], False)


def test_what_can_no_longer_be_looked_for_is_left_to_a_person_who_may_send_it(
    searched: Destination, far_end: FarEnd
) -> None:
    delivery = in_doubt(searched)
    Destination.objects.update(settings={"recognises_repeats": False})
    searched.refresh_from_db()
    delivery = take_turn(searched, delivery)
    assert (delivery.state, delivery.reason, delivery.look_from) == (FAILED, "may_have_arrived", None)
    assert (far_end.looked, far_end.calls) == ([], [])
    retry_deliveries(Delivery.objects.all())
    assert take_turn(searched, delivery).state == DELIVERED


# --- Beside others ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("found", [None, THERE])
def test_of_a_batch_the_doubtful_ones_go_alone_and_after_the_others(far_end: FarEnd, found: Answer) -> None:
    many = make_destination("scripted_batch", settings={"recognises_repeats": False, "findable_after": 300})
    doubtful = in_doubt(many, priority=Priority.FRESH)
    others = queue_up(many, 3)
    far_end.finds = lambda _record: found
    deliver_next_batch(many)
    singly = [] if found else [[doubtful.touch_id]]
    assert [[sent.key for sent in call] for call in far_end.calls] == [[one.touch_id for one in others], *singly]
    assert far_end.looked == [doubtful.touch_id]
    assert Delivery.objects.filter(state=DELIVERED, look_from=None).count() == 4
    marked = Attempt.objects.filter(notes=[]).values_list("delivery", flat=True)
    assert set(marked) == {one.pk for one in others}


def test_a_search_that_pauses_the_destination_stops_the_turn(searched: Destination, far_end: FarEnd) -> None:
    first, second = in_doubt(searched), in_doubt(searched)
    far_end.finds = lambda _record: failure(FailureKind.MISCONFIGURED)
    deliver_next_batch(searched)
    assert far_end.looked == [first.touch_id]
    assert list(Attempt.objects.values_list("delivery", flat=True)) == [first.pk]
    second.refresh_from_db()
    assert (second.state, second.tries) == (QUEUED, 1)
    assert second.look_from is not None


# --- Workers that vanish ----------------------------------------------------------------------------------------------


def lost(destination: Destination, *, marked: bool = True, **also: Any) -> Delivery:
    values: dict[str, Any] = {"state": DeliveryState.SENDING, "claimed_until": Now() - timedelta(seconds=1)} | also
    delivery = make_delivery(destination, **values)
    make_attempt(delivery, sent_at=timezone.now() if marked else None)
    return delivery


def settled(delivery: Delivery) -> Delivery:
    settle_expired_claims()
    delivery.refresh_from_db()
    return delivery


def test_a_lost_claim_that_was_marked_is_looked_for(searched: Destination, far_end: FarEnd) -> None:
    before = timezone.now()
    delivery = settled(lost(searched))
    assert (delivery.state, delivery.reason, delivery.lost_claims) == (QUEUED, "claim_lost", 1)
    assert delivery.look_from is not None
    assert before + LAG <= delivery.look_from <= delivery.next_attempt_at
    assert Attempt.objects.get().result == AttemptResult.UNANSWERED
    the_time_comes()
    far_end.finds = lambda _record: THERE
    assert take_turn(searched, delivery).state == DELIVERED
    assert far_end.calls == []


def test_a_lost_claim_that_was_not_marked_adds_no_doubt_and_ends_none(searched: Destination) -> None:
    assert settled(lost(searched, marked=False)).look_from is None
    doubtful = settled(lost(searched, marked=False, look_from=Now()))
    assert (doubtful.state, doubtful.reason) == (QUEUED, "claim_lost")
    assert doubtful.look_from is not None


def test_a_third_lost_claim_is_left_to_a_person(searched: Destination) -> None:
    delivery = settled(lost(searched, lost_claims=2))
    assert (delivery.state, delivery.reason) == (FAILED, "may_have_arrived")
    assert delivery.look_from is not None


@pytest.mark.parametrize("broken", [{"kind": "gone"}, {"settings": {"required_setting": ""}}], ids=str)
def test_where_nobody_knows_how_to_look_a_person_does(searched: Destination, broken: dict[str, Any]) -> None:
    delivery = lost(searched)
    Destination.objects.update(**broken)
    settled(delivery)
    assert (delivery.state, delivery.reason, delivery.look_from) == (FAILED, "may_have_arrived", None)


def test_one_that_cannot_be_translated_holds_up_no_sweep(
    searched: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, other = lost(searched), lost(searched)

    def explode(delivery: Delivery) -> Any:
        if delivery.pk == poison.pk:
            raise ValueError
        return None

    monkeypatch.setattr("leads.delivery.looking.record_of", explode)
    assert (settled(poison).state, settled(other).state) == (FAILED, QUEUED)


def test_settling_many_that_are_looked_for_takes_no_more_queries_and_no_call(
    searched: Destination, far_end: FarEnd, django_assert_max_num_queries: Any
) -> None:
    for _n in range(60):
        lost(searched)
    with django_assert_max_num_queries(5 + 2):  # and a savepoint that production does not need
        settle_expired_claims()
    assert Delivery.objects.filter(state=QUEUED, look_from__gt=Now()).count() == 60
    assert far_end.looked == []


def test_a_late_yes_ends_the_doubt(searched: Destination, far_end: FarEnd) -> None:
    delivery = make_delivery(searched)
    claim = claim_batch(searched.pk, batch_limit=1)
    assert claim is not None
    (sent,) = Turn(claim, open_connector(searched)).run()
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    assert settled(delivery).look_from is not None
    record(claim, sent, recognises_repeats=False)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.look_from) == (DELIVERED, None)


def test_a_late_search_that_failed_changes_nothing(searched: Destination, far_end: FarEnd) -> None:
    far_end.finds = lambda _record: failure(FailureKind.REJECTED)
    delivery = in_doubt(searched)
    claim = claim_batch(searched.pk, batch_limit=1)
    assert claim is not None
    (sent,) = Turn(claim, open_connector(searched)).run()
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))
    before = settled(delivery).look_from
    record(claim, sent, recognises_repeats=False)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.look_from) == (QUEUED, before)
    assert Attempt.objects.get().is_late is True


def test_what_waited_too_long_in_doubt_says_that_it_may_have_arrived(searched: Destination) -> None:
    past = Now() - timedelta(seconds=1)
    doubtful, plain = in_doubt(searched, deadline_at=past), make_delivery(searched, deadline_at=past)
    assert give_up_overdue() == 2
    reasons = dict(Delivery.objects.values_list("pk", "reason"))
    assert reasons == {doubtful.pk: "may_have_arrived", plain.pk: "waited_too_long"}
    doubtful.refresh_from_db()
    assert doubtful.look_from is not None


# --- People -----------------------------------------------------------------------------------------------------------


def test_sent_again_by_a_person_it_is_looked_for_first(searched: Destination, far_end: FarEnd) -> None:
    delivery = make_delivery(searched, state=FAILED, reason="may_have_arrived", look_from=Now(), tries=12)
    retry_deliveries(Delivery.objects.all())
    far_end.finds = lambda _record: THERE
    delivery = take_turn(searched, delivery)
    assert (delivery.state, delivery.tries, delivery.look_from) == (DELIVERED, 1, None)
    assert far_end.calls == []


def test_cancelled_and_taken_up_again_it_is_looked_for_first(searched: Destination, far_end: FarEnd) -> None:
    delivery = in_doubt(searched)
    cancel_deliveries(Delivery.objects.all())
    retry_deliveries(Delivery.objects.all())
    take_turn(searched, delivery)
    assert far_end.looked == [delivery.touch_id]


def test_once_a_person_has_found_it_nobody_looks_any_more(searched: Destination) -> None:
    make_delivery(searched, state=FAILED, reason="may_have_arrived", look_from=Now())
    assert confirm_arrival(Delivery.objects.all()) == 1
    assert Delivery.objects.values_list("state", "look_from").get() == (DELIVERED, None)
