"""Settings that are wrong: one lead finds out, the others wait; put right and checked, all of them go, each once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leads.delivery.gate import resume
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery
from leads.states import AttemptResult, DeliveryState, PausedBy
from tests.leads.admin.places import button_of, page_of
from tests.leads.delivery.asked import work_off
from tests.leads.destinations.turns import check_falls_due, gate_of, refreshed, take_turns
from tests.leads.destinations.world import World, entered

pytestmark = pytest.mark.django_db
QUEUED, DELIVERED = DeliveryState.QUEUED, DeliveryState.DELIVERED


def put_right(world: World, owner: Client) -> None:
    typed = world.far_side.typed(world.far_side.url)
    answer = owner.post(page_of(world.destination), entered(world.far_side.kind, typed))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    world.destination.refresh_from_db()


def assert_paused(world: World, deliveries: list[Delivery]) -> None:
    expected, gate = world.far_side.refuses_credentials, gate_of(world.destination)
    assert gate.paused_at is not None
    assert (gate.paused_by, gate.pause_cause, gate.held_until) == (PausedBy.MACHINE, expected.cause, None)
    assert (gate.next_check_at is not None) is gate.resumes_itself
    assert [(one.state, one.tries) for one in refreshed(deliveries)] == [(QUEUED, 0)] * len(deliveries)


def test_one_call_finds_out_and_everything_waits(mistyped: World) -> None:
    deliveries = mistyped.queue_up(4)
    take_turns(mistyped.destination)
    assert_paused(mistyped, deliveries)
    assert mistyped.far_side.calls() == 1
    for attempt in Attempt.objects.all():
        assert attempt.result == AttemptResult.MISCONFIGURED
        assert (attempt.cause, attempt.http_status) == mistyped.far_side.refuses_credentials[1:3]
    in_one_call = min(4, mistyped.far_side.most_in_call)
    assert Attempt.objects.count() == in_one_call
    assert deliver_next_batch(mistyped.destination) is False
    assert mistyped.far_side.calls() == 1
    assert mistyped.holds([])


def test_put_right_and_checked_all_of_them_go_each_once(mistyped: World, owner: Client) -> None:
    deliveries = mistyped.queue_up(4)
    take_turns(mistyped.destination)
    put_right(mistyped, owner)
    assert gate_of(mistyped.destination).paused_at is not None
    work_off()  # saving the settings asks for a check
    if not gate_of(mistyped.destination).resumes_itself:
        assert gate_of(mistyped.destination).paused_at is not None
        resume(mistyped.destination.pk)
    gate = gate_of(mistyped.destination)
    assert (gate.paused_at, gate.paused_by, gate.pause_cause, gate.next_check_at) == (None, "", "", None)
    take_turns(mistyped.destination)
    assert [(one.state, one.tries) for one in refreshed(deliveries)] == [(DELIVERED, 1)] * 4
    assert mistyped.holds(deliveries)
    assert gate_of(mistyped.destination).last_success_at is not None


def test_the_button_checks_and_lets_them_go(mistyped: World, owner: Client) -> None:
    deliveries = mistyped.queue_up(2)
    take_turns(mistyped.destination)
    put_right(mistyped, owner)
    owner.post(button_of(mistyped.destination, "check_now"))
    work_off()
    if not gate_of(mistyped.destination).resumes_itself:
        owner.post(button_of(mistyped.destination, "resume"))
    take_turns(mistyped.destination)
    assert [one.state for one in refreshed(deliveries)] == [DELIVERED] * 2
    assert mistyped.holds(deliveries)


def test_a_check_before_it_is_put_right_lets_nothing_go_astray(mistyped: World) -> None:
    """Where a check proves too little the destination resumes, and the next lead finds out again."""
    deliveries = mistyped.queue_up(3)
    take_turns(mistyped.destination)
    first = gate_of(mistyped.destination).next_check_at
    if first is None:
        assert not gate_of(mistyped.destination).resumes_itself
        work_off()
        assert_paused(mistyped, deliveries)
        return
    check_falls_due(mistyped.destination)
    work_off()
    resumed = gate_of(mistyped.destination).paused_at is None
    take_turns(mistyped.destination)
    assert_paused(mistyped, deliveries)
    second = gate_of(mistyped.destination).next_check_at
    assert second is not None
    assert second > first
    assert timedelta(minutes=29) < second - timezone.now() <= timedelta(minutes=30)
    assert Attempt.objects.count() == min(3, mistyped.far_side.most_in_call) * (1 + resumed)
    assert mistyped.holds([])


def test_who_may_not_write_pauses_the_destination(world: World) -> None:
    world.far_side.withhold_permission()
    deliveries = world.queue_up(3)
    take_turns(world.destination)
    gate, expected = gate_of(world.destination), world.far_side.refuses_permission
    assert (gate.paused_by, gate.pause_cause) == (PausedBy.MACHINE, expected.cause)
    found = refreshed(deliveries)
    assert [(one.state, one.tries) for one in found] == [(QUEUED, 0)] * 3
    assert found[0].reason == expected.cause
    assert world.writes() <= 1
    assert world.holds([])
