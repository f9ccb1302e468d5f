"""Working hours as people write them: ``09:00-12:30, 13:30-18:00``. Pure."""

import re
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

type Spans = list[list[str]]
"""As a calendar holds one weekday: pairs of ``HH:MM``."""

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-\u2013~]\s*(\d{1,2}):(\d{2})")
LATEST = 24 * 60


class BadHours(ValueError):
    """Its text says what is wrong, and how to write it."""


def read_hours(text: str) -> Spans:
    """Raises ``BadHours``. Nothing written: nobody works."""
    spans = [_span(part.strip()) for part in text.split(",") if part.strip()]
    for (_begin, ends), (begins, _end) in pairwise(spans):
        if begins < ends:
            raise BadHours(
                _("%(time)s comes before %(earlier)s. Write the hours of a day in their order, without overlaps.")
                % {"time": _written(begins), "earlier": _written(ends)}
            )
    return [[_written(begins), _written(ends)] for begins, ends in spans]


def _span(text: str) -> tuple[int, int]:
    """In minutes since midnight."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise BadHours(_("“%(text)s” is no span of time. Write for example 09:00-17:30.") % {"text": text})
    hour, minute, end_hour, end_minute = map(int, found.groups())
    begins, ends = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or begins >= LATEST or ends > LATEST:
        raise BadHours(_("“%(text)s” is no time of day. A day goes from 00:00 to 24:00.") % {"text": text})
    if begins >= ends:
        raise BadHours(
            _("“%(text)s” ends before it begins. Write what comes after midnight on the next day.") % {"text": text}
        )
    return begins, ends


def _written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def hours_in_words(spans: Spans) -> str:
    """What ``read_hours`` reads again."""
    return ", ".join(f"{begins}-{ends}" for begins, ends in spans)


def read_days(text: str) -> list[str]:
    """Dates, one a line, in their order. Raises ``BadHours``, which names the line."""
    return sorted({_day(line.strip()) for line in text.splitlines() if line.strip()})


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadHours(_("“%(text)s” is no date. Write for example 2026-12-25.") % {"text": text}) from None
