"""Working hours: when so many of them have passed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
# Further than that nobody looks: a calendar may have hardly any hours.
DAYS_LOOKED_AT = 400


@dataclass(frozen=True)
class WorkingTime:
    """``hours`` are spans of local time for each weekday, Monday is 0, in order and apart; nobody works on holidays."""

    zone: tzinfo
    hours: Mapping[int, Sequence[tuple[time, time]]]
    holidays: frozenset[date] = frozenset()

    def after(self, start: datetime, working: timedelta) -> datetime:
        """When so much working time has passed since ``start``; more than a year later where hardly anybody works."""
        start, left = start.astimezone(UTC), working
        for begins, ends in self._spans(start):
            begins = max(begins, start)
            if ends - begins >= left:
                return begins + left
            left -= max(ends - begins, timedelta(0))
        return start + DAY * DAYS_LOOKED_AT

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time passed."""
        start, end, total = start.astimezone(UTC), end.astimezone(UTC), timedelta(0)
        for begins, ends in self._spans(start):
            if begins >= end:
                break
            total += max(min(ends, end) - max(begins, start), timedelta(0))
        return total

    def next_moment(self, moment: datetime) -> datetime:
        """The moment itself while people work, or when they begin next."""
        return self.after(moment, timedelta(0))

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """In UTC, those that end after ``start``, in order: arithmetic on local time would miss the hour of a change of
        the clocks."""
        day = start.astimezone(self.zone).date()
        for number in range(DAYS_LOOKED_AT):
            this = day + DAY * number
            if this in self.holidays:
                continue
            for begins, ends in self.hours.get(this.weekday(), ()):
                span = self._at(this, begins), self._at(this, ends)
                if span[1] > start:
                    yield span

    def _at(self, day: date, moment: time) -> datetime:
        """The last minute of a day means its end."""
        if moment == time.max:
            day, moment = day + DAY, time.min
        return datetime.combine(day, moment, self.zone).astimezone(UTC)


ALWAYS = WorkingTime(UTC, {weekday: [(time.min, time.max)] for weekday in range(7)})
