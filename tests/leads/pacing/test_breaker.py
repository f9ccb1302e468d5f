"""When a destination counts as broken, when it is probed, and when it is trusted again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.pacing.breaker import HEALTHY_AGAIN, WAITS, WINDOW, Breaker, after_call

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GOOD, BAD = False, True


def exactly(_start: float, _end: float) -> float:
    return 1.0


def after(*calls: bool, breaker: Breaker | None = None, now: datetime = NOON) -> Breaker:
    found = breaker or Breaker()
    for failed in calls:
        found = after_call(found, failed, now, exactly)
    return found


BROKEN = after(*[BAD] * 5)


@pytest.mark.parametrize(
    ("calls", "breaks"),
    [
        ([BAD] * 4, False),
        ([BAD] * 5, True),
        ([BAD] * 4 + [GOOD] + [BAD] * 4, False),
        ([GOOD, BAD] * 9 + [GOOD], False),
        ([GOOD, BAD] * 10, True),
        ([GOOD, GOOD, BAD] * 20, False),
    ],
)
def test_five_in_a_row_or_half_of_twenty_break_it(calls: list[bool], breaks: bool) -> None:
    assert (after(*calls).broken_at is not None) is breaks


def test_failures_are_counted_within_a_minute() -> None:
    first = after(*[GOOD, BAD] * 9)
    later = after(GOOD, BAD, breaker=first, now=NOON + WINDOW + SECOND)
    assert later.broken_at is None
    assert (later.window_calls, later.window_failures) == (2, 1)


def test_broken_it_is_probed_after_five_seconds() -> None:
    assert (BROKEN.broken_at, BROKEN.probe_at) == (NOON, NOON + 5 * SECOND)
    assert (BROKEN.failures_in_a_row, BROKEN.window_calls) == (0, 0)


@pytest.mark.parametrize("failed", [GOOD, BAD])
def test_what_was_under_way_when_it_broke_says_nothing(failed: bool) -> None:
    assert after(failed, breaker=BROKEN, now=NOON + 4 * SECOND) == BROKEN


def test_each_failed_probe_makes_the_next_one_wait_longer() -> None:
    breaker, now, waits = BROKEN, NOON, []
    for _probe in range(12):
        assert breaker.probe_at is not None
        waits.append(breaker.probe_at - now)
        now = breaker.probe_at
        breaker = after(BAD, breaker=breaker, now=now)
    assert waits == [*WAITS, WAITS[-1], WAITS[-1]]
    assert WAITS[-1] == timedelta(minutes=15)
    assert all(earlier <= later for earlier, later in pairwise(WAITS))


def test_three_good_probes_mend_it() -> None:
    now = NOON + 5 * SECOND
    almost = after(GOOD, GOOD, breaker=BROKEN, now=now)
    assert (almost.broken_at, almost.probes_passed) == (NOON, 2)
    assert after(GOOD, breaker=almost, now=now) == Breaker(mended_at=now)


def test_a_failed_probe_makes_the_good_ones_before_it_worthless() -> None:
    now = NOON + 5 * SECOND
    again = after(GOOD, GOOD, BAD, breaker=BROKEN, now=now)
    assert (again.probes_passed, again.probes_failed, again.probe_at) == (0, 1, now + 10 * SECOND)


def mended_and_broken_again(after_time: timedelta) -> Breaker:
    probing = replace(BROKEN, probes_failed=4, probe_at=NOON)
    mended = after(GOOD, GOOD, GOOD, breaker=probing)
    assert mended == Breaker(mended_at=NOON, probes_failed=4)
    return after(*[BAD] * 5, breaker=mended, now=NOON + after_time)


def test_one_that_flaps_does_not_begin_with_short_waits_again() -> None:
    again = mended_and_broken_again(HEALTHY_AGAIN - SECOND)
    assert again.probe_at == NOON + HEALTHY_AGAIN - SECOND + WAITS[4]


def test_after_ten_healthy_minutes_it_does() -> None:
    again = mended_and_broken_again(HEALTHY_AGAIN)
    assert again.probe_at == NOON + HEALTHY_AGAIN + WAITS[0]


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1000)), max_size=60))
def test_whatever_happens_an_open_breaker_has_a_next_probe_within_reach(calls: list[tuple[bool, float]]) -> None:
    breaker, now = Breaker(), NOON
    for failed, seconds in calls:
        now += timedelta(seconds=seconds)
        breaker = after_call(breaker, failed, now)
        assert (breaker.broken_at is None) == (breaker.probe_at is None)
        if breaker.probe_at is not None:
            assert breaker.probe_at <= now + 1.2 * WAITS[-1]
            assert breaker.probes_passed < 3
