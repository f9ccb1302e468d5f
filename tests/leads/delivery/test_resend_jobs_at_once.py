"""Many workers at one job: every row is moved by one of them."""

import pytest

from leads.delivery import resend_jobs
from leads.delivery.resend_jobs import work_off_page
from leads.models import Delivery, Destination
from leads.models.resend_job import ResendState
from leads.states import DeliveryState
from tests.factories import make_resend_job, make_touch
from tests.leads.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("workers", [2, 5])
def test_pages_that_are_worked_off_at_once_are_each_done_by_one(
    destination: Destination, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend_jobs, "PAGE", 3)
    touches = [make_touch() for _n in range(40)]
    Delivery.objects.bulk_create(
        Delivery(touch=touch, destination=destination, state=DeliveryState.FAILED, reason="conflict")
        for touch in touches
    )
    job = make_resend_job()

    def work() -> int:
        moved = 0
        while True:
            job_now = type(job).objects.get(pk=job.pk)
            if not job_now.is_open:
                return moved
            page = work_off_page(job.pk)
            moved += page.moved if page else 0

    moved = at_once([work] * workers)
    job.refresh_from_db()
    assert sum(moved) == job.moved == job.found == 40
    assert (job.state, job.skipped) == (ResendState.DONE, {})
    assert Delivery.objects.filter(state=DeliveryState.QUEUED).count() == 40
