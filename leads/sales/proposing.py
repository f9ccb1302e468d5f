"""When somebody could do something: in their own working hours."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User

from leads.models import Profile
from leads.models.people import profile_of
from leads.service_level.clock import working_time_of
from leads.service_level.working_time import WorkingTime

OFFICE_DAY = [(time(9), time(17))]
"""For people who have set no working hours: Monday to Friday."""
STEP = timedelta(minutes=15)


def proposed(user: User, after: timedelta, now: datetime) -> datetime:
    """So much later, to the next quarter of an hour, or when they begin to work after that."""
    return fitted(working_time_for(user), now + after)


def fitted(working_time: WorkingTime, moment: datetime) -> datetime:
    return working_time.next_moment(_to_the_quarter(moment))


def next_morning(user: User, now: datetime) -> datetime:
    """When they begin to work, tomorrow or on the next day on which they do."""
    return _begin_of_day(user, now, days=1)


def next_monday(user: User, now: datetime) -> datetime:
    """When they begin to work next week."""
    return _begin_of_day(user, now, days=7 - now.astimezone(_zone_of(working_time_for(user))).weekday())


def working_time_for(user: User) -> WorkingTime:
    """At most one query."""
    return working_time_of_person(profile_of(user))


def working_time_of_person(profile: Profile) -> WorkingTime:
    if profile.calendar:
        return working_time_of(profile.calendar)
    return WorkingTime(profile.zone, dict.fromkeys(range(5), OFFICE_DAY))


def _begin_of_day(user: User, now: datetime, days: int) -> datetime:
    working_time = working_time_for(user)
    zone = _zone_of(working_time)
    day = now.astimezone(zone).date() + timedelta(days=days)
    return working_time.next_moment(datetime.combine(day, time.min, zone))


def _zone_of(working_time: WorkingTime) -> ZoneInfo:
    zone = working_time.zone
    assert isinstance(zone, ZoneInfo)
    return zone


def _to_the_quarter(moment: datetime) -> datetime:
    over = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    return moment - over + STEP if over else moment
