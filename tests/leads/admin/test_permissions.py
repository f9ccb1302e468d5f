"""Every group against every page, every button and every list action."""

import pytest
from django.contrib import admin
from django.test import Client

from leads.admin.theme import ModelAdmin
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import (
    BUTTONS,
    GROUPS,
    LIST_ACTIONS,
    NO_GROUP,
    PAGES,
    address_of,
    button_of,
    list_of,
    routed_names,
)
from tests.leads.admin.rows import all_rows

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def client_of(enter: Enter, group: str) -> Client:
    return enter() if group == NO_GROUP else enter(group)


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_sees_exactly_the_pages_that_its_permissions_say(enter: Enter, group: str) -> None:
    client = client_of(enter, group)
    seen = {name: client.get(address_of(name, *page.arguments())).status_code for name, page in PAGES.items()}
    assert seen == {name: page.expected(group) for name, page in PAGES.items()}


def test_without_signing_in_every_page_leads_to_the_sign_in(client: Client, db: None) -> None:
    seen = {}
    for name, page in PAGES.items():
        answer = client.get(address_of(name, *page.arguments()))
        seen[name] = (answer.status_code, answer.headers.get("Location", "").partition("?")[0])
    expected = dict.fromkeys(PAGES, (302, "/admin/login/"))
    assert seen == expected | {"login": (200, ""), "logout": (302, "/admin/")}


def test_the_table_of_pages_holds_every_address_of_the_admin() -> None:
    """The two without a name: the old addresses of rows, and everything else, which is not found."""
    assert set(routed_names()) - {None} == PAGES.keys()


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", BUTTONS)
def test_each_group_may_press_exactly_the_buttons_that_its_permissions_say(enter: Enter, name: str, group: str) -> None:
    button = BUTTONS[name]
    row, client = button.make(), client_of(enter, group)
    before = all_rows()
    answer = client.post(button_of(row, name.partition(".")[2]), button.posted(row))
    if group in button.allowed:
        assert answer.status_code == 302
        assert all_rows() != before
    else:
        assert answer.status_code == 403
        assert all_rows() == before


@pytest.mark.parametrize("name", BUTTONS)
def test_nobody_presses_a_button_without_signing_in(client: Client, name: str) -> None:
    button = BUTTONS[name]
    row = button.make()
    before = all_rows()
    answer = client.post(button_of(row, name.partition(".")[2]), button.posted(row))
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/")
    assert all_rows() == before


def test_the_table_of_buttons_holds_every_post_action() -> None:
    found = {
        f"{model._meta.model_name}.{name}"
        for model, model_admin in admin.site._registry.items()
        for name in dir(type(model_admin))
        if getattr(getattr(type(model_admin), name), "is_post_action", False)
    }
    assert found == BUTTONS.keys()


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", LIST_ACTIONS)
def test_each_group_may_use_exactly_the_list_actions_that_its_permissions_say(
    enter: Enter, name: str, group: str
) -> None:
    action = LIST_ACTIONS[name]
    row, client = action.make(), client_of(enter, group)
    before = all_rows()
    posted = {"action": name.partition(".")[2], "_selected_action": [str(row.pk)]} | action.posted(row)
    answer = client.post(list_of(row), posted)
    assert (all_rows() != before) == (group in action.allowed)
    assert answer.status_code in ({302} if group in action.allowed else {302, 403, 200})


def test_the_table_of_list_actions_holds_every_action_of_every_list() -> None:
    found = {
        f"{model._meta.model_name}.{getattr(action, '__name__', action)}"
        for model, model_admin in admin.site._registry.items()
        for action in model_admin.actions or ()
    }
    assert found == LIST_ACTIONS.keys()


def test_no_list_offers_to_delete_what_is_selected(owner: Client) -> None:
    for model in admin.site._registry:
        listed = owner.get(address_of(f"{model._meta.app_label}_{model._meta.model_name}_changelist"))
        assert "delete_selected" not in listed.text, model


def test_every_page_is_made_by_our_own_base_class() -> None:
    """Its defaults keep pages quick with a million rows, and filters from telling what may not be seen."""
    assert {type(page) for page in admin.site._registry.values() if not isinstance(page, ModelAdmin)} == set()
