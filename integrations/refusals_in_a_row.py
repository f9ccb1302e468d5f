"""Tells one record that the other side does not like from a rule over there that likes none."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from integrations.contract import Delivered, Failure, FailureKind, Outcome

IN_A_ROW = 3


class RefusalsInARow:
    """From the third record in a row on that is refused for one cause, the destination is stopped: else a rule that
    somebody changed over there would make every record fail. No check can prove such a rule, so a person resumes it;
    and then three are needed again, so that one record refused for good cannot stop the others for ever.

    ``becomes``: the causes that are watched, with those that take their place. Safe to use from several threads.
    """

    def __init__(self, becomes: Mapping[str, str]) -> None:
        self._becomes = becomes
        self._met: Counter[str] = Counter()
        self._counting = threading.Lock()

    def watched(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes of one call. A record that arrived, wherever it stands among them, shows that not all are
        refused."""
        with self._counting:
            if any(isinstance(outcome.result, Delivered) for outcome in outcomes):
                self._met.clear()
                return list(outcomes)
            seen = [self._watch(outcome) for outcome in outcomes]
            self._met = Counter({cause: count for cause, count in self._met.items() if count < IN_A_ROW})
            return seen

    def _watch(self, outcome: Outcome) -> Outcome:
        result = outcome.result
        if isinstance(result, Delivered) or result.cause not in self._becomes:
            return outcome
        self._met[result.cause] += 1
        return replace(outcome, result=self._stopping(result)) if self._met[result.cause] >= IN_A_ROW else outcome

    def _stopping(self, failure: Failure) -> Failure:
        return replace(
            failure, kind=FailureKind.MISCONFIGURED, cause=self._becomes[failure.cause], resumes_itself=False
        )
