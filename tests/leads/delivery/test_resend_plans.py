"""What a job would do: how many, how long, and what speaks against it. Nothing of it changes anything."""

from datetime import timedelta
from typing import Any

import pytest

from leads.delivery import resend_plans
from leads.delivery.resend_plans import Plan, complaints, needs_confirmation, plan_of
from leads.delivery.resend_wording import number_of, roughly, time_of
from leads.models import Destination, DestinationGate, ResendJob
from leads.models.resend_job import ResendKind
from leads.states import AttemptResult, DeliveryState
from tests.factories import NOON, make_attempt, make_delivery, make_destination, make_resend_job, make_route, make_touch

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FAILED, DELIVERED, CANCELLED = DeliveryState.FAILED, DeliveryState.DELIVERED, DeliveryState.CANCELLED


def of_failed(**values: Any) -> ResendJob:
    return ResendJob(**{"states": [FAILED]} | values)


def arrived(destination: Destination, *milliseconds: int) -> None:
    for duration in milliseconds:
        delivery = make_delivery(destination, state=DELIVERED)
        make_attempt(delivery, result=AttemptResult.DELIVERED, finished_at=NOON, duration_ms=duration)


def test_it_counts_by_destination_and_reason_the_largest_first(destination: Destination) -> None:
    Destination.objects.update(name="CRM")
    paused = make_destination("scripted", name="Paused", gate={"paused_at": NOON, "paused_by": "person"})
    for place, reason in ((destination, "conflict"), (destination, "conflict"), (paused, "server_trouble")):
        make_delivery(place, state=FAILED, reason=reason)
    plan = plan_of(of_failed())
    assert (plan.found, plan.is_exact, plan.left_out) == (3, True, 0)
    assert [tuple(group) for group in plan.groups] == [
        ("CRM", "conflict", 2, False),
        ("Paused", "server_trouble", 1, True),
    ]


def test_it_leaves_out_what_may_have_arrived_unless_that_is_named(forgetful: Destination) -> None:
    make_delivery(forgetful, state=FAILED, reason="may_have_arrived")
    make_delivery(forgetful, state=FAILED)
    make_delivery(forgetful, state=CANCELLED, reason="privacy")
    everything = plan_of(of_failed(states=[FAILED, CANCELLED]))
    assert (everything.found, everything.left_out) == (1, 1)
    named = plan_of(of_failed(reason="may_have_arrived"))
    assert (named.found, named.left_out) == (1, 0)


def test_it_counts_no_further_than_is_worth_it(destination: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend_plans, "MOST", 3)
    for _n in range(4):
        make_delivery(destination, state=FAILED)
    plan = plan_of(of_failed())
    assert (plan.found, plan.is_exact) == (3, False)
    make_route(destination)
    monkeypatch.setattr(resend_plans, "MOST_LOOKED_AT", 2)
    for _n in range(2):
        make_touch()
    plan = plan_of(ResendJob(kind=ResendKind.MISSING, destination=destination))
    assert (plan.found, plan.is_exact) == (2, False)


def test_of_what_never_went_there_it_counts_what_would_go(destination: Destination) -> None:
    make_route(destination, actions=["INS"])
    make_delivery(destination)
    for values in ({}, {}, {"action": "PLT"}, {"is_test": True}, {"is_dnc": True}):
        make_touch(**values)
    plan = plan_of(ResendJob(kind=ResendKind.MISSING, destination=destination))
    assert (plan.found, plan.is_exact, plan.left_out) == (2, True, 2)


def test_counting_what_failed_takes_three_queries_and_those_of_the_time(
    destination: Destination, django_assert_num_queries: Any
) -> None:
    make_delivery(destination, state=FAILED)
    with django_assert_num_queries(4):
        plan_of(of_failed())


# --- How long -------------------------------------------------------------------------------------------------------


def test_the_time_follows_from_the_newest_calls_and_the_gate(destination: Destination) -> None:
    DestinationGate.objects.update(calls_at_once=2)
    arrived(destination, 3000, 5000)
    for _n in range(3):
        make_delivery(destination, state=FAILED)
    assert plan_of(of_failed()).takes == timedelta(seconds=6)
    DestinationGate.objects.update(rate_calls=1, rate_seconds=60)
    assert plan_of(of_failed()).takes == timedelta(seconds=120)


