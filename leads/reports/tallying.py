"""Keep the days counted: today and yesterday every time, and of the others those first that were counted longest ago,
until the time is up.

So nobody who changes, merges, splits, maps or imports leads has to think of reports: whatever happened, its day comes
round again, within a minute where leads come by the hundred, and within the hour where they come by the ten thousand.
Two workers at once count the same, and nothing worse.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from leads.assignment.levels import Levels
from leads.models import DayTally, Lead
from leads.reports.counting import Counts, count_day
from leads.reports.periods import DAY, LONGEST, Period, day_of, today, zone

SECONDS_FOR_RECENT, SECONDS_FOR_OLD = 1.0, 0.25
REMEMBERED = timedelta(days=5 * 366)
"""Of leads that came before, nothing is counted."""


def keep_up() -> None:
    """Some seconds of counting."""
    last = today()
    _remember_days(last)
    levels = Levels.load()
    recent = _longest_ago(DayTally.objects.filter(day__gt=last - DAY * LONGEST, day__lt=last - DAY))
    _store(_counted([last, last - DAY, *recent], levels, SECONDS_FOR_RECENT))
    _store(_counted(_longest_ago(DayTally.objects.filter(day__lte=last - DAY * LONGEST)), levels, SECONDS_FOR_OLD))


def count_again(period: Period) -> Iterator[date]:
    """Every day of it, with those that nobody counted before; yields each that is done."""
    levels = Levels.load()
    DayTally.objects.bulk_create((DayTally(day=day) for day in period), ignore_conflicts=True)
    for day in period:
        _store({day: count_day(day, levels)})
        yield day


def all_days() -> Period:
    """From that of the first lead until today."""
    last = today()
    first = Lead.objects.order_by("first_touch_at").values_list("first_touch_at", flat=True).first()
    return Period(min(max(day_of(first), last - REMEMBERED), last - DAY) if first else last - DAY, last)


def _remember_days(last: date) -> None:
    """A row for every day since that of the first lead, and none of a time that is no longer the installation's."""
    known = set(DayTally.objects.values_list("day", flat=True))
    missing = [DayTally(day=day) for day in all_days() if day not in known]
    if missing:
        DayTally.objects.bulk_create(missing, ignore_conflicts=True)
    DayTally.objects.exclude(zone__in=["", zone()]).update(zone="", counts={}, counted_at=None)


def _longest_ago(days: QuerySet[DayTally]) -> list[date]:
    return list(days.order_by(F("counted_at").asc(nulls_first=True), "-day").values_list("day", flat=True))


def _counted(days: Iterable[date], levels: Levels, seconds: float) -> dict[date, Counts]:
    ends_at, found = time.monotonic() + seconds, dict[date, Counts]()
    for day in days:
        found[day] = count_day(day, levels)
        if time.monotonic() > ends_at:
            break
    return found


def _store(found: dict[date, Counts]) -> None:
    """Two statements, however many days: most of them are as they were."""
    changed = [
        row for row in DayTally.objects.filter(day__in=found) if (row.counts, row.zone) != (found[row.day], zone())
    ]
    for row in changed:
        row.counts, row.zone = found[row.day], zone()
    DayTally.objects.bulk_update(changed, ["counts", "zone"], batch_size=100)
    DayTally.objects.filter(day__in=found).update(counted_at=Now())
