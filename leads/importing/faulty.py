"""The rows with errors once more as a file: corrected, it can be uploaded again."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from leads.csv_cells import BYTE_ORDER_MARK, as_csv
from leads.importing import wording
from leads.importing.storing import chunks_of, lines_of
from leads.models import ImportFile, ImportJob, ImportRow
from leads.models.import_job import Outcome


def rows_as_csv(job: ImportJob) -> Iterator[str]:
    """With where each stood and what is wrong with it in front. Files with other headers follow each other."""
    yield BYTE_ORDER_MARK
    shown: ImportFile | None = None
    for chunk in chunks_of(job):
        lines = lines_of(chunk)
        rows = ImportRow.objects.filter(file=chunk.file, line__in=[line.number for line in lines])
        wrong = {row.line: row for row in rows.filter(outcome=Outcome.FAULTY)}
        if wrong and shown != chunk.file:
            shown = chunk.file
            yield as_csv([[_("Row"), _("What is wrong"), *chunk.file.headers]])
        for line in lines:
            if row := wrong.get(line.number):
                yield as_csv([[line.number, _sentences(row), *line.cells]])


def _sentences(row: ImportRow) -> str:
    texts = []
    for column, code, params in row.problems:
        what, remedy = wording.of_row(code, params)
        texts.append(" ".join(filter(None, (f"{column}:" if column else "", what, remedy))))
    return " ".join(texts)
