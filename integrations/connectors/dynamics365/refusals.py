"""Tells one lead that a plug-in does not like from a plug-in that likes none."""

from collections.abc import Iterable
from dataclasses import replace

from integrations.connectors.dynamics365.answers import PLUGIN_REFUSED
from integrations.contract import Delivered, Failure, FailureKind, Outcome

IN_A_ROW = 3


class Refusals:
    """From the third lead in a row on that plug-ins refuse, the destination is stopped: else a rule that somebody
    changed over there would make every lead fail. No check can prove a plug-in's mind, so a person resumes it; and
    then three are needed again, so that one lead refused for good cannot stop the others for ever."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def watched(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        """The outcomes of one call, in their order."""
        seen = [self._watch(outcome) for outcome in outcomes]
        if self._in_a_row >= IN_A_ROW:
            self._in_a_row = 0
        return seen

    def _watch(self, outcome: Outcome) -> Outcome:
        result = outcome.result
        if isinstance(result, Delivered):
            self._in_a_row = 0
        elif result.cause == PLUGIN_REFUSED:
            self._in_a_row += 1
            if self._in_a_row >= IN_A_ROW:
                return replace(outcome, result=_stopping(result))
        return outcome


def _stopping(failure: Failure) -> Failure:
    return replace(
        failure,
        kind=FailureKind.MISCONFIGURED,
        cause="dynamics365_plugin_refuses_all",
        resumes_itself=False,
    )
