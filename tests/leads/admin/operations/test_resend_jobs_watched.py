"""Replays: watched while they go on, stopped, and kept as a record."""

import pytest
from django.test import Client
from django.utils import timezone

from leads.delivery.resend_jobs import work_off
from leads.models import Delivery, Destination, ResendJob
from leads.models.resend_job import ResendState, Skipped
from leads.roles import OWNER, SALES
from leads.states import DeliveryState
from tests.factories import NOON, make_delivery, make_destination, make_offer, make_resend_job, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import buttons_on, links_on, messages_of

pytestmark = pytest.mark.django_db

REPLAYS = "/admin/leads/resendjob/"


@pytest.fixture
def crm() -> Destination:
    return make_destination(name="CRM")


def test_the_list_shows_what_to_where_and_how_far(ops: Client, crm: Destination) -> None:
    make_resend_job(crm, moved=14_844, asked_by=make_user(username="Mina"), state=ResendState.DONE, finished_at=NOON)
    make_resend_job()
    page = ops.get(REPLAYS).text
    for shown in ("Failed ones again", "CRM", "14,844", "Mina", "Done", "All destinations", "Waiting for a worker"):
        assert shown in page


def test_the_page_asks_for_itself_while_the_replay_goes_on_and_not_after(ops: Client, crm: Destination) -> None:
    make_delivery(crm, state=DeliveryState.FAILED)
    job = make_resend_job(crm, offer=make_offer(name="Firewall"))
    state = address_of("leads_resendjob_state", job.pk)
    waiting = ops.get(page_of(job)).text
    assert f'hx-get="{state}"' in waiting
    assert "A worker takes it in a moment. If this stays, no worker is running." in waiting
    ResendJob.objects.update(state=ResendState.RUNNING, found=2000, moved=1000, skipped={"sending": 1})
    running = ops.get(state).text
    assert "1,001 of 2,000 looked at" in running
    assert 'value="1001" max="2000"' in running
    assert "Firewall" in running
    ResendJob.objects.update(state=ResendState.DONE, finished_at=timezone.now())
    done = ops.get(state).text
    assert "hx-get" not in done
    assert "<progress" not in done


def test_the_page_says_what_was_left_and_why(ops: Client, crm: Destination) -> None:
    skipped = {reason: number for number, reason in enumerate(Skipped.values, 1)}
    job = make_resend_job(crm, skipped=skipped, state=ResendState.DONE, finished_at=NOON)
    page = ops.get(page_of(job)).text
    for reason, number in skipped.items():
        assert f"<dd>{number}: {Skipped(reason).label}</dd>" in page
    (look,) = links_on(ops.get(page_of(job)), "Look at those that may have arrived already")
    assert look == f"/admin/leads/delivery/?state__in=failed&reason=may_have_arrived&destination__id__exact={crm.pk}"


def test_a_reason_that_this_version_does_not_know_is_shown_all_the_same(ops: Client) -> None:
    job = make_resend_job(skipped={"something_new": 3}, state=ResendState.DONE, finished_at=NOON)
    assert "3: something_new" in ops.get(page_of(job)).text


def test_a_replay_can_be_stopped_and_that_is_noted(ops: Client, crm: Destination) -> None:
    make_delivery(crm, state=DeliveryState.FAILED)
    job = make_resend_job(crm)
    assert "Cancel" in buttons_on(ops.get(page_of(job)))
    answer = ops.post(button_of(job, "cancel"), follow=True)
    assert messages_of(answer) == ["Cancelled. What it had sent again by then stays so."]
    assert [(row, text) for _who, row, text in log()] == [(str(job.pk), "Cancelled.")]
    assert "Cancel" not in buttons_on(answer)
    work_off(job.pk)
    assert not Delivery.objects.filter(state=DeliveryState.QUEUED).exists()


# --- what goes with what --------------------------------------------------------------------------------------------


def test_an_offer_takes_its_ended_replays_with_it_and_waits_for_those_under_way(enter: Enter) -> None:
    owner, offer = enter(OWNER), make_offer()
    job = make_resend_job(offer=offer)
    delete = address_of("leads_offer_delete", offer.pk)
    owner.post(delete, {"post": "yes"})
    assert ResendJob.objects.filter(offer=offer).exists()
    ResendJob.objects.filter(pk=job.pk).update(state=ResendState.DONE, finished_at=NOON)
    owner.post(delete, {"post": "yes"})
    assert not ResendJob.objects.exists()


def test_sales_people_see_no_replays(enter: Enter) -> None:
    assert enter(SALES).get(REPLAYS).status_code == 403