def test_a_kind_that_takes_batches_needs_fewer_calls() -> None:
    batch = make_destination("scripted_batch", gate={"calls_at_once": 1})
    arrived(batch, 1000)
    for _n in range(11):
        make_delivery(batch, state=FAILED)
    assert plan_of(of_failed(destination=batch)).takes == timedelta(seconds=2)


def test_destinations_go_side_by_side_and_one_of_which_nothing_is_known_leaves_the_time_unknown(
    destination: Destination,
) -> None:
    slow = make_destination("scripted", gate={"calls_at_once": 1})
    for place, duration in ((destination, 100), (slow, 7000)):
        arrived(place, duration)
        make_delivery(place, state=FAILED)
    assert plan_of(of_failed()).takes == timedelta(seconds=7)
    make_delivery(make_destination("scripted"), state=FAILED)
    assert plan_of(of_failed()).takes is None


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ({"seconds": 59}, "less than a minute"),
        ({"seconds": 61}, "a few minutes"),
        ({"minutes": 11}, "about half an hour"),
        ({"minutes": 50}, "about an hour"),
        ({"minutes": 200}, "about 3 hours"),
        ({"hours": 23}, "about 23 hours"),
        ({"hours": 24}, "about a day"),
        ({"hours": 60}, "about 2 days"),
    ],
)
def test_the_time_is_rough(time: dict[str, int], words: str) -> None:
    assert roughly(timedelta(**time)) == words


@pytest.mark.parametrize(
    ("found", "is_exact", "takes", "words"),
    [
        (1234, True, timedelta(minutes=3), ("1,234", "a few minutes")),
        (10_000, False, timedelta(seconds=3), ("10,000 or more", "a few minutes or longer")),
        (7, True, None, ("7", "not known: nothing arrived there lately by which to tell")),
    ],
)
def test_a_plan_in_words(found: int, is_exact: bool, takes: timedelta | None, words: tuple[str, str]) -> None:
    plan = Plan(found=found, is_exact=is_exact, left_out=0, takes=takes)
    assert (number_of(plan), time_of(plan)) == words


# --- What speaks against it -----------------------------------------------------------------------------------------


def test_what_may_be_there_twice_has_to_be_confirmed(destination: Destination, forgetful: Destination) -> None:
    def delivered(place: Destination) -> ResendJob:
        return ResendJob(kind=ResendKind.DELIVERED, destination=place, states=[DELIVERED])

    asked = [delivered(destination), delivered(forgetful), of_failed(), of_failed(reason="may_have_arrived")]
    assert [needs_confirmation(job) for job in asked] == [False, True, False, True]
    assert not needs_confirmation(ResendJob(kind=ResendKind.MISSING, destination=forgetful))


def test_a_sound_filter_meets_no_complaint(destination: Destination) -> None:
    make_route(destination)
    replay = {"destination": destination, "states": [DELIVERED], "since": NOON}
    assert complaints(of_failed()) == {}
    assert complaints(ResendJob(kind=ResendKind.DELIVERED, **replay)) == {}
    assert complaints(ResendJob(kind=ResendKind.MISSING, destination=destination)) == {}


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"states": []}, {"states"}),
        ({"states": [FAILED], "since": NOON, "until": NOON}, {"until"}),
        ({"kind": "delivered", "states": [DELIVERED]}, {"destination", "since"}),
        ({"kind": "missing", "reason": "conflict"}, {"destination", "reason"}),
    ],
)
def test_what_makes_no_sense_is_said_by_field(values: dict[str, Any], fields: set[str]) -> None:
    assert complaints(ResendJob(**values)).keys() == fields


def test_without_a_route_nothing_can_go_there(destination: Destination) -> None:
    make_route(destination, enabled=False)
    job = ResendJob(kind=ResendKind.MISSING, destination=destination)
    assert complaints(job) == {"destination": "No enabled route leads there, or it is disabled. Add a route first."}


def test_a_replay_under_way_is_pointed_out(destination: Destination) -> None:
    make_resend_job(destination, kind="delivered", states=[DELIVERED])
    job = ResendJob(kind=ResendKind.DELIVERED, destination=destination, states=[DELIVERED], since=NOON)
    assert complaints(job) == {
        "destination": "What was delivered there is being sent once more already. "
        "Wait until that is done, or cancel it."
    }
