"""Calls that end well or badly: the breaker, the single tries, and the slow start afterwards."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from integrations.contract import Arrival, Delivered, Failure, FailureKind
from leads.delivery import gate
from leads.delivery.claiming import claim_batch, slots
from leads.delivery.noting import has_failed, note_calls
from leads.delivery.turn import turns_to_start
from leads.models import Delivery, Destination, DestinationGate
from leads.states import DeliveryState, Priority
from tests.factories import make_delivery
from tests.leads.delivery.noted import note

SECOND = timedelta(seconds=1)
YES = Delivered(Arrival.CREATED)


def failure(kind: FailureKind) -> Failure:
    return Failure(kind=kind, cause=f"cause_{kind.value}")


DOWN = failure(FailureKind.TEMPORARY)
SILENT = failure(FailureKind.UNANSWERED)
REFUSED = failure(FailureKind.REJECTED)
DEFECT = failure(FailureKind.DEFECT)
WRONG = failure(FailureKind.MISCONFIGURED)
SLOWER = failure(FailureKind.THROTTLED)


def gate_of(destination: Destination) -> DestinationGate:
    return DestinationGate.objects.get(pk=destination.pk)


def break_it(destination: Destination) -> None:
    note(destination, *[DOWN] * 5)
    assert gate_of(destination).broken_at is not None


def probe_is_due() -> None:
    DestinationGate.objects.exclude(broken_at=None).update(probe_at=Now() - SECOND)


@pytest.mark.parametrize(
    ("call", "failed"),
    [
        ([YES], False),
        ([REFUSED], False),
        ([SLOWER], False),
        ([WRONG], False),
        ([DOWN], True),
        ([SILENT, DOWN], True),
        ([DOWN, YES], False),
        ([DEFECT], None),
        ([DEFECT, SILENT], True),
    ],
)
def test_what_counts_is_whether_anybody_took_care_of_the_call(
    call: list[Delivered | Failure], failed: bool | None
) -> None:
    assert has_failed(call) is failed


@pytest.mark.parametrize("result", [REFUSED, DEFECT, YES])
def test_what_is_about_one_record_or_our_own_fault_breaks_nothing(
    destination: Destination, result: Delivered | Failure
) -> None:
    note(destination, *[result] * 30)
    assert gate_of(destination).broken_at is None


def test_a_batch_that_fails_is_one_call(destination: Destination) -> None:
    note_calls(gate_of(destination), [[DOWN] * 100])
    assert gate_of(destination).failures_in_a_row == 1


def test_broken_it_gets_nothing_until_the_first_single_try(destination: Destination) -> None:
    make_delivery(destination)
    break_it(destination)
    assert claim_batch(destination.pk, batch_limit=1) is None
    assert turns_to_start() == []
    found = gate_of(destination)
    assert found.probe_at is not None
    assert 3 * SECOND < found.probe_at - timezone.now() < 6.5 * SECOND


@pytest.mark.parametrize("batch_limit", [1, 100])
def test_then_one_delivery_goes_ahead_and_no_second_one_beside_it(destination: Destination, batch_limit: int) -> None:
    for _n in range(3):
        make_delivery(destination)
    break_it(destination)
    probe_is_due()
    assert turns_to_start() == [destination.pk]
    claim = claim_batch(destination.pk, batch_limit=batch_limit)
    assert claim is not None
    assert len(claim.deliveries) == 1
    assert claim_batch(destination.pk, batch_limit=batch_limit) is None


def test_waiting_behind_it_costs_no_try(destination: Destination) -> None:
    waiting = make_delivery(destination)
    break_it(destination)
    probe_is_due()
    note(destination, SILENT)
    assert (gate_of(destination).probes_failed, Delivery.objects.get(pk=waiting.pk).tries) == (1, 0)


def test_after_three_answers_it_begins_slowly(destination: Destination) -> None:
    break_it(destination)
    probe_is_due()
    note(destination, YES, YES)
    assert gate_of(destination).broken_at is not None
    note(destination, YES)
    mended = gate_of(destination)
    assert (mended.broken_at, mended.probe_at, mended.failing_since) == (None, None, None)
    assert (mended.calls_now, slots(mended, 1)) == (1, 1)
    note(destination, *[YES] * 9)
    assert gate_of(destination).calls_now == 2
    note(destination, *[YES] * 10)
    assert gate_of(destination).calls_now is None
    assert gate_of(destination).is_well


def test_what_failed_during_the_break_is_brought_forward(destination: Destination) -> None:
    later = Now() + timedelta(minutes=15)
    failed = make_delivery(destination, tries=4, priority=Priority.RETRY, next_attempt_at=later)
    other = make_delivery(tries=4, priority=Priority.RETRY, next_attempt_at=later)
    break_it(destination)
    probe_is_due()
    note(destination, YES, YES, YES)
    found = Delivery.objects.get(pk=failed.pk)
    assert found.next_attempt_at <= timezone.now()
    assert (found.tries, found.state) == (4, DeliveryState.QUEUED)
    assert Delivery.objects.get(pk=other.pk).next_attempt_at > timezone.now()


def test_what_a_short_outage_failed_is_brought_forward_when_something_gets_through(destination: Destination) -> None:
    later = Now() + timedelta(minutes=1)
    once = make_delivery(destination, tries=2, priority=Priority.RETRY, next_attempt_at=later)
    often = make_delivery(destination, tries=3, priority=Priority.RETRY, next_attempt_at=later)
    note(destination, DOWN, DOWN)
    note(destination, YES)
    due = {pk: at <= timezone.now() for pk, at in Delivery.objects.values_list("pk", "next_attempt_at")}
    assert due == {once.pk: True, often.pk: False}


def test_what_cannot_be_looked_for_yet_is_not_brought_forward(destination: Destination) -> None:
    later = Now() + timedelta(minutes=15)
    failed = make_delivery(destination, priority=Priority.RETRY, next_attempt_at=later, look_from=later)
    break_it(destination)
    probe_is_due()
    note(destination, YES, YES, YES)
    assert gate_of(destination).broken_at is None
    assert Delivery.objects.get(pk=failed.pk).next_attempt_at > timezone.now()


def test_a_single_failure_is_no_outage(destination: Destination) -> None:
    failed = make_delivery(destination, tries=1, priority=Priority.RETRY, next_attempt_at=Now() + timedelta(minutes=1))
    note(destination, DOWN)
    note(destination, YES)
    assert Delivery.objects.get(pk=failed.pk).next_attempt_at > timezone.now()


@pytest.mark.parametrize("closes", [SLOWER, WRONG])
def test_after_a_hold_or_a_pause_it_begins_slowly_too(destination: Destination, closes: Failure) -> None:
    note(destination, closes)
    gate.resume(destination.pk)
    assert gate_of(destination).calls_now == 1


def test_a_person_opens_a_broken_one(destination: Destination) -> None:
    make_delivery(destination)
    break_it(destination)
    assert gate.resume(destination.pk) is True
    opened = gate_of(destination)
    assert (opened.broken_at, opened.probe_at, opened.failures_in_a_row, opened.calls_now) == (None, None, 0, 1)
    assert claim_batch(destination.pk, batch_limit=1) is not None


def test_a_good_check_lets_the_next_single_try_go_at_once(destination: Destination) -> None:
    make_delivery(destination)
    break_it(destination)
    gate.resume_after_check(destination.pk)
    assert gate_of(destination).broken_at is not None
    assert claim_batch(destination.pk, batch_limit=1) is not None


def test_it_is_known_since_when_nothing_gets_through(destination: Destination) -> None:
    note(destination, REFUSED)
    assert gate_of(destination).failing_since is None
    note(destination, DOWN)
    since = gate_of(destination).failing_since
    assert since is not None
    note(destination, SILENT, WRONG)
    assert gate_of(destination).failing_since == since
    note(destination, YES)
    assert gate_of(destination).failing_since is None


def test_a_destination_that_is_gone_is_no_trouble(destination: Destination) -> None:
    found = gate_of(destination)
    Destination.objects.all().delete()
    note_calls(found, [[DOWN]])
    assert not DestinationGate.objects.exists()
