"""Every kind, every way a try can end: what is left of it in the delivery, the attempt and the gate."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.contract import Arrival
from leads.delivery import resend_jobs
from leads.delivery.turn import deliver_next_batch
from leads.models import ResendJob
from leads.states import AttemptResult, DeliveryState, Priority
from tests.integrations.connectors.contract.far_side import Action
from tests.leads.destinations.conftest import Meet
from tests.leads.destinations.turns import attempts_of, gate_of, hold_passes, refreshed, take_turns, waits_pass
from tests.leads.destinations.world import World, kinds_that, somebody

pytestmark = pytest.mark.django_db
QUEUED, DELIVERED, FAILED = DeliveryState.QUEUED, DeliveryState.DELIVERED, DeliveryState.FAILED
HOLD = timedelta(minutes=7)


def test_delivered(world: World) -> None:
    delivery = world.queue()
    take_turns(world.destination)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.tries, delivery.lost_claims) == (DELIVERED, "", 1, 0)
    assert (delivery.arrival, delivery.claim_id) == (world.far_side.arrival, None)
    assert bool(delivery.external_id) == (delivery.arrival == Arrival.CREATED)
    (attempt,) = attempts_of(delivery)
    assert (attempt.result, attempt.cause, attempt.is_late) == (AttemptResult.DELIVERED, "", False)
    assert attempt.http_status is not None
    assert 200 <= attempt.http_status < 300
    assert delivery.touch.email in attempt.exchange["request_body"].replace("%40", "@")
    gate = gate_of(world.destination)
    assert gate.last_success_at is not None
    assert (gate.last_failure_at, gate.paused_at, gate.held_until) == (None, None, None)
    assert world.holds([delivery])


@kinds_that(lambda far_side: far_side.repeat is Arrival.UPDATED)
def test_who_is_known_there_already_is_updated(meet: Meet, kind: str) -> None:
    world, record = meet(kind), somebody()
    first, second = world.queue(record), world.queue(record)
    take_turns(world.destination)
    first, second = refreshed([first, second])
    assert [first.arrival, second.arrival] == [Arrival.CREATED, Arrival.UPDATED]
    assert (second.state, second.external_id) == (DELIVERED, first.external_id)
    assert world.holds([first])


@kinds_that(lambda far_side: far_side.recognises_repeats)
def test_an_answer_that_got_lost_is_asked_for_again_and_makes_no_second_record(meet: Meet, kind: str) -> None:
    world = meet(kind)
    world.meets(Action.COMMIT_THEN_DROP)
    delivery = world.queue()
    take_turns(world.destination)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.priority) == (QUEUED, 1, Priority.RETRY)
    assert delivery.next_attempt_at > timezone.now() + timedelta(seconds=5)
    assert [attempt.result for attempt in attempts_of(delivery)] == [AttemptResult.UNANSWERED]
    assert world.holds([delivery])
    waits_pass()
    take_turns(world.destination)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.arrival, delivery.tries) == (DELIVERED, world.far_side.repeat, 2)
    assert [attempt.result for attempt in attempts_of(delivery)] == [AttemptResult.UNANSWERED, AttemptResult.DELIVERED]
    assert world.holds([delivery])


def test_marketo_has_time_to_end_its_work_before_the_second_try(meet: Meet) -> None:
    world = meet("marketo")
    world.meets(Action.COMMIT_THEN_DROP)
    delivery = world.queue()
    take_turns(world.destination)
    assert refreshed([delivery])[0].next_attempt_at > timezone.now() + timedelta(seconds=85)


def test_a_server_in_trouble_is_tried_again_until_it_is_well(world: World) -> None:
    world.meets(Action.RESPOND, status=503, times=3)
    delivery = world.queue()
    for tries, wait in ((1, timedelta(seconds=10)), (2, timedelta(minutes=1)), (3, timedelta(minutes=5))):
        take_turns(world.destination)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.reason, delivery.tries) == (QUEUED, "server_trouble", tries)
        assert wait * 0.8 - timedelta(seconds=3) < delivery.next_attempt_at - timezone.now() <= wait * 1.2
        take_turns(world.destination)
        assert world.writes() == tries
        waits_pass()
    take_turns(world.destination)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.arrival) == (DELIVERED, 4, world.far_side.arrival)
    attempts = attempts_of(delivery)
    assert [(one.result, one.http_status) for one in attempts[:3]] == [(AttemptResult.TEMPORARY, 503)] * 3
    assert [one.result for one in attempts[3:]] == [AttemptResult.DELIVERED]
    assert world.holds([delivery])
    gate = gate_of(world.destination)
    assert (gate.paused_at, gate.held_until) == (None, None)


def test_told_to_slow_down_nothing_is_called_before_the_time(world: World) -> None:
    deliveries = world.queue_up(3)
    world.meets(Action.RESPOND, status=429, headers={"Retry-After": str(HOLD.seconds)})
    take_turns(world.destination)
    gate, calls = gate_of(world.destination), world.far_side.calls()
    assert gate.held_until is not None
    assert HOLD - timedelta(seconds=3) < gate.held_until - timezone.now() <= HOLD * 1.1
    assert (gate.holds_in_a_row, gate.paused_at) == (1, None)
    assert world.writes() == 1
    for delivery in refreshed(deliveries):
        assert (delivery.state, delivery.tries, delivery.priority) == (QUEUED, 0, Priority.FRESH)
    assert [attempt.result for attempt in attempts_of(deliveries[0])] == [AttemptResult.THROTTLED]
    assert deliver_next_batch(world.destination) is False
    assert world.far_side.calls() == calls
    hold_passes(world.destination)
    take_turns(world.destination)
    assert [(one.state, one.tries) for one in refreshed(deliveries)] == [(DELIVERED, 1)] * 3
    assert world.holds(deliveries)
    assert gate_of(world.destination).holds_in_a_row == 0


@kinds_that(lambda far_side: far_side.has_tokens)
def test_a_token_that_is_refused_once_costs_nobody_a_try(meet: Meet, kind: str) -> None:
    world = meet(kind)
    first = world.queue()
    take_turns(world.destination)
    assert world.far_side.token_calls() == 1
    world.far_side.end_tokens()
    second = world.queue()
    take_turns(world.destination)
    second.refresh_from_db()
    assert (second.state, second.tries) == (DELIVERED, 1)
    assert [attempt.result for attempt in attempts_of(second)] == [AttemptResult.DELIVERED]
    assert world.far_side.token_calls() == 2
    assert world.holds([first, second])
    assert gate_of(world.destination).last_failure_at is None


@kinds_that(lambda far_side: far_side.refuses_record is not None)
def test_a_lead_that_is_refused_fails_alone(meet: Meet, kind: str) -> None:
    world = meet(kind)
    expected = world.far_side.refuses_record
    assert expected is not None
    bad = world.queue(world.far_side.refused(somebody()))
    others = world.queue_up(2)
    take_turns(world.destination)
    assert [(one.state, one.reason, one.tries) for one in refreshed([bad, *others])] == [
        (FAILED, expected.cause, 1), (DELIVERED, "", 1), (DELIVERED, "", 1),
    ]  # fmt: skip
    (attempt,) = attempts_of(bad)
    assert (attempt.result, attempt.cause) == (AttemptResult.REJECTED, expected.cause)
    gate = gate_of(world.destination)
    assert (gate.paused_at, gate.held_until) == (None, None)
    assert world.holds(others)


def test_what_was_refused_goes_once_somebody_has_seen_to_it(meet: Meet) -> None:
    world = meet("https")
    refused = world.queue(world.far_side.refused(somebody()))
    take_turns(world.destination)
    job = ResendJob(destination=world.destination, states=[DeliveryState.FAILED])
    resend_jobs.ask(job)
    assert resend_jobs.work_off(job.pk).destinations == {world.destination.pk}
    take_turns(world.destination)
    assert [(one.state, one.reason, one.tries) for one in refreshed([refused])] == [(DELIVERED, "", 1)]
    assert world.holds([refused])


def test_a_request_of_ours_that_marketo_finds_faulty_waits_for_a_person(meet: Meet) -> None:
    world, fault = meet("marketo"), '{"requestId":"a#1","success":false,"errors":[{"code":"609","message":"JSON"}]}'
    world.meets(Action.RESPOND, status=200, headers={"Content-Type": "application/json"}, body=fault)
    delivery = world.queue()
    take_turns(world.destination)
    assert [(one.state, one.reason) for one in refreshed([delivery])] == [(FAILED, "marketo_request_faulty")]
    assert [attempt.result for attempt in attempts_of(delivery)] == [AttemptResult.DEFECT]
    gate = gate_of(world.destination)
    assert (gate.paused_at, gate.held_until) == (None, None)
