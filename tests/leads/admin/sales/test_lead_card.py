"""The card of a lead: what is known, what happened, what is next."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.admin.sales.timeline import PAGE, Place
from leads.history.edits import By, edit_lead, note_changes
from leads.models import Activity, Change, Lead
from leads.roles import OPS, SALES, SALES_LEAD
from leads.sales import activities, contact_facts, owning, stages, steps
from leads.sales.handing_over import hand_over
from leads.states import ActivityKind, CallOutcome, CloseReason, DeliveryState, EditCause, Stage, TaskKind
from tests.factories import (
    NOON,
    make_delivery,
    make_destination,
    make_lead,
    make_service_level,
    make_task,
    make_touch,
    make_user,
)
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(db: None) -> User:
    return make_user(SALES, is_staff=True, first_name="Tom", last_name="Becker")


def story_of(client: Client, lead: Lead, query: str = "") -> list[str]:
    """The entries of the timeline, as a reader sees them."""
    page = client.get(f"{page_of(lead)}{query}").text
    story = page[page.index('<ol class="lc-story">') :]
    found = re.findall(r'<li class="lc-(?:story-entry[^"]*|card)">(.*?)</li>', story, re.DOTALL)
    return [words_of(entry) for entry in found]


def words_of(html: str) -> str:
    plain = re.sub(r'<span class="material-symbols.*?</span>', " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", plain).replace("&quot;", '"').split())


# --- the head and the facts -------------------------------------------------------------------------------------------


def test_the_head_says_who_whose_how_soon_and_how_promising(sales: Client, seller: User) -> None:
    now = timezone.now()
    make_service_level()
    lead = make_lead(
        owner=seller,
        title="CTO",
        company="Fabrikam",
        why_assigned={"code": "in_turn", "rule": "DACH"},
        opened_at=now - timedelta(hours=1),
        answer_by=now + timedelta(hours=3, seconds=30),
        score=30,
        score_reasons=[
            {"trait": "action", "value": "INS", "points": 20},
            {"trait": "phone", "value": "", "points": 15},
            {"trait": "country", "value": "KR", "points": -5},
            {"trait": "come_back", "value": "", "points": 1},
        ],
    )
    page = sales.get(page_of(lead)).text
    for shown in (
        "CTO · Fabrikam",
        "Tom Becker",
        "by the rule “DACH”",
        "Respond in 3 hours",
        "<strong>30</strong>",
        "+20 The action is Get it now, +15 A phone number is given, -5 The country is South Korea<",
    ):
        assert shown in page, shown
    assert "They came back" not in page


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        ({"opened_at": -60, "answer_by": 30}, "Respond in 30"),
        ({"opened_at": -60, "answer_by": -30}, "Late by 30"),
        ({"opened_at": -60, "answer_by": -30, "contacted_at": -20}, "Answered late, after 40"),
        ({"opened_at": -60, "answer_by": 30, "contacted_at": -20}, "Answered in 40"),
    ],
)
def test_the_clock_is_told_in_words(sales: Client, lead: dict[str, int], said: str) -> None:
    now = timezone.now()
    make_service_level()
    shown = make_lead(**{name: now + timedelta(minutes=minutes, seconds=20) for name, minutes in lead.items()})
    assert said in sales.get(page_of(shown)).text


@pytest.mark.parametrize("lead", [{"is_test": True}, {"is_dnc": True}, {"stage": Stage.LOST}])
def test_nobody_is_hurried_where_nobody_waits(sales: Client, lead: dict[str, Any]) -> None:
    now = timezone.now()
    page = sales.get(page_of(make_lead(opened_at=now, answer_by=now + timedelta(hours=1), **lead))).text
    assert "Respond in" not in page


@pytest.mark.parametrize(("country", "said"), [("KR", r">\d+(:\d\d)? [ap]\.m\. there<"), ("US", r">about .* there<")])
def test_what_time_it_is_there(sales: Client, country: str, said: str) -> None:
    assert re.search(said, sales.get(page_of(make_lead(country_code=country))).text)


def test_colleagues_of_the_same_company_are_shown_and_few_of_them(sales: Client, enter: Enter) -> None:
    lead = make_lead(mail_domain="fabrikam.example")
    for number in range(7):
        seen_at = timezone.now() - timedelta(hours=number)
        make_lead(first_name=f"No{number}", mail_domain="fabrikam.example", last_touch_at=seen_at)
    make_lead(first_name="Secret", mail_domain="fabrikam.example", is_private=True)
    make_lead(first_name="Other", mail_domain="contoso.example")
    page = sales.get(page_of(lead)).text
    assert re.findall(r"No(\d) Park", page) == ["0", "1", "2", "3", "4"]
    assert "Secret" not in page
    assert "Other Park" not in page
    assert "Secret" in enter(SALES_LEAD).get(page_of(lead)).text


def test_the_strip_shows_the_newest_delivery_to_each_destination(sales: Client) -> None:
    lead, crm = make_lead(), make_destination(name="Salesforce")
    make_delivery(crm, make_touch(lead), state=DeliveryState.FAILED)
    make_delivery(crm, make_touch(lead), state=DeliveryState.DELIVERED, external_url="https://crm.example.com/42")
    strip = sales.get(address_of("leads_lead_deliveries", lead.pk)).text
    assert words_of(strip) == "Deliveries Salesforce Delivered Open there"
    assert 'href="https://crm.example.com/42"' in strip


@pytest.mark.parametrize(
    ("delivery", "gate", "looks_again"),
    [
        ({"state": DeliveryState.QUEUED}, {}, True),
        ({"state": DeliveryState.SENDING}, {}, True),
        ({"state": DeliveryState.QUEUED}, {"paused_at": NOON, "paused_by": "person"}, False),
        ({"state": DeliveryState.QUEUED, "next_attempt_at": timezone.now() + timedelta(hours=9)}, {}, False),
        ({"state": DeliveryState.DELIVERED}, {}, False),
        ({"state": DeliveryState.FAILED}, {}, False),
    ],
)
def test_the_strip_looks_again_while_something_is_on_its_way(
    sales: Client, delivery: dict[str, Any], gate: dict[str, Any], looks_again: bool
) -> None:
    touch = make_touch()
    make_delivery(make_destination(gate=gate), touch, **delivery)
    strip = sales.get(address_of("leads_lead_deliveries", touch.lead.pk)).text
    assert ("hx-get" in strip) == looks_again


# --- the timeline -----------------------------------------------------------------------------------------------------


def test_the_timeline_tells_all_that_happened_newest_first(enter: Enter, seller: User) -> None:
    boss = make_user(SALES_LEAD, is_staff=True, first_name="Ada")
    lead = make_lead(action="INS")
    make_touch(lead, received_at=timezone.now() - timedelta(hours=1), note="Call me")
    rule = By(cause=EditCause.RULE, params={"rule": "DACH"})
    note_changes(rule, [Change(lead=lead, field="owner_id", before=None, after=seller.pk)])
    Lead.objects.update(owner=seller)
    activities.log(seller, lead.pk, ActivityKind.NOTE, "Wants a quote")
    task = steps.plan(seller, lead.pk, TaskKind.MAIL, NOON, "Send the price list")
    steps.finish(task)
    activities.log_call(seller, lead.pk, CallOutcome.REACHED, "Nice talk")
    contact_facts.set_facts(seller, lead.pk, {"phone": "2"})
    owning.give(By(boss, reason="Tom is away"), [lead.pk], boss)
    stages.move_stage(By(boss), lead.pk, Stage.LOST, CloseReason.NO_BUDGET)
    story = story_of(enter(user=boss), lead)
    ada = boss.get_full_name()
    assert [re.sub(r" · (just now|1 hour ago)", "", entry.replace("\xa0", " ")) for entry in story[:-1]] == [
        f"Stage: Contacted → Lost (No budget) by {ada}",
        f"Owner: Tom Becker → {ada} by {ada} Tom is away",
        "Phone: – → 2 by Tom Becker",
        "Call · Spoke with them Tom Becker Nice talk Stage: New → Contacted",
        "Done: Send the price list Tom Becker",
        "Note Tom Becker Wants a quote",
        "Owner: Tom Becker by the rule “DACH”",
    ]
    assert story[-1].startswith("Get it now")
    assert "Call me" in story[-1]


def test_what_the_machine_did_is_folded_away_where_it_is_much(sales: Client) -> None:
    lead = make_lead()
    for cause in (EditCause.CLOCK, EditCause.TOUCH, EditCause.IMPORT):
        edit_lead(By(cause=cause), lead.pk, {"title": cause.label})
    page = sales.get(page_of(lead)).text
    assert "3 changes by Lead CRM" in page
    assert "nobody had answered in time" in page


def test_moments_of_the_clock_are_no_entries(sales: Client) -> None:
    lead = make_lead()
    edit_lead(By(make_user()), lead.pk, {"seen_at": NOON, "routed_at": NOON})
    assert story_of(sales, lead) == []


def test_what_was_undone_says_so(enter: Enter, seller: User) -> None:
    lead, tom = make_lead(), enter(user=seller)
    activities.take_back(stages.move_stage(By(seller), lead.pk, Stage.CONTACTED), seller)
    story = story_of(tom, lead)
    assert story[0].startswith("Stage: Contacted → New undone by Tom Becker")
    assert story[1].endswith("just now · undone")


def test_what_was_handed_over_is_told(enter: Enter, seller: User) -> None:
    touch = make_touch()
    hand_over(seller, touch, make_destination(name="Salesforce"), Stage.QUALIFIED)
    entry = story_of(enter(user=seller), touch.lead)[0]
    assert entry == "Handed over Salesforce Tom Becker · just now Stage: New → Qualified"


@pytest.mark.parametrize("same_time", [True, False])
def test_older_entries_follow_page_by_page_and_none_is_lost(sales: Client, same_time: bool) -> None:
    lead, now = make_lead(), timezone.now()
    for number in range(2 * PAGE + 3):
        at = now if same_time else now - timedelta(minutes=number)
        Activity.objects.create(lead=lead, kind=ActivityKind.NOTE, text=f"Note-{number}.", at=at)
    address, told = page_of(lead), list[str]()
    for expected in (PAGE, PAGE, 3):
        page = sales.get(address).text
        found = re.findall(r"Note-\d+\.", page)
        assert len(found) == expected
        told += found
        older = re.search(r'hx-get="([^"]+timeline[^"]+)"', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert address == ""
    assert len(set(told)) == 2 * PAGE + 3
    if not same_time:
        assert told == [f"Note-{number}." for number in range(2 * PAGE + 3)]


def test_the_newest_touches_are_on_the_card_and_the_others_a_press_away(sales: Client) -> None:
    lead = make_lead(touch_count=PAGE + 3)
    for minutes in range(PAGE + 3):
        make_touch(lead, received_at=timezone.now() - timedelta(minutes=minutes), note=f"Note {minutes}.")
    page = sales.get(page_of(lead)).text
    assert f"{PAGE + 3} touches" in page
    assert f"Note {PAGE - 1}." in page
    assert f"Note {PAGE}." not in page
    assert "Show older" in page


@pytest.mark.parametrize("before", ["", "x", "_", "2026-01-01_x", "2026-01-01T00:00:00_" + "0" * 32, "\0"])
def test_a_place_that_is_none_begins_at_the_top(sales: Client, before: str) -> None:
    lead = make_lead()
    Activity.objects.create(lead=lead, kind=ActivityKind.NOTE, text="Here")
    for address in (page_of(lead), address_of("leads_lead_timeline", lead.pk)):
        assert "Here" in sales.get(address, {"before": before}).text


def test_a_place_is_read_as_it_is_written() -> None:
    place = Place(NOON, make_lead().pk)
    assert Place.read(str(place)) == place


# --- personal data ----------------------------------------------------------------------------------------------------


def test_what_a_privacy_rule_holds_back_is_on_no_part_of_the_card(enter: Enter, seller: User) -> None:
    lead = make_lead(first_name="Zaphodina", is_private=True, mail_domain="fabrikam.example")
    make_touch(lead, note="golden", phone="999")
    activities.log_call(seller, lead.pk, CallOutcome.REACHED, "secret words")
    contact_facts.set_facts(seller, lead.pk, {"company": "Betelgeuse"})
    owning.give(By(seller, reason="knows Zaphodina"), [lead.pk], seller)
    Lead.objects.update(kept_fields={"phone": "2020-01-01T00:00:00+00:00"})
    for group in (SALES, OPS):
        client = enter(group)
        for name in ("leads_lead_change", "leads_lead_timeline", "leads_lead_deliveries"):
            page = client.get(address_of(name, lead.pk)).text
            for secret in ("Zaphodina", "golden", "secret words", "Betelgeuse", "999"):
                assert secret not in page, (name, secret)
    sales = enter(SALES)
    assert "Company changed" in sales.get(page_of(lead)).text
    for name in ("leads_lead_edit", "leads_lead_hand_over"):
        assert sales.get(address_of(name, lead.pk)).status_code == 403


# --- queries ----------------------------------------------------------------------------------------------------------

BUDGET = 26


def busy_lead(seller: User, many: int) -> Lead:
    lead = make_lead(owner=seller, mail_domain="fabrikam.example", opened_at=NOON)
    for number in range(many):
        touch = make_touch(lead, note=f"{number}")
        make_delivery(make_destination(), touch, state=DeliveryState.DELIVERED)
        make_task(lead, assignee=make_user())
        make_task(lead, assignee=make_user(), done_at=timezone.now())
        make_lead(mail_domain="fabrikam.example", owner=make_user())
        activities.log_call(make_user(), lead.pk, CallOutcome.REACHED)
        owning.give(By(make_user()), [lead.pk], make_user(SALES))
    owning.give(By(seller), [lead.pk], seller)
    return lead


def test_the_card_asks_no_more_for_much_than_for_little(enter: Enter, seller: User) -> None:
    tom, counts = enter(user=seller), []
    for many in (3, 12):
        lead = busy_lead(seller, many)
        tom.get(page_of(lead))
        with CaptureQueriesContext(connection) as captured:
            assert tom.get(page_of(lead)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= BUDGET, "\n".join(query["sql"] for query in captured.captured_queries)
