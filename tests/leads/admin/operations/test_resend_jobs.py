"""Replays: asked for after seeing how many and how long, watched, and stopped."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.delivery import resend_plans
from leads.delivery.resend_jobs import PERMISSIONS, work_off
from leads.models import Delivery, Destination, ResendJob
from leads.models.resend_job import ResendKind, ResendState
from leads.states import AttemptResult, DeliveryState
from tests.factories import (
    NOON,
    make_attempt,
    make_delivery,
    make_destination,
    make_resend_job,
    make_route,
    make_touch,
)
from tests.leads.admin.places import page_of
from tests.leads.admin.rows import all_rows
from tests.leads.admin.shown import buttons_on, links_on

pytestmark = pytest.mark.django_db

REPLAYS = "/admin/leads/resendjob/"
ASK = f"{REPLAYS}add/"
DELIVERIES = "/admin/leads/delivery/"
FAILED, DELIVERED, QUEUED = DeliveryState.FAILED, DeliveryState.DELIVERED, DeliveryState.QUEUED
BOX = "each of these may make a second record there"


@pytest.fixture
def crm() -> Destination:
    """Recognises repeats, and answers in a fifth of a second."""
    settings: dict[str, Any] = {"url": "https://crm.example.com/leads", "method": "POST", "body_shape": "documented"}
    settings |= {"sign_in": "none", "signed": False, "recognises_repeats": True}
    destination = make_destination(name="CRM", settings=settings)
    delivery = make_delivery(destination, state=DELIVERED, delivered_at=NOON)
    make_attempt(delivery, result=AttemptResult.DELIVERED, finished_at=NOON, duration_ms=200)
    return destination


@pytest.fixture
def forgetful(crm: Destination) -> Destination:
    crm.settings["recognises_repeats"] = False
    crm.save()
    return crm


def failed(destination: Destination, number: int = 1, **values: Any) -> None:
    for _n in range(number):
        make_delivery(destination, state=FAILED, **values)


def fact(answer: Any, label: str) -> str:
    found = re.search(rf"<dt>{label}</dt>\s*<dd>(.*?)</dd>", answer.text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


# --- from the destination to the replay -----------------------------------------------------------------------------


def test_four_clicks_send_again_what_failed_since(
    ops: Client, crm: Destination, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    failed(crm, 2)
    failed(crm, created_at=timezone.now() - timedelta(days=3))
    (which,) = links_on(ops.get(page_of(crm)), "Send again")
    assert "Continue" in ops.get(which).text
    since = timezone.localtime(timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    asked: dict[str, Any] = {"kind": "failed", "destination": crm.pk, "states": "failed", "since": since, "until": ""}
    question = ops.get(ASK, asked)
    assert (fact(question, "Destination"), fact(question, "State")) == ("CRM", "Failed")
    assert (fact(question, "Deliveries"), fact(question, "Takes")) == ("2", "less than a minute")
    assert "Send 2 again" in buttons_on(question)
    assert not ResendJob.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        answer = ops.post(question.request["PATH_INFO"] + "?" + question.request["QUERY_STRING"], follow=True)
    job = ResendJob.objects.get()
    assert answer.redirect_chain == [(page_of(job), 302)]
    assert (job.kind, job.destination, job.states, job.state) == ("failed", crm, ["failed"], ResendState.WAITING)
    assert job.asked_by == answer.wsgi_request.user
    assert hinted == ["continue_resend_jobs"]
    work_off(job.pk)
    assert Delivery.objects.filter(state=QUEUED).count() == 2


def test_looking_and_asking_how_many_changes_nothing(ops: Client, crm: Destination) -> None:
    failed(crm)
    before = all_rows()
    replay = f"?kind=delivered&destination={crm.pk}&since=2026-03-01"
    for query in ("", f"?destination={crm.pk}", "?kind=failed", replay):
        assert ops.get(ASK + query).status_code == 200
    assert ops.post(ASK).status_code == 200
    assert all_rows() == before


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("kind=delivered&destination={crm}", "Say since when. What arrived before that is not sent again."),
        ("kind=delivered&since=2026-03-01", "Choose a destination: this is done for one at a time."),
        ("kind=missing&destination={crm}", "No enabled route leads there, or it is disabled. Add a route first."),
        ("kind=failed&since=2026-03-02&until=2026-03-01", "This is not after the time that it begins with."),
        ("kind=failed&since=yesterday", "Enter a valid date/time."),
        ("kind=failed&since=0001-01-01T00:00%2B23:59", "Enter a valid date/time."),
        ("kind=failed&destination=4711", "Select a valid choice."),
        ("kind=failed&reason=bad_luck", "Select a valid choice."),
        ("kind=failed&states=sending", "Select a valid choice."),
        ("kind=withheld", "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    ops: Client, crm: Destination, query: str, complaint: str
) -> None:
    failed(crm)
    address = f"{ASK}?{query.format(crm=crm.pk)}"
    assert complaint in ops.get(address).text
    assert complaint in ops.post(address).text
    assert not ResendJob.objects.exists()


def test_with_nothing_to_send_there_is_no_button(ops: Client, crm: Destination) -> None:
    page = ops.get(f"{ASK}?kind=failed&destination={crm.pk}")
    assert "There are none, so there is nothing to do." in page.text
    assert not [button for button in buttons_on(page) if button.startswith("Send")]


def test_many_are_not_counted_to_the_end(ops: Client, crm: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend_plans, "MOST", 3)
    failed(crm, 4)
    page = ops.get(f"{ASK}?kind=failed")
    assert (fact(page, "Deliveries"), fact(page, "Takes")) == ("3 or more", "a few minutes or longer")


def test_several_reasons_are_counted_apart_and_who_waits_is_said(ops: Client, crm: Destination) -> None:
    failed(crm, 2, reason="conflict")
    failed(make_destination(name="Paused", gate={"paused_at": NOON, "paused_by": "person"}), reason="server_trouble")
    page = ops.get(f"{ASK}?kind=failed").text
    assert "CRM · The receiving system says that this lead conflicts with a record it has." in page
    assert "Paused · The receiving system has trouble of its own." in page
    assert page.count("waits: it is paused or disabled") == 1


def test_before_a_stopped_destination_is_sent_to_it_says_so(ops: Client) -> None:
    paused = make_destination(gate={"paused_at": NOON, "paused_by": "person"})
    failed(paused)
    page = ops.get(f"{ASK}?kind=failed&destination={paused.pk}").text
    assert "The destination is paused. What is sent again waits until it goes on." in page


def test_what_was_entered_can_be_changed(ops: Client, crm: Destination) -> None:
    failed(crm)
    question = ops.get(f"{ASK}?kind=failed&destination={crm.pk}&since=2026-03-02T12:00:00%2B00:00&states=failed")
    (back,) = links_on(question, "Change")
    form = ops.get(back)
    assert 'value="2026-03-02T12:00"' in form.text
    assert f'<option value="{crm.pk}" selected>CRM</option>' in form.text


# --- what may be there twice ----------------------------------------------------------------------------------------


def test_what_may_have_arrived_is_left_out_and_can_be_looked_at(ops: Client, forgetful: Destination) -> None:
    failed(forgetful, reason="may_have_arrived")
    failed(forgetful)
    page = ops.get(f"{ASK}?kind=failed&destination={forgetful.pk}")
    assert fact(page, "Deliveries") == "1"
    assert "1 may have arrived already and is left out." in page.text
    (look,) = links_on(page, "Look at them")
    assert ops.get(look).context["cl"].result_count == 1
    assert BOX not in page.text


def test_what_may_have_arrived_goes_only_with_a_tick(ops: Client, forgetful: Destination) -> None:
    failed(forgetful, reason="may_have_arrived")
    address = f"{ASK}?kind=failed&destination={forgetful.pk}&reason=may_have_arrived"
    assert BOX in ops.get(address).text
    assert "Tick the box, or go back." in ops.post(address).text
    assert not ResendJob.objects.exists()
    ops.post(address, {"doubles_confirmed": "on"})
    job = ResendJob.objects.get()
    work_off(job.pk)
    assert Delivery.objects.filter(state=QUEUED).count() == 1


def test_a_tick_in_the_address_is_none(ops: Client, forgetful: Destination) -> None:
    failed(forgetful, reason="may_have_arrived")
    ops.post(f"{ASK}?kind=failed&reason=may_have_arrived&doubles_confirmed=on")
    assert not ResendJob.objects.exists()


def test_delivered_ones_go_once_more_and_need_a_tick_where_repeats_are_not_recognised(
    ops: Client, crm: Destination
) -> None:
    address = f"{ASK}?kind=delivered&destination={crm.pk}&since=2026-03-01"
    page = ops.get(address).text
    assert "They go under the same key as before" in page
    assert BOX not in page
    Destination.objects.update(settings=crm.settings | {"recognises_repeats": False})
    assert BOX in ops.get(address).text
    ops.post(address)
    assert not ResendJob.objects.exists()
    ops.post(address, {"doubles_confirmed": "on"})
    assert ResendJob.objects.get().doubles_confirmed


def test_delivered_ones_need_a_permission_of_their_own(ops: Client, crm: Destination, monkeypatch: Any) -> None:
    monkeypatch.setitem(PERMISSIONS, ResendKind.DELIVERED, ("leads.delete_lead",))
    page = ops.get(ASK).text
    assert "Delivered ones again" not in page
    assert "Failed ones again" in page
    ops.post(f"{ASK}?kind=delivered&destination={crm.pk}&since=2026-03-01")
    assert not ResendJob.objects.exists()


def test_a_second_replay_of_delivered_ones_is_refused(ops: Client, crm: Destination) -> None:
    make_resend_job(crm, kind="delivered", states=["delivered"])
    page = ops.post(f"{ASK}?kind=delivered&destination={crm.pk}&since=2026-03-01").text
    assert "What was delivered there is being sent once more already." in page
    assert ResendJob.objects.count() == 1


def test_leads_that_never_went_there(ops: Client, crm: Destination) -> None:
    make_route(crm)
    for is_test in (False, False, True):
        make_touch(is_test=is_test)
    page = ops.get(f"{ASK}?kind=missing&destination={crm.pk}")
    assert fact(page, "Deliveries") == "2"
    assert "1 more is withheld by policy and is not sent." in page.text
    assert "Send 2" in buttons_on(page)


# --- from the list of deliveries ------------------------------------------------------------------------------------


def test_two_clicks_from_a_cause_to_the_question(ops: Client, crm: Destination) -> None:
    failed(crm, 2, reason="conflict")
    failed(crm, reason="server_trouble")
    cause = f"{DELIVERIES}?state__in=failed&destination__id__exact={crm.pk}&reason=conflict"
    (again,) = links_on(ops.get(cause), "Try all of these again")
    question = ops.get(again)
    assert (fact(question, "Deliveries"), fact(question, "Destination")) == ("2", "CRM")
    assert fact(question, "Reason") == "The receiving system says that this lead conflicts with a record it has."


@pytest.mark.parametrize("query", ["", "?state__in=delivered,withheld", "?state__in=failed&reason=conflict"])
def test_where_nothing_can_be_tried_again_there_is_no_such_button(ops: Client, crm: Destination, query: str) -> None:
    failed(crm)
    assert links_on(ops.get(DELIVERIES + query), "Try all of these again") == []


def test_who_may_not_send_many_has_no_such_button(sales: Client, crm: Destination) -> None:
    failed(crm)
    assert links_on(sales.get(f"{DELIVERIES}?state__in=failed"), "Try all of these again") == []
    assert links_on(sales.get(page_of(crm)), "Send again") == []


@pytest.mark.parametrize("query", ["?state__in=failed&reason=conflict", "?state__in=failed,queued", ""])
def test_all_that_a_list_finds_are_asked_about_first(ops: Client, crm: Destination, query: str) -> None:
    failed(crm, 2, reason="conflict")
    posted = {
        "action": "retry_selected",
        "select_across": "1",
        "_selected_action": [str(Delivery.objects.latest("pk").pk)],
    }
    question = ops.post(DELIVERIES + query, posted, follow=True)
    assert fact(question, "Deliveries") == "2"
    assert not Delivery.objects.filter(state=QUEUED).exists()
    assert not ResendJob.objects.exists()


def test_all_of_those_that_may_have_arrived_need_the_tick(ops: Client, forgetful: Destination) -> None:
    failed(forgetful, 2, reason="may_have_arrived")
    posted = {
        "action": "retry_selected",
        "select_across": "1",
        "_selected_action": [str(Delivery.objects.latest("pk").pk)],
    }
    question = ops.post(f"{DELIVERIES}?state__in=failed&reason=may_have_arrived", posted, follow=True)
    assert BOX in question.text


def test_the_days_of_the_list_are_taken_along(ops: Client, crm: Destination) -> None:
    noon = NOON.replace(tzinfo=timezone.get_default_timezone())
    for days in (-1, 0, 1):
        failed(crm, created_at=noon + timedelta(days=days))
    query = "?state__in=failed&created_at_from_0=2026-03-02&created_at_to_0=2026-03-02"
    (again,) = links_on(ops.get(DELIVERIES + query), "Try all of these again")
    assert fact(ops.get(again), "Deliveries") == "1"


# --- after recovery -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("success", "failure", "is_offered"),
    [(NOON, NOON - timedelta(minutes=1), True), (NOON, NOON, False), (NOON, None, False), (None, NOON, False)],
)
def test_once_leads_get_through_again_those_that_failed_are_offered(
    ops: Client, crm: Destination, success: Any, failure: Any, is_offered: bool
) -> None:
    failed(crm, 2, created_at=timezone.now() - timedelta(hours=3))
    failed(crm, reason="may_have_arrived")
    type(crm.gate).objects.update(last_success_at=success, last_failure_at=failure)
    page = ops.get(page_of(crm))
    offers = links_on(page, "Send them again")
    assert len(offers) == is_offered
    if is_offered:
        assert "Leads get through now. 2 failed before, the oldest made" in page.text
        assert "3 hours ago" in page.text
        assert fact(ops.get(offers[0]), "Deliveries") == "2"


def test_where_nothing_failed_nothing_is_offered(ops: Client, crm: Destination) -> None:
    type(crm.gate).objects.update(last_success_at=NOON, last_failure_at=NOON - timedelta(minutes=1))
    assert "Leads get through now." not in ops.get(page_of(crm)).text
