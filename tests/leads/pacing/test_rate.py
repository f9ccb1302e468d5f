"""So many calls in so much time, and never many more."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.pacing.rate import Rate

DAILY = Rate(calls=500, seconds=86_400)
FAST = Rate(calls=100, seconds=20)
SECOND = timedelta(seconds=1)


def test_a_bucket_that_was_never_used_is_full() -> None:
    assert DAILY.refilled(None, timedelta()) == 50.0
    assert Rate(calls=3, seconds=60).refilled(None, timedelta()) == 1.0


def test_it_fills_evenly_and_never_over_its_edge() -> None:
    assert FAST.refilled(0.0, SECOND) == 5.0
    assert FAST.refilled(2.5, SECOND / 2) == 5.0
    assert FAST.refilled(0.0, 60 * SECOND) == 10.0


def test_a_clock_that_went_back_takes_nothing_away() -> None:
    assert FAST.refilled(3.0, -SECOND) == 3.0


@pytest.mark.parametrize(("tokens", "seconds"), [(0.0, 0.2), (0.5, 0.1), (1.0, 0.0), (7.0, 0.0)])
def test_it_knows_when_the_next_call_may_be_made(tokens: float, seconds: float) -> None:
    assert FAST.until_next(tokens) == timedelta(seconds=seconds)


@given(st.integers(1, 1000), st.integers(1, 86_400), st.lists(st.floats(0, 100), max_size=50))
def test_in_no_time_more_goes_out_than_was_earned_and_one_full_bucket(
    calls: int, seconds: int, waits: list[float]
) -> None:
    rate, tokens, made, elapsed = Rate(calls, seconds), None, 0, 0.0
    for wait in waits:
        elapsed += wait
        tokens = rate.refilled(tokens, timedelta(seconds=wait))
        made += int(tokens)
        tokens -= int(tokens)
    assert made <= elapsed * calls / seconds + rate.most_at_once + 1e-3
