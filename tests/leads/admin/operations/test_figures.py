"""The head of the landing page, and the list of destinations: how it goes, in words, with links."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.admin.destinations import destination_panel
from leads.models import Destination, DestinationGate, Heartbeat, Tally
from leads.states import DeliveryState, Priority
from leads.watching import backlog, heartbeat
from tests.factories import make_delivery, make_destination
from tests.leads.admin.places import button_of, page_of
from tests.leads.admin.shown import messages_of

pytestmark = pytest.mark.django_db

LIST = "/admin/leads/destination/"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _everything_runs() -> None:
    for name in (heartbeat.TIMETABLE, heartbeat.worker_name()):
        heartbeat.beat(name)


def figures(client: Client) -> dict[str, tuple[str, str]]:
    """By label: what is shown, without its markup, and where it leads."""
    return {
        str(figure.label): (re.sub("<[^>]*>", "", str(figure.value)), figure.link)
        for figure in client.get("/admin/").context["figures"]
    }


def tried(destination: Destination, age: timedelta, before: int, after: int, failed: int = 0) -> None:
    Tally.objects.create(destination=destination, taken_at=timezone.now() - age, delivered=before, failed=0)
    DestinationGate.objects.filter(pk=destination.pk).update(delivered_count=after, failure_counts={"rejected": failed})


def test_all_is_well_where_nothing_is_wrong(ops: Client) -> None:
    make_destination()
    page = ops.get("/admin/").text
    assert "All is well." in page
    assert "Failures by cause" not in page
    assert figures(ops) == {
        "Waiting": ("0", "/admin/leads/delivery/?state__in=queued"),
        "Oldest waiting": ("–", "/admin/leads/delivery/?state__in=queued"),
        "Arrived, last hour": ("no figures yet", LIST),
        "Arrived, last 24 hours": ("no figures yet", LIST),
        "Next scheduled try": ("none", "/admin/leads/delivery/?state__in=queued"),
        "Workers": ("1 worker lives.", "/admin/system/"),
        "Timetable": ("It gives its signs.", "/admin/system/"),
    }


def test_one_look_says_how_many_things_are_wrong(ops: Client) -> None:
    make_delivery(state=DeliveryState.FAILED)
    Heartbeat.objects.exclude(name=heartbeat.TIMETABLE).delete()
    page = ops.get("/admin/").text
    assert "2 things are wrong." in page
    assert "All is well." not in page


def test_what_waits_is_counted_and_its_oldest_is_a_click_away(ops: Client) -> None:
    oldest = make_delivery()
    oldest.created_at = timezone.now() - 2 * HOUR
    oldest.save()
    make_delivery()
    make_delivery(state=DeliveryState.DELIVERED)
    found = figures(ops)
    assert found["Waiting"] == ("2", "/admin/leads/delivery/?state__in=queued")
    assert found["Oldest waiting"] == ("2 hours ago", page_of(oldest))
    assert len(ops.get(found["Waiting"][1]).context["cl"].result_list) == 2


def test_a_mountain_is_not_counted_to_its_top(ops: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MOST", 2)
    for _number in range(3):
        make_delivery()
    assert figures(ops)["Waiting"][0] == "2 or more"


def test_the_success_of_late_is_that_of_all_destinations(ops: Client) -> None:
    one, other = make_destination(), make_destination()
    moment = timezone.now() - 50 * MINUTE
    for destination, after, failed in ((one, 150, 0), (other, 49, 1)):
        tried(destination, 50 * MINUTE, 0, after, failed)
    Tally.objects.update(taken_at=moment)
    assert figures(ops)["Arrived, last hour"][0] == "99.5 % of 200 tries"


def test_the_next_scheduled_try_is_named_with_its_destination(ops: Client) -> None:
    crm = make_destination(name="Salesforce")
    make_delivery(crm, priority=Priority.RETRY, next_attempt_at=timezone.now() + 2 * HOUR)
    make_delivery(crm, priority=Priority.RETRY, next_attempt_at=timezone.now() + 3 * HOUR)
    paused = make_destination(gate={"paused_at": timezone.now(), "paused_by": "person"})
    make_delivery(paused, priority=Priority.RETRY, next_attempt_at=timezone.now() + HOUR)
    text, link = figures(ops)["Next scheduled try"]
    assert text == "in 2 hours · Salesforce"
    assert {delivery.destination for delivery in ops.get(link).context["cl"].result_list} == {crm}


def test_what_is_held_is_tried_next_when_the_hold_ends(ops: Client) -> None:
    make_delivery(make_destination(name="HubSpot", gate={"held_until": timezone.now() + 3 * HOUR}))
    assert figures(ops)["Next scheduled try"][0] == "in 3 hours · HubSpot"


# --- the list of destinations -----------------------------------------------------------------------------------------


def row(client: Client, destination: Destination) -> dict[str, str]:
    """By column, without its markup."""
    html = client.get(LIST).text
    (cells,) = [part for part in html.split("<tr")[1:] if f"/{destination.pk}/change/" in part]
    found = re.findall(r'<t[dh][^>]*class="[^"]*field-(\w+)[^>]*>(.*?)</t[dh]>', cells, re.DOTALL)
    return {name: " ".join(re.sub("<[^>]*>", " ", text).split()) for name, text in found}


def test_each_destination_says_how_it_goes(ops: Client) -> None:
    gate: dict[str, Any] = {"calls_at_once": 3, "last_success_at": timezone.now()}
    destination = make_destination(name="CRM", gate=gate)
    tried(destination, 50 * MINUTE, 100, 190, failed=10)
    late = make_delivery(destination)
    late.created_at = timezone.now() - 2 * HOUR
    late.save()
    make_delivery(destination, priority=Priority.RETRY, next_attempt_at=timezone.now() + HOUR)
    make_delivery(destination, state=DeliveryState.SENDING)
    assert row(ops, destination) == {
        "named": "CRM HTTPS endpoint",
        "light": "Working",
        "button": "Pause",
        "waiting": "2 oldest 2 hours ago",
        "success": "90.0 % of 100 tries 24 hours: 90.0 % of 100 tries",
        "next_try": "in 1 hour",
        "slots": "1 of 1",
        "breaker": "closed",
        "last_success": "just now",
    }


def test_a_broken_destination_says_so_and_when_it_is_tried(ops: Client) -> None:
    soon = timezone.now() + 5 * MINUTE
    destination = make_destination(gate={"broken_at": timezone.now(), "probe_at": soon, "calls_at_once": 2})
    make_delivery(destination)
    found = row(ops, destination)
    assert (found["breaker"], found["light"], found["next_try"], found["button"]) == (
        "open",
        "Not answering",
        "in 5 minutes",
        "Resume",
    )


def test_the_backlog_of_one_destination_is_counted_up_to_a_thousand(
    ops: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.admin.destinations.destination_list.MOST_WAITING", 2)
    destination = make_destination()
    for _number in range(3):
        make_delivery(destination)
    assert row(ops, destination)["waiting"].startswith("2 or more")
    assert destination_panel.MOST_WAITING == 1000


def test_a_button_in_the_list_leads_back_to_the_list(ops: Client) -> None:
    destination = make_destination()
    address = button_of(destination, "pause")
    assert f'formaction="{address}" name="next" value="{LIST}"' in ops.get(LIST).text
    answer = ops.post(address, {"next": LIST}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert messages_of(answer) == ["Paused. Leads wait; none is lost."]
    assert row(ops, destination)["button"] == "Resume"


def test_who_may_not_stop_a_destination_has_no_button(sales: Client) -> None:
    make_destination()
    assert "formaction" not in sales.get(LIST).text
