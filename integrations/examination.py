"""A check that asks a system about one setting after the other: the frame that several kinds share."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from django.utils.functional import Promise

from integrations import check_steps
from integrations.contract import CheckReport, CheckStep
from integrations.mapping import FieldMap, TargetField
from integrations.transport import CallFailed

type Look = tuple[Promise, Callable[[Promise], CheckStep]]
"""What a step is called, and how it is taken; that may raise ``CallFailed``, with texts fit to be shown."""


class Examination(ABC):
    """Steps in their order; the first that cannot be taken ends it.

    ``cause_of_problem``: the codes of ``Problem`` that a field mapping fails for, the first that is met, and the causes
    whose words say so, with the ``field``.
    """

    cause_of_problem: ClassVar[Mapping[str, str]]

    def __init__(self, fields: FieldMap) -> None:
        self._fields = fields
        self._told: tuple[TargetField, ...] = ()
        """What the system says of its own fields, once a step has read it."""

    def report(self) -> CheckReport:
        steps: list[CheckStep] = []
        for label, look in self._looks():
            try:
                steps.append(look(label))
            except CallFailed as failed:
                steps.append(check_steps.failed(label, failed.failure))
                break
        return CheckReport(steps, self._told)

    @abstractmethod
    def _looks(self) -> Iterator[Look]: ...

    def _mapping(self, label: Promise) -> CheckStep:
        """To be taken when the system's fields are read."""
        problems = self._fields.described_by(self._told).problems()
        for code, cause in self.cause_of_problem.items():
            if wrong := [problem.params["target"] for problem in problems if problem.code == code]:
                return check_steps.misconfigured(label, cause, field=", ".join(wrong))
        return check_steps.passed(label)
