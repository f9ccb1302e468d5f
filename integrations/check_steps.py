"""The steps of a check, in the words that all kinds share."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.text import format_lazy

from integrations.contract import CheckStep, Failure, FailureKind, StepResult
from integrations.diagnosis import diagnose


def passed(label: str | Promise, detail: str | Promise = "") -> CheckStep:
    return CheckStep(label, StepResult.PASSED, detail)


def warning(label: str | Promise, detail: str | Promise) -> CheckStep:
    return CheckStep(label, StepResult.WARNING, detail)


def unproven(label: str | Promise, detail: str | Promise) -> CheckStep:
    return CheckStep(label, StepResult.UNPROVEN, detail)


def failed(label: str | Promise, failure: Failure) -> CheckStep:
    """What the failure means and what to do, then the other side's own words."""
    words = diagnose(failure.cause, failure.params)
    precisely = f" ({failure.detail})" if failure.detail else ""
    return CheckStep(label, StepResult.FAILED, format_lazy("{} {}{}", words.meaning, words.remedy, precisely))


def misconfigured(label: str | Promise, cause: str, **params: str) -> CheckStep:
    """What we ourselves find wrong with a setting."""
    return failed(label, Failure(kind=FailureKind.MISCONFIGURED, cause=cause, params=params))


def unclear(label: str | Promise, failure: Failure) -> CheckStep:
    """A setting that is wrong fails the check; what has other reasons proves nothing."""
    if failure.kind is FailureKind.MISCONFIGURED:
        return failed(label, failure)
    return unproven(label, diagnose(failure.cause, failure.params).meaning)


def has_failed(steps: Iterable[CheckStep]) -> bool:
    return any(step.result is StepResult.FAILED for step in steps)
