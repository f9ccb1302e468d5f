"""How soon somebody is to answer a lead, or how long it took, in words. Counted in working time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads import words
from leads.models import Lead
from leads.service_level.clock import Level, level_of
from leads.service_level.working_time import ALWAYS, WorkingTime
from leads.templatetags.leadcrm import in_one_unit

SOON = 0.5
"""From this part of the target on the pill warns."""


class Answer(NamedTuple):
    """``tone`` is that of a pill; ``hint`` tells the exact time."""

    text: str
    tone: str
    hint: str = ""


def pill(lead: Lead, levels: Sequence[Level], now: datetime) -> SafeString:
    """Empty where nobody waits for an answer."""
    found = answer(lead, levels, now)
    return words.pill(found.text, found.tone, found.hint) if found else SafeString()


def answer(lead: Lead, levels: Sequence[Level], now: datetime) -> Answer | None:
    """``levels`` are those of ``load_levels``, loaded once for a page."""
    if lead.opened_at is None or lead.is_test or lead.is_dnc:
        return None
    level = level_of(lead, levels, words.warmth_of)
    working_time = level.working_time if level else ALWAYS
    if lead.contacted_at:
        return _given(lead.opened_at, lead.contacted_at, lead.answer_by, working_time)
    if lead.answer_by is None or not lead.is_open:
        return None
    return _awaited(lead.opened_at, lead.answer_by, now, working_time)


def _given(opened: datetime, given: datetime, by: datetime | None, working_time: WorkingTime) -> Answer:
    took, hint = _length(working_time.between(opened, given)), _exact(given)
    if by and given > by:
        return Answer(_("Answered late, after %(time)s") % {"time": took}, "mute", hint)
    return Answer(_("Answered in %(time)s") % {"time": took}, "good", hint)


def _awaited(opened: datetime, by: datetime, now: datetime, working_time: WorkingTime) -> Answer:
    hint = _("Answer by %(moment)s") % {"moment": _exact(by)}
    if now >= by:
        return Answer(_("Late by %(time)s") % {"time": _length(working_time.between(by, now))}, "bad", hint)
    left, whole = working_time.between(now, by), working_time.between(opened, by)
    tone = "warn" if left <= whole * (1 - SOON) else "wait"
    return Answer(_("Respond in %(time)s") % {"time": _length(left)}, tone, hint)


def _length(time: timedelta) -> str:
    return in_one_unit(max(time.total_seconds(), 60))


def _exact(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
