"""So many calls in so much time: a token bucket, whose state is two columns."""

from dataclasses import dataclass
from datetime import timedelta

BURST = 10
"""A full bucket holds the tenth part of what a whole period allows, so that no period gets much more than that."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``calls`` in each ``seconds``."""

    calls: int
    seconds: int

    @property
    def most_at_once(self) -> float:
        return max(1.0, self.calls / BURST)

    def refilled(self, tokens: float | None, elapsed: timedelta) -> float:
        """The tokens there are after this time; a bucket that was never used is full."""
        if tokens is None:
            return self.most_at_once
        earned = max(0.0, elapsed.total_seconds()) * self.calls / self.seconds
        return min(self.most_at_once, tokens + earned)

    def until_next(self, tokens: float) -> timedelta:
        """How long until one call may be made."""
        return timedelta(seconds=max(0.0, 1.0 - tokens) * self.seconds / self.calls)
