"""What a worker may still write after its claim has ended."""

from uuid import UUID

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from integrations.contract import Delivered, Failure, FailureKind, Outcome
from leads.delivery.claiming import Claim, claim_batch, extend, give_back
from leads.delivery.recording import record
from leads.delivery.resending import cancel_deliveries, confirm_arrival
from leads.delivery.sending import Sent
from leads.delivery.settling import settle_expired_claims
from leads.models import Attempt, Delivery, Destination
from leads.states import AttemptResult, DeliveryState
from tests.factories import make_delivery
from tests.leads.delivery.scripted import YES

NO = Failure(kind=FailureKind.REJECTED, cause="record_refused")


def claimed(destination: Destination) -> Claim:
    claim = claim_batch(destination.pk, batch_limit=1)
    assert claim is not None
    return claim


def end(claim: Claim) -> None:
    """The claim runs out and the sweep takes the deliveries back."""
    Delivery.objects.filter(claim_id=claim.id).update(claimed_until="2026-01-01T00:00:00Z")
    settle_expired_claims()


def answer(claim: Claim, result: Delivered | Failure, *, recognises_repeats: bool = True) -> None:
    outcomes = [Outcome(delivery.touch_id, result) for delivery in claim.deliveries]
    sent = [Sent(*one, call, 0.25) for call, one in enumerate(zip(claim.deliveries, outcomes, strict=True))]
    record(claim, sent, recognises_repeats=recognises_repeats)


def attempt_of(claim_id: UUID) -> Attempt:
    return Attempt.objects.get(claim_id=claim_id)


@pytest.fixture
def late(destination: Destination) -> Claim:
    """A claim of one delivery, which was taken back meanwhile."""
    make_delivery(destination)
    claim = claimed(destination)
    end(claim)
    return claim


def test_a_late_yes_counts_while_nobody_is_sending(late: Claim) -> None:
    answer(late, YES)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.external_id, delivery.lost_claims) == (DeliveryState.DELIVERED, "there-1", 0)
    attempt = attempt_of(late.id)
    assert (attempt.result, attempt.is_late, attempt.duration_ms) == (AttemptResult.DELIVERED, True, 250)


def test_a_late_no_changes_nothing_but_is_kept(late: Claim) -> None:
    before = Delivery.objects.values().get()
    answer(late, NO)
    assert Delivery.objects.values().get() == before
    attempt = attempt_of(late.id)
    assert (attempt.result, attempt.cause, attempt.is_late) == (AttemptResult.REJECTED, "record_refused", True)


@pytest.mark.parametrize("result", [YES, NO], ids=["yes", "no"])
def test_nothing_late_touches_a_delivery_that_another_worker_is_sending(
    destination: Destination, late: Claim, result: Delivered | Failure
) -> None:
    Delivery.objects.update(next_attempt_at=Now())
    other = claimed(destination)
    before = Delivery.objects.values().get()
    answer(late, result)
    assert Delivery.objects.values().get() == before
    assert attempt_of(late.id).is_late is True
    assert (attempt_of(other.id).result, attempt_of(other.id).finished_at) == ("", None)
    answer(other, YES)
    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    assert attempt_of(other.id).is_late is False


def test_a_late_no_never_takes_back_a_yes(destination: Destination, late: Claim) -> None:
    Delivery.objects.update(next_attempt_at=Now())
    answer(claimed(destination), YES)
    answer(late, NO)
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def test_a_late_yes_counts_where_the_machine_had_given_up(forgetful: Destination) -> None:
    make_delivery(forgetful)
    claim = claimed(forgetful)
    Attempt.objects.update(sent_at=timezone.now())
    end(claim)
    assert Delivery.objects.values_list("state", "reason").get() == (DeliveryState.FAILED, "may_have_arrived")
    answer(claim, YES, recognises_repeats=False)
    assert Delivery.objects.values_list("state", "reason").get() == (DeliveryState.DELIVERED, "")


def test_a_late_yes_leaves_what_a_person_decided(late: Claim) -> None:
    assert cancel_deliveries(Delivery.objects.all()) == 1
    answer(late, YES)
    assert Delivery.objects.get().state == DeliveryState.CANCELLED
    assert attempt_of(late.id).result == AttemptResult.DELIVERED


def test_an_arrival_that_a_person_confirmed_is_not_written_over(forgetful: Destination) -> None:
    make_delivery(forgetful)
    claim = claimed(forgetful)
    Attempt.objects.update(sent_at=timezone.now())
    end(claim)
    assert confirm_arrival(Delivery.objects.all()) == 1
    before = Delivery.objects.values().get()
    answer(claim, YES)
    assert Delivery.objects.values().get() == before


def test_an_answer_after_the_end_of_the_claim_counts_in_full_while_nobody_took_it_back(
    destination: Destination,
) -> None:
    make_delivery(destination)
    claim = claimed(destination)
    Delivery.objects.update(claimed_until="2026-01-01T00:00:00Z")
    answer(claim, NO)
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert attempt_of(claim.id).is_late is False


def test_of_a_group_each_delivery_is_judged_by_itself(destination: Destination) -> None:
    first, second = make_delivery(destination), make_delivery(destination)
    claim = claimed(destination)
    Delivery.objects.filter(pk=first.pk).update(claimed_until="2026-01-01T00:00:00Z")
    settle_expired_claims()
    answer(claim, NO)
    assert Delivery.objects.get(pk=first.pk).state == DeliveryState.QUEUED
    assert Delivery.objects.get(pk=second.pk).state == DeliveryState.FAILED
    late = dict(Attempt.objects.values_list("delivery", "is_late"))
    assert late == {first.pk: True, second.pk: False}


def test_a_lost_claim_is_neither_extended_nor_given_back(destination: Destination, late: Claim) -> None:
    before = Delivery.objects.values().get()
    assert extend(late) is False
    give_back(late, late.deliveries)
    assert Delivery.objects.values().get() == before
    assert attempt_of(late.id).result == AttemptResult.UNANSWERED


def test_giving_back_never_takes_a_delivery_from_another_claim(destination: Destination, late: Claim) -> None:
    Delivery.objects.update(next_attempt_at=Now())
    other = claimed(destination)
    give_back(late, late.deliveries)
    assert Delivery.objects.values_list("state", "claim_id").get() == (DeliveryState.SENDING, other.id)
    assert Attempt.objects.filter(claim_id=other.id).exists()


def test_recording_twice_changes_nothing_the_second_time(destination: Destination) -> None:
    make_delivery(destination)
    claim = claimed(destination)
    answer(claim, YES)
    answer(claim, NO)
    assert Delivery.objects.values_list("state", "tries").get() == (DeliveryState.DELIVERED, 1)
    assert Attempt.objects.count() == 1
