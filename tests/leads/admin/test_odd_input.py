"""What no page of ours ever sends is answered all the same, and changes nothing."""

import pytest
from django.contrib import admin
from django.test import Client

from leads.models import Route
from leads.roles import OPS, OWNER, SALES
from leads.states import DeliveryState, Stage
from tests.factories import make_delivery, make_destination, make_endpoint, make_lead, make_offer, make_route, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import LIST_ACTIONS, address_of, list_of, page_of
from tests.leads.admin.rows import all_rows
from tests.leads.admin.shown import errors_of, messages_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NO_KEYS = ["x", "1x", "²", "-1", "9" * 30, "1" * 5000, "\0", "null", "00000000-0000-0000-0000-000000000000"]
LISTS = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]


# --- addresses of rows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["change", "history", "delete"])
@pytest.mark.parametrize("name", LISTS)
def test_an_address_that_names_no_row_leads_to_the_overview(owner: Client, name: str, view: str) -> None:
    for key in NO_KEYS:
        answer = owner.get(address_of(f"{name}_{view}", key))
        assert answer.status_code in (302, 403), key
        assert answer.headers.get("Location", "/admin/") == "/admin/"


@pytest.mark.parametrize(("group", "seen", "saved"), [(SALES, 403, 403), (OPS, 302, 403), (OWNER, 302, 302)])
def test_an_endpoint_that_is_none_has_no_page(enter: Enter, group: str, seen: int, saved: int) -> None:
    client = enter(group)
    for key in NO_KEYS:
        address = address_of("leads_endpoint_change", key)
        assert (client.get(address).status_code, client.post(address).status_code) == (seen, saved), key


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LIST_ACTIONS)
def test_a_list_action_passes_over_what_names_no_row(owner: Client, name: str) -> None:
    row = LIST_ACTIONS[name].make()
    posted = {"action": name.partition(".")[2]} | LIST_ACTIONS[name].posted(row)
    before = all_rows()
    for key in NO_KEYS:
        answer = owner.post(list_of(row), posted | {"_selected_action": [key]}, follow=True)
        assert answer.status_code == 200, key
    assert all_rows() == before
    owner.post(list_of(row), posted | {"_selected_action": [*NO_KEYS, str(row.pk)]})
    assert all_rows() != before


def test_a_list_action_on_nothing_that_there_is_asks_to_choose_something(owner: Client) -> None:
    delivery = make_delivery(state=DeliveryState.FAILED)
    answer = owner.post(list_of(delivery), {"action": "retry_selected", "_selected_action": ["x"]}, follow=True)
    assert messages_of(answer) == [
        "Items must be selected in order to perform actions on them. No items have been changed."
    ]


@pytest.mark.parametrize(
    "query",
    ["stage__exact=%00", "stage__exact=new%00", "action=%00", "country=%00", "offer__id__exact=%00", "kind=%00"],
)
def test_a_nul_in_a_filter_brings_back_the_whole_list(owner: Client, query: str) -> None:
    lead = make_lead(stage=Stage.WON)
    answer = owner.get(f"{list_of(lead)}?{query}", follow=True)
    assert answer.redirect_chain == [(f"{list_of(lead)}?e=1", 302)]
    assert messages_of(answer) == ["A filter was not understood, so none is on. Filter the list anew."]
    assert list(answer.context["cl"].result_list) == [lead]


@pytest.mark.parametrize("name", ["leads_delivery", "leads_inboundrequest", "leads_notice"])
def test_a_nul_among_the_states_brings_back_the_whole_list(owner: Client, name: str) -> None:
    address = address_of(f"{name}_changelist")
    assert owner.get(f"{address}?state__in=failed,%00", follow=True).redirect_chain == [(f"{address}?e=1", 302)]


def test_a_nul_in_a_search_is_passed_over(owner: Client) -> None:
    lead = make_lead(search_text="MINA PARK")
    assert list(owner.get(f"{list_of(lead)}?q=mi%00na").context["cl"].result_list) == [lead]


@pytest.mark.parametrize(("number", "status"), [("1", 200), ("x", 404), ("-1", 404), ("2", 404), ("²", 404), ("", 404)])
def test_the_search_over_everything_has_only_the_pages_that_it_has(owner: Client, number: str, status: int) -> None:
    make_offer(name="Firewall")
    assert owner.get(address_of("search"), {"s": "fire", "extended": "1", "page": number}).status_code == status


# --- choices of rows in a form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", NO_KEYS)
def test_an_offer_that_is_none_is_refused_beside_its_field(owner: Client, named: str) -> None:
    posted = {"destination": make_destination().pk, "enabled": "on", "offers": [make_offer().pk, named]}
    route = make_route(make_destination())
    for address in (address_of("leads_route_add"), page_of(route)):
        answer = owner.post(address, posted)
        assert list(errors_of(answer)) == ["offers"]
    assert [(one.pk, one.offers.count()) for one in Route.objects.all()] == [(route.pk, 0)]


@pytest.mark.parametrize("named", NO_KEYS)
def test_a_destination_that_is_none_is_refused_beside_its_field(owner: Client, named: str) -> None:
    answer = owner.post(address_of("leads_route_add"), {"destination": named, "enabled": "on"})
    assert list(errors_of(answer)) == ["destination"]


@pytest.mark.parametrize("named", NO_KEYS)
def test_a_group_that_is_none_is_refused_beside_its_field(owner: Client, named: str) -> None:
    user = make_user(SALES)
    answer = owner.post(page_of(user), {"username": user.username, "is_active": "on", "groups": [named]})
    assert list(errors_of(answer)) == ["groups"]
    assert [str(group) for group in user.groups.all()] == ["sales"]


@pytest.mark.parametrize("named", NO_KEYS)
def test_an_address_that_chooses_no_rows_has_a_form_without_a_choice(owner: Client, named: str) -> None:
    make_offer(), make_endpoint()
    answer = owner.get(address_of("leads_route_add"), {"offers": named, "destination": named, "countries": named})
    assert answer.status_code == 200
    assert "selected" not in answer.text.partition('<select name="offers"')[2].partition("</select>")[0]


def test_an_address_may_choose_offers_beforehand(owner: Client) -> None:
    offer, other = make_offer(name="Firewall"), make_offer(name="Vault")
    answer = owner.get(address_of("leads_route_add"), {"offers": f"{offer.pk},x"})
    chosen = answer.text.partition('<select name="offers"')[2].partition("</select>")[0]
    assert "Firewall" in chosen
    assert other.name not in chosen
