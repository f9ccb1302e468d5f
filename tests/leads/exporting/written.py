"""Exports worked off here instead of by a worker, and what stands in their files."""

import csv
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

from django.contrib.auth.models import User

from leads.exporting import jobs
from leads.exporting.files import path_of
from leads.models import ExportJob
from leads.models.export_job import ExportFormat

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def exported(user: User, query: str = "", *lead_ids: str, kind: ExportFormat = ExportFormat.CSV) -> ExportJob:
    return worked_off(jobs.ask(user, kind, query, lead_ids))


def worked_off(job: ExportJob) -> ExportJob:
    while jobs.work_off(job.pk):
        pass
    job.refresh_from_db()
    return job


def rows_of(job: ExportJob) -> list[dict[str, str]]:
    text = path_of(job.file).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def workbook_of(job: ExportJob) -> list[dict[str, tuple[str, str]]]:
    """By header: the type of each cell (``s`` for a text, ``n`` for a number, ``f`` for a formula) and its content."""
    with zipfile.ZipFile(path_of(job.file)) as parts:
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
        names = parts.namelist()
        shared = ElementTree.fromstring(parts.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else None
    texts = ["".join(one.itertext()) for one in shared] if shared is not None else []
    rows = [[_cell(cell, texts) for cell in row] for row in sheet.iter(f"{_MAIN}row")]
    headers = [content for _kind, content in rows[0]]
    return [dict(zip(headers, row, strict=True)) for row in rows[1:]]


def _cell(cell: Any, texts: list[str]) -> tuple[str, str]:
    if cell.find(f"{_MAIN}f") is not None:
        return "f", "".join(cell.itertext())
    kind, content = cell.get("t", "n"), "".join(cell.itertext())
    return ("s", texts[int(content)]) if kind == "s" else ("s" if kind == "inlineStr" else kind, content)
