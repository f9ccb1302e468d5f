"""The test lead: marked, sent the real way, kept nowhere."""

import pytest

from integrations.contract import Arrival, Delivered, Failure, FailureKind, StepResult
from integrations.diagnosis import diagnose
from leads.delivery import gate
from leads.delivery.test_lead import send_test_lead
from leads.models import Attempt, Delivery, Destination, DestinationGate, Touch
from tests.factories import make_delivery
from tests.leads.delivery.scripted import FarEnd


def test_a_test_lead_goes_the_real_way_and_leaves_nothing_here(destination: Destination, far_end: FarEnd) -> None:
    step = send_test_lead(destination)
    assert (step.result, str(step.detail)) == (
        StepResult.PASSED,
        "It arrived as a new record. It stays over there: delete it by hand.",
    )
    ((record,),) = far_end.calls
    assert (record.is_test, record.first_name, record.email) == (True, "MSFT_TEST_1", "lead-crm-test@example.com")
    assert not Touch.objects.exists()
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()


def test_each_test_lead_has_a_key_of_its_own(destination: Destination, far_end: FarEnd) -> None:
    for _n in range(2):
        send_test_lead(destination)
    assert len(set(far_end.received)) == 2


@pytest.mark.parametrize("answer", [ValueError("SECRET"), None], ids=["exception", "silence"])
def test_a_test_lead_that_meets_a_fault_of_ours_says_so(
    destination: Destination, far_end: FarEnd, caplog: pytest.LogCaptureFixture, answer: ValueError | None
) -> None:
    far_end.answers(answer)
    step = send_test_lead(destination)
    assert step.result is StepResult.FAILED
    assert str(diagnose("defect").meaning) in str(step.detail)
    assert "SECRET" not in caplog.text


def test_a_test_lead_to_a_destination_that_cannot_be_opened_says_why(destination: Destination) -> None:
    Destination.objects.update(kind="gone")
    destination.refresh_from_db()
    step = send_test_lead(destination)
    assert step.result is StepResult.FAILED
    assert str(diagnose("kind_unknown").meaning) in str(step.detail)


def test_a_test_lead_does_not_open_a_gate(destination: Destination) -> None:
    gate.pause_by_machine(destination.pk, Failure(kind=FailureKind.MISCONFIGURED, cause="sign_in_refused"))
    make_delivery(destination)
    send_test_lead(destination)
    assert DestinationGate.objects.get().paused_at is not None


def test_a_system_that_confirms_nothing_is_to_be_looked_at(destination: Destination, far_end: FarEnd) -> None:
    far_end.answers(Delivered(Arrival.UNCONFIRMED))
    step = send_test_lead(destination)
    assert step.result is StepResult.WARNING
    assert "does not confirm what it stores" in str(step.detail)
