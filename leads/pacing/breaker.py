"""The circuit breaker of a destination: after so many calls without a proper answer it is asked with single ones only.

Counted are calls that failed for a passing reason or were not answered. What the other side decides about one record,
about our settings or about our pace is an answer.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leads.pacing import retry

FAILURES_IN_A_ROW = 5
WINDOW = timedelta(seconds=60)
CALLS_IN_WINDOW = 20
PROBES_TO_MEND = 3
HEALTHY_AGAIN = timedelta(minutes=10)
"""A break that comes sooner than this after the last one goes on where that one was."""
WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 10, 20, 40, 80, 160, 320, 600, 900))


@dataclass(frozen=True, slots=True)
class Breaker:
    """``broken_at`` is set while it is open; from ``probe_at`` on, one call at a time finds out whether it is over."""

    failures_in_a_row: int = 0
    window_started_at: datetime | None = None
    window_calls: int = 0
    window_failures: int = 0
    broken_at: datetime | None = None
    probe_at: datetime | None = None
    probes_passed: int = 0
    probes_failed: int = 0
    mended_at: datetime | None = None


def after_call(
    breaker: Breaker, failed: bool, now: datetime, spread: Callable[[float, float], float] = random.uniform
) -> Breaker:
    """The breaker once a call has ended. While it is open and no probe is due, calls that began before say nothing."""
    if breaker.broken_at is None:
        counted = _counted(breaker, failed, now)
        return _broken(counted, now, spread) if _is_too_much(counted) else counted
    if breaker.probe_at is not None and now < breaker.probe_at:
        return breaker
    if failed:
        return _probe_later(replace(breaker, probes_failed=breaker.probes_failed + 1), now, spread)
    if breaker.probes_passed + 1 < PROBES_TO_MEND:
        return replace(breaker, probes_passed=breaker.probes_passed + 1)
    return Breaker(probes_failed=breaker.probes_failed, mended_at=now)


def _counted(breaker: Breaker, failed: bool, now: datetime) -> Breaker:
    started_at = breaker.window_started_at
    if started_at is None or now - started_at > WINDOW:
        breaker = replace(breaker, window_started_at=now, window_calls=0, window_failures=0)
    return replace(
        breaker,
        failures_in_a_row=breaker.failures_in_a_row + 1 if failed else 0,
        window_calls=breaker.window_calls + 1,
        window_failures=breaker.window_failures + failed,
    )


def _is_too_much(breaker: Breaker) -> bool:
    often = breaker.window_calls >= CALLS_IN_WINDOW and breaker.window_failures * 2 >= breaker.window_calls
    return often or breaker.failures_in_a_row >= FAILURES_IN_A_ROW


def _broken(breaker: Breaker, now: datetime, spread: Callable[[float, float], float]) -> Breaker:
    was_healthy = breaker.mended_at is None or now - breaker.mended_at >= HEALTHY_AGAIN
    opened = Breaker(
        broken_at=now, probes_failed=0 if was_healthy else breaker.probes_failed, mended_at=breaker.mended_at
    )
    return _probe_later(opened, now, spread)


def _probe_later(breaker: Breaker, now: datetime, spread: Callable[[float, float], float]) -> Breaker:
    wait = WAITS[min(breaker.probes_failed, len(WAITS) - 1)]
    return replace(breaker, probes_passed=0, probe_at=now + retry.jittered(wait, spread))
