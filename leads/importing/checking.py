"""The dry run: what would become of each row. Nothing is stored but the answer."""

from collections import Counter

from django.db import transaction

from leads import routing
from leads.importing.interpreting import Read, import_endpoint, judge, read_chunk
from leads.importing.places import counted, end, move_on
from leads.intake.joining import join_key
from leads.models import ImportChunk, ImportJob, ImportRow
from leads.models.import_job import ImportState, Outcome
from leads.states import DeliveryState

FORWARDED, OPEN = "forwarded", "open"
"""Counted beside the outcomes: the deliveries that there would be, and the rows whose sale is not over."""


def check_page(job: ImportJob, chunk: ImportChunk) -> bool:
    """False when another worker took it."""
    reads = read_chunk(job, chunk, import_endpoint())
    with transaction.atomic():
        if not move_on(job):
            return False
        judge(job, reads, is_check=True)
        ImportRow.objects.bulk_create([_row(job, chunk, read) for read in reads])
        counted(job, "checked", Counter(read.outcome.value for read in reads) + _beside(reads))
        if job.done + 1 == job.chunks:
            end(job, ImportState.CHECKED)
    return True


def _row(job: ImportJob, chunk: ImportChunk, read: Read) -> ImportRow:
    return ImportRow(
        job=job,
        file=chunk.file,
        line=read.row.line,
        outcome=read.outcome,
        problems=[[problem.column, problem.code, dict(problem.params)] for problem in read.problems],
        key=read.row.key,
        join_key=(join_key(read.touch) or "") if read.touch else "",
    )


def _beside(reads: list[Read]) -> Counter[str]:
    fresh = [read for read in reads if read.outcome in (Outcome.NEW, Outcome.JOINS)]
    deliveries = routing.deliveries_of([read.touch for read in fresh if read.touch], routing.load_rules())
    queued = sum(delivery.state == DeliveryState.QUEUED for delivery in deliveries)
    return +Counter({FORWARDED: queued, OPEN: sum(read.row.closing is None for read in fresh)})


def check_anew(job_id: int) -> None:
    """From the beginning, as the columns or the order of dates are others now."""
    with transaction.atomic():
        ImportRow.objects.filter(job=job_id).delete()
        ImportJob.objects.filter(pk=job_id).update(
            state=ImportState.CHECKING, done=0, checked={}, tries=0, worked_at=None
        )
