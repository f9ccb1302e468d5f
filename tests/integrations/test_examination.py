from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.contract import CheckStep, Failure, FailureKind, StepResult
from integrations.examination import Examination, Look
from integrations.mapping import FieldMap, Origin, Rule, TargetField
from integrations.transport import CallFailed

TOLD = (TargetField(name="email"), TargetField(name="created", writable=False))
EMAIL = Rule("email", Origin.FIELD, "email")


class OfTwoSteps(Examination):
    cause_of_problem = {"target_unknown": "marketo_field_unknown", "target_read_only": "marketo_field_locked"}

    def __init__(self, *rules: Rule, told: tuple[TargetField, ...] = TOLD) -> None:
        super().__init__(FieldMap.of(TOLD, [EMAIL]).with_rules(rules))
        self._telling = told

    def _looks(self) -> Iterator[Look]:
        yield _("Fields"), self._describe
        yield _("Field mapping"), self._mapping

    def _describe(self, label: Promise) -> CheckStep:
        if not self._telling:
            raise CallFailed(Failure(kind=FailureKind.TEMPORARY, cause="cannot_connect"))
        self._told = self._telling
        return check_steps.passed(label)


def in_words(step: CheckStep) -> tuple[str, str, str]:
    return str(step.label), step.result, str(step.detail)


def test_all_steps_are_taken_in_their_order_and_the_fields_come_back() -> None:
    report = OfTwoSteps(EMAIL).report()
    assert [in_words(step) for step in report.steps] == [("Fields", "passed", ""), ("Field mapping", "passed", "")]
    assert report.fields == TOLD


def test_the_first_step_that_cannot_be_taken_ends_it() -> None:
    report = OfTwoSteps(EMAIL, told=()).report()
    ((label, result, detail),) = map(in_words, report.steps)
    assert (label, result) == ("Fields", StepResult.FAILED)
    assert detail.startswith("Could not connect to the server.")
    assert report.fields == ()


def test_all_fields_with_the_first_kind_of_problem_are_named() -> None:
    wrong = [Rule(name, Origin.CONSTANT, "x") for name in ("created", "colour", "size")]
    *_others, (label, result, detail) = map(in_words, OfTwoSteps(*wrong).report().steps)
    assert (label, result) == ("Field mapping", StepResult.FAILED)
    assert detail.startswith("The field mapping names a field that Marketo does not know: colour, size.")


def test_a_problem_that_is_of_no_account_here_passes() -> None:
    twice = [EMAIL, EMAIL]
    *_others, step = OfTwoSteps(*twice).report().steps
    assert step.result is StepResult.PASSED
