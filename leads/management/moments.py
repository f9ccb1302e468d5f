"""Moments as people type them at the command line."""

import re
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_moment(text: str, now: datetime) -> datetime:
    """``2h`` before ``now`` (also m, d, w), or an ISO 8601 date or time, by the installation's clock if it has no zone.

    Raises ``ValueError`` with the remedy.
    """
    try:
        if ago := re.fullmatch(r"([0-9]{1,6})([mhdw])", text):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
        # Compared and stored in UTC: near the ends of the calendar that is another year.
        return (moment if moment.tzinfo else timezone.make_aware(moment)).astimezone(UTC)
    except (ValueError, OverflowError):
        remedy = _("“%(text)s” is no moment: give one such as 2h, 3d, 2026-03-02 or 2026-03-02T14:30+09:00.")
        raise ValueError(remedy % {"text": text}) from None
