"""How long people waited for an answer: a histogram in steps of ten percent, whose quantiles are right within five.

Counts of steps can be added up over days and teams, which medians cannot. Pure.
"""

from collections.abc import Mapping
from datetime import timedelta
from math import log

RATIO = 1.1
MINUTE = 60.0


def step_of(waited: timedelta) -> int:
    """Under a minute: 0."""
    seconds = waited.total_seconds()
    return 0 if seconds < MINUTE else 1 + int(log(seconds / MINUTE, RATIO))


def middle_of(step: int) -> timedelta:
    return timedelta(seconds=MINUTE / 2 if step == 0 else MINUTE * RATIO ** (step - 0.5))


def quantile(steps: Mapping[int, int], part: float) -> timedelta | None:
    """The time within which this part of them had an answer; ``None`` without any."""
    wanted, so_far = part * sum(steps.values()), 0
    for step in sorted(steps):
        so_far += steps[step]
        if so_far >= wanted:
            return middle_of(step)
    return None
