"""What is kept of people in files, and as files: uploaded ones, exported ones, and those that wait for the database."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.encryption import SecretUnreadable, encrypt
from leads.exporting.jobs import expire
from leads.importing.reading import Line
from leads.importing.storing import lines_of
from leads.models import ExportJob, ImportChunk
from leads.models.export_job import OPEN, ExportState


@dataclass(frozen=True)
class Files:
    """``naming`` counts those that hold something of somebody with these traces; ``erase`` takes it away."""

    name: str
    label: str | Promise
    naming: Callable[[Sequence[str]], int]
    erase: Callable[[Sequence[str]], int]


# --- uploaded files: some rows in each chunk --------------------------------------------------------------------------


def _uploaded(traces: Sequence[str]) -> int:
    return sum(len(lines) - len(left) for _chunk, lines, left in _chunks_naming(traces))


def _erase_uploaded(traces: Sequence[str]) -> int:
    """The rows of the person; the others stay, with their numbers."""
    rows = 0
    for chunk, lines, left in _chunks_naming(traces):
        changed = ImportChunk.objects.filter(pk=chunk.pk, encrypted_rows=chunk.encrypted_rows)
        if changed.update(encrypted_rows=encrypt(json.dumps(left))):
            rows += len(lines) - len(left)
    return rows


def _chunks_naming(traces: Sequence[str]) -> Iterator[tuple[ImportChunk, list[Line], list[Line]]]:
    """Chunks, their rows, and those that are of others. What no key opens nobody reads, and it is gone in some days."""
    wanted = [trace.casefold() for trace in traces if "@" in trace]
    for chunk in ImportChunk.objects.order_by("id").iterator(chunk_size=50) if wanted else ():
        try:
            lines = lines_of(chunk)
        except SecretUnreadable:
            continue
        left = [line for line in lines if not _names(line.cells, wanted)]
        if len(left) < len(lines):
            yield chunk, lines, left


def _names(cells: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(trace in cell.casefold() for cell in cells for trace in wanted)


# --- exported files: nobody looks into them, and they are kept for a day ----------------------------------------------


def is_being_exported(before: datetime | None) -> bool:
    """Whether a file is being written that was asked for before this moment."""
    return ExportJob.objects.filter(state__in=OPEN, asked_at__lt=before).exists()


def _exported(_traces: Sequence[str]) -> int:
    return ExportJob.objects.filter(state=ExportState.DONE).count()


def _delete_exported(_traces: Sequence[str]) -> int:
    """All of them: whoever needs one asks for it again."""
    jobs = list(ExportJob.objects.filter(state=ExportState.DONE))
    for job in jobs:
        expire(job)
    return len(jobs)


FILES: tuple[Files, ...] = (
    Files("uploads", _("Uploaded files"), _uploaded, _erase_uploaded),
    Files("exports", _("Exported files"), _exported, _delete_exported),
)
