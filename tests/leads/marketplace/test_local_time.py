"""What time it is where a customer lives."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pycountry
import pytest

from leads.marketplace.local_time import _LIKELY_ZONES, _ZONES, local_time

NOON_IN_WINTER = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
NOON_IN_SUMMER = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "winter", "summer", "is_about"),
    [
        ("KR", "21:00", "21:00", False),
        ("DE", "13:00", "14:00", False),
        ("IN", "17:30", "17:30", False),
        ("CN", "20:00", "20:00", False),
        ("US", "07:00", "08:00", True),
        ("ES", "13:00", "14:00", True),
        ("NZ", "01:00", "00:00", True),
    ],
)
def test_the_time_there_follows_the_country_and_its_summer(
    country: str, winter: str, summer: str, is_about: bool
) -> None:
    for moment, shown in ((NOON_IN_WINTER, winter), (NOON_IN_SUMMER, summer)):
        found = local_time(country, moment)
        assert found is not None
        assert (f"{found.time:%H:%M}", found.is_about) == (shown, is_about)


@pytest.mark.parametrize("country", ["", "ZZ", "AQ", "kr", "Korea"])
def test_where_the_country_is_not_known_nobody_guesses(country: str) -> None:
    assert local_time(country, NOON_IN_WINTER) is None


def test_every_country_has_one_time_or_a_likely_one() -> None:
    """But for Antarctica, an island of Norway that nobody lives on, and the small islands of the United States."""
    known = {country.alpha_2 for country in pycountry.countries}
    assert known - {*_ZONES, *_LIKELY_ZONES} == {"AQ", "BV", "HM", "UM"}
    assert _ZONES.keys() & _LIKELY_ZONES.keys() == set()
    for name in (*_ZONES.values(), *_LIKELY_ZONES.values()):
        assert ZoneInfo(name).key == name
