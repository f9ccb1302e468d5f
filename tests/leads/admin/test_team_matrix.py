"""Who reaches which lead: every group, against leads of their own, of their team, of another team and of nobody, by
every way there is."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.models import Delivery, Lead
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import DeliveryState
from tests.factories import make_delivery, make_lead, make_team, make_token, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import NO_GROUP, address_of, button_of, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAME = "Zaphodina"
OWN, TEAM, OTHER_TEAM, NOBODYS = "own", "of the team", "of another team", "nobody's"
WHOSE = (OWN, TEAM, OTHER_TEAM, NOBODYS)
SEES = {
    NO_GROUP: set[str](),
    SALES: {OWN, TEAM, NOBODYS},
    SALES_LEAD: {OWN, TEAM, NOBODYS},
    OPS: set(WHOSE),
    OWNER: set(WHOSE),
}
CHANGES = {SALES, SALES_LEAD, OWNER}


class Place(NamedTuple):
    """Somebody who looks for a lead; ``bearer`` is how they sign in to the API."""

    client: Client
    user: User
    lead: Lead
    delivery: Delivery
    bearer: dict[str, str]


def place(enter: Enter, group: str, whose: str) -> Place:
    user = make_user(*([] if group == NO_GROUP else [group]), is_staff=True)
    mate, stranger = make_user(SALES), make_user(SALES)
    if group == SALES_LEAD:
        make_team(mate, leader=user)
    else:
        make_team(mate, user)
    make_team(stranger)
    owner = {OWN: user, TEAM: mate, OTHER_TEAM: stranger, NOBODYS: None}[whose]
    lead = make_lead(owner=owner, first_name=NAME, search_text=NAME.upper())
    delivery = make_delivery(touch=make_touch(lead), state=DeliveryState.FAILED)
    return Place(enter(user=user), user, lead, delivery, {"authorization": f"Bearer {make_token(user)}"})


def shows(address: Callable[[Place], str]) -> Callable[[Place], bool]:
    return lambda at: NAME in at.client.get(address(at)).text


def in_api(address: Callable[[Place], str]) -> Callable[[Place], bool]:
    def look(at: Place) -> bool:
        answer = at.client.get(f"/api/v1/{address(at)}", headers=at.bearer)
        return answer.status_code == 200 and str(at.lead.pk) in answer.text

    return look


def changes(row: Callable[[Place], Any], action: str, **posted: str) -> Callable[[Place], bool]:
    def press(at: Place) -> bool:
        before = row(at).__class__.objects.filter(pk=row(at).pk).values().get()
        at.client.post(button_of(row(at), action), posted)
        return bool(row(at).__class__.objects.filter(pk=row(at).pk).values().get() != before)

    return press


WAYS_TO_SEE: dict[str, Callable[[Place], bool]] = {
    "list": shows(lambda at: "/admin/leads/lead/"),
    "search in the list": shows(lambda at: "/admin/leads/lead/?q=zaphodina"),
    "search over everything": shows(lambda at: f"{address_of('search')}?s=zaphodina"),
    "card": shows(lambda at: page_of(at.lead)),
    "fold": lambda at: at.client.get(address_of("leads_lead_fold", at.lead.pk)).status_code == 200,
    "history": lambda at: at.client.get(address_of("leads_lead_history", at.lead.pk)).status_code == 200,
    "deliveries": shows(lambda at: "/admin/leads/delivery/"),
    "delivery": shows(lambda at: page_of(at.delivery)),
    "API: leads": in_api(lambda at: "leads"),
    "API: search": in_api(lambda at: "leads?search=zaphodina"),
    "API: lead": in_api(lambda at: f"leads/{at.lead.pk}"),
    "API: touches": in_api(lambda at: "touches"),
    "API: deliveries": in_api(lambda at: "deliveries"),
    "API: delivery": in_api(lambda at: f"deliveries/{at.delivery.pk}"),
}
WAYS_TO_CHANGE: dict[str, Callable[[Place], bool]] = {
    "move": changes(lambda at: at.lead, "move", stage="contacted"),
    "snooze": changes(lambda at: at.lead, "snooze", until="tomorrow"),
    "compose": changes(lambda at: at.lead, "compose", kind="call", outcome="reached"),
    "give": changes(lambda at: at.lead, "give", to=""),
    "delivery": changes(lambda at: at.delivery, "try_again"),
}


@pytest.mark.parametrize("whose", WHOSE)
@pytest.mark.parametrize("group", SEES)
def test_a_lead_is_seen_by_every_way_or_by_none(enter: Enter, group: str, whose: str) -> None:
    at = place(enter, group, whose)
    expected = whose in SEES[group]
    assert {way: look(at) for way, look in WAYS_TO_SEE.items()} == dict.fromkeys(WAYS_TO_SEE, expected)


@pytest.mark.parametrize("whose", WHOSE)
@pytest.mark.parametrize("group", SEES)
def test_a_lead_is_changed_by_whoever_sees_it_and_works_on_leads(enter: Enter, group: str, whose: str) -> None:
    at = place(enter, group, whose)
    works_on_it = whose in SEES[group] and group in CHANGES
    expected = dict.fromkeys(WAYS_TO_CHANGE, works_on_it)
    expected["give"] = works_on_it and whose != NOBODYS  # back to nobody, whose it is
    expected["delivery"] = whose in SEES[group]  # whoever looks after deliveries may, too
    assert {way: press(at) for way, press in WAYS_TO_CHANGE.items()} == expected
