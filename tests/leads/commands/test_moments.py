from datetime import UTC, datetime
from typing import Any

import pytest

from leads.management.moments import read_moment

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30m", datetime(2026, 3, 2, 11, 30, tzinfo=UTC)),
        ("2h", datetime(2026, 3, 2, 10, 0, tzinfo=UTC)),
        ("3d", datetime(2026, 2, 27, 12, 0, tzinfo=UTC)),
        ("1w", datetime(2026, 2, 23, 12, 0, tzinfo=UTC)),
        ("2026-03-01T10:00Z", datetime(2026, 3, 1, 10, 0, tzinfo=UTC)),
        ("2026-03-01T10:00+09:00", datetime(2026, 3, 1, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read(text: str, moment: datetime) -> None:
    assert read_moment(text, NOW) == moment


def test_without_a_zone_the_clock_of_the_installation_counts(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Seoul"
    assert read_moment("2026-03-01", NOW) == datetime(2026, 2, 28, 15, 0, tzinfo=UTC)
    assert read_moment("2026-03-01T10:00", NOW) == datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "2", "h", "2y", "-2h", "2 h", "now", "2026-02-30", "0001-01-01T00:00+23:00"])
def test_anything_else_is_named_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment: give one such as 2h, 3d, 2026-03-02") as refused:
        read_moment(text, NOW)
    assert str(refused.value).startswith(f"“{text}”")


def test_a_span_that_reaches_before_the_calendar_is_no_moment() -> None:
    with pytest.raises(ValueError, match="is no moment"):
        read_moment("999999w", NOW)
