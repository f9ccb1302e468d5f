"""Checking a destination's settings, and what a good check opens again."""

from typing import Any

import pytest

from integrations.contract import CheckStep, Failure, FailureKind, StepResult
from leads.delivery import gate
from leads.delivery.checking import check
from leads.models import Destination, DestinationGate
from tests.leads.delivery.scripted import FarEnd

WRONG = Failure(kind=FailureKind.MISCONFIGURED, cause="sign_in_refused")
GONE = Failure(kind=FailureKind.MISCONFIGURED, cause="receiver_asks_to_stop", resumes_itself=False)


def steps(*results: StepResult) -> list[CheckStep]:
    return [CheckStep(f"Step {number}", result, "as it is") for number, result in enumerate(results, 1)]


def is_paused() -> bool:
    return DestinationGate.objects.get().paused_at is not None


def test_a_check_asks_and_sends_nothing(destination: Destination, far_end: FarEnd) -> None:
    far_end.steps = steps(StepResult.PASSED, StepResult.UNPROVEN)
    assert check(destination) == far_end.steps
    assert (far_end.checks, far_end.calls) == (1, [])


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
