"""What stops a destination for a while, and what opens it again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from integrations.contract import Arrival, Delivered, Failure, FailureKind
from leads.delivery import gate, settling
from leads.models import Delivery, Destination, DestinationGate
from leads.states import DeliveryState, PausedBy
from tests.factories import make_delivery, make_destination
from tests.leads.delivery.noted import note

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)

YES = Delivered(Arrival.CREATED)
WRONG = Failure(kind=FailureKind.MISCONFIGURED, cause="sign_in_refused", detail="invalid token")
GONE = Failure(kind=FailureKind.MISCONFIGURED, cause="receiver_asks_to_stop", resumes_itself=False)


def throttled(retry_after: timedelta | None = None) -> Failure:
    return Failure(kind=FailureKind.THROTTLED, cause="throttled", retry_after=retry_after)


def state_of(destination: Destination) -> DestinationGate:
    return DestinationGate.objects.get(pk=destination.pk)


def held_for(destination: Destination) -> timedelta:
    held_until = state_of(destination).held_until
    assert held_until is not None
    return held_until - timezone.now()


def about(wait: timedelta, wanted: timedelta) -> bool:
    """With the tenth that is put on top, less the time this test takes."""
    return wanted - 5 * SECOND < wait <= wanted * 1.1


# --- Held -----------------------------------------------------------------------------------------------------------


def test_holds_double_until_a_success(destination: Destination) -> None:
    for wanted in (30 * SECOND, MINUTE, 2 * MINUTE):
        DestinationGate.objects.update(held_until=None)
        note(destination, throttled())
        assert about(held_for(destination), wanted)
    note(destination, YES)
    DestinationGate.objects.update(held_until=None)
    note(destination, throttled())
    assert about(held_for(destination), 30 * SECOND)


def test_of_several_waits_asked_for_the_longest_counts(destination: Destination) -> None:
    note(destination, throttled(MINUTE), throttled(HOUR), throttled())
    assert about(held_for(destination), HOUR)
    assert state_of(destination).holds_in_a_row == 1


@pytest.mark.parametrize("later", [throttled(), throttled(MINUTE)], ids=["without a time", "with a shorter time"])
def test_a_later_answer_never_shortens_a_hold(destination: Destination, later: Failure) -> None:
    note(destination, throttled(HOUR))
    note(destination, later)
    assert about(held_for(destination), HOUR)


def test_a_later_answer_may_lengthen_a_hold(destination: Destination) -> None:
    note(destination, throttled(MINUTE))
    note(destination, throttled(HOUR))
    assert about(held_for(destination), HOUR)


def test_a_hold_that_is_over_is_no_reason_to_hold_longer(destination: Destination) -> None:
    DestinationGate.objects.update(held_until=Now() - HOUR)
    note(destination, throttled(MINUTE))
    assert about(held_for(destination), MINUTE)


# --- Paused by the machine ------------------------------------------------------------------------------------------


def test_a_wrong_setting_pauses_with_its_cause(destination: Destination) -> None:
    note(destination, YES, WRONG)
    paused = state_of(destination)
    assert (paused.paused_by, paused.pause_cause, paused.pause_detail) == (
        "machine",
        "sign_in_refused",
        "invalid token",
    )
    assert paused.resumes_itself is True


def test_the_first_cause_of_a_pause_stands(destination: Destination) -> None:
    gate.pause_by_machine(destination.pk, WRONG)
    first = state_of(destination)
    gate.pause_by_machine(destination.pk, GONE)
    again = state_of(destination)
    assert (again.paused_at, again.pause_cause, again.resumes_itself) == (first.paused_at, "sign_in_refused", True)


def test_the_machine_leaves_a_pause_by_a_person_alone(destination: Destination) -> None:
    gate.pause(destination.pk)
    before = DestinationGate.objects.values().get()
    gate.pause_by_machine(destination.pk, WRONG)
    assert DestinationGate.objects.values().get() == before


def test_outcomes_of_one_destination_say_nothing_about_another(destination: Destination) -> None:
    other = make_destination("scripted")
    note(destination, WRONG, throttled(HOUR), YES)
    untouched = state_of(other)
    assert (untouched.paused_at, untouched.held_until, untouched.last_success_at) == (None, None, None)
    assert untouched.last_failure_at is None


# --- Paused by a person ---------------------------------------------------------------------------------------------


def test_a_person_pauses_once(destination: Destination) -> None:
    assert gate.pause(destination.pk) is True
    paused = state_of(destination)
    assert (paused.paused_by, paused.pause_cause, paused.next_check_at) == (PausedBy.PERSON, "", None)
    assert gate.pause(destination.pk) is False
    assert state_of(destination).paused_at == paused.paused_at


def test_a_person_takes_over_a_pause_of_the_machine_and_its_time(destination: Destination) -> None:
    gate.pause_by_machine(destination.pk, WRONG)
    DestinationGate.objects.update(paused_at=Now() - HOUR)
    since = state_of(destination).paused_at
    assert gate.pause(destination.pk) is True
    paused = state_of(destination)
    assert (paused.paused_at, paused.paused_by, paused.next_check_at) == (since, PausedBy.PERSON, None)
    assert (paused.pause_cause, paused.pause_detail) == ("", "")


# --- Open again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["held", "paused by the machine", "paused by a person"])
def test_a_person_opens_whatever_is_closed(destination: Destination, closed: str) -> None:
    close: dict[str, Any] = {
        "held": lambda: note(destination, throttled(HOUR)),
        "paused by the machine": lambda: gate.pause_by_machine(destination.pk, GONE),
        "paused by a person": lambda: gate.pause(destination.pk),
    }
    close[closed]()
    assert gate.resume(destination.pk) is True
    opened = state_of(destination)
    assert (opened.paused_at, opened.paused_by, opened.held_until, opened.next_check_at) == (None, "", None, None)
    assert (opened.pause_cause, opened.pause_detail) == ("", "")
    assert gate.resume(destination.pk) is False


def test_a_good_check_ends_only_a_pause_of_the_machine_that_may_end_itself(destination: Destination) -> None:
    assert gate.resume_after_check(destination.pk) is False
    gate.pause_by_machine(destination.pk, GONE)
    assert gate.resume_after_check(destination.pk) is False
    gate.pause(destination.pk)
    assert gate.resume_after_check(destination.pk) is False
    assert state_of(destination).paused_by == PausedBy.PERSON
    gate.resume(destination.pk)
    gate.pause_by_machine(destination.pk, WRONG)
    assert gate.resume_after_check(destination.pk) is True
    assert state_of(destination).paused_at is None


def test_a_good_check_keeps_the_time_that_the_other_side_asked_for(destination: Destination) -> None:
    note(destination, throttled(HOUR), WRONG)
    assert gate.resume_after_check(destination.pk) is True
    assert state_of(destination).paused_at is None
    assert about(held_for(destination), HOUR)


def test_a_good_check_moves_the_deadlines_as_a_person_does(destination: Destination) -> None:
    deadline = timezone.now() + HOUR
    make_delivery(destination, deadline_at=deadline)
    gate.pause_by_machine(destination.pk, WRONG)
    DestinationGate.objects.update(paused_at=Now() - 2 * HOUR)
    gate.resume_after_check(destination.pk)
    moved = Delivery.objects.get().deadline_at
    assert moved is not None
    assert 2 * HOUR <= moved - deadline < 2 * HOUR + MINUTE


def test_what_waited_for_a_disabled_destination_has_its_whole_time_again(destination: Destination) -> None:
    overdue = make_delivery(destination, deadline_at=timezone.now() - timedelta(days=1))
    fresh = make_delivery(destination, deadline_at=timezone.now() + timedelta(days=90))
    gate.give_time(destination.pk)
    settling.give_up_overdue()
    overdue.refresh_from_db()
    assert overdue.state == DeliveryState.QUEUED
    assert overdue.deadline_at is not None
    assert timedelta(days=13) < overdue.deadline_at - timezone.now() <= timedelta(days=14)
    assert Delivery.objects.get(pk=fresh.pk).deadline_at == fresh.deadline_at


# --- Hopeless -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "is_paused"), [(4, False), (6, True)])
def test_where_nothing_got_through_for_five_days_no_more_tries_are_used_up(
    destination: Destination, days: int, is_paused: bool
) -> None:
    DestinationGate.objects.update(failing_since=Now() - timedelta(days=days))
    gate.pause_what_fails_for_days()
    assert (state_of(destination).pause_cause == "failing_for_days") is is_paused


def test_whoever_resumes_it_gives_it_five_days_more(destination: Destination) -> None:
    DestinationGate.objects.update(failing_since=Now() - timedelta(days=6))
    gate.pause_what_fails_for_days()
    gate.resume(destination.pk)
    gate.pause_what_fails_for_days()
    assert state_of(destination).paused_at is None
