"""Several workers at one batch, and several batches with the same rows: everything is done once."""

import pytest

from leads.importing import jobs, storing
from leads.models import ImportJob, InboundRequest, Lead, Touch
from leads.models.import_job import UNDER_WAY, ImportState
from tests.leads.at_once import at_once
from tests.leads.importing.files import checked, row, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def work(*job_ids: int) -> None:
    while ImportJob.objects.filter(pk__in=job_ids, state__in=UNDER_WAY).exists():
        for job_id in job_ids:
            jobs.work_off_page(job_id)


def rows(count: int) -> list[dict[str, str]]:
    return [row(referral_id=f"r-{number}", e_mail=f"p{number % 5}@x.example") for number in range(count)]


def test_workers_that_share_a_batch_import_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "PAGE", 3)
    monkeypatch.setattr(jobs, "MOST_TRIES", 1_000)
    job = checked(uploaded(*rows(24)))
    jobs.start(job, forwards=False, gives_owners=True)
    at_once([lambda: work(job.pk)] * 3)
    job.refresh_from_db()
    assert (job.state, job.result) == (ImportState.DONE, {"touches": 24, "leads": 5})
    assert (Touch.objects.count(), InboundRequest.objects.count(), Lead.objects.count()) == (24, 24, 5)
    assert sorted(Lead.objects.values_list("touch_count", flat=True)) == [4, 5, 5, 5, 5]
    jobs.revert(job)
    at_once([lambda: work(job.pk)] * 3)
    job.refresh_from_db()
    assert (job.state, job.result["removed"], job.result["leads_removed"]) == (ImportState.REVERTED, 24, 5)
    assert not Touch.objects.exists()


def test_two_batches_with_the_same_rows_import_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "PAGE", 3)
    monkeypatch.setattr(jobs, "MOST_TRIES", 1_000)
    both = [checked(uploaded(*rows(12))), checked(uploaded(*rows(12)))]
    for job in both:
        jobs.start(job, forwards=False, gives_owners=True)
    at_once([lambda job=job: work(job.pk) for job in both])  # type: ignore[misc]
    results = [ImportJob.objects.get(pk=job.pk).result for job in both]
    assert sum(result.get("touches", 0) for result in results) == 12
    assert sum(result.get("known", 0) for result in results) == 12
    assert Touch.objects.count() == 12
