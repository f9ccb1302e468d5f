"""Six tiles: each figure is the length of the list that it leads to, of the leads that this person may be shown."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from itertools import count, cycle

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from leads.models import DayTally, Delivery, Lead, Team
from leads.reports import tallying
from leads.reports.periods import today
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import CloseReason, DeliveryState, Stage
from tests.factories import (
    make_delivery,
    make_destination,
    make_lead,
    make_offer,
    make_service_level,
    make_team,
    make_touch,
    make_user,
)
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of

pytestmark = pytest.mark.django_db

NUMBER = re.compile(r"^[\d,]+$")
DAY = timedelta(days=1)


@pytest.fixture
def world() -> list[Team]:
    """Leads of every kind, of two teams and of none, some of them older than the usual days."""
    make_service_level(target_minutes=60)
    offers, destinations = [make_offer(), make_offer(), None], [make_destination(), make_destination()]
    teams = [make_team(make_user(SALES), leader=make_user(SALES_LEAD, is_staff=True)) for _number in range(2)]
    owners = [teams[0].members.get(), teams[1].members.get(), None]
    actions, countries = cycle(["CON", "INS", "", "ODD <b>"]), cycle(["KR", "DE", ""])
    places, stages, states = cycle([*teams, None]), cycle(Stage), cycle(DeliveryState)
    for number in range(60):
        moment = timezone.now() - DAY * (number % 45) - timedelta(minutes=number)
        stage = next(stages)
        reason = CloseReason.NO_BUDGET if stage is Stage.LOST else "" if stage is Stage.NEW else CloseReason.OTHER
        answered = moment + timedelta(minutes=number * 3) if number % 4 else None
        lead = make_lead(
            first_touch_at=moment,
            last_touch_at=moment,
            opened_at=moment,
            contacted_at=answered,
            answer_by=moment + timedelta(minutes=60) if number % 7 else None,
            action=next(actions),
            country_code=next(countries),
            offer=offers[number % 3],
            team=next(places),
            owner=owners[number % 5 % 3],
            stage=stage,
            close_reason=reason if stage in (Stage.LOST, Stage.DISCARDED) and number % 9 else "",
            is_test=number % 13 == 12,
            is_dnc=number % 17 == 16,
        )
        for destination in destinations:
            make_delivery(destination, make_touch(lead), state=next(states))
    Lead.objects.filter(pk=Lead.objects.latest("first_touch_at").pk).update(
        merged_into=Lead.objects.earliest("first_touch_at")
    )
    tallying.keep_up()
    return teams


def figures_on(page: str) -> Iterator[tuple[str, int]]:
    """Every link of the tiles that shows a number: where it leads, and the number."""
    tiles = page[page.index('class="lc-report"') : page.rindex("</section>")]
    links = re.findall(
        r'<a [^>]*?href="([^"]*/admin/leads/(?:lead|delivery)/\?[^"]*)"[^>]*>(.*?)</a>', tiles, re.DOTALL
    )
    for address, inside in links:
        text = unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<small>.*?</small>", "", inside)))
        numbers = re.findall(r"[\d,]+$", text.strip())
        if numbers and "%" not in text:
            yield unescape(address), int(numbers[-1].replace(",", ""))


def length_of(user: User, address: str) -> int:
    """Of the list, with all its pages; without making them, which would take minutes."""
    path, _mark, query = address.partition("?")
    page = admin.site.get_model_admin(Delivery if "/delivery/" in path else Lead)
    request = RequestFactory().get(path, QUERY_STRING=query)
    request.user = User.objects.get(pk=user.pk)
    request.resolver_match = resolve(path)
    found: int = page.get_changelist_instance(request).result_count
    return found


@pytest.mark.parametrize("query", ["", "?days=7", "?days=90", "team", "between"])
def test_every_figure_of_the_owner_is_the_length_of_its_list(enter: Enter, world: list[Team], query: str) -> None:
    owner = make_user(OWNER, is_staff=True)
    if query == "team":
        query = f"?team={world[0].pk}"
    if query == "between":
        query = f"?from={today() - DAY * 20}&to={today() - DAY * 5}"
    found = dict(figures_on(enter(user=owner).get(f"/admin/{query}").text))
    assert len(found) > 20
    assert {address: length_of(owner, address) for address in found} == found


def test_every_figure_of_a_sales_lead_is_the_length_of_their_list(enter: Enter, world: list[Team]) -> None:
    leader = world[0].leader
    assert leader
    client = enter(user=leader)
    page = client.get(address_of("leads_reports"))
    found = dict(figures_on(page.text))
    assert {address: length_of(leader, address) for address in found} == found
    ours = Lead.objects.filter(team=world[0], is_test=False, is_dnc=False, merged_into=None)
    assert page.context["report"].total.value == str(ours.filter(first_touch_at__gte=timezone.now() - DAY * 29).count())


def test_a_sales_lead_of_two_teams_sees_both_and_may_choose(enter: Enter, world: list[Team]) -> None:
    leader = world[0].leader
    assert leader
    world[1].leader = leader
    world[1].save()
    client = enter(user=leader)
    page = client.get(address_of("leads_reports"), {"days": 90})
    found = dict(figures_on(page.text))
    assert {address: length_of(leader, address) for address in found} == found
    labels = ["My teams", str(world[0]), str(world[1])]
    assert re.findall(r'<a class="lc-tab[^>]*>([^<]*)</a>', page.text)[3:] == labels
    alone = client.get(address_of("leads_reports"), {"days": 90, "team": world[1].pk}).context["report"].total.value
    assert int(alone) < int(page.context["report"].total.value)


def test_somebody_elses_team_in_the_address_shows_nothing_of_it(enter: Enter, world: list[Team]) -> None:
    leader = world[0].leader
    assert leader
    client = enter(user=leader)
    own = client.get(address_of("leads_reports")).context["report"].total
    assert client.get(address_of("leads_reports"), {"team": world[1].pk}).context["report"].total == own


def test_who_leads_no_team_is_told_so_and_sees_no_figure(sales_lead: Client, world: list[Team]) -> None:
    page = sales_lead.get(address_of("leads_reports"))
    assert "You lead no team yet" in page.text
    assert page.context["report"] is None


def test_as_long_as_there_are_no_teams_a_sales_lead_sees_everything(sales_lead: Client) -> None:
    make_lead()
    tallying.keep_up()
    page = sales_lead.get(address_of("leads_reports"))
    assert page.context["report"].total.value == "1"


def test_the_tiles_speak_of_working_time_and_of_how_late_they_are(owner: Client) -> None:
    now = timezone.now()
    make_service_level(target_minutes=60)
    hours = timedelta(hours=1)
    for number in range(1, 11):
        opened = now - hours * 30
        times = {"first_touch_at": opened, "last_touch_at": opened, "opened_at": opened}
        make_lead(**times, contacted_at=opened + hours * number, answer_by=opened + hours * 4)
    make_lead(first_touch_at=now, last_touch_at=now, opened_at=now - hours, answer_by=now - timedelta(minutes=1))
    tallying.keep_up()
    page = owner.get("/admin/")
    facts = {str(fact.label): fact.value for fact in page.context["report"].answers}
    assert facts == {
        "Median": "5 hours",
        "Nine of ten within": "9 hours",
        "Within target": "36 %",
        "Answered in time": "4",
        "Answered late": "6",
        "Overdue now": "1",
    }
    assert "In working time, as the clock of each lead counts it" in page.text
    assert "Counted " in page.text


def test_a_figure_leads_to_a_page_that_opens(owner: Client, world: list[Team]) -> None:
    page = owner.get("/admin/").text
    for address in (next(one for one, _n in figures_on(page) if kind in one) for kind in ("/lead/", "/delivery/")):
        assert owner.get(address).status_code == 200


def test_before_anything_was_counted_the_page_says_so(owner: Client) -> None:
    make_lead()
    page = owner.get("/admin/").text
    assert "1 day is still being counted: look again in a minute." in page
    assert "The leads are being counted." in page


def test_days_that_wait_for_their_turn_are_said(owner: Client) -> None:
    make_lead(first_touch_at=timezone.now() - DAY * 9, last_touch_at=timezone.now())
    tallying.keep_up()
    assert "still being counted" not in owner.get("/admin/").text
    DayTally.objects.filter(day__lt=today() - DAY * 3).update(counted_at=None)
    assert "6 days are still being counted" in owner.get("/admin/").text


def test_without_leads_the_page_says_what_to_do(owner: Client) -> None:
    tallying.keep_up()
    page = owner.get("/admin/").text
    assert "No lead came in these days." in page
    assert "Look at 90 days" in page
    assert "Is an endpoint set up?" in page


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("?from=2026-01-01", "Give both days, for example 2026-03-01."),
        ("?from=x&to=2026-01-01", "Give both days, for example 2026-03-01."),
        ("?from=2026-03-02&to=2026-03-01", "The second day comes after the first"),
        ("?from=2025-03-02&to=2026-03-01", "at most 92 days belong together"),
    ],
)
def test_days_that_cannot_be_are_refused_in_words_and_the_usual_ones_shown(
    owner: Client, query: str, text: str
) -> None:
    page = owner.get(f"/admin/{query}")
    assert text in page.text
    assert page.context["scope"].span == 30


@pytest.mark.parametrize("query", ["?days=%00", "?days=99999999999", "?team=%00", "?team=x", "?from=%00&to=%00"])
def test_odd_choices_do_no_harm(owner: Client, query: str) -> None:
    page = owner.get(f"/admin/{query}")
    assert (page.status_code, page.context["scope"].span) == (200, 30)


def test_hostile_names_are_shown_as_they_are(owner: Client) -> None:
    name = '"><script>alert(1)</script>'
    make_lead(action=name, offer=make_offer(name=name), team=make_team(name=name), owner=make_user(first_name=name))
    make_delivery(make_destination(name=name), make_touch(make_lead()), state=DeliveryState.FAILED)
    tallying.keep_up()
    page = owner.get("/admin/").text
    assert page.count("&quot;&gt;&lt;script&gt;alert(1)") >= 5
    assert "<script>alert" not in page


@pytest.mark.parametrize(("group", "status"), [(SALES, 403), (SALES_LEAD, 200), (OPS, 403), (OWNER, 200)])
def test_reports_are_for_who_leads_people(enter: Enter, group: str, status: int) -> None:
    assert enter(group).get(address_of("leads_reports")).status_code == status


def test_ops_see_no_figures_of_sales_on_their_landing_page(ops: Client) -> None:
    make_lead()
    tallying.keep_up()
    page = ops.get("/admin/")
    assert "lc-report" not in page.text
    assert "How it goes" in page.text


def test_the_head_of_the_unattended_leads_stands_below(enter: Enter) -> None:
    leader = make_user(SALES_LEAD, is_staff=True)
    make_team(leader=leader)
    for number in range(7):
        make_lead(last_name=f"Late {number}", answer_by=timezone.now() - timedelta(hours=9 - number))
    page = enter(user=leader).get(address_of("leads_reports")).text
    assert re.findall(r"<strong>Mina (Late \d)</strong>", page) == [f"Late {number}" for number in range(5)]
    assert address_of("leads_unattended") in page


def queries(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def test_the_page_asks_no_more_for_much_than_for_little(enter: Enter) -> None:
    leader, numbers = make_user(SALES_LEAD, is_staff=True), count()
    team = make_team(leader=leader)
    client = enter(user=leader)

    def fill(many: int) -> int:
        for _number in range(many):
            lead = make_lead(team=team, offer=make_offer(), owner=make_user(SALES), action=f"A{next(numbers)}")
            make_delivery(make_destination(), make_touch(lead), state=DeliveryState.DELIVERED)
        tallying.keep_up()
        cache.clear()
        client.get(address_of("leads_reports"))
        return len(queries(client, address_of("leads_reports")))

    few, many = fill(3), fill(20)
    assert few == many <= 30
