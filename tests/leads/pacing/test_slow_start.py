"""How many calls at once a destination gets that was closed before."""

import pytest

from leads.pacing.slow_start import BEGINNING, Ramp, after_success


def test_after_ten_good_answers_it_gets_twice_as_many() -> None:
    ramp, seen = BEGINNING, []
    for _answer in range(40):
        ramp = after_success(ramp, most=8)
        seen.append(ramp.calls_now)
    assert seen == [1] * 9 + [2] * 10 + [4] * 10 + [None] * 11


@pytest.mark.parametrize(("most", "answers"), [(1, 1), (2, 10), (3, 20)])
def test_it_ends_with_as_many_as_are_allowed(most: int, answers: int) -> None:
    ramp = BEGINNING
    for _answer in range(answers - 1):
        ramp = after_success(ramp, most)
        assert ramp.calls_now is not None
    assert after_success(ramp, most) == Ramp()


def test_one_that_is_well_stays_so() -> None:
    assert after_success(Ramp(), most=4) == Ramp()
