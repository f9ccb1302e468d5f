"""Saved views: the list under a name, private or shared, as tabs, in an order, and opened first."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leads.models import Lead, SavedView
from leads.models.saved_view import SharedWith, normal_query
from leads.roles import OWNER, SALES
from tests.factories import make_lead, make_team, make_user, make_view
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.shown import errors_of, messages_of

pytestmark = pytest.mark.django_db

LEADS = "/admin/leads/lead/"
ADD = "/admin/leads/savedview/add/"


@pytest.fixture
def tom(db: None) -> User:
    return make_user(SALES, is_staff=True)


@pytest.fixture
def client(enter: Enter, tom: User) -> Client:
    return enter(user=tom)


def open_page(view: SavedView) -> str:
    return address_of("leads_savedview_open", view.pk)


def tabs(client: Client, query: str = "") -> list[tuple[str, bool]]:
    return [(tab.label, tab.is_current) for tab in client.get(f"{LEADS}{query}").context["view_tabs"]]


@pytest.mark.parametrize(
    ("query", "normal"),
    [
        ("", ""),
        ("p=3", ""),
        ("stage__exact=&q=", ""),
        ("q=mina&stage__exact=new&p=2", "q=mina&stage__exact=new"),
        ("stage__exact=new&q=mina", "q=mina&stage__exact=new"),
        ("q=a%26b", "q=a%26b"),
        ("e=1&all=", ""),
    ],
)
def test_a_query_is_the_same_however_it_is_written(query: str, normal: str) -> None:
    assert normal_query(query) == normal


# --- saving -----------------------------------------------------------------------------------------------------------


def test_the_filtered_list_offers_to_be_saved_and_the_whole_one_does_not(client: Client) -> None:
    make_lead()
    assert "Save view" not in client.get(LEADS).text
    page = client.get(f"{LEADS}?stage__exact=new&p=0")
    assert page.context["query_to_save"] == "stage__exact=new"
    assert "Save view" in page.text


def test_saving_leads_to_the_view_which_is_then_the_current_tab(client: Client, tom: User) -> None:
    make_lead()
    posted = {"name": "Hot ones", "query": "score_from=50&stage__exact=new", "shared_with": "nobody", "is_pinned": "on"}
    answer = client.post(ADD, posted, follow=True)
    assert answer.redirect_chain[-1][0] == f"{LEADS}?score_from=50&stage__exact=new"
    assert messages_of(answer) == ["Saved as “Hot ones”."]
    view = SavedView.objects.get()
    assert (view.owner, view.is_pinned, view.is_default) == (tom, True, False)
    assert tabs(client, "?stage__exact=new&score_from=50") == [("Hot ones", True)]
    assert tabs(client) == [("Hot ones", False)]
    assert "Save view" not in client.get(f"{LEADS}?stage__exact=new&score_from=50").text


def test_a_view_of_everything_is_not_saved(client: Client) -> None:
    answer = client.post(ADD, {"name": "All", "query": "p=2", "shared_with": "nobody"})
    assert errors_of(answer) == {"query": ["The list is not filtered. Filter or search it first, then save it."]}
    assert not SavedView.objects.exists()


def test_names_harm_nothing(client: Client, tom: User) -> None:
    make_view(tom, name='"><script>alert(1)</script>')
    assert "<script>alert" not in client.get(LEADS).text
    assert "<script>alert" not in client.get(address_of("leads_savedview_changelist")).text


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_view_opens_the_list_with_its_filters(client: Client, tom: User) -> None:
    lost, _new = make_lead(stage="lost"), make_lead()
    answer = client.get(open_page(make_view(tom, "stage__exact=lost")), follow=True)
    assert list(answer.context["cl"].result_list) == [lost]


@pytest.mark.parametrize("query", ["gone_filter=1", "score_from=many", "owner=somebody", "team=x", "last_name=Park"])
def test_a_view_whose_filter_is_gone_opens_the_whole_list_and_says_so(client: Client, tom: User, query: str) -> None:
    make_team(tom)
    lead = make_lead()
    answer = client.get(open_page(make_view(tom, query, name="Old")), follow=True)
    assert answer.status_code == 200
    assert list(answer.context["cl"].result_list) == [lead]
    assert messages_of(answer) == [
        "The view “Old” uses a filter that is gone. Here are all leads: filter them and save the view anew."
    ]


def test_the_default_view_is_what_one_lands_on(client: Client, tom: User) -> None:
    make_view(make_user(), is_default=True, shared_with=SharedWith.EVERYBODY)
    assert client.get("/admin/", follow=True).redirect_chain == [("/admin/leads/lead/queue/", 302)]
    make_view(tom, "stage__exact=new", is_default=True)
    assert client.get("/admin/", follow=True).redirect_chain[-1] == (f"{LEADS}?stage__exact=new", 302)
    assert client.get("/admin/leads/lead/queue/").status_code == 200  # "My queue" is always that


def test_there_is_one_default_for_each_person(client: Client, tom: User) -> None:
    before, other = make_view(tom, is_default=True), make_view(make_user(), is_default=True)
    client.post(ADD, {"name": "New", "query": "q=x", "shared_with": "nobody", "is_default": "on"})
    before.refresh_from_db()
    other.refresh_from_db()
    assert (before.is_default, other.is_default) == (False, True)
    assert SavedView.objects.get(name="New").is_default


# --- sharing ----------------------------------------------------------------------------------------------------------


def test_views_are_seen_by_those_with_whom_they_are_shared(client: Client, tom: User, enter: Enter) -> None:
    boss, stranger = make_user(SALES, is_staff=True), make_user(SALES, is_staff=True)
    team = make_team(tom, leader=boss)
    make_view(tom, name="mine")
    make_view(boss, name="team's", shared_with=SharedWith.TEAM, team=team)
    make_view(boss, name="everybody's", shared_with=SharedWith.EVERYBODY)
    hidden = make_view(boss, name="boss's")
    assert [name for name, _current in tabs(client)] == ["mine", "team's", "everybody's"]
    assert [name for name, _current in tabs(enter(user=stranger))] == ["everybody's"]
    assert [name for name, _current in tabs(enter(user=boss))] == ["team's", "everybody's", "boss's"]
    assert client.get(open_page(hidden)).status_code == 404
    assert client.get(page_of(hidden)).status_code == 302


def test_only_its_maker_and_the_owners_change_or_delete_a_view(client: Client, tom: User, enter: Enter) -> None:
    view = make_view(make_user(), name="Hers", shared_with=SharedWith.EVERYBODY)
    posted = {"name": "Mine now", "query": "q=x", "shared_with": "everybody"}
    assert client.post(page_of(view), posted).status_code == 403
    assert client.post(page_of(view).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert client.post(button_of(view, "move_up")).status_code == 403
    assert enter(OWNER).post(page_of(view), posted).status_code == 302
    view.refresh_from_db()
    assert view.name == "Mine now"


def test_a_view_is_renamed_and_deleted_by_its_maker(client: Client, tom: User) -> None:
    view = make_view(tom, "q=x", name="Old")
    page = client.get(page_of(view))
    form = {"name": "New", "shared_with": "nobody"}
    hidden = {field.html_name: field.value() for field in page.context["adminform"].form if field.is_hidden}
    assert client.post(page_of(view), {**hidden, **form}).status_code == 302
    view.refresh_from_db()
    assert (view.name, view.query, view.owner) == ("New", "q=x", tom)
    client.post(page_of(view).replace("change", "delete"), {"post": "yes"})
    assert not SavedView.objects.exists()


def test_a_view_is_shared_only_with_a_team_of_ones_own(client: Client, tom: User) -> None:
    mine, other = make_team(tom), make_team()
    posted = {"name": "X", "query": "q=x", "shared_with": "team"}
    assert "team" in errors_of(client.post(ADD, posted | {"team": other.pk}))
    assert client.post(ADD, posted).status_code == 200
    client.post(ADD, posted | {"team": mine.pk})
    assert SavedView.objects.get().team == mine


def test_a_team_that_was_chosen_for_nothing_is_forgotten(client: Client, tom: User) -> None:
    team = make_team(tom)
    client.post(ADD, {"name": "X", "query": "q=x", "shared_with": "everybody", "team": team.pk})
    assert SavedView.objects.get().team is None


# --- order ------------------------------------------------------------------------------------------------------------


def test_views_are_put_in_another_order(client: Client, tom: User) -> None:
    first, second, third = (make_view(tom, name=name) for name in ("a", "b", "c"))
    client.post(button_of(third, "move_up"))
    client.post(button_of(first, "move_down"))
    assert [name for name, _current in tabs(client)] == ["c", "a", "b"]
    client.post(button_of(third, "move_up"))
    client.post(button_of(second, "move_down"))
    assert [name for name, _current in tabs(client)] == ["c", "a", "b"]


# --- filters ----------------------------------------------------------------------------------------------------------


def found(client: Client, query: str) -> set[str]:
    answer = client.get(f"{LEADS}{query}")
    return {lead.last_name for lead in answer.context["cl"].result_list}


def test_the_filters_of_sales_find_what_they_say(client: Client, tom: User) -> None:
    now, other = timezone.now(), make_user(SALES)
    north = make_team(tom, other)
    make_lead(last_name="mine, late", owner=tom, answer_by=now - timedelta(hours=1), score=60)
    make_lead(last_name="other's", owner=other, team=north, score=10, contacted_at=now)
    make_lead(last_name="nobody's, asleep", snoozed_until=now + timedelta(days=2), score=-5)
    make_lead(last_name="private", is_private=True, stage="lost", answer_by=now - timedelta(hours=1))
    everything = set(Lead.objects.values_list("last_name", flat=True))
    for query, expected in {
        "?owner=me": {"mine, late"},
        "?owner=nobody": {"nobody's, asleep", "private"},
        f"?owner={other.pk}": {"other's"},
        f"?team={north.pk}": {"other's"},
        "?score_from=10": {"mine, late", "other's"},
        "?score_from=-5&score_to=10": {"other's", "nobody's, asleep", "private"},
        "?due=late": {"mine, late"},
        "?due=asleep": {"nobody's, asleep"},
        "?due=unanswered": {"mine, late", "nobody's, asleep"},
        "?kind=private": {"private"},
        "?owner=me&score_from=61": set(),
        "?owner=me&due=late&score_from=50": {"mine, late"},
        "?score_from=99999999999999999999": set(),
        "?due=fly": everything,
    }.items():
        assert found(client, query) == expected, query


@pytest.mark.parametrize("query", ["?owner=x", "?owner=-1", f"?owner={'9' * 30}", "?team=%00", "?score_from=1.5"])
def test_what_no_filter_understands_brings_back_the_whole_list(client: Client, query: str) -> None:
    make_lead(last_name="Park")
    answer = client.get(f"{LEADS}{query}", follow=True)
    assert [lead.last_name for lead in answer.context["cl"].result_list] == ["Park"]
