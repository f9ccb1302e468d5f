"""Nobody knows whether it arrived: where the far side cannot tell a repeat, a person decides."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from leads.delivery import settling
from leads.delivery.claiming import claim_batch
from leads.delivery.connecting import connector_of
from leads.delivery.resend_plans import plan_of
from leads.delivery.sending import Turn
from leads.models import Delivery, ResendJob
from leads.states import AttemptResult, DeliveryState, Priority
from tests.integrations.connectors.contract.far_side import Action
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


def lost_with_its_worker(world: World) -> Delivery:
    """Sent, and the worker was gone before it could write down what came of it."""
    delivery = world.queue()
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
