"""What dead workers held is taken back; what waited too long is given up."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from leads.delivery import gate, settling
from leads.delivery.claiming import claim_batch
from leads.delivery.settling import Settlement, give_up_overdue, settle, settle_expired_claims
from leads.models import Attempt, Delivery, Destination, DestinationGate
from leads.states import AttemptResult, DeliveryState, PausedBy, Priority
from tests.factories import make_attempt, make_delivery, make_destination

pytestmark = pytest.mark.django_db

QUEUED, FAILED = DeliveryState.QUEUED, DeliveryState.FAILED
UNANSWERED, NOT_SENT = AttemptResult.UNANSWERED, AttemptResult.NOT_SENT
NOW, TEN_SECONDS, MINUTE = timedelta(0), timedelta(seconds=10), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("recognises", "marked", "lost", "settlement"),
    [
        (True, False, 1, Settlement(QUEUED, "claim_lost", UNANSWERED, NOW)),
        (True, False, 2, Settlement(QUEUED, "claim_lost", UNANSWERED, TEN_SECONDS)),
        (True, False, 3, Settlement(FAILED, "made_workers_stop", UNANSWERED)),
        (True, True, 1, Settlement(FAILED, "may_have_arrived", UNANSWERED)),
        (False, False, 1, Settlement(QUEUED, "claim_lost", NOT_SENT, NOW)),
        (False, False, 2, Settlement(QUEUED, "claim_lost", NOT_SENT, TEN_SECONDS)),
        (False, False, 3, Settlement(FAILED, "made_workers_stop", NOT_SENT)),
        (False, True, 1, Settlement(FAILED, "may_have_arrived", UNANSWERED)),
        (False, True, 3, Settlement(FAILED, "may_have_arrived", UNANSWERED)),
    ],
)
def test_the_rule(recognises: bool, marked: bool, lost: int, settlement: Settlement) -> None:
    assert settle(recognises_repeats=recognises, was_marked=marked, lost_claims=lost) == settlement


def lost_delivery(destination: Destination, *, marked: bool = False, **also: Any) -> Delivery:
    """Its worker vanished; the claim is over."""
    values: dict[str, Any] = {"state": DeliveryState.SENDING, "claimed_until": Now() - timedelta(seconds=1)} | also
    delivery = make_delivery(destination, **values)
    make_attempt(delivery, sent_at=timezone.now() if marked else None)
    return delivery


@pytest.mark.parametrize(
    ("recognises", "marked", "lost_before", "state", "reason", "result"),
    [
        (True, False, 0, QUEUED, "claim_lost", UNANSWERED),
        (True, False, 2, FAILED, "made_workers_stop", UNANSWERED),
        (False, False, 0, QUEUED, "claim_lost", NOT_SENT),
        (False, True, 0, FAILED, "may_have_arrived", UNANSWERED),
    ],
)
def test_an_expired_claim_is_settled_by_the_rule(
    destination: Destination,
    recognises: bool,
    marked: bool,
    lost_before: int,
    state: DeliveryState,
    reason: str,
    result: AttemptResult,
) -> None:
    Destination.objects.update(settings={"recognises_repeats": recognises})
    delivery = lost_delivery(destination, marked=marked, lost_claims=lost_before, tries=3, priority=Priority.RETRY)
    assert settle_expired_claims() == {destination.pk}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.lost_claims) == (state, reason, lost_before + 1)
    assert (delivery.claim_id, delivery.claimed_until) == (None, None)
    assert (delivery.tries, delivery.priority) == (3, Priority.RETRY)
    attempt = Attempt.objects.get()
    assert (attempt.result, attempt.cause, attempt.is_late) == (result, "claim_lost", False)
    assert attempt.finished_at is not None
    assert (attempt.sent_at is not None) is marked


def test_what_was_lost_once_is_due_at_once_and_what_was_lost_twice_a_little_later(destination: Destination) -> None:
    once, twice = lost_delivery(destination), lost_delivery(destination, lost_claims=1)
    settle_expired_claims()
    now = timezone.now()
    once.refresh_from_db()
    twice.refresh_from_db()
    assert once.next_attempt_at <= now
    assert timedelta(seconds=3) < twice.next_attempt_at - now <= timedelta(seconds=12)


def test_a_claim_that_has_not_ended_stays(destination: Destination) -> None:
    delivery = make_delivery(destination)
    claim = claim_batch(destination.pk, batch_limit=1)
    assert claim is not None
    assert settle_expired_claims() == set()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.claim_id, delivery.lost_claims) == (DeliveryState.SENDING, claim.id, 0)
    assert Attempt.objects.get().finished_at is None


def test_an_earlier_attempt_keeps_its_own_result(destination: Destination) -> None:
    delivery = lost_delivery(destination)
    earlier = make_attempt(
        delivery, claim_id="01a20000-0000-7000-8000-000000000000", finished_at=timezone.now(), result="temporary"
    )
    settle_expired_claims()
    earlier.refresh_from_db()
    assert (earlier.result, earlier.cause) == ("temporary", "")


def test_a_mark_of_an_earlier_claim_says_nothing_about_this_one(forgetful: Destination) -> None:
    delivery = lost_delivery(forgetful)
    make_attempt(delivery, claim_id="01a20000-0000-7000-8000-000000000000", sent_at=timezone.now())
    settle_expired_claims()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (QUEUED, "claim_lost")


@pytest.mark.parametrize(
    "broken", [{"kind": "gone"}, {"settings": {"required_setting": ""}}, {"encrypted_secrets": "x"}], ids=str
)
def test_a_destination_that_cannot_be_opened_is_taken_for_one_that_makes_second_records(
    destination: Destination, broken: dict[str, Any]
) -> None:
    delivery = lost_delivery(destination, marked=True)
    Destination.objects.update(**broken)
    settle_expired_claims()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (FAILED, "may_have_arrived")


def test_many_of_several_destinations_are_settled_together(
    destination: Destination, forgetful: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "PAGE", 5)
    for _n in range(3):
        lost_delivery(destination)
        lost_delivery(forgetful, marked=True)
    assert settle_expired_claims() == {destination.pk, forgetful.pk}
    assert Delivery.objects.filter(state=DeliveryState.SENDING).count() == 1
    settle_expired_claims()
    assert Delivery.objects.filter(destination=destination, state=QUEUED).count() == 3
    assert Delivery.objects.filter(destination=forgetful, reason="may_have_arrived").count() == 3


def test_a_look_that_finds_nothing_takes_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert settle_expired_claims() == set()


def test_settling_a_full_page_takes_few_queries(destination: Destination, django_assert_max_num_queries: Any) -> None:
    for _n in range(60):
        lost_delivery(destination)
    with django_assert_max_num_queries(5 + 2):  # and a savepoint that production does not need
        settle_expired_claims()
    assert Delivery.objects.filter(state=QUEUED, lost_claims=1).count() == 60


# --- Deadlines ------------------------------------------------------------------------------------------------------

PAST = Now() - timedelta(seconds=1)


def test_what_waited_past_its_deadline_is_failed_and_can_be_sent_again(destination: Destination) -> None:
    overdue = make_delivery(destination, deadline_at=PAST, next_attempt_at=timezone.now() + timedelta(hours=1))
    waiting = make_delivery(destination, deadline_at=Now() + timedelta(days=1))
    endless = make_delivery(destination, deadline_at=None)
    assert give_up_overdue() == 1
    assert give_up_overdue() == 0
    assert dict(Delivery.objects.values_list("pk", "state")) == {
        overdue.pk: FAILED,
        waiting.pk: QUEUED,
        endless.pk: QUEUED,
    }
    assert Delivery.objects.get(pk=overdue.pk).reason == "waited_too_long"


@pytest.mark.parametrize("state", [state for state in DeliveryState if state != QUEUED])
def test_only_what_waits_is_given_up(destination: Destination, state: DeliveryState) -> None:
    make_delivery(destination, state=state, deadline_at=PAST)
    assert give_up_overdue() == 0
    assert Delivery.objects.get().state == state


def test_nothing_is_given_up_behind_a_paused_gate_or_at_a_disabled_destination(destination: Destination) -> None:
    disabled = make_destination("scripted", enabled=False)
    for place in (destination, disabled):
        make_delivery(place, deadline_at=PAST)
    DestinationGate.objects.filter(pk=destination.pk).update(paused_at=Now(), paused_by=PausedBy.MACHINE)
    assert give_up_overdue() == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {QUEUED}


def test_a_hold_does_not_stop_the_deadline(destination: Destination) -> None:
    make_delivery(destination, deadline_at=PAST)
    DestinationGate.objects.update(held_until=Now() + timedelta(hours=1))
    assert give_up_overdue() == 1


def test_all_that_is_overdue_is_given_up_page_by_page(
    destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "PAGE", 3)
    for _n in range(8):
        make_delivery(destination, deadline_at=PAST)
    assert give_up_overdue() == 8


def test_the_time_spent_paused_does_not_count(destination: Destination) -> None:
    deadline = timezone.now() + timedelta(days=1)
    waiting = make_delivery(destination, deadline_at=deadline)
    failed = make_delivery(destination, state=FAILED, deadline_at=deadline)
    elsewhere = make_delivery(make_destination("scripted"), deadline_at=deadline)
    DestinationGate.objects.filter(pk=destination.pk).update(
        paused_at=Now() - timedelta(hours=5), paused_by=PausedBy.PERSON
    )
    assert gate.resume(destination.pk) is True
    moved = Delivery.objects.get(pk=waiting.pk).deadline_at
    assert moved is not None
    assert timedelta(hours=5) <= moved - deadline < timedelta(hours=5, minutes=1)
    for other in (failed, elsewhere):
        assert Delivery.objects.get(pk=other.pk).deadline_at == deadline
