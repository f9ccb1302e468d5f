"""Proving a destination's settings, and what a good check opens again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from integrations.contract import CheckStep, Failure, FailureKind, StepResult
from leads.delivery import gate
from leads.delivery.checking import check, check_paused, send_test_lead
from leads.models import Attempt, Delivery, Destination, DestinationGate, Touch
from tests.factories import make_delivery, make_destination
from tests.leads.delivery.scripted import YES, FarEnd

MINUTE = timedelta(minutes=1)
WRONG = Failure(kind=FailureKind.MISCONFIGURED, cause="sign_in_refused")
GONE = Failure(kind=FailureKind.MISCONFIGURED, cause="receiver_asks_to_stop", resumes_itself=False)


def steps(*results: StepResult) -> list[CheckStep]:
    return [CheckStep(f"Step {number}", result, "as it is") for number, result in enumerate(results, 1)]


def is_paused() -> bool:
    return DestinationGate.objects.get().paused_at is not None


def make_due() -> None:
    DestinationGate.objects.update(next_check_at=Now() - timedelta(seconds=1))


# --- By hand --------------------------------------------------------------------------------------------------------


def test_a_check_is_kept_on_the_destination(destination: Destination, far_end: FarEnd) -> None:
    far_end.steps = steps(StepResult.PASSED, StepResult.UNPROVEN)
    assert check(destination) == far_end.steps
    destination.refresh_from_db()
    assert destination.last_check == [
        {"label": "Step 1", "result": "passed", "detail": "as it is"},
        {"label": "Step 2", "result": "unproven", "detail": "as it is"},
    ]
    assert destination.checked_at is not None
    assert far_end.calls == []


@pytest.mark.parametrize(
    ("results", "resumes"),
    [
        ([StepResult.PASSED], True),
        ([StepResult.WARNING, StepResult.UNPROVEN], True),
        ([StepResult.PASSED, StepResult.FAILED], False),
    ],
)
def test_a_check_without_a_failed_step_resumes(
    destination: Destination, far_end: FarEnd, results: list[StepResult], resumes: bool
) -> None:
    gate.pause_by_machine(destination.pk, WRONG)
    far_end.steps = steps(*results)
    check(destination)
    assert is_paused() is not resumes


def test_a_check_does_not_open_what_a_person_closed(destination: Destination) -> None:
    gate.pause(destination.pk)
    check(destination)
    assert is_paused()


def test_a_check_does_not_open_what_only_a_person_may_open(destination: Destination) -> None:
    gate.pause_by_machine(destination.pk, GONE)
    check(destination)
    assert is_paused()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"kind": "gone"}, "kind"),
        ({"settings": {"required_setting": ""}}, "settings"),
        ({"encrypted_secrets": "not ours"}, "secrets"),
    ],
)
def test_settings_that_make_no_connector_fail_the_check(
    destination: Destination, far_end: FarEnd, broken: dict[str, Any], words: str
) -> None:
    Destination.objects.update(**broken)
    destination.refresh_from_db()
    (step,) = check(destination)
    assert step.result is StepResult.FAILED
    assert words in str(step.detail).lower()
    assert far_end.checks == 0


def test_a_check_that_fails_by_our_fault_proves_nothing_and_says_nothing_secret(
    destination: Destination, far_end: FarEnd, caplog: pytest.LogCaptureFixture
) -> None:
    far_end.steps = ValueError("token SECRET")
    (step,) = check(destination)
    assert step.result is StepResult.UNPROVEN
    assert "SECRET" not in str(step.detail)
    assert "SECRET" not in caplog.text
    assert "ValueError at scripted.py" in caplog.text


# --- By itself ------------------------------------------------------------------------------------------------------


def test_checks_come_after_five_minutes_then_thirty_then_hourly(destination: Destination, far_end: FarEnd) -> None:
    far_end.steps = steps(StepResult.FAILED)
    gate.pause_by_machine(destination.pk, WRONG)
    waits = []
    for checks in range(4):
        next_check_at = DestinationGate.objects.get().next_check_at
        assert next_check_at is not None
        waits.append(round((next_check_at - timezone.now()) / MINUTE))
        assert check_paused() == []
        assert far_end.checks == checks
        make_due()
        assert check_paused() == []
        assert far_end.checks == checks + 1
    assert waits == [5, 30, 60, 60]
    assert is_paused()


def test_a_good_check_resumes_and_names_the_destination(destination: Destination) -> None:
    gate.pause_by_machine(destination.pk, WRONG)
    make_due()
    assert check_paused() == [destination.pk]
    assert not is_paused()
    assert check_paused() == []


def test_a_destination_that_passes_and_fails_again_is_checked_less_and_less_often(
    destination: Destination, far_end: FarEnd
) -> None:
    """A check that proves too little must not send a lead into the same wall every five minutes."""
    waits = []
    for _round in range(3):
        gate.pause_by_machine(destination.pk, WRONG)
        next_check_at = DestinationGate.objects.get().next_check_at
        assert next_check_at is not None
        waits.append(round((next_check_at - timezone.now()) / MINUTE))
        make_due()
        assert check_paused() == [destination.pk]
    assert waits == [5, 30, 60]
    gate.note_outcomes(destination.pk, [YES])
    assert DestinationGate.objects.get().checks_since_pause == 0


@pytest.mark.parametrize("reason", ["by a person", "only a person resumes", "disabled", "open"])
def test_other_destinations_are_left_alone(destination: Destination, far_end: FarEnd, reason: str) -> None:
    if reason == "by a person":
        gate.pause(destination.pk)
    elif reason != "open":
        gate.pause_by_machine(destination.pk, GONE if reason == "only a person resumes" else WRONG)
    Destination.objects.update(enabled=reason != "disabled")
    make_due()
    assert check_paused() == []
    assert far_end.checks == 0


def test_a_check_that_another_worker_took_is_not_done_twice(
    destination: Destination, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.pause_by_machine(destination.pk, WRONG)
    far_end.steps = steps(StepResult.FAILED)
    make_due()
    both_saw = list(DestinationGate.objects.select_related("destination"))
    monkeypatch.setattr("leads.delivery.checking._due_checks", lambda: both_saw)
    check_paused()
    check_paused()
    assert far_end.checks == 1


def test_one_destination_that_fails_its_check_does_not_keep_another_paused(
    destination: Destination, far_end: FarEnd
) -> None:
    broken = make_destination("scripted", settings={"required_setting": ""})
    for paused in (broken, destination):
        gate.pause_by_machine(paused.pk, WRONG)
    make_due()
    assert check_paused() == [destination.pk]


# --- The test lead --------------------------------------------------------------------------------------------------


def test_a_test_lead_goes_the_real_way_and_leaves_nothing_here(destination: Destination, far_end: FarEnd) -> None:
    outcome = send_test_lead(destination).outcome
    assert outcome.result == YES
    ((record,),) = far_end.calls
    assert (record.is_test, record.first_name, record.email) == (True, "MSFT_TEST_1", "lead-crm-test@example.com")
    assert outcome.key == record.key
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
    result = send_test_lead(destination).outcome.result
    assert isinstance(result, Failure)
    assert (result.kind, result.cause) == (FailureKind.DEFECT, "defect")
    assert "SECRET" not in caplog.text


def test_a_test_lead_to_a_destination_that_cannot_be_opened_says_why(destination: Destination) -> None:
    Destination.objects.update(kind="gone")
    destination.refresh_from_db()
    result = send_test_lead(destination).outcome.result
    assert isinstance(result, Failure)
    assert (result.kind, result.cause) == (FailureKind.MISCONFIGURED, "kind_unknown")


def test_a_test_lead_does_not_open_a_gate(destination: Destination) -> None:
    gate.pause_by_machine(destination.pk, WRONG)
    make_delivery(destination)
    send_test_lead(destination)
    assert is_paused()
