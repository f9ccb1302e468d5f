"""What people do with a batch, and how a worker goes on with it."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from leads import page_by_page
from leads.defects import is_database_away, where
from leads.importing.checking import check_anew, check_page
from leads.importing.making import make_page
from leads.importing.places import end
from leads.importing.reverting import revert_page
from leads.importing.storing import forget_content
from leads.models import ImportChunk, ImportJob
from leads.models.import_job import NOTHING_IMPORTED, UNDER_WAY, ImportState

logger = logging.getLogger(__name__)

SECONDS_AT_ONCE = 2.0
GIVEN_UP_AFTER = timedelta(seconds=30)
MOST_TRIES = 5
PERMISSION = "leads.import_lead"


class TooLate(Exception):
    """The batch is no longer in a state in which this can be done: perhaps somebody else was quicker."""


# --- what people do -------------------------------------------------------------------------------------------------


def choose_columns(job: ImportJob, columns: Mapping[int, Sequence[str]], *, day_first: bool) -> None:
    """By file. Everything is checked anew. Raises ``TooLate``."""
    with transaction.atomic():
        _demand(job, ImportState.MAPPING, ImportState.CHECKING, ImportState.CHECKED)
        for file in job.files.all():
            file.columns = list(columns[file.pk])
            file.save(update_fields=["columns"])
        ImportJob.objects.filter(pk=job.pk).update(day_first=day_first)
        check_anew(job.pk)


def start(job: ImportJob, *, forwards: bool, gives_owners: bool) -> None:
    """Import what was checked. Raises ``TooLate``."""
    checked = ImportJob.objects.filter(pk=job.pk, state=ImportState.CHECKED)
    if not checked.update(
        state=ImportState.IMPORTING, done=0, forwards=forwards, gives_owners=gives_owners, worked_at=None, tries=0
    ):
        raise TooLate


def discard(job: ImportJob) -> None:
    """Before anything was imported. Raises ``TooLate``."""
    with transaction.atomic():
        _demand(job, *NOTHING_IMPORTED)
        end(job, ImportState.DISCARDED)
        forget_content([job])


def revert(job: ImportJob) -> None:
    """Raises ``TooLate``."""
    with transaction.atomic():
        _demand(job, ImportState.DONE, ImportState.STOPPED, ImportState.REVERTED)
        job.imported.exclude(stays="").update(stays="")
        ImportJob.objects.filter(pk=job.pk).update(
            state=ImportState.REVERTING, done=0, worked_at=None, tries=0, stopped_in=""
        )


def try_again(job: ImportJob) -> None:
    """Go on where it stopped. Raises ``TooLate``."""
    stopped = ImportJob.objects.filter(pk=job.pk, state=ImportState.STOPPED)
    if not stopped.update(state=F("stopped_in"), stopped_in="", tries=0, worked_at=None):
        raise TooLate


def _demand(job: ImportJob, *states: ImportState) -> None:
    if not ImportJob.objects.select_for_update().filter(pk=job.pk, state__in=states).exists():
        raise TooLate


# --- what workers do ------------------------------------------------------------------------------------------------


def to_go_on_with() -> list[int]:
    """Ids of those that nobody works on, the oldest first."""
    given_up = Q(worked_at=None) | Q(worked_at__lt=Now() - GIVEN_UP_AFTER)
    return list(ImportJob.objects.filter(given_up, state__in=UNDER_WAY).order_by("id").values_list("id", flat=True))


def work_off(job_id: int, seconds: float = SECONDS_AT_ONCE) -> bool:
    """For some seconds; whether there may be more to do."""
    return page_by_page.go_on(work_off_page, job_id, seconds)


def work_off_page(job_id: int) -> bool:
    """False when nothing is to be done, somebody else did it, or it failed: then it is tried again later."""
    job = ImportJob.objects.select_related("asked_by").filter(pk=job_id, state__in=UNDER_WAY).first()
    if job is None:
        return False
    try:
        return _page(job)
    except Exception as error:
        if is_database_away(error):
            raise
        _note_failure(job, error)
        return False


def _page(job: ImportJob) -> bool:
    if job.state == ImportState.REVERTING:
        return revert_page(job)
    chunk = ImportChunk.objects.select_related("file").get(job=job, number=job.done)
    return check_page(job, chunk) if job.state == ImportState.CHECKING else make_page(job, chunk)


def _note_failure(job: ImportJob, error: Exception) -> None:
    """A neighbour that made the same lead at the same moment is no fault of the batch; the same fault again and again
    is one of ours, or of a key that is gone."""
    logger.warning("Import %s, part %s: %s", job.pk, job.done, where(error))
    same = ImportJob.objects.filter(pk=job.pk, state=job.state, done=job.done)
    if job.tries + 1 < MOST_TRIES:
        same.update(tries=F("tries") + 1)
    else:
        same.update(state=ImportState.STOPPED, stopped_in=job.state, worked_at=None)
