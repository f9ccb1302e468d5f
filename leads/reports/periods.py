"""Spans of whole days, by the clock of the installation. Pure, apart from what time it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

DAY = timedelta(days=1)
LONGEST = 92
"""In days."""


@dataclass(frozen=True, slots=True)
class Period:
    """Both days belong to it."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + DAY * number for number in range((self.last - self.first).days + 1))


def last_days(count: int) -> Period:
    """The last of them is today."""
    last = today()
    return Period(last - DAY * (count - 1), last)


def today() -> date:
    return timezone.localdate(timezone=timezone.get_default_timezone())


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """The first moment of the day, and that of the next."""
    return _midnight(day), _midnight(day + DAY)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def day_of(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())


def zone() -> str:
    """In which the days are days."""
    return timezone.get_default_timezone_name()
