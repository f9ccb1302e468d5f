"""A worker that is stopped for longer than its claims last, and then goes on as if nothing had been."""

import pytest

from leads.states import AttemptResult, DeliveryState
from tests.faults import rows
from tests.faults.case import Case
from tests.faults.processes import another_worker, frozen
from tests.start.conftest import eventually


@pytest.mark.quick
def test_what_a_frozen_worker_writes_too_late_changes_nothing_but_a_yes_counts(case: Case) -> None:
    """A worker is frozen in the middle of its calls until its claims are over, another takes over, then it goes on."""
    for place in case.places:
        case.plays(place, "delay", delay=60, times=1)
    with another_worker(case.installation) as another:
        with frozen(another):
            case.senders.post()
            for place in case.places:
                case.wait_for_requests(place)
        with frozen(case.installation.process("worker")):
            rows.let_claims_end(case.crm.id, case.form.id)
            case.wait_for_requests(case.crm, 2)
            eventually(case.is_settled, "taken over")
            form = rows.deliveries(case.form.id).get()
            assert (form.state, form.reason) == (DeliveryState.FAILED, "may_have_arrived")
            case.plays_no_more()
        eventually(lambda: rows.attempts(case.crm.id, case.form.id).filter(is_late=True).count() == 2, "written late")
    late = rows.attempts(case.crm.id, case.form.id).filter(is_late=True)
    assert {attempt.result for attempt in late} == {AttemptResult.DELIVERED}
    assert rows.deliveries(case.form.id).get().state == DeliveryState.DELIVERED
    assert rows.deliveries(case.crm.id).get().tries == 1
    case.says("2 late answers; the form's counts, the CRM's changes nothing")
    case.prove(repeats=1)
