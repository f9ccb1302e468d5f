"""Write a file in the background: in pages, by a worker that may be ended at any moment.

A worker that stops after some seconds hands the file on; when one was ended, the next begins a file of its own, so that
two never write to the same.
"""

import logging
import math
import secrets
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from leads.defects import is_database_away, where
from leads.exporting.choosing import FilterGone, leads_of
from leads.exporting.columns import Page, Wording, pages_of
from leads.exporting.files import Sink, demand_room, is_disk_full, open_sink, remove, remove_old
from leads.models import ExportJob
from leads.models.export_job import FILE_KEPT, LONGEST_QUERY, OPEN, ExportFault, ExportFormat, ExportState
from leads.models.people import profile_of

logger = logging.getLogger(__name__)

SECONDS_AT_ONCE = 2.0
GIVEN_UP_AFTER = timedelta(seconds=60)
"""A page takes far less, and the end of a workbook still less than that."""
MOST_IN_WORKBOOK = 100_000
"""Excel takes ten times as many, but they are written in one go."""
MOST_OPEN = 5
"""So many may wait for one person at a time."""
PERMISSION = "leads.export_lead"
MASKED = "..."
"""What stands on record in place of a text that somebody searched for."""


class TooMany(Exception):
    """So many exports of this person wait already."""


# --- what people do -------------------------------------------------------------------------------------------------


def ask(user: User, kind: ExportFormat, query: str, lead_ids: Sequence[str] = ()) -> ExportJob:
    """Stored for the workers. Raises ``TooMany``."""
    if ExportJob.objects.filter(asked_by=user, state__in=OPEN).count() >= MOST_OPEN:
        raise TooMany
    return ExportJob.objects.create(
        asked_by=user, format=kind, query=query, lead_ids=list(lead_ids), language=get_language() or "en"
    )


def cancel(job: ExportJob) -> bool:
    """False when it had ended already."""
    cancelled = ExportJob.objects.filter(pk=job.pk, state__in=OPEN).update(
        state=ExportState.CANCELLED, query=without_search(job.query), finished_at=Now()
    )
    if cancelled:
        remove(job.file)
    return bool(cancelled)


def wording_of(user: User) -> Wording:
    """By the clock of this person, in the active language."""
    return Wording(profile_of(user).zone)


# --- what workers do ------------------------------------------------------------------------------------------------


def to_go_on_with() -> list[int]:
    """Ids of those that nobody works on, the oldest first."""
    left = Q(worked_at=None) | Q(worked_at__lt=Now() - GIVEN_UP_AFTER)
    return list(ExportJob.objects.filter(left, state__in=OPEN).order_by("id").values_list("id", flat=True))


def work_off(job_id: int, seconds: float = SECONDS_AT_ONCE) -> bool:
    """For some seconds; whether there is more to do. Of a workbook always all of it."""
    job = _take(job_id)
    if job is None:
        return False
    try:
        with override(job.language):
            return _write(job, math.inf if job.format == ExportFormat.XLSX else seconds)
    except FilterGone:
        _fail(job, ExportFault.FILTER)
    except FileNotFoundError:
        _begin_anew(job)
        return True
    except OSError as error:
        logger.error("Export %s: %s", job.pk, where(error))
        _fail(job, ExportFault.DISK_FULL if is_disk_full(error) else ExportFault.FILE)
    except Exception as error:
        if is_database_away(error):
            raise
        logger.error("Export %s: %s", job.pk, where(error))
        _fail(job, ExportFault.DEFECT)
    return False


def _take(job_id: int) -> ExportJob | None:
    """The right to work on it, for one worker at a time."""
    handed_on = ExportJob.objects.filter(pk=job_id, state=ExportState.RUNNING, worked_at=None)
    if not handed_on.update(worked_at=Now()):
        given_up = Q(state=ExportState.WAITING) | Q(state=ExportState.RUNNING, worked_at__lt=Now() - GIVEN_UP_AFTER)
        job = ExportJob.objects.filter(given_up, pk=job_id).first()
        if job is None:
            return None
        name = f"{job_id}-{secrets.token_hex(8)}.{job.format}"
        started = {"state": ExportState.RUNNING, "file": name, "worked_at": Now()}
        nothing_yet = {"cursor": None, "size": 0, "done": 0, "held_back": 0}
        if not ExportJob.objects.filter(given_up, pk=job_id, file=job.file).update(**started, **nothing_yet):
            return None
        remove(job.file)
    return ExportJob.objects.select_related("asked_by").get(pk=job_id)


