"""How moments read: to the nearest unit, and honest about what is still to come."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from leads.templatetags.leadcrm import ago, coming


def text(shown: object) -> str:
    return re.sub(r"<[^>]+>", "", str(shown))


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(seconds=80), "1 minute"),
        (timedelta(minutes=59, seconds=20), "59 minutes"),
        (timedelta(minutes=59, seconds=40), "1 hour"),
        (timedelta(hours=1, minutes=50), "2 hours"),
        (timedelta(hours=23, minutes=40), "1 day"),
        (timedelta(days=2, hours=23), "3 days"),
        (timedelta(days=13, hours=23, minutes=59), "14 days"),
        (timedelta(days=29, hours=5), "29 days"),
        (timedelta(days=40), "1 month"),
        (timedelta(days=80), "3 months"),
        (timedelta(days=360), "1 year"),
        (timedelta(days=800), "2 years"),
    ],
)
def test_a_moment_is_told_in_the_nearest_whole_unit(away: timedelta, said: str) -> None:
    assert text(ago(timezone.now() - away)).replace("\xa0", " ") == (said if said == "just now" else f"{said} ago")
    if said != "just now":
        assert text(coming(timezone.now() + away + timedelta(seconds=1))).replace("\xa0", " ") == f"in {said}"


def test_what_is_less_than_a_minute_ahead_comes_in_a_moment() -> None:
    assert text(coming(timezone.now() + timedelta(seconds=40))) == "in a moment"
    assert text(coming(timezone.now() - timedelta(seconds=1))) == "any moment"


def test_a_clock_that_is_ahead_makes_no_future_of_the_past() -> None:
    assert text(ago(timezone.now() + timedelta(seconds=2))) == "just now"


def test_units_are_told_in_the_persons_language() -> None:
    with translation.override("ko"):
        assert "14일" in text(ago(timezone.now() - timedelta(days=14)))
