"""Nobody knows whether it arrived: it is looked for where the far side cannot tell a repeat, or a person decides."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from integrations.contract import Arrival, Record
from leads.delivery import settling
from leads.delivery.claiming import claim_batch
from leads.delivery.connecting import connector_of
from leads.delivery.resend_plans import plan_of
from leads.delivery.sending import Turn
from leads.models import Delivery, ResendJob
from leads.states import AttemptResult, DeliveryState, Priority
from tests.integrations.connectors.contract.far_side import Action, Fault
from tests.leads.admin.places import button_of
from tests.leads.admin.shown import messages_of
from tests.leads.destinations.conftest import Meet
from tests.leads.destinations.turns import attempts_of, gate_of, take_turns, waits_pass
from tests.leads.destinations.world import World, kinds_that

pytestmark = pytest.mark.django_db
QUEUED, DELIVERED, FAILED = DeliveryState.QUEUED, DeliveryState.DELIVERED, DeliveryState.FAILED


def unanswered(world: World) -> Delivery:
    """It arrived over there, and nobody was told."""
    world.meets(Action.COMMIT_THEN_DROP)
    delivery = world.queue()
    take_turns(world.destination)
    delivery.refresh_from_db()
    return delivery


def test_it_waits_for_a_person_and_is_never_sent_again_by_itself(forgetful: World) -> None:
    delivery = unanswered(forgetful)
    assert (delivery.state, delivery.reason, delivery.tries) == (FAILED, "may_have_arrived", 1)
    (attempt,) = attempts_of(delivery)
    assert attempt.result == AttemptResult.UNANSWERED
    assert attempt.sent_at is not None
    waits_pass()
    take_turns(forgetful.destination)
    plan = plan_of(ResendJob(destination=forgetful.destination, states=[DeliveryState.FAILED]))
    assert (plan.found, plan.left_out) == (0, 1)
    assert forgetful.writes() == 1
    assert forgetful.holds([delivery])
    gate = gate_of(forgetful.destination)
    assert (gate.paused_at, gate.held_until) == (None, None)


def test_it_arrived(forgetful: World, ops: Client) -> None:
    delivery = unanswered(forgetful)
    answer = ops.post(button_of(delivery, "arrived_there"), follow=True)
    assert messages_of(answer) == ["Marked as arrived."]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (DELIVERED, "")
    take_turns(forgetful.destination)
    assert forgetful.writes() == 1


def test_send_again(forgetful: World, ops: Client) -> None:
    delivery = unanswered(forgetful)
    answer = ops.post(button_of(delivery, "try_again"), follow=True)
    assert messages_of(answer) == ["Tried again now."]
    take_turns(forgetful.destination)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.tries) == (DELIVERED, "", 1)
    assert [attempt.result for attempt in attempts_of(delivery)] == [AttemptResult.UNANSWERED, AttemptResult.DELIVERED]
    assert forgetful.writes() == 2


def test_others_go_on(forgetful: World) -> None:
    forgetful.meets(Action.COMMIT_THEN_DROP)
    lost = forgetful.queue()
    take_turns(forgetful.destination)
    others = forgetful.queue_up(2)
    take_turns(forgetful.destination)
    assert [Delivery.objects.get(pk=one.pk).state for one in (lost, *others)] == [FAILED, DELIVERED, DELIVERED]
    assert forgetful.holds([lost, *others])


def lost_with_its_worker(world: World, record: Record | None = None) -> Delivery:
    """Sent, and the worker was gone before it could write down what came of it."""
    delivery = world.queue(record)
    connector = connector_of(world.destination)
    claim = claim_batch(world.destination.pk, batch_limit=connector.batch_limit)
    assert claim is not None
    assert len([sent for group in Turn(claim, connector).run() for sent in group]) == 1
    Delivery.objects.filter(pk=delivery.pk).update(claimed_until=Now() - timedelta(seconds=1))
    return delivery


@kinds_that(lambda far_side: far_side.recognises_repeats)
def test_what_a_dead_worker_sent_is_sent_again_and_makes_no_second_record(meet: Meet, kind: str) -> None:
    world = meet(kind)
    delivery = lost_with_its_worker(world)
    assert settling.settle_expired_claims() == {world.destination.pk}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.lost_claims) == (QUEUED, "claim_lost", 1)
    take_turns(world.destination)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.arrival, delivery.lost_claims) == (DELIVERED, world.far_side.repeat, 0)
    assert delivery.priority == Priority.FRESH
    assert world.holds([delivery])


def test_what_a_dead_worker_sent_waits_for_a_person(forgetful: World) -> None:
    delivery = lost_with_its_worker(forgetful)
    settling.settle_expired_claims()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (FAILED, "may_have_arrived")
    assert [attempt.result for attempt in attempts_of(delivery)] == [AttemptResult.UNANSWERED]
    take_turns(forgetful.destination)
    assert forgetful.writes() == 1
    assert forgetful.holds([delivery])


# --- Where it can be looked for ---------------------------------------------------------------------------------------


def in_doubt(world: World, action: Action) -> Delivery:
    world.meets(action)
    delivery = world.queue(world.far_side.searched().record)
    take_turns(world.destination)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.priority) == (QUEUED, 1, Priority.RETRY)
    assert delivery.look_from is not None
    return delivery


def looked_for(world: World, delivery: Delivery) -> Delivery:
    """The time for it has come, over there as well."""
    world.far_side.index_catches_up()
    waits_pass()
    take_turns(world.destination)
    delivery.refresh_from_db()
    return delivery


def notes_of(delivery: Delivery) -> list[list[str]]:
    return [[note["code"] for note in attempt.notes] for attempt in attempts_of(delivery)]


def test_what_arrived_is_found_and_nobody_is_asked(searched: World) -> None:
    delivery = in_doubt(searched, Action.COMMIT_THEN_DROP)
    calls = searched.far_side.calls()
    Delivery.objects.update(next_attempt_at=Now())
    take_turns(searched.destination)
    assert searched.far_side.calls() == calls, "not before a search would show it"
    delivery = looked_for(searched, delivery)
    assert (delivery.state, delivery.arrival, delivery.tries) == (DELIVERED, Arrival.ALREADY_THERE, 2)
    assert (delivery.reason, delivery.look_from) == ("", None)
    assert delivery.external_id
    assert searched.holds([delivery])
    assert searched.writes() == 1
    assert notes_of(delivery) == [[], ["found"]]
    assert attempts_of(delivery)[0].sent_at is not None


def test_what_did_not_arrive_is_sent_by_the_second_try(searched: World) -> None:
    delivery = looked_for(searched, in_doubt(searched, Action.DROP_BEFORE))
    assert (delivery.state, delivery.arrival, delivery.tries) == (DELIVERED, Arrival.CREATED, 2)
    assert searched.holds([delivery])
    assert searched.writes() == 2
    assert notes_of(delivery) == [[], ["not_found"]]


def test_a_search_that_fails_sends_nothing(searched: World) -> None:
    delivery = in_doubt(searched, Action.COMMIT_THEN_DROP)
    searched.far_side.meet_search(Fault(action=Action.RESPOND, status=503))
    delivery = looked_for(searched, delivery)
    assert (delivery.state, delivery.reason, delivery.tries) == (QUEUED, "server_trouble", 2)
    assert delivery.look_from is not None
    assert searched.writes() == 1
    delivery = looked_for(searched, delivery)
    assert (delivery.state, delivery.arrival, delivery.tries) == (DELIVERED, Arrival.ALREADY_THERE, 3)
    assert notes_of(delivery) == [[], ["not_found_out"], ["found"]]
    assert searched.holds([delivery])


def test_a_batch_of_which_nobody_heard_is_looked_for_one_by_one(searched: World) -> None:
    record = searched.far_side.searched().record
    deliveries = [searched.queue(replace(record, last_name=f"Quetzalez-{number}")) for number in range(3)]
    searched.meets(Action.COMMIT_THEN_DROP)
    take_turns(searched.destination)
    deliveries = [looked_for(searched, delivery) for delivery in deliveries]
    assert {delivery.state for delivery in deliveries} == {DELIVERED}
    assert searched.holds(deliveries)


def test_what_a_dead_worker_sent_is_looked_for(searched: World) -> None:
    delivery = lost_with_its_worker(searched, searched.far_side.searched().record)
    settling.settle_expired_claims()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (QUEUED, "claim_lost")
    assert delivery.look_from is not None
    delivery = looked_for(searched, delivery)
    assert (delivery.state, delivery.arrival) == (DELIVERED, Arrival.ALREADY_THERE)
    assert searched.holds([delivery])
    assert searched.writes() == 1


def test_sent_again_by_a_person_after_the_last_try_it_is_looked_for_first(searched: World, ops: Client) -> None:
    delivery = in_doubt(searched, Action.COMMIT_THEN_DROP)
    Delivery.objects.update(state=FAILED, reason="may_have_arrived")
    ops.post(button_of(delivery, "try_again"))
    delivery = looked_for(searched, delivery)
    assert (delivery.state, delivery.arrival, delivery.tries) == (DELIVERED, Arrival.ALREADY_THERE, 1)
    assert searched.writes() == 1
