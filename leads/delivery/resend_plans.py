"""What a job would do, before anybody asks for it: how many, how many not, how long; and what speaks against it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import NamedTuple

from django.db.models import Avg, Count, QuerySet
from django.utils.translation import gettext as _

from leads import routing
from leads.delivery.connecting import batch_limit_of, recognises_repeats
from leads.delivery.resend_jobs import DOUBTFUL, UnderWay, deliveries_of, rules_of, touches_of
from leads.models import Attempt, Delivery, Destination, ResendJob
from leads.models.resend_job import OPEN, ResendKind
from leads.pacing.backlog import time_for
from leads.states import AttemptResult, DeliveryState, Withheld

MOST = 10_000
MOST_LOOKED_AT = 5 * MOST
NEWEST = 50
ROUTED_BY = ("offer", "source", "action", "country_code", "is_test", "is_dnc", "privacy")


class Group(NamedTuple):
    """Deliveries to one destination with one reason. ``is_waiting``: its gate is closed, so they will wait."""

    destination: str
    reason: str
    deliveries: int
    is_waiting: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``found`` would be sent; where it is not ``is_exact`` there are as many or more. ``left_out`` fit as well, and
    may have arrived already, or are withheld by policy. ``takes`` is ``None`` where nothing tells how long a call is.
    """

    found: int
    is_exact: bool
    left_out: int
    takes: timedelta | None
    groups: list[Group] = field(default_factory=list)


def plan_of(job: ResendJob) -> Plan:
    """Counts no further than ``MOST``. The job need not be stored."""
    return _plan_of_missing(job) if job.kind == ResendKind.MISSING else _plan_of_deliveries(job)


def needs_confirmation(job: ResendJob) -> bool:
    """Whether records over there may come to be there twice."""
    if job.kind == ResendKind.DELIVERED:
        return job.destination is not None and not recognises_repeats(job.destination)
    return job.kind == ResendKind.FAILED and job.reason == DOUBTFUL


def complaints(job: ResendJob) -> dict[str, str]:
    """What is wrong with a filter, by the name of the field."""
    return dict(_complaints(job))


def _complaints(job: ResendJob) -> Iterator[tuple[str, str]]:
    is_failed = job.kind == ResendKind.FAILED
    if is_failed and not job.states:
        yield "states", _("Choose at least one state.")
    if not is_failed and job.reason:
        yield "reason", _("Only what failed or waits has a reason.")
    if job.kind == ResendKind.DELIVERED and job.since is None:
        yield "since", _("Say since when. What arrived before that is not sent again.")
    if job.since and job.until and job.since >= job.until:
        yield "until", _("This is not after the time that it begins with.")
    if not is_failed and (text := _complaint_about_destination(job)):
        yield "destination", text


def _complaint_about_destination(job: ResendJob) -> str:
    if job.destination is None:
        return _("Choose a destination: this is done for one at a time.")
    if job.kind == ResendKind.MISSING and not rules_of(job):
        return _("No enabled route leads there, or it is disabled. Add a route first.")
    replays = ResendJob.objects.filter(kind=ResendKind.DELIVERED, destination=job.destination, state__in=OPEN)
    return str(UnderWay()) if job.kind == ResendKind.DELIVERED and replays.exists() else ""


# --- How many -------------------------------------------------------------------------------------------------------


def _plan_of_deliveries(job: ResendJob) -> Plan:
    fitting = deliveries_of(job).exclude(reason__in=Withheld.values)
    doubtful = fitting.filter(reason=DOUBTFUL)
    is_named = job.reason == DOUBTFUL
    groups = breakdown(fitting if is_named else fitting.exclude(reason=DOUBTFUL))
    found = sum(group.deliveries for group in groups)
    return Plan(
        found=found,
        is_exact=found < MOST,
        left_out=0 if is_named else doubtful[:MOST].count(),
        takes=_time_for(groups),
        groups=groups,
    )


def breakdown(deliveries: QuerySet[Delivery]) -> list[Group]:
    """The largest group first, of ``MOST`` deliveries together. One query."""
    some = Delivery.objects.filter(id__in=deliveries.order_by().values("id")[:MOST])
    rows = (
        some.order_by()
        .values_list("destination__name", "reason", "destination__enabled", "destination__gate__paused_at")
        .annotate(deliveries=Count("id"))
        .order_by("-deliveries", "destination__name", "reason")
    )
    return [
        Group(name, reason, number, is_waiting=paused_at is not None or not enabled)
        for name, reason, enabled, paused_at, number in rows
    ]


def _plan_of_missing(job: ResendJob) -> Plan:
    """Whether a route leads a touch there is not for the database to say, so they are looked at one by one."""
    assert job.destination
    rules, states, looked_at = rules_of(job), Counter[str](), 0
    for touch in touches_of(job).only(*ROUTED_BY).order_by("-id")[:MOST_LOOKED_AT].iterator():
        looked_at += 1
        states.update(delivery.state for delivery in routing.deliveries_of([touch], rules))
        if states[DeliveryState.QUEUED] == MOST:
            break
    found = states[DeliveryState.QUEUED]
    return Plan(
        found=found,
        is_exact=found < MOST and looked_at < MOST_LOOKED_AT,
        left_out=states[DeliveryState.WITHHELD],
        takes=_time_at(job.destination, found),
    )


# --- How long -------------------------------------------------------------------------------------------------------


def _time_for(groups: list[Group]) -> timedelta | None:
    """Destinations are sent to side by side: the slowest counts."""
    numbers = Counter[str]()
    for group in groups:
        numbers[group.destination] += group.deliveries
    destinations = Destination.objects.filter(name__in=numbers).select_related("gate")
    times = [_time_at(destination, numbers[destination.name]) for destination in destinations]
    known = [time for time in times if time is not None]
    return max(known, default=None) if len(known) == len(times) else None


def _time_at(destination: Destination, deliveries: int) -> timedelta | None:
    """By what the newest calls took; ``None`` where nothing arrived there yet."""
    newest = Delivery.objects.filter(destination=destination, state=DeliveryState.DELIVERED).order_by("-id")
    attempts = Attempt.objects.filter(delivery__in=newest.values("id")[:NEWEST], result=AttemptResult.DELIVERED)
    milliseconds = attempts.aggregate(mean=Avg("duration_ms"))["mean"]
    if milliseconds is None:
        return None
    return time_for(
        ceil(deliveries / batch_limit_of(destination.kind)),
        seconds_each=milliseconds / 1000,
        calls_at_once=destination.gate.calls_at_once,
        rate=destination.gate.rate,
    )
