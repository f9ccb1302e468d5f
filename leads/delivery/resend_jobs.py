"""Send many deliveries again, in pages: a page is one transaction, which moves its rows and the job's place together.

So a worker may be killed at any moment, any number of them may work on one job, and no row is moved twice for it.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads import routing
from leads.delivery import resending
from leads.models import Delivery, ResendJob, Touch
from leads.models.resend_job import OPEN, ResendKind, ResendState, Skipped
from leads.states import DeliveryState, Priority, Withheld

PAGE = 500
SECONDS_AT_ONCE = 2.0
GIVEN_UP_AFTER = timedelta(seconds=30)
"""A page takes far less: whoever worked on it is gone."""

DOUBTFUL = "may_have_arrived"
_OPERATE = ("leads.operate_destination", "leads.retry_delivery")
PERMISSIONS: dict[str, tuple[str, ...]] = {
    ResendKind.FAILED: _OPERATE,
    ResendKind.MISSING: _OPERATE,
    ResendKind.DELIVERED: (*_OPERATE, "leads.resend_delivered"),
}
"""Who may ask for a job of this kind. Those for failed ones let see and stop all."""


class UnderWay(Exception):
    """What was delivered there is being sent once more already."""

    def __str__(self) -> str:
        return _("What was delivered there is being sent once more already. Wait until that is done, or cancel it.")


class Page(NamedTuple):
    """How many moved, why others did not, and the destinations that have something to send."""

    moved: int
    skipped: Counter[str]
    destinations: set[int]


class Worked(NamedTuple):
    """The destinations that have something to send, and whether the job goes on."""

    destinations: set[int]
    may_be_more: bool


# --- What people do -------------------------------------------------------------------------------------------------


def ask(job: ResendJob) -> None:
    """Store it for the workers. What comes later than this moment is not meant. Raises ``UnderWay``."""
    job.until = job.until or Now()
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError as error:
        raise UnderWay from error
    job.refresh_from_db()


def cancel(job_id: int) -> bool:
    """What was moved so far stays so. False when it had ended already."""
    standing = ResendJob.objects.filter(pk=job_id, state__in=OPEN)
    return bool(standing.update(state=ResendState.CANCELLED, finished_at=Now()))


# --- Which rows -----------------------------------------------------------------------------------------------------


def deliveries_of(job: ResendJob) -> QuerySet[Delivery]:
    """Those that the job looks at: for the kinds that are about deliveries."""
    moment = "delivered_at" if job.kind == ResendKind.DELIVERED else "created_at"
    bounds: dict[str, Any] = {"destination": job.destination_id, "reason": job.reason, "touch__offer": job.offer_id}
    bounds |= {f"{moment}__gte": job.since, f"{moment}__lt": job.until}
    in_time = Q(state=DeliveryState.QUEUED, next_attempt_at__gt=Now())
    others = Q(state__in=[state for state in job.states if state != DeliveryState.QUEUED])
    states = others | in_time if DeliveryState.QUEUED in job.states else others
    return Delivery.objects.filter(states, **_given(bounds))


def touches_of(job: ResendJob) -> QuerySet[Touch]:
    """Those that never went to the job's destination; whether a route leads them there is asked of each."""
    there = Delivery.objects.filter(touch=OuterRef("pk"), destination=job.destination_id)
    bounds = {"offer": job.offer_id, "received_at__gte": job.since, "received_at__lt": job.until}
    return Touch.objects.filter(~Exists(there), **_given(bounds))


def rules_of(job: ResendJob) -> list[routing.RouteRule]:
    """The routes to the job's destination."""
    return [rule for rule in routing.load_rules() if rule.destination.pk == job.destination_id]


def why_left(job: ResendJob, state: str, reason: str) -> Skipped | None:
    """Why a delivery in this state stays as it is; ``None`` where it is sent again."""
    if reason in Withheld.values:
        return Skipped.WITHHELD
    if state not in job.states:
        return Skipped(state)
    if reason == DOUBTFUL and not (job.reason == DOUBTFUL and job.doubles_confirmed):
        return Skipped.MAY_HAVE_ARRIVED
    return None


def _given(bounds: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in bounds.items() if value not in (None, "")}


# --- What workers do ------------------------------------------------------------------------------------------------


def to_go_on_with() -> list[int]:
    """Ids of the jobs that nobody works on, the oldest first."""
    left = Q(state=ResendState.RUNNING, worked_at__lt=Now() - GIVEN_UP_AFTER)
    return list(
        ResendJob.objects.filter(Q(state=ResendState.WAITING) | left).order_by("id").values_list("id", flat=True)
    )