def _begin_anew(job: ExportJob) -> None:
    """Its file is gone: somebody cleared the folder, or another machine has a folder of its own."""
    if _mine(job).update(state=ExportState.WAITING, worked_at=None):
        logger.warning("Export %s begins anew: its file is not here", job.pk)


def _write(job: ExportJob, seconds: float) -> bool:
    user = job.asked_by
    if user is None or not user.is_active or not user.has_perm(PERMISSION):
        _fail(job, ExportFault.NOT_PERMITTED)
        return False
    leads = leads_of(user, job.query, job.lead_ids)
    if job.found is None:
        job.found = leads.count()
        _mine(job).update(found=job.found)
    if job.format == ExportFormat.XLSX and job.found > MOST_IN_WORKBOOK:
        _fail(job, ExportFault.TOO_MANY)
        return False
    sink = open_sink(job.file, job.format, job.size)
    try:
        return _write_pages(job, sink, pages_of(leads, wording_of(user), job.cursor), seconds)
    finally:
        sink.let_go()


def _write_pages(job: ExportJob, sink: Sink, pages: Iterator[Page], seconds: float) -> bool:
    ends_at = time.monotonic() + seconds
    demand_room()
    for page in pages:
        if not _note(job, page, sink.write(page.rows)):
            remove(job.file)
            return False
        demand_room()
        if time.monotonic() > ends_at:
            return bool(_mine(job).update(worked_at=None))
    _finish(job, sink)
    return False


def _mine(job: ExportJob) -> QuerySet[ExportJob]:
    """The job, unless it was cancelled, or somebody else took it."""
    return ExportJob.objects.filter(pk=job.pk, state=ExportState.RUNNING, file=job.file)


def _note(job: ExportJob, page: Page, size: int) -> bool:
    """How far it has come; false when it is no longer ours."""
    counts = {"done": F("done") + len(page.rows), "held_back": F("held_back") + page.held_back}
    return bool(_mine(job).update(cursor=page.last, size=size, worked_at=Now(), **counts))


def _finish(job: ExportJob, sink: Sink) -> None:
    """With the entry in the log: who took out how many, and which. A job that is no longer ours leaves no file."""
    size = sink.close()
    with transaction.atomic():
        is_ours = _mine(job).update(state=ExportState.DONE, size=size, finished_at=Now(), worked_at=None)
        if is_ours:
            job.refresh_from_db()
            note_in_log(job)
    if not is_ours:
        remove(job.file)


def without_search(query: str) -> str:
    """The filters for the record: what somebody looked for may be a person's name. Encoded once more they may be longer
    than before, and the end is left out."""
    given = QueryDict(query, mutable=True)
    if "q" in given:
        given["q"] = MASKED
    return given.urlencode()[:LONGEST_QUERY]


def note_in_log(job: ExportJob) -> None:
    assert job.asked_by
    filters = without_search(job.query) or "–"
    names = {"count": job.done, "format": job.format, "filter": filters, "held_back": job.held_back}
    text = _("Exported %(count)d leads (%(format)s). Filter: %(filter)s.") % names
    if job.lead_ids:
        text += " " + _("Only those that were ticked.")
    if job.held_back:
        text += " " + _("With personal data of %(held_back)d that a privacy rule holds back.") % names
    LogEntry.objects.create(
        user=job.asked_by,
        content_type=ContentType.objects.get_for_model(ExportJob),
        object_id=str(job.pk),
        object_repr=str(job),
        action_flag=ADDITION,
        change_message=text,
    )


def _fail(job: ExportJob, fault: ExportFault) -> None:
    ended = {"state": ExportState.FAILED, "finished_at": Now(), "worked_at": None}
    _mine(job).update(fault=fault, query=without_search(job.query), **ended)
    remove(job.file)


def expire(job: ExportJob) -> None:
    """Delete its file; the row stays."""
    remove(job.file)
    ExportJob.objects.filter(pk=job.pk).update(state=ExportState.EXPIRED, query=without_search(job.query))


def purge() -> None:
    """Delete the files whose time is over, and what workers that were ended left in the folder."""
    over = ExportJob.objects.filter(state=ExportState.DONE, finished_at__lt=timezone.now() - FILE_KEPT)
    for job in over:
        expire(job)
    needed = ExportJob.objects.filter(state__in=(*OPEN, ExportState.DONE)).values_list("file", flat=True)
    remove_old(set(needed), time.time() - FILE_KEPT.total_seconds())
