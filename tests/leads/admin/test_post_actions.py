"""What every button has in common: POST only, with its token, on a row that is there, back to where it was pressed."""

import uuid
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from leads.models import Delivery
from leads.roles import OWNER
from leads.states import DeliveryState
from tests.factories import make_delivery, make_lead
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import BUTTONS, LIST_ACTIONS, NOTE, address_of, button_of, list_of, page_of
from tests.leads.admin.rows import Rows, all_rows

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


FOREIGN = ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "http:///evil.example", "/\\evil.example")


OF_OWNERS = sorted(name for name, button in BUTTONS.items() if OWNER in button.allowed)
"""Without those that are for who asked alone."""


def press(client: Client, name: str, row: Any, **extra: Any) -> Any:
    return client.post(button_of(row, name.partition(".")[2]), BUTTONS[name].posted(row) | extra)


def without_times(rows: Rows) -> Rows:
    """Without the log, which notes what was done, and the passing of time."""
    return {label: found for label, found in rows.items() if label not in ("admin.LogEntry", "auth.User")}


@pytest.mark.parametrize("name", BUTTONS)
def test_looking_at_a_buttons_address_changes_nothing(owner: Client, name: str) -> None:
    row = BUTTONS[name].make()
    before = all_rows()
    for method in ("get", "head", "put", "patch", "delete"):
        answer = getattr(owner, method)(button_of(row, name.partition(".")[2]))
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert all_rows() == before


@pytest.mark.parametrize("name", BUTTONS)
def test_a_button_without_the_pages_token_does_nothing(enter: Enter, name: str) -> None:
    row, client = BUTTONS[name].make(), enter(OWNER, enforce_csrf_checks=True)
    before = all_rows()
    answer = press(client, name, row)
    assert answer.status_code == 403
    assert "Nothing was changed. Go back, load the page again" in answer.text
    assert all_rows() == before


@pytest.mark.parametrize("name", OF_OWNERS)
def test_a_button_with_the_pages_token_works(enter: Enter, name: str) -> None:
    row, client = BUTTONS[name].make(), enter(OWNER, enforce_csrf_checks=True)
    client.get(page_of(row))
    before = all_rows()
    answer = press(client, name, row, csrfmiddlewaretoken=client.cookies["csrftoken"].value)
    assert answer.status_code == 302
    assert all_rows() != before


@pytest.mark.parametrize("name", LIST_ACTIONS)
def test_a_list_action_without_the_pages_token_does_nothing(enter: Enter, name: str) -> None:
    row, client = LIST_ACTIONS[name].make(), enter(OWNER, enforce_csrf_checks=True)
    before = all_rows()
    answer = client.post(list_of(row), {"action": name.partition(".")[2], "_selected_action": [str(row.pk)]})
    assert answer.status_code == 403
    assert all_rows() == before


@pytest.mark.parametrize("name", BUTTONS)
def test_a_button_for_a_row_that_is_not_there_says_so(owner: Client, name: str) -> None:
    row = BUTTONS[name].make()
    before = all_rows()
    known = button_of(row, name.partition(".")[2])
    for unknown in (str(uuid.uuid4()), "4711", "no-id", "%00", "x/y"):
        answer = owner.post(known.replace(f"/{row.pk}/", f"/{unknown}/"))
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert all_rows() == before
    assert all("doesn’t exist" in str(message) for message in get_messages(answer.wsgi_request))


@pytest.mark.parametrize("action", ["delete", "save-model", "say", "act-view", "card", "__init__", "no_such"])
def test_only_what_is_marked_as_a_button_can_be_pressed(owner: Client, action: str) -> None:
    row = make_delivery()
    before = all_rows()
    answer = owner.post(address_of("leads_delivery_do", row.pk, action))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert all_rows() == before


@pytest.mark.parametrize("name", OF_OWNERS)
def test_a_second_press_changes_nothing_more_and_says_so(owner: Client, name: str) -> None:
    row = BUTTONS[name].make()
    posted = BUTTONS[name].posted(row)
    address = button_of(row, name.partition(".")[2])
    owner.post(address, posted)
    once = without_times(all_rows())
    answer = owner.post(address, posted, follow=True)
    assert without_times(all_rows()) == once
    assert [message.level_tag for message in answer.context["messages"]] == list(BUTTONS[name].says)


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_button_never_leads_to_a_foreign_address(owner: Client, foreign: str) -> None:
    lead = make_lead()
    answer = owner.post(button_of(lead, "move"), {"stage": "contacted", "next": foreign})
    assert answer.headers["Location"] == page_of(lead)


def test_a_button_leads_back_to_where_it_was_pressed(owner: Client) -> None:
    failed = make_delivery(state=DeliveryState.FAILED)
    came_from = f"{page_of(failed.touch.lead)}?_changelist_filters=stage%3Dnew"
    answer = owner.post(button_of(failed, "try_again"), {"next": came_from})
    assert answer.headers["Location"] == came_from


WRONG_STATES = {
    "try_again": {DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.WITHHELD},
    "give_up": {DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.WITHHELD, DeliveryState.CANCELLED},
    "arrived_there": set(DeliveryState),
    "send_again": set(DeliveryState) - {DeliveryState.DELIVERED},
    "release": set(DeliveryState) - {DeliveryState.WITHHELD},
}


@pytest.mark.parametrize(
    ("action", "state"), [(action, state) for action, states in WRONG_STATES.items() for state in sorted(states)]
)
def test_a_delivery_in_another_state_stays_as_it_is(owner: Client, action: str, state: DeliveryState) -> None:
    row = make_delivery(state=state)
    before = Delivery.objects.values().get()
    answer = owner.post(button_of(row, action), NOTE, follow=True)
    assert Delivery.objects.values().get() == before
    assert [str(message) for message in answer.context["messages"]] == [
        "Nothing changed: the state is another one by now."
    ]
