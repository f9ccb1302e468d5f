"""The landing page and the sidebar: for each person what concerns them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import DeliveryState, InboundState
from leads.watching import heartbeat
from tests.factories import (
    make_delivery,
    make_destination,
    make_endpoint,
    make_inbound,
    make_lead,
    make_offer,
    make_title,
    make_user,
)
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, page_of
from tests.leads.admin.shown import buttons_on

pytestmark = pytest.mark.django_db

SIDEBAR = {
    "no group": ["Overview"],
    OPS: [
        "Overview",
        "All leads",
        "Deliveries",
        "Destinations",
        "Replays",
        "Inbound requests",
        "Notices",
        "Notices to sales",
        "System",
        "Explain an error",
        "Endpoints",
        "Offers",
        "Offer titles",
        "Routes",
        "Sources and actions",
        "Privacy rules",
    ],
}
WORK = ["My queue", "Unassigned", "My tasks", "All leads", "Duplicates", "Unattended"]
WHO_GETS_LEADS = [
    "Assignment rules",
    "Service levels",
    "Score rules",
    "Country groups",
    "Working hours",
    "Absences",
]
SIDEBAR[SALES] = [*WORK, "Deliveries", "Destinations", "Offers"]
SIDEBAR[SALES_LEAD] = [
    *WORK,
    "Imports",
    "Exports",
    "Reports",
    "Deliveries",
    "Destinations",
    "Offers",
    *WHO_GETS_LEADS,
    "Teams",
]
SIDEBAR[OWNER] = [
    "Overview",
    *WORK,
    "Imports",
    "Exports",
    *SIDEBAR[OPS][2:],
    *WHO_GETS_LEADS,
    "Privacy",
    "Retention",
    "Audit",
    "Teams",
    "Users",
    "Groups",
    "API tokens",
]


def sidebar(client: Client, address: str = "/admin/") -> list[dict[str, Any]]:
    return [item for group in client.get(address, follow=True).context["sidebar_navigation"] for item in group["items"]]


@pytest.mark.parametrize("group", SIDEBAR)
def test_the_sidebar_shows_the_pages_that_a_person_may_open(enter: Enter, group: str) -> None:
    client = enter() if group == "no group" else enter(group)
    items = sidebar(client)
    assert [str(item["title"]) for item in items] == SIDEBAR[group]
    assert {client.get(item["link"]).status_code for item in items} == {200}


@pytest.mark.parametrize("query", ["", "?tab=waiting", "?tab=unassigned"])
def test_my_queue_and_what_is_unassigned_are_lit_each_on_their_own(sales: Client, query: str) -> None:
    lit = [str(item["title"]) for item in sidebar(sales, f"{address_of('leads_my_queue')}{query}") if item["active"]]
    assert lit == ["Unassigned" if "unassigned" in query else "My queue"]


def test_my_queue_alarms_only_when_something_is_late(enter: Enter) -> None:
    user = make_user(SALES, is_staff=True)
    client, now = enter(user=user), timezone.now()

    def badge() -> tuple[str, str]:
        cache.clear()
        (item,) = [item for item in sidebar(client) if item["title"] == "My queue"]
        return item["badge"], item["badge_variant"]

    make_lead(owner=user, answer_by=now + timedelta(hours=1))
    assert badge() == ("1", "info")
    make_lead(owner=user, answer_by=now - timedelta(hours=1))
    assert badge() == ("2", "danger")


@pytest.mark.parametrize("name", ["lead", "delivery", "offer", "offertitle"])
def test_the_sidebar_lights_the_page_one_is_on_and_no_other(owner: Client, name: str) -> None:
    address = address_of(f"leads_{name}_changelist")
    lit = [item["link"] for item in sidebar(owner, address) if item["active"]]
    assert lit == [address]


def test_a_list_stays_lit_on_the_pages_of_its_rows(owner: Client) -> None:
    lit = [item["link"] for item in sidebar(owner, page_of(make_offer())) if item["active"]]
    assert lit == [address_of("leads_offer_changelist")]


def badges(client: Client) -> dict[str, str]:
    return {str(item["title"]): item["badge"] for item in sidebar(client) if item.get("badge")}


def test_badges_count_what_needs_somebody(owner: Client) -> None:
    assert badges(owner) == {}
    make_delivery(state=DeliveryState.FAILED)
    make_delivery(state=DeliveryState.DELIVERED)
    make_destination(gate={"paused_at": timezone.now(), "paused_by": "machine"})
    make_destination(gate={"paused_at": timezone.now(), "paused_by": "person"})
    make_destination(gate={"paused_at": timezone.now(), "paused_by": "machine"}, enabled=False)
    for _number in range(2):
        make_inbound(b"?", state=InboundState.REJECTED, reason="empty")
    make_title("Unmapped")
    make_title("Mapped", make_offer())
    cache.clear()
    assert badges(owner) == {
        "Unassigned": "2",
        "Deliveries": "1",
        "Destinations": "1",
        "Inbound requests": "2",
        "Offer titles": "1",
    }


def test_a_badge_is_for_who_can_do_something_about_what_it_counts(sales: Client, ops: Client) -> None:
    make_delivery(
        make_destination(gate={"paused_at": timezone.now(), "paused_by": "machine"}), state=DeliveryState.FAILED
    )
    assert badges(sales) == {"Unassigned": "1", "Deliveries": "1"}
    assert badges(ops) == {"Deliveries": "1", "Destinations": "1"}


def test_a_badge_counts_no_further_than_ninety_nine(ops: Client) -> None:
    for number in range(101):
        make_title(f"Title {number}")
    assert badges(ops) == {"Offer titles": "99+"}


# --- the landing page -------------------------------------------------------------------------------------------------


def test_with_nothing_in_it_the_overview_says_what_to_do_first(owner: Client) -> None:
    page = owner.get("/admin/").text
    for shown in (
        "First steps",
        "Make an endpoint",
        "No lead yet. As soon as the marketplace posts one it is here.",
        "None yet: leads are kept, and sent nowhere.",
    ):
        assert shown in page


def test_the_newest_leads_are_those_to_work_on(ops: Client) -> None:
    for number in range(10):
        make_lead(last_name=f"No {number}", last_touch_at=timezone.now() - timedelta(hours=number))
    make_lead(last_name="Test", is_test=True)
    make_lead(last_name="Silent", is_dnc=True)
    found = re.findall(r"<strong>(Mina [^<]*)</strong>", ops.get("/admin/").text)
    assert found == [f"Mina No {number}" for number in range(8)]


def test_who_belongs_to_no_group_sees_an_empty_overview(enter: Enter) -> None:
    make_lead()
    page = enter().get("/admin/")
    assert page.status_code == 200
    assert "Newest leads" not in page.text
    assert "belongs to no group" in page.text
    assert buttons_on(page) == ["Sign out"]
    assert re.search(
        r'<form method="post" action="/admin/logout/"[^>]*>.*?Sign out</button></form>', page.text, re.DOTALL
    )


def test_who_belongs_to_no_group_can_sign_out(enter: Enter) -> None:
    client = enter()
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


def test_failures_are_grouped_by_destination_and_cause(ops: Client) -> None:
    crm = make_destination(name="Salesforce")
    for _number in range(3):
        make_delivery(crm, state=DeliveryState.FAILED, reason="sign_in_refused")
    make_delivery(crm, state=DeliveryState.FAILED, reason="record_refused")
    make_delivery(crm, state=DeliveryState.DELIVERED)
    answer = ops.get("/admin/")
    causes = {(wrong.about, wrong.trouble.cause): wrong.trouble.count for wrong in answer.context["troubles"]}
    assert causes == {("Salesforce", "sign_in_refused"): 3, ("Salesforce", "record_refused"): 1}
    assert "Enter the credentials anew, and check that they have not expired." in answer.text


def test_a_cause_leads_to_exactly_its_deliveries(ops: Client) -> None:
    wanted = make_delivery(state=DeliveryState.FAILED, reason="sign_in_refused")
    make_delivery(wanted.destination, state=DeliveryState.FAILED, reason="record_refused")
    make_delivery(state=DeliveryState.FAILED, reason="sign_in_refused")
    link = re.findall(r'class="lc-cause">.*?<a href="([^"]*)"', ops.get("/admin/").text, re.DOTALL)
    lists = [list(ops.get(address.replace("&amp;", "&")).context["cl"].result_list) for address in link]
    assert [wanted] in lists
    assert [len(found) for found in lists] == [1, 1, 1]


def test_each_destination_has_its_light(ops: Client) -> None:
    make_destination(name="Salesforce", gate={"last_success_at": timezone.now()})
    make_destination(name="HubSpot", gate={"paused_at": timezone.now(), "paused_by": "person"})
    lights = {str(destination): light for destination, light in ops.get("/admin/").context["lights"]}
    assert "Working" in lights["Salesforce"]
    assert "Paused" in lights["HubSpot"]


def test_the_step_to_the_endpoint_leads_to_the_first_one(owner: Client) -> None:
    endpoint = make_endpoint()
    assert page_of(endpoint) in owner.get("/admin/").text


def test_a_destination_that_is_stopped_says_why_and_how_many_wait(ops: Client) -> None:
    paused = {"paused_at": timezone.now(), "paused_by": "machine", "pause_cause": "sign_in_refused"}
    destination = make_destination(name="Salesforce", gate=paused)
    for _number in range(3):
        make_delivery(destination)
    page = ops.get("/admin/")
    (wrong,) = page.context["troubles"]
    assert (wrong.about, wrong.trouble.count) == ("Salesforce", 3)
    assert "Paused: The receiving system refused the sign-in." in page.text
    assert "All is well." not in page.text


def test_a_page_without_workers_says_so(ops: Client) -> None:
    page = ops.get("/admin/").text
    assert "Workers: None gave a sign of life within a minute." in page
    for name in (heartbeat.TIMETABLE, heartbeat.worker_name()):
        heartbeat.beat(name)
    assert "sign of life" not in ops.get("/admin/").text
