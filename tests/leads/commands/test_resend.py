"""``resend``: also of what was delivered, and of what never went there; and what it leaves to the workers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.delivery import resend_jobs
from leads.management.commands import resend
from leads.models import Delivery, Destination, ResendJob
from leads.models.resend_job import ResendState
from leads.states import DeliveryState, Priority
from tests.factories import make_delivery, make_destination, make_resend_job, make_route, make_touch
from tests.leads.commands.conftest import Run

pytestmark = pytest.mark.django_db

URL = {"url": "https://crm.example.com/leads", "sign_in": "none", "signed": False, "recognises_repeats": True}


@pytest.fixture
def crm() -> Destination:
    settings = URL | {"method": "POST", "body_shape": "documented"}
    return make_destination(name="CRM", settings=settings)


def test_what_was_delivered_since_a_time_goes_once_more(run: Run, crm: Destination) -> None:
    old = make_delivery(crm, state=DeliveryState.DELIVERED, delivered_at=timezone.now() - timedelta(hours=3))
    new = make_delivery(crm, state=DeliveryState.DELIVERED, delivered_at=timezone.now() - timedelta(hours=1))
    ran = run("resend", "delivered", "--destination", "CRM", "--since", "2h", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("1 delivery is queued.\n")
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {old.pk: DeliveryState.DELIVERED, new.pk: DeliveryState.QUEUED}


def test_leads_that_never_went_there_go(run: Run, crm: Destination) -> None:
    make_route(crm)
    touch, test = make_touch(), make_touch(is_test=True)
    ran = run("resend", "missing", "--destination", "CRM", "--yes")
    assert "1 delivery fits.\n" in ran.out
    assert "Withheld by policy: 1.\n" in ran.out
    assert ran.out.endswith("1 delivery is queued.\nLeft as it was: 1 (withheld by policy).\n")
    made = {delivery.touch_id: (delivery.state, delivery.priority) for delivery in Delivery.objects.all()}
    assert made == {
        touch.pk: (DeliveryState.QUEUED, Priority.RESEND),
        test.pk: (DeliveryState.WITHHELD, Priority.RESEND),
    }


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["delivered", "--destination", "CRM"], "--since: Say since when."),
        (["delivered", "--since", "2h"], "--destination: Choose a destination: this is done for one at a time."),
        (["missing", "--destination", "CRM"], "--destination: No enabled route leads there, or it is disabled."),
        (["failed", "--since", "1h", "--until", "2h"], "--until: This is not after the time that it begins with."),
        (
            ["delivered", "--destination", "CRM", "--since", "2h", "--reason", "conflict"],
            "--reason: Only what failed or waits has a reason.",
        ),
    ],
)
def test_what_makes_no_sense_is_one_line(run: Run, crm: Destination, words: list[str], complaint: str) -> None:
    ran = run("resend", *words, "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(complaint)
    assert not ResendJob.objects.exists()


def test_a_second_replay_of_what_was_delivered_waits_for_the_first(run: Run, crm: Destination) -> None:
    make_delivery(crm, state=DeliveryState.DELIVERED)
    make_resend_job(crm, kind="delivered", states=["delivered"])
    ran = run("resend", "delivered", "--destination", "CRM", "--since", "2h", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("--destination: What was delivered there is being sent once more already.")


def test_it_can_be_left_to_the_workers(run: Run, crm: Destination, hinted: list[str]) -> None:
    delivery = make_delivery(crm, state=DeliveryState.FAILED)
    ran = run("resend", "failed", "--yes", "--no-wait")
    job = ResendJob.objects.get()
    assert ran.out.endswith(f"The workers do it: replay {job.pk}.\n")
    assert hinted == ["continue_resend_jobs"]
    assert (job.state, job.asked_by) == (ResendState.WAITING, None)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED


def test_a_worker_may_have_done_it_meanwhile(run: Run, crm: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    make_delivery(crm, state=DeliveryState.FAILED)
    own = resend_jobs.work_off_page

    def overtaken(job_id: int) -> None:
        while own(job_id) is not None:
            pass

    monkeypatch.setattr(resend_jobs, "work_off_page", overtaken)
    monkeypatch.setattr(resend, "SECONDS_BETWEEN_LOOKS", 0)
    assert run("resend", "failed", "--yes").out.endswith("1 delivery is queued.\n")


def test_ctrl_c_stops_the_replay(
    run: Run, crm: Destination, monkeypatch: pytest.MonkeyPatch, hinted: list[str]
) -> None:
    make_delivery(crm, state=DeliveryState.FAILED)

    def interrupted(_job_id: int) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(resend_jobs, "work_off_page", interrupted)
    ran = run("resend", "failed", "--yes")
    assert (ran.code, ran.err) == (130, "Stopped.")
    assert ResendJob.objects.get().state == ResendState.CANCELLED
    assert hinted == ["dispatch_due_deliveries"]
