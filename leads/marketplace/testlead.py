"""Test leads: what the marketplace sends to prove a connection.

Microsoft's lead-management FAQ: search for ``MSFT_TEST``; the number behind it is the same in all fields.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_TOKEN = re.compile(r"MSFT_TEST(?:_([0-9]{18})(?![0-9]))?", re.IGNORECASE)
_TICK_ORIGIN = datetime(1, 1, 1, tzinfo=UTC)
_PLAUSIBLE_YEARS = range(2015, 2101)


def is_test_lead(texts: Iterable[str]) -> bool:
    """Whether any text starts with the token. The domain ``test.com`` alone proves nothing."""
    return any(_TOKEN.match(text) for text in texts)


def tested_at(texts: Iterable[str]) -> datetime | None:
    """When the test was made: .NET ticks (100 ns since 0001-01-01 UTC) behind the token. None if implausible."""
    ticks = next((int(token[1]) for text in texts if (token := _TOKEN.match(text)) and token[1]), 0)
    moment = _TICK_ORIGIN + timedelta(microseconds=ticks // 10)
    return moment if moment.year in _PLAUSIBLE_YEARS else None
