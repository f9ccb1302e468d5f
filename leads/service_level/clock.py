"""The clock of a lead: when it began, until when an answer is due, and when the next alarm comes. Pure, apart from the
rows of the levels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from leads.models import Calendar, Lead, Offer, ServiceLevel
from leads.service_level.working_time import ALWAYS, WorkingTime


class Alarm(StrEnum):
    """What happens when nobody answers."""

    WARN = "warn"
    TELL = "tell"
    HAND_ON = "hand_on"


@dataclass(frozen=True)
class Level:
    """A service level, ready to be asked. ``alarms`` are in the order in which they come, with their time since the
    beginning, in working time."""

    name: str
    offer_ids: frozenset[int]
    actions: frozenset[str]
    warmths: frozenset[str]
    target: timedelta
    working_time: WorkingTime
    alarms: tuple[tuple[Alarm, timedelta], ...]

    @property
    def hands_on_after(self) -> timedelta | None:
        return dict(self.alarms).get(Alarm.HAND_ON)

    def fits(self, lead: Lead, warmth: str) -> bool:
        return (
            (not self.offer_ids or lead.offer_id in self.offer_ids)
            and (not self.actions or lead.action.casefold() in self.actions)
            and (not self.warmths or warmth in self.warmths)
        )


def load_levels(tried: tuple[ServiceLevel, Sequence[Offer]] | None = None) -> list[Level]:
    """The enabled ones, in their order; ``tried``, with its offers, in the place of the stored one, or as a new first
    one. Two queries."""
    rows = ServiceLevel.objects.filter(enabled=True).select_related("calendar").prefetch_related("offers")
    found = [(row, list(row.offers.all())) for row in rows]
    if tried:
        found = [pair for pair in found if pair[0].pk != tried[0].pk] + [(tried[0], list(tried[1]))]
        found.sort(key=lambda pair: (pair[0].pk is not None, pair[0].position, pair[0].pk or 0))
    return [_level(row, offers) for row, offers in found if row.enabled]


def _level(level: ServiceLevel, offers: Sequence[Offer]) -> Level:
    target = timedelta(minutes=level.target_minutes)
    parts = {Alarm.WARN: level.warn_at, Alarm.TELL: level.tell_at, Alarm.HAND_ON: level.hand_on_at}
    alarms = [(alarm, target * part / 100) for alarm, part in parts.items() if part is not None]
    return Level(
        level.name,
        frozenset(offer.pk for offer in offers),
        frozenset(action.casefold() for action in level.actions),
        frozenset(level.warmths),
        target,
        working_time_of(level.calendar),
        tuple(sorted(alarms, key=lambda alarm: alarm[1])),
    )


def working_time_of(calendar: Calendar | None) -> WorkingTime:
    """Without a calendar every minute is working time."""
    if calendar is None:
        return ALWAYS
    return WorkingTime(
        ZoneInfo(calendar.time_zone),
        {weekday: [(_time(begin), _time(end)) for begin, end in spans] for weekday, spans in enumerate(calendar.hours)},
        frozenset(date.fromisoformat(day) for day in calendar.holidays),
    )


def _time(text: str) -> time:
    """``24:00`` is the end of the day."""
    return time.max if text == "24:00" else time.fromisoformat(text)


def level_of(lead: Lead, levels: Sequence[Level], warmth_of: Callable[[str], str]) -> Level | None:
    """The first that fits. ``None``: nobody waits for an answer, as with test leads and those who must not be
    contacted."""
    if lead.is_test or lead.is_dnc:
        return None
    return next((level for level in levels if level.fits(lead, warmth_of(lead.action))), None)


def start(lead: Lead, level: Level | None, now: datetime) -> None:
    """A new round begins: somebody is to get in touch with the person."""
    lead.opened_at, lead.seen_at, lead.contacted_at, lead.alarms = now, None, None, 0
    lead.answer_by = level.working_time.after(now, level.target) if level else None
    lead.alarm_at = next_alarm_at(lead, level, now)


def alarm_of(lead: Lead, level: Level | None) -> Alarm | None:
    """The next one, after so many that have come. A level that hands leads on goes on doing so with each new owner."""
    if level is None or lead.opened_at is None:
        return None
    if lead.alarms < len(level.alarms):
        return level.alarms[lead.alarms][0]
    return Alarm.HAND_ON if level.hands_on_after is not None else None


def next_alarm_at(lead: Lead, level: Level | None, now: datetime) -> datetime | None:
    """When ``alarm_of`` comes. A new owner has as much time as the first one had."""
    if level is None or lead.opened_at is None:
        return None
    if lead.alarms < len(level.alarms):
        return level.working_time.after(lead.opened_at, level.alarms[lead.alarms][1])
    return None if level.hands_on_after is None else level.working_time.after(now, level.hands_on_after)
