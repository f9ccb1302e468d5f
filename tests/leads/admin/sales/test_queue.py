"""My queue as sales people meet it: tabs, rows, what they fold out to, the row menu, and new leads."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Lead
from leads.roles import OPS, OWNER, SALES
from leads.sales import activities, steps
from leads.states import ActivityKind, DeliveryState, Stage, TaskKind
from tests.factories import make_delivery, make_destination, make_lead, make_offer, make_team, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.shown import buttons_on, messages_of, undo_on

pytestmark = pytest.mark.django_db

QUEUE = "/admin/leads/lead/queue/"
WICKED = '"><script>alert(1)</script>'


@pytest.fixture
def tom(db: None) -> User:
    return make_user(SALES, username="tom", first_name="Tom", last_name="Berger", is_staff=True)


@pytest.fixture
def client(enter: Enter, tom: User) -> Client:
    return enter(user=tom)


def shown(client: Client, query: str = "?tab=to_answer") -> list[Lead]:
    return list(client.get(f"{QUEUE}{query}").context["leads"])


def lead_of(user: User | None, **values: Any) -> Lead:
    return make_lead(**{"owner": user, "opened_at": timezone.now(), "routed_at": timezone.now()} | values)


# --- landing ----------------------------------------------------------------------------------------------------------


def test_sales_people_land_on_their_queue(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain == [(QUEUE, 302)]
    assert "<title> My queue | Lead CRM" in re.sub(r"\s+", " ", answer.text)


@pytest.mark.parametrize("group", [OPS, OWNER])
def test_who_looks_after_the_installation_lands_on_the_overview(enter: Enter, group: str) -> None:
    assert enter(group).get("/admin/").status_code == 200


def test_an_empty_queue_says_so_and_where_there_is_work(client: Client, tom: User) -> None:
    assert "Nobody waits for an answer of yours." in client.get(QUEUE).text
    assert "New leads appear here by themselves" in client.get(QUEUE).text
    lead_of(None)
    page = client.get(QUEUE).text
    assert "Unassigned: 1" in page
    assert "New leads appear here by themselves" not in page
    assert "Every open lead is somebody" not in page


# --- rows -------------------------------------------------------------------------------------------------------------


def test_a_row_says_at_first_glance_what_to_do(client: Client, tom: User) -> None:
    lead = lead_of(
        tom,
        company="Fabrikam",
        title="CTO",
        action="INS",
        offer=make_offer(name="Firewall"),
        country_code="KR",
        score=45,
        score_reasons=[{"trait": "phone", "value": "", "points": 10}],
        answer_by=timezone.now() + timedelta(hours=5, minutes=1),
    )
    make_delivery(make_destination(name="Salesforce"), make_touch(lead), state=DeliveryState.FAILED)
    steps.plan(tom, lead.pk, TaskKind.CALL, timezone.now() - timedelta(days=40))
    page = client.get(QUEUE).text
    for text in (
        "Mina Park",
        "Fabrikam · CTO",
        "Get it now",
        "Firewall",
        "South Korea",
        " there</small>",
        ">45<",
        "+10 A phone number is given",
        "Respond in 5 hours",
        'Call <span class="lc-late">',
        "Salesforce: Failed",
        "just now",
    ):
        assert text in page, text


def test_tabs_count_what_is_in_them(client: Client, tom: User) -> None:
    lead_of(tom)
    lead_of(tom, contacted_at=timezone.now(), stage=Stage.CONTACTED)
    lead_of(None)
    lead_of(None)
    lead_of(make_user())
    tabs = client.get(QUEUE).context["tabs"]
    assert [(str(tab.label), tab.how_many, tab.is_current) for tab in tabs] == [
        ("To answer", "1", True),
        ("Follow up today", "0", False),
        ("Waiting", "1", False),
        ("Unassigned", "2", False),
    ]


def test_no_count_is_longer_than_ninety_nine(client: Client, tom: User) -> None:
    Lead.objects.bulk_create(
        Lead(first_touch_at=timezone.now(), last_touch_at=timezone.now(), owner=tom) for _number in range(120)
    )
    page = client.get(QUEUE)
    assert page.context["tabs"][0].how_many == "99+"
    assert len(page.context["leads"]) == 50
    assert "?tab=to_answer&amp;page=2" in page.text
    assert len(shown(client, "?tab=to_answer&page=3")) == 20


@pytest.mark.parametrize("query", ["?tab=fly", "?page=0", "?page=x", "?page=99999999999", "?tab=\0", "?page=-1"])
def test_odd_addresses_show_a_queue(client: Client, query: str) -> None:
    assert client.get(f"{QUEUE}{query}").status_code == 200


def test_the_head_tells_how_it_goes(client: Client, tom: User) -> None:
    now = timezone.now()
    lead_of(tom, answer_by=now - timedelta(hours=1))
    lead_of(tom, opened_at=now - timedelta(minutes=42), contacted_at=now, stage=Stage.CONTACTED)
    head = [text for text, _tone in client.get(QUEUE).context["head"]]
    assert head == ["1 late", "0 due today", "median answer 42 minutes this week"]


def test_what_a_person_wrote_is_never_taken_for_html(client: Client, tom: User) -> None:
    lead = lead_of(tom, first_name=WICKED, company=WICKED, title="=cmd()", offer_title=WICKED)
    make_touch(lead, note=WICKED)
    activities.log(tom, lead.pk, ActivityKind.NOTE, WICKED)
    for address in (QUEUE, address_of("leads_lead_fold", lead.pk), address_of("leads_lead_menu", lead.pk)):
        assert "<script>alert" not in client.get(address).text


@pytest.mark.parametrize("tab", ["to_answer", "follow_up", "waiting", "unassigned"])
def test_the_queue_asks_no_more_for_many_leads_than_for_few(client: Client, tom: User, tab: str) -> None:
    counts = []
    for number in range(50):
        lead = lead_of(None if tab == "unassigned" else tom, offer=make_offer())
        if tab == "follow_up":
            Lead.objects.filter(pk=lead.pk).update(contacted_at=timezone.now(), next_task_at=timezone.now())
        if tab == "waiting":
            Lead.objects.filter(pk=lead.pk).update(snoozed_until=timezone.now() + timedelta(days=1))
        make_delivery(touch=make_touch(lead))
        steps.plan(tom, lead.pk, TaskKind.CALL, timezone.now())
        if number + 1 in (5, 50):
            cache.clear()
            client.get(f"{QUEUE}?tab={tab}")
            with CaptureQueriesContext(connection) as captured:
                page = client.get(f"{QUEUE}?tab={tab}")
            assert len(page.context["leads"]) == number + 1
            counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[1] <= 24


# --- what a row folds out to ------------------------------------------------------------------------------------------


def test_a_row_folds_out_to_contact_note_story_and_deliveries(client: Client, tom: User) -> None:
    lead = lead_of(tom, phone="+82 2 1234 5678", touch_count=2)
    make_touch(lead, received_at=timezone.now() - timedelta(hours=3), note="Please call me")
    touch = make_touch(lead, received_at=timezone.now() - timedelta(hours=2))
    make_delivery(make_destination(name="Salesforce"), touch, state=DeliveryState.DELIVERED)
    activities.log(tom, lead.pk, ActivityKind.NOTE, "Wants twenty seats")
    page = client.get(address_of("leads_lead_fold", lead.pk))
    for text in ('href="tel:+82212345678"', "Please call me", "Wants twenty seats", "Salesforce", "Delivered"):
        assert text in page.text, text
    assert len(page.context["entries"]) == 3
    assert buttons_on(page) == []


# --- the row menu -----------------------------------------------------------------------------------------------------


def test_the_menu_offers_what_can_be_done(client: Client, tom: User) -> None:
    make_user(SALES, first_name="Ines", last_name="Ruiz")
    page = client.get(address_of("leads_lead_menu", lead_of(tom).pk)).text
    for label in ("Spoke with them", "No answer", "Ines Ruiz", "Back to nobody", "Contacted", "Tomorrow", "Next week"):
        assert label in page, label
    assert "Tom Berger" not in page
    assert ">Take<" not in page
    assert "Wake up" not in page


def test_a_call_is_logged_from_the_menu_with_its_next_step(client: Client, tom: User) -> None:
    lead = lead_of(tom)
    posted = {"kind": "call", "outcome": "no_answer", "next": f"{QUEUE}?tab=to_answer"}
    answer = client.post(button_of(lead, "compose"), posted)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{QUEUE}?tab=to_answer")
    lead.refresh_from_db()
    assert lead.activities.get().outcome == "no_answer"
    assert lead.next_task_at == lead.tasks.get().due_at
    assert lead.contacted_at is None


def test_taking_and_undoing_lead_back_to_the_queue(client: Client, tom: User) -> None:
    lead = lead_of(None)
    page = client.get(f"{QUEUE}?tab=unassigned")
    assert buttons_on(page) == ["Take"]
    answer = client.post(button_of(lead, "take"), {"next": f"{QUEUE}?tab=unassigned"}, follow=True)
    lead.refresh_from_db()
    assert lead.owner == tom
    assert messages_of(answer) == ["The lead is yours."]
    address, _fields = undo_on(answer)
    back = client.post(address, headers={"referer": f"http://testserver{QUEUE}?tab=unassigned"})
    assert back.headers["Location"] == f"http://testserver{QUEUE}?tab=unassigned"
    lead.refresh_from_db()
    assert lead.owner is None


def test_nobody_undoes_what_somebody_else_did(client: Client, enter: Enter, tom: User) -> None:
    lead = lead_of(None)
    answer = client.post(button_of(lead, "take"), follow=True)
    address, _fields = undo_on(answer)
    assert enter(SALES).post(address).status_code == 404
    assert enter(OPS).post(address).status_code == 403
    assert client.get(address).status_code == 405
    lead.refresh_from_db()
    assert lead.owner == tom


def test_an_undo_never_leads_to_a_foreign_address(client: Client, tom: User) -> None:
    answer = client.post(button_of(lead_of(None), "take"), follow=True)
    address, _fields = undo_on(answer)
    back = client.post(address, headers={"referer": "https://evil.example/"})
    assert back.headers["Location"] == "/admin/leads/lead/"


# --- new leads --------------------------------------------------------------------------------------------------------


def asked(page: Any) -> str:
    (address,) = re.findall(r'hx-get="([^"]*new/[^"]*)"', page.text)
    return str(address).replace("&amp;", "&")


@pytest.mark.parametrize("tab", ["to_answer", "unassigned"])
def test_a_quiet_bar_says_how_many_came_since_the_page_was_made(client: Client, tom: User, tab: str) -> None:
    owner = tom if tab == "to_answer" else None
    lead_of(owner)
    address = asked(client.get(f"{QUEUE}?tab={tab}"))
    assert client.get(address).text.strip() == ""
    lead_of(owner)
    lead_of(owner)
    lead_of(make_user())
    answer = client.get(address).text
    assert "2 new leads – show" in answer
    assert f'href="{QUEUE}?tab={tab}"' in answer


@pytest.mark.parametrize("query", ["", "?since=x&known=0", "?since=2026-03-02T12:00:00Z", "?since=2026-03-02&known=1"])
def test_the_bar_asks_for_a_time(client: Client, query: str) -> None:
    assert client.get(f"{QUEUE}new/{query}").status_code == 404


# --- teams ------------------------------------------------------------------------------------------------------------


def test_a_lead_of_another_team_is_nowhere_to_be_found(client: Client, tom: User, enter: Enter) -> None:
    stranger = make_user(SALES, is_staff=True)
    make_team(tom)
    make_team(stranger)
    hidden = make_lead(owner=stranger, first_name="Zaphod", search_text="ZAPHOD", country_code="KR")
    delivery = make_delivery(touch=make_touch(hidden), state=DeliveryState.FAILED)
    pages = (
        "/admin/leads/lead/",
        "/admin/leads/lead/?q=zaphod",
        "/admin/leads/delivery/",
        f"{address_of('search')}?s=zaphod",
        f"{QUEUE}?tab=unassigned",
    )
    assert [page for page in pages if "Zaphod" in client.get(page).text] == []
    for address in (page_of(hidden), page_of(delivery)):
        assert client.get(address).status_code == 302, address
    assert client.get(address_of("leads_lead_edit", hidden.pk)).status_code == 404
    for name in ("leads_lead_fold", "leads_lead_menu"):
        assert client.get(address_of(name, hidden.pk)).status_code == 404
    for action in ("take", "give", "compose", "move", "snooze"):
        client.post(button_of(hidden, action), {"to": tom.pk, "stage": "contacted", "kind": "note", "text": "x"})
    client.post(button_of(delivery, "try_again"))
    hidden.refresh_from_db()
    delivery.refresh_from_db()
    assert (hidden.owner, hidden.stage, hidden.version) == (stranger, Stage.NEW, 0)
    assert delivery.state == DeliveryState.FAILED
    assert "Zaphod" in enter(user=stranger).get("/admin/leads/lead/").text
    assert "Zaphod" in enter(OPS).get("/admin/leads/lead/").text
