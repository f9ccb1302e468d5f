"""“Send a test lead” in the admin, to every kind: said in words, and taken away again where the system allows."""

import re

import pytest
from django.test import Client
from django.utils.html import escape

from integrations.contract import Arrival
from integrations.diagnosis import CATALOGUE
from leads.delivery.test_lead import ARRIVED
from leads.models import Attempt, Delivery, DestinationGate
from tests.integrations.connectors.contract.far_side import Action
from tests.leads.admin.places import button_of, page_of
from tests.leads.delivery.asked import test_lead_of, work_off
from tests.leads.destinations.world import World

pytestmark = pytest.mark.django_db


def pressed(client: Client, world: World) -> tuple[str, str]:
    """Result and words of the test lead, as the page shows them."""
    client.post(button_of(world.destination, "test_lead"))
    work_off()
    (step,) = test_lead_of(world.destination).in_words
    assert escape(step["detail"]) in client.get(page_of(world.destination)).text
    return step["result"], step["detail"]


def assert_says(message: str, cause: str) -> None:
    """What the cause means, as far as it speaks of no names."""
    beginning = re.split(r"[\[{]", str(CATALOGUE[cause].meaning))[0]
    assert len(beginning) > len("The ")
    assert message.startswith(beginning)


def test_it_arrives_and_is_taken_away_where_that_is_possible(world: World, ops: Client) -> None:
    removes = world.far_side.removes
    result = "warning" if world.far_side.arrival is Arrival.UNCONFIRMED else "passed"
    after = "It was removed again over there." if removes else "It stays over there: delete it by hand."
    assert pressed(ops, world) == (result, f"{ARRIVED[world.far_side.arrival]} {after}")
    assert world.writes() == 1
    found = world.far_side.records()
    assert len(found) == (0 if removes else 1)
    assert [stored.fields["email"] for stored in found] == ["lead-crm-test@example.com"] * len(found)


def test_nothing_of_it_is_kept_here_and_the_gate_stays_as_it_is(world: World, ops: Client) -> None:
    before = DestinationGate.objects.values().get()
    pressed(ops, world)
    assert (Delivery.objects.count(), Attempt.objects.count()) == (0, 0)
    assert DestinationGate.objects.values().get() == before


def test_settings_that_are_wrong_are_named_with_the_remedy(mistyped: World, ops: Client) -> None:
    result, message = pressed(ops, mistyped)
    assert result == "failed"
    assert_says(message, mistyped.far_side.refuses_credentials.cause)
    assert mistyped.far_side.records() == []


def test_an_answer_that_is_missing_is_no_success(world: World, ops: Client) -> None:
    world.meets(Action.DROP_BEFORE)
    result, message = pressed(ops, world)
    assert result == "failed"
    assert_says(message, "connection_lost")
    assert world.far_side.records() == []
