"""How far a batch has come: moved together with what was done, so that a worker may be killed at any moment, and of two
that work on one nobody does anything twice."""

from collections import Counter

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from leads.models import ImportJob
from leads.models.import_job import ImportState


def at_its_place(job: ImportJob) -> QuerySet[ImportJob]:
    """The batch, unless it moved on since it was read."""
    return ImportJob.objects.filter(pk=job.pk, state=job.state, done=job.done)


def move_on(job: ImportJob) -> bool:
    """To the next chunk; false when somebody else did. In the transaction of what is done with this one."""
    return bool(at_its_place(job).update(done=F("done") + 1, worked_at=Now(), tries=0))


def counted(job: ImportJob, column: str, more: Counter[str]) -> None:
    """Add to its counts. The row is locked by ``move_on``."""
    now = Counter(ImportJob.objects.values_list(column, flat=True).get(pk=job.pk))
    ImportJob.objects.filter(pk=job.pk).update(**{column: dict(now + more)})


def end(job: ImportJob, state: ImportState) -> None:
    """Of the present work: it goes on with another, or waits for somebody."""
    ended = {} if state is ImportState.CHECKED else {"finished_at": Now()}
    ImportJob.objects.filter(pk=job.pk).update(state=state, done=0, worked_at=None, **ended)
