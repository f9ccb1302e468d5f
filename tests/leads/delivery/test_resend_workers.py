"""The workers of a job: killed, overtaken, stopped, gone. Each page is done once, whole, or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from leads.delivery import resend_jobs, resending
from leads.delivery.resend_jobs import cancel, to_go_on_with, work_off, work_off_page
from leads.models import Delivery, Destination, ResendJob, Touch
from leads.models.resend_job import ResendState
from leads.states import DeliveryState
from tests.factories import make_delivery, make_resend_job

pytestmark = pytest.mark.django_db

QUEUED, FAILED = DeliveryState.QUEUED, DeliveryState.FAILED


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend_jobs, "PAGE", 2)


def test_a_page_that_did_not_get_through_leaves_no_trace(
    destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the worker is killed in the middle: its transaction ends without a commit."""
    for _n in range(3):
        make_delivery(destination, state=FAILED)
    job = make_resend_job()
    work_off_page(job.pk)
    move = resending.try_again

    def killed(deliveries: Any, **values: Any) -> int:
        assert move(deliveries, **values) == 2
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(resending, "try_again", killed)
        with pytest.raises(SystemExit):
            work_off_page(job.pk)
    job.refresh_from_db()
    assert (job.moved, job.cursor) == (0, None)
    assert Delivery.objects.filter(state=FAILED).count() == 3
    work_off(job.pk)
    job.refresh_from_db()
    assert (job.state, job.moved) == (ResendState.DONE, 3)


def test_a_page_that_another_worker_took_is_not_done_twice(
    destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _n in range(4):
        make_delivery(destination, state=FAILED)
    job = make_resend_job()
    work_off_page(job.pk)
    look = resend_jobs._next_ids

    def overtaken(read: ResendJob) -> Any:
        ids = look(read)
        monkeypatch.setattr(resend_jobs, "_next_ids", look)
        assert work_off_page(job.pk) is not None
        return ids

    monkeypatch.setattr(resend_jobs, "_next_ids", overtaken)
    assert work_off_page(job.pk) is None
    job.refresh_from_db()
    assert job.moved == 2
    assert Delivery.objects.filter(state=QUEUED).count() == 2


def test_it_gives_way_after_some_seconds(destination: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend_jobs, "SECONDS_AT_ONCE", 0)
    for _n in range(3):
        make_delivery(destination, state=FAILED)
    job = make_resend_job()
    worked = [work_off(job.pk) for _n in range(4)]
    assert [(one.destinations, one.may_be_more) for one in worked] == [
        (set(), True),
        ({destination.pk}, True),
        ({destination.pk}, True),
        (set(), False),
    ]


def test_a_job_whose_worker_is_gone_is_found(destination: Destination) -> None:
    waiting, lost = make_resend_job(), make_resend_job(state="running", worked_at=Now() - timedelta(seconds=31))
    make_resend_job(state="running", worked_at=Now() - timedelta(seconds=20))
    for state in (ResendState.DONE, ResendState.CANCELLED):
        make_resend_job(state=state, worked_at=Now() - timedelta(days=1), finished_at=Now())
    assert to_go_on_with() == [waiting.pk, lost.pk]


def test_a_cancelled_job_moves_nothing_more(destination: Destination) -> None:
    for _n in range(4):
        make_delivery(destination, state=FAILED)
    job = make_resend_job()
    for _n in range(2):
        work_off_page(job.pk)
    assert [cancel(job.pk) for _n in range(2)] == [True, False]
    assert work_off_page(job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.moved) == (ResendState.CANCELLED, 2)
    assert Delivery.objects.filter(state=QUEUED).count() == 2


def test_a_cancellation_in_the_middle_of_a_page_wins(destination: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    make_delivery(destination, state=FAILED)
    job = make_resend_job()
    work_off_page(job.pk)
    look = resend_jobs._next_ids

    def cancelled(read: ResendJob) -> Any:
        cancel(job.pk)
        return look(read)

    monkeypatch.setattr(resend_jobs, "_next_ids", cancelled)
    assert work_off_page(job.pk) is None
    assert Delivery.objects.get().state == FAILED


def test_a_touch_or_delivery_that_is_gone_is_counted(destination: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    make_delivery(destination, state=FAILED)
    look = resend_jobs._next_ids

    def gone(read: ResendJob) -> Any:
        ids = look(read)
        Delivery.objects.all().delete()
        return ids

    monkeypatch.setattr(resend_jobs, "_next_ids", gone)
    job = make_resend_job()
    for _n in range(2):
        work_off_page(job.pk)
    job.refresh_from_db()
    assert job.skipped == {"gone": 1}
    assert Touch.objects.exists()
