"""Many deliveries sent again at once, by a job whose workers die or which somebody cancels half-way."""

import pytest
from django.db.models.functions import Now

from leads.models import Delivery, Destination, ResendJob
from leads.models.resend_job import ResendState
from leads.states import DeliveryState
from tests.faults import rows
from tests.faults.case import Case
from tests.faults.processes import kill_worker
from tests.start.conftest import eventually

REFUSED = 5_000
KILLS = 3
IN_FLIGHT = 8


def fail_many(case: Case) -> None:
    """Leads of earlier that the CRM refused."""
    case.leave_out(case.form)
    case.senders.post()
    case.settle()
    emails = [f"refused.{number}@fabrikam.example" for number in range(REFUSED)]
    rows.add_backlog(case.crm.id, emails, state=DeliveryState.FAILED, reason="record_refused", tries=1)


def ask(case: Case) -> ResendJob:
    destination = Destination.objects.using(rows.ALIAS).get(pk=case.crm.id)
    jobs = ResendJob.objects.using(rows.ALIAS)
    return jobs.create(destination=destination, states=[DeliveryState.FAILED], until=Now())


def looked_at(job: ResendJob) -> int:
    job.refresh_from_db(using=rows.ALIAS)
    return job.looked_at


@pytest.mark.timeout(300)
def test_a_job_whose_workers_die_sends_each_again_once(case: Case) -> None:
    """5,000 refused leads are sent again by a job whose worker is killed 3 times."""
    fail_many(case)
    job = ask(case)
    for _kill in range(KILLS):
        before = looked_at(job)
        eventually(lambda: looked_at(job) > before, "another page", 60)  # noqa: B023 - asked before the next turn
        kill_worker(case.installation)
    eventually(lambda: looked_at(job) == REFUSED and job.state == ResendState.DONE, "the job is done", 120)
    case.settle(seconds=120)
    assert (job.moved, job.skipped) == (REFUSED, {})
    case.says(f"{KILLS} kills; {job.moved} moved, each once")
    assert case.prove(repeats=KILLS * IN_FLIGHT).delivered == REFUSED + 1


@pytest.mark.timeout(240)
def test_a_cancelled_job_leaves_the_rest_as_it_was(case: Case) -> None:
    """A job that sends 5,000 refused leads again is cancelled half-way."""
    fail_many(case)
    job = ask(case)
    eventually(lambda: looked_at(job) > REFUSED // 10, "some pages", 60)
    standing = ResendJob.objects.using(rows.ALIAS).filter(pk=job.pk)
    standing.update(state=ResendState.CANCELLED, finished_at=Now())
    eventually(case.is_settled, "settled", 120)
    found = looked_at(job)
    left = Delivery.objects.using(rows.ALIAS).filter(destination=case.crm.id, state=DeliveryState.FAILED).count()
    case.says(f"{found} sent again, {left} left")
    assert found < REFUSED
    assert left == REFUSED - found
    assert {record["times_received"] for record in case.records(case.crm)} == {1}
