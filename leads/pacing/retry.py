"""How long to wait before the next try. Pure."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta

JITTER = 0.2
SHORTEST_HOLD = timedelta(seconds=30)
LONGEST_HOLD = timedelta(minutes=15)
CHECK_WAITS = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1))


def wait_after(tries: int, waits: Sequence[timedelta]) -> timedelta | None:
    """The wait after the ``tries``-th counted try (1 or more); ``None`` when that was the last."""
    return waits[tries - 1] if tries <= len(waits) else None


def jittered(wait: timedelta, spread: Callable[[float, float], float] = random.uniform) -> timedelta:
    """±20 %, so that what failed together does not come back together."""
    return wait * spread(1 - JITTER, 1 + JITTER)


def at_least(asked: timedelta | None) -> timedelta:
    """The wait that is never jittered below what the other side asked for."""
    return (asked or timedelta(0)) / (1 - JITTER)


def hold_for(
    asked: timedelta | None, holds_in_a_row: int, spread: Callable[[float, float], float] = random.uniform
) -> timedelta:
    """How long a destination is left alone that told us to slow down.

    ``asked`` is its own ``Retry-After``: kept, never shortened, with 0-10 % on top so that not every installation
    returns in the same second. Without it 30 s, doubling with each hold in a row up to 15 min.
    """
    own = min(SHORTEST_HOLD * 2 ** min(holds_in_a_row, 10), LONGEST_HOLD)
    return (own if asked is None else asked) * spread(1.0, 1.1)


def check_after(checks: int) -> timedelta:
    """The wait before the next automatic check of a paused destination, after so many checks."""
    return CHECK_WAITS[min(checks, len(CHECK_WAITS) - 1)]
