"""What was uploaded, kept encrypted in pieces of some rows: each is one page of the work to come."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from leads.encryption import decrypt, encrypt
from leads.importing.columns import is_known, key_of, names_somebody, suggested
from leads.importing.reading import Line, NotReadable, read_table
from leads.models import ImportChunk, ImportFile, ImportJob
from leads.models.import_job import CONTENT_KEPT, ImportState

PAGE = 100
MOST_FILES = 20
MOST_ROWS = 100_000
LONGEST_NAME = 200


class Uploaded(NamedTuple):
    name: str
    content: bytes


class Refused(Exception):
    """``file`` is what cannot be imported, empty where that is the batch as a whole; the rest as in ``wording``."""

    def __init__(self, file: str, code: str, params: Mapping[str, str | int]) -> None:
        super().__init__(file, code)
        self.file, self.code, self.params = file, code, params


def store(user: User | None, files: Sequence[Uploaded]) -> ImportJob:
    """One batch of these files, to be checked next; or to be told first what their columns hold. Raises ``Refused``:
    then nothing is stored.

    Everything is read before the transaction, which on SQLite keeps every webhook waiting while it lasts.
    """
    if not 0 < len(files) <= MOST_FILES:
        raise Refused("", "too_many_files" if files else "no_file", {"limit": MOST_FILES})
    job = ImportJob(asked_by=user, state=ImportState.CHECKING)
    stored: list[ImportFile] = []
    chunks: list[ImportChunk] = []
    for uploaded in files:
        file, pieces = _read(job, uploaded)
        stored.append(file)
        for lines in pieces:
            chunks.append(
                ImportChunk(job=job, file=file, number=len(chunks), encrypted_rows=encrypt(json.dumps(lines)))
            )
            job.rows += len(lines)
            if job.rows > MOST_ROWS:
                raise Refused("", "too_many_rows", {"limit": MOST_ROWS})
    job.chunks = len(chunks)
    if not all(is_certain(file) for file in stored):
        job.state = ImportState.MAPPING
    with transaction.atomic():
        job.save()
        ImportFile.objects.bulk_create(stored)
        ImportChunk.objects.bulk_create(chunks, batch_size=PAGE)
    return job


def store_as_suggested(user: User | None, *files: Uploaded) -> ImportJob:
    """As ``store``, for programs: what is not known of a column is not asked. Raises ``Refused`` also where nobody is
    named."""
    job = store(user, files)
    for file in job.files.all():
        if not names_somebody(file.columns):
            job.delete()
            raise Refused(file.name, "nobody_named", {})
    ImportJob.objects.filter(pk=job.pk).update(state=ImportState.CHECKING)
    job.refresh_from_db()
    return job


def _read(job: ImportJob, uploaded: Uploaded) -> tuple[ImportFile, list[list[Line]]]:
    name = uploaded.name[-LONGEST_NAME:]
    try:
        table = read_table(uploaded.content)
        pieces = [list(lines) for lines in batched(table.lines, PAGE)]
    except NotReadable as error:
        raise Refused(name, error.code, error.params) from None
    if not pieces:
        raise Refused(name, "no_rows", {})
    header_key = key_of(table.headers)
    columns = remembered(header_key) or [column.value for column in suggested(table.headers)]
    return ImportFile(job=job, name=name, headers=table.headers, header_key=header_key, columns=columns), pieces


def remembered(header_key: str) -> list[str]:
    """What somebody said of the last file with these headers."""
    known = ImportFile.objects.filter(header_key=header_key).exclude(job__state=ImportState.MAPPING)
    return known.order_by("-id").values_list("columns", flat=True).first() or []


def is_certain(file: ImportFile) -> bool:
    """Whether nobody has to be asked: its columns are known, or somebody has said what they hold."""
    if not names_somebody(file.columns):
        return False
    return all(is_known(header) for header in file.headers) or bool(remembered(file.header_key))


def lines_of(chunk: ImportChunk) -> list[Line]:
    """Raises ``SecretUnreadable`` when its key is gone."""
    return [Line(number, cells) for number, cells in json.loads(decrypt(chunk.encrypted_rows))]


def chunks_of(job: ImportJob) -> Iterator[ImportChunk]:
    """One after the other: together they may be more than fits into memory."""
    for number in range(job.chunks):
        if chunk := ImportChunk.objects.select_related("file").filter(job=job, number=number).first():
            yield chunk


def has_content(job: ImportJob) -> bool:
    return job.contents.exists()


def forget_content(jobs: Iterable[ImportJob]) -> None:
    """The uploaded rows, and what was noted of those that became nothing."""
    for job in jobs:
        job.contents.all().delete()
        job.imported.filter(touch=None).delete()


def purge() -> None:
    """Delete what was uploaded and kept long enough. What nobody confirmed in that time is discarded."""
    old = ImportJob.objects.filter(asked_at__lt=timezone.now() - CONTENT_KEPT, contents__isnull=False).distinct()
    for job in old:
        unconfirmed = ImportJob.objects.filter(pk=job.pk, state__in=(ImportState.MAPPING, ImportState.CHECKED))
        unconfirmed.update(state=ImportState.DISCARDED, finished_at=timezone.now())
        if not ImportJob.objects.filter(pk=job.pk, state=ImportState.IMPORTING).exists():
            forget_content([job])
