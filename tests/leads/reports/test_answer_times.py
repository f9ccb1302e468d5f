"""How long people waited, from a histogram."""

from collections import Counter
from datetime import timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.reports.answer_times import middle_of, quantile, step_of


@pytest.mark.parametrize(
    ("seconds", "step"), [(0, 0), (59, 0), (60, 1), (65, 1), (66.1, 2), (3600, 43), (86_400, 77), (-5, 0)]
)
def test_a_time_falls_into_a_step_of_ten_percent(seconds: float, step: int) -> None:
    assert step_of(timedelta(seconds=seconds)) == step


def test_without_answers_there_is_no_time() -> None:
    assert quantile({}, 0.5) is None


def test_the_quantile_is_the_step_in_which_that_part_was_answered() -> None:
    steps = Counter({3: 5, 10: 4, 40: 1})
    assert quantile(steps, 0.5) == middle_of(3)
    assert quantile(steps, 0.51) == middle_of(10)
    assert quantile(steps, 0.9) == middle_of(10)
    assert quantile(steps, 1) == middle_of(40)


@given(st.lists(st.floats(60, 10_000_000), min_size=1, max_size=99).filter(lambda times: len(times) % 2))
def test_the_median_is_right_within_five_percent(seconds: list[float]) -> None:
    found = quantile(Counter(step_of(timedelta(seconds=one)) for one in seconds), 0.5)
    assert found is not None
    assert found.total_seconds() == pytest.approx(median(seconds), rel=0.05)