def work_off(job_id: int) -> Worked:
    """For some seconds, as far as no other worker is at it."""
    ends_at, destinations = time.monotonic() + SECONDS_AT_ONCE, set[int]()
    while (page := work_off_page(job_id)) is not None:
        destinations |= page.destinations
        if time.monotonic() > ends_at:
            return Worked(destinations, may_be_more=True)
    return Worked(destinations, may_be_more=False)


def work_off_page(job_id: int) -> Page | None:
    """``None`` when the job has ended, or another worker took the page. The first call only counts."""
    job = ResendJob.objects.filter(pk=job_id, state__in=OPEN).first()
    if job is None:
        return None
    if job.state == ResendState.WAITING:
        return Page(0, Counter(), set()) if _begin(job) else None
    ids = _next_ids(job)
    if not ids:
        _end(job)
        return None
    with transaction.atomic():
        if not _at_its_place(job).update(cursor=ids[-1], worked_at=Now()):
            return None
        page = _move_touches(job, ids) if job.kind == ResendKind.MISSING else _move_deliveries(job, ids)
        counted = Counter(job.skipped) + page.skipped
        ResendJob.objects.filter(pk=job.pk).update(moved=F("moved") + page.moved, skipped=dict(counted))
    return page


def _begin(job: ResendJob) -> bool:
    found = _rows_of(job).count()
    waiting = ResendJob.objects.filter(pk=job.pk, state=ResendState.WAITING)
    return bool(waiting.update(state=ResendState.RUNNING, found=found, started_at=Now(), worked_at=Now()))


def _end(job: ResendJob) -> None:
    _at_its_place(job).update(state=ResendState.DONE, finished_at=Now())


def _at_its_place(job: ResendJob) -> QuerySet[ResendJob]:
    """The job, unless it moved on, or ended, since it was read."""
    return ResendJob.objects.filter(pk=job.pk, state=ResendState.RUNNING, cursor=job.cursor)


def _rows_of(job: ResendJob) -> QuerySet[Any]:
    return touches_of(job) if job.kind == ResendKind.MISSING else deliveries_of(job)


def _next_ids(job: ResendJob) -> list[UUID]:
    rows = _rows_of(job) if job.cursor is None else _rows_of(job).filter(id__gt=job.cursor)
    return list(rows.order_by("id").values_list("id", flat=True)[:PAGE])


def _move_deliveries(job: ResendJob, ids: Sequence[UUID]) -> Page:
    """By what they are now, which may be something else than when they were looked for."""
    locked = Delivery.objects.filter(id__in=ids).order_by("id").select_for_update()
    standing = list(locked.values_list("id", "state", "reason", "destination_id"))
    chosen, destinations, skipped = list[UUID](), set[int](), Counter[str]()
    for delivery_id, state, reason, destination_id in standing:
        if why := why_left(job, state, reason):
            skipped[why.value] += 1
        else:
            chosen.append(delivery_id)
            destinations.add(destination_id)
    moved = _send_again(job, Delivery.objects.filter(id__in=chosen))
    skipped[Skipped.QUEUED.value] += len(chosen) - moved  # their time came while we looked
    skipped[Skipped.GONE.value] += len(ids) - len(standing)
    return Page(moved, +skipped, destinations)


def _send_again(job: ResendJob, deliveries: QuerySet[Delivery]) -> int:
    if job.kind == ResendKind.DELIVERED:
        return resending.send_delivered_again(deliveries, priority=Priority.RESEND)
    return resending.try_again(deliveries, priority=Priority.RESEND)


def _move_touches(job: ResendJob, ids: Sequence[UUID]) -> Page:
    """Make the deliveries that there would be, had the routes been there when the touches came."""
    touches = list(Touch.objects.filter(id__in=ids))
    deliveries = routing.deliveries_of(touches, rules_of(job), priority=Priority.RESEND)
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    queued = [delivery for delivery in deliveries if delivery.state == DeliveryState.QUEUED]
    skipped = Counter({Skipped.NO_ROUTE.value: len(touches) - len(deliveries)})
    skipped[Skipped.WITHHELD.value] = len(deliveries) - len(queued)
    skipped[Skipped.GONE.value] = len(ids) - len(touches)
    return Page(len(queued), +skipped, {delivery.destination_id for delivery in queued})
