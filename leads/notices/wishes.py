"""How and when one person, a team's chat or an address wants to be told. Pure, apart from loading it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from leads.models import Profile, Team
from leads.models.people import profile_of
from leads.sales.proposing import working_time_of_person
from leads.service_level.clock import working_time_of
from leads.service_level.working_time import ALWAYS, WorkingTime
from leads.states import Quiet, SalesKind, Way

URGENT = (SalesKind.DUE_SOON, SalesKind.OVERDUE)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wishes:
    """``awake`` are the hours in which they may be told; ``absences`` (from, until) those in which they may not. A kind
    that is not in ``ways`` is told at once. What is urgent may come outside the hours, but not during an absence."""

    zone: tzinfo
    language: str
    ways: Mapping[str, Way] = field(default_factory=dict)
    digest_times: Sequence[time] = ()
    awake: WorkingTime = ALWAYS
    absences: Sequence[tuple[datetime, datetime]] = ()
    urgent_at_any_time: bool = False

    def moment_for(self, kind: SalesKind, made_at: datetime, now: datetime) -> datetime | None:
        """When a notice that was made then is to be told: ``now``, later, or never (``None``)."""
        way = self.ways.get(kind, Way.AT_ONCE)
        if way is Way.NOT:
            return None
        moment = max(now, self.next_digest(made_at)) if way is Way.DIGEST else now
        wishes = replace(self, awake=ALWAYS) if kind in URGENT and self.urgent_at_any_time else self
        return wishes.first_awake(moment)

    def next_digest(self, after: datetime) -> datetime:
        """Without any time of day there is nothing to wait for."""
        day = after.astimezone(self.zone).date()
        times = [
            datetime.combine(on, moment, self.zone) for on in (day, day + DAY) for moment in sorted(self.digest_times)
        ]
        return next((moment for moment in times if moment > after), after)

    def first_awake(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours and absences that it lies in."""
        for begins, ends in sorted(self.absences):
            moment = self.awake.next_moment(moment)
            if begins <= moment < ends:
                moment = ends
        return self.awake.next_moment(moment)


def wishes_of(user: User) -> Wishes:
    """Two queries."""
    profile = profile_of(user)
    absences = user.absences.filter(ends_at__gt=timezone.now()).values_list("begins_at", "ends_at")
    return Wishes(
        profile.zone,
        profile.language or settings.LANGUAGE_CODE,
        {kind: Way(way) for kind, way in profile.ways.items() if way in Way.values},
        [time.fromisoformat(text) for text in profile.digest_times],
        awake_of(profile),
        [] if profile.quiet == Quiet.NEVER else list(absences),
        profile.urgent_at_any_time,
    )


def awake_of(profile: Profile) -> WorkingTime:
    if profile.quiet == Quiet.OFF_WORK:
        return working_time_of_person(profile)
    if profile.quiet == Quiet.BETWEEN and profile.quiet_from and profile.quiet_until:
        return awake_except(profile.quiet_from, profile.quiet_until, profile.zone)
    return ALWAYS


def awake_except(begins: time, ends: time, zone: tzinfo) -> WorkingTime:
    """Every day, but for the hours between the two; ``begins`` after ``ends`` is over midnight."""
    spans = ((ends, begins),) if ends < begins else ((time.min, begins), (ends, time.max))
    return WorkingTime(zone, dict.fromkeys(range(7), tuple(span for span in spans if span[0] < span[1])))


def wishes_of_team(team: Team) -> Wishes:
    """In its own working hours, and in the language of who leads it. At most one query."""
    leader = profile_of(team.leader) if team.leader else Profile()
    awake = working_time_of(team.calendar)
    zone = awake.zone if team.calendar else leader.zone
    return Wishes(zone, leader.language or settings.LANGUAGE_CODE, awake=awake)


def wishes_of_address() -> Wishes:
    return Wishes(timezone.get_default_timezone(), settings.LANGUAGE_CODE)


type Recipient = User | Team | str


def wishes_for(recipient: Recipient) -> Wishes:
    if isinstance(recipient, User):
        return wishes_of(recipient)
    return wishes_of_team(recipient) if isinstance(recipient, Team) else wishes_of_address()
