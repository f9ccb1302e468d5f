from datetime import timedelta

import pytest

from leads.pacing.backlog import time_for
from leads.pacing.rate import Rate


@pytest.mark.parametrize(
    ("calls", "rate", "seconds"),
    [
        (0, None, 0),
        (1000, None, 50),
        (1000, Rate(100, 20), 198),  # the first ten are for nothing
        (5, Rate(100, 20), 0.25),
        (1000, Rate(100_000, 1), 50),
    ],
)
def test_the_slower_of_slots_and_rate_counts(calls: int, rate: Rate | None, seconds: float) -> None:
    assert time_for(calls, seconds_each=0.2, calls_at_once=4, rate=rate) == timedelta(seconds=seconds)
