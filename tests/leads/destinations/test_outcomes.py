"""Every kind, every way a try can end: what is left of it in the delivery, the attempt and the gate."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.contract import Arrival
from integrations.registry import KINDS
from leads.delivery.retrying import Selection, retry_in_pages
from leads.delivery.turn import deliver_next_batch
from leads.states import AttemptResult, DeliveryState, Priority
from tests.leads.destinations.conftest import Meet
from tests.leads.destinations.far_sides import MARKETO, SALESFORCE, SIDES
from tests.leads.destinations.turns import attempts_of, gate_of, hold_passes, refreshed, take_turns, waits_pass
from tests.leads.destinations.world import World

pytestmark = pytest.mark.django_db
QUEUED, DELIVERED, FAILED = DeliveryState.QUEUED, DeliveryState.DELIVERED, DeliveryState.FAILED

WITH_TOKENS = [kind for kind, side in SIDES.items() if side.token_path]
THAT_REFUSE_ONE = [kind for kind, side in SIDES.items() if side.refusal]
THAT_TELL_REPEATS = [kind for kind, side in SIDES.items() if side.repeated]


def test_every_kind_is_tried_here() -> None:
    assert set(SIDES) == {kind for kind in KINDS if not kind.startswith("scripted")}


def test_delivered(world: World) -> None:
    delivery = world.queue()
    take_turns(world.destination)
    (delivery,) = refreshed([delivery])
    assert (delivery.state, delivery.reason, delivery.tries, delivery.lost_claims) == (DELIVERED, "", 1, 0)
    assert (delivery.arrival, delivery.claim_id) == (world.side.arrives, None)
    assert bool(delivery.external_id) == (world.side.arrives is Arrival.CREATED)
    (attempt,) = attempts_of(delivery)
    assert (attempt.result, attempt.cause, attempt.is_late) == (AttemptResult.DELIVERED, "", False)
    assert attempt.http_status in (200, 201, 204)
    assert delivery.touch.email in attempt.exchange["request_body"].replace("%40", "@")
    gate = gate_of(world.destination)
    assert gate.last_success_at is not None
    assert (gate.last_failure_at, gate.paused_at, gate.held_until) == (None, None, None)
    assert world.holds(delivery)


def test_who_is_known_there_already_is_updated(meet: Meet) -> None:
    world = meet(MARKETO)
    first, second = world.queue(email="mina@fabrikam.example"), world.queue(email="mina@fabrikam.example")
    take_turns(world.destination)
    first, second = refreshed([first, second])
    assert [first.arrival, second.arrival] == [Arrival.CREATED, Arrival.UPDATED]
    assert (second.state, second.external_id) == (DELIVERED, first.external_id)
    assert world.addresses_there() == ["mina@fabrikam.example"]


@pytest.mark.parametrize("kind", THAT_TELL_REPEATS)
def test_an_answer_that_got_lost_is_asked_for_again_and_makes_no_second_record(meet: Meet, kind: str) -> None:
    world = meet(SIDES[kind])
    world.fails(action="commit_then_drop")
    delivery = world.queue()
    take_turns(world.destination)
    (waiting,) = refreshed([delivery])
    assert (waiting.state, waiting.tries, waiting.priority) == (QUEUED, 1, Priority.RETRY)
    assert [attempt.result for attempt in attempts_of(delivery)] == [AttemptResult.UNANSWERED]
    assert world.holds(delivery)
    waits_pass()
    take_turns(world.destination)
    (delivery,) = refreshed([delivery])
    assert (delivery.state, delivery.arrival, delivery.tries) == (DELIVERED, world.side.repeated, 2)
    assert [attempt.result for attempt in attempts_of(delivery)] == [AttemptResult.UNANSWERED, AttemptResult.DELIVERED]
    assert world.holds(delivery)


def test_marketo_has_time_to_end_its_work_before_the_second_try(meet: Meet) -> None:
    world = meet(MARKETO)
    world.fails(action="commit_then_drop")
    delivery = world.queue()
    take_turns(world.destination)
    assert refreshed([delivery])[0].next_attempt_at > timezone.now() + timedelta(seconds=85)


def test_a_server_in_trouble_is_tried_again_until_it_is_well(world: World) -> None:
    world.fails(action="respond", status=503, times=3)
    delivery = world.queue()
    for tries, wait in ((1, timedelta(seconds=10)), (2, timedelta(minutes=1)), (3, timedelta(minutes=5))):
        take_turns(world.destination)
        calls = world.calls(world.side.path)
        (delivery,) = refreshed([delivery])
        assert (delivery.state, delivery.reason, delivery.tries) == (QUEUED, "server_trouble", tries)
        assert wait * 0.8 - timedelta(seconds=3) < delivery.next_attempt_at - timezone.now() <= wait * 1.2
        take_turns(world.destination)
        assert world.calls(world.side.path) == calls == tries
        waits_pass()
    take_turns(world.destination)
    (delivery,) = refreshed([delivery])
    assert (delivery.state, delivery.tries, delivery.arrival) == (DELIVERED, 4, world.side.arrives)
    results = [(attempt.result, attempt.http_status) for attempt in attempts_of(delivery)]
    assert results[:3] == [(AttemptResult.TEMPORARY, 503)] * 3
    assert results[3][0] == AttemptResult.DELIVERED
    assert world.holds(delivery)
    gate = gate_of(world.destination)
    assert (gate.paused_at, gate.held_until) == (None, None)


def test_told_to_slow_down_nothing_is_called_before_the_time(world: World) -> None:
    first, others = world.queue(), world.queue_up(2)
    world.fails(**world.side.throttle)
    take_turns(world.destination)
    gate, calls = gate_of(world.destination), world.calls()
    assert gate.held_until is not None
    hold = timedelta(seconds=world.side.hold)
    assert hold - timedelta(seconds=3) < gate.held_until - timezone.now() <= hold * 1.1
    assert (gate.holds_in_a_row, gate.paused_at) == (1, None)
    for delivery in refreshed([first, *others]):
        assert (delivery.state, delivery.tries, delivery.priority) == (QUEUED, 0, Priority.FRESH)
    assert [attempt.result for attempt in attempts_of(first)] == [AttemptResult.THROTTLED]
    assert deliver_next_batch(world.destination) is False
    assert world.calls() == calls
    hold_passes(world.destination)
    take_turns(world.destination)
    assert [(one.state, one.tries) for one in refreshed([first, *others])] == [(DELIVERED, 1)] * 3
    assert world.holds(first, *others)
    assert gate_of(world.destination).holds_in_a_row == 0


@pytest.mark.parametrize("kind", WITH_TOKENS)
def test_a_token_that_is_refused_once_costs_nobody_a_try(meet: Meet, kind: str) -> None:
    world = meet(SIDES[kind])
    first = world.queue()
    take_turns(world.destination)
    assert world.calls(world.side.token_path) == 1
    world.system.control("tokens/revoke", {})
    second = world.queue()
    take_turns(world.destination)
    (second,) = refreshed([second])
    assert (second.state, second.tries) == (DELIVERED, 1)
    assert [attempt.result for attempt in attempts_of(second)] == [AttemptResult.DELIVERED]
    assert world.calls(world.side.token_path) == 2
    assert world.holds(first, second)
    assert gate_of(world.destination).last_failure_at is None


@pytest.mark.parametrize("kind", THAT_REFUSE_ONE)
def test_a_lead_that_is_refused_fails_alone(meet: Meet, kind: str) -> None:
    world = meet(SIDES[kind])
    good, bad, another = world.queue(), world.queue(**world.side.bad), world.queue()
    take_turns(world.destination)
    assert [(one.state, one.reason, one.tries) for one in refreshed([good, bad, another])] == [
        (DELIVERED, "", 1), (FAILED, world.side.refusal, 1), (DELIVERED, "", 1),
    ]  # fmt: skip
    (attempt,) = attempts_of(bad)
    assert (attempt.result, attempt.cause) == (AttemptResult.REJECTED, world.side.refusal)
    gate = gate_of(world.destination)
    assert (gate.paused_at, gate.held_until) == (None, None)
    assert world.holds(good, another)


def test_a_receiver_that_refuses_one_lead_gets_the_others(meet: Meet) -> None:
    world = meet(SIDES["https"])
    world.fails(action="respond", status=422, body="no")
    deliveries = world.queue_up(3)
    take_turns(world.destination)
    assert [one.state for one in refreshed(deliveries)] == [FAILED, DELIVERED, DELIVERED]
    assert [one.reason for one in refreshed(deliveries)] == ["record_refused", "", ""]
    assert world.holds(*deliveries[1:])


def test_what_was_refused_goes_once_the_rule_over_there_is_gone(meet: Meet) -> None:
    world = meet(SALESFORCE)
    bad = world.queue(**world.side.bad)
    take_turns(world.destination)
    world.told({"rules": {"refused_company": None}})
    assert list(retry_in_pages(Selection(destination=world.destination).deliveries())) == [1]
    take_turns(world.destination)
    assert [(one.state, one.reason, one.tries) for one in refreshed([bad])] == [(DELIVERED, "", 1)]
    assert world.holds(bad)


def test_a_request_of_ours_that_marketo_finds_faulty_waits_for_a_person(meet: Meet) -> None:
    world = meet(MARKETO)
    world.told({"planned_errors": [{"codes": ["609"], "times": 1, "kept": False, "path": "/rest/"}]})
    delivery = world.queue()
    take_turns(world.destination)
    assert [(one.state, one.reason) for one in refreshed([delivery])] == [(FAILED, "marketo_request_faulty")]
    assert [attempt.result for attempt in attempts_of(delivery)] == [AttemptResult.DEFECT]
    gate = gate_of(world.destination)
    assert (gate.paused_at, gate.held_until) == (None, None)
