"""How long to wait."""

from datetime import timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from leads.pacing.retry import check_after, hold_for, jittered, wait_after

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
WAITS = [
    10 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
    24 * HOUR,
    24 * HOUR,
]


def low(start: float, _end: float) -> float:
    return start


def high(_start: float, end: float) -> float:
    return end


def test_twelve_tries_take_three_days() -> None:
    assert settings.LEADCRM_RETRY_WAITS == WAITS
    assert [wait_after(tries, WAITS) for tries in range(1, 12)] == WAITS
    assert wait_after(12, WAITS) is None
    assert wait_after(13, WAITS) is None
    assert sum(WAITS, timedelta()) == timedelta(hours=75, minutes=21, seconds=10)


@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_wait_is_spread_by_a_fifth_and_no_more(wait: timedelta) -> None:
    assert wait * 0.8 <= jittered(wait) <= wait * 1.2
    assert jittered(wait, low) == wait * 0.8
    assert jittered(wait, high) == wait * 1.2


@pytest.mark.parametrize(
    ("in_a_row", "wait"),
    [
        (0, 30 * SECOND),
        (1, MINUTE),
        (2, 2 * MINUTE),
        (3, 4 * MINUTE),
        (4, 8 * MINUTE),
        (5, 15 * MINUTE),
        (99, 15 * MINUTE),
    ],
)
def test_without_being_told_how_long_a_hold_doubles_up_to_a_quarter_of_an_hour(in_a_row: int, wait: timedelta) -> None:
    assert hold_for(None, in_a_row, low) == wait
    assert hold_for(None, in_a_row, high) == wait * 1.1


@given(st.timedeltas(SECOND, timedelta(days=1)), st.integers(0, 32767))
def test_what_the_other_side_asked_for_is_never_shortened(asked: timedelta, in_a_row: int) -> None:
    assert asked <= hold_for(asked, in_a_row) <= asked * 1.1 + timedelta(microseconds=1)


@given(st.none() | st.timedeltas(timedelta(0), timedelta(days=1)), st.integers(0, 32767))
def test_a_hold_is_bounded(asked: timedelta | None, in_a_row: int) -> None:
    assert timedelta(0) <= hold_for(asked, in_a_row) <= timedelta(hours=27)


def test_a_paused_destination_is_checked_after_five_minutes_then_thirty_then_hourly() -> None:
    assert [check_after(checks) for checks in (0, 1, 2, 3, 1000)] == [5 * MINUTE, 30 * MINUTE, HOUR, HOUR, HOUR]
