"""The files themselves: text in which nothing is taken for a formula, and workbooks in which texts are texts.

They lie in ``LEADCRM_EXPORT_DIR``, for the account under which Lead CRM runs and nobody else.
"""

import errno
import os
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from django.conf import settings
from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from leads.csv_cells import BYTE_ORDER_MARK, as_csv
from leads.exporting.columns import Cell, headers
from leads.models.export_job import ExportFormat

LEAST_FREE_BYTES = 256 * 1024**2
"""What a disk must keep free: leads that come in need it more."""
LONGEST_CELL = 32_767
"""In characters, of a workbook."""


class Sink(Protocol):
    def write(self, rows: Sequence[Sequence[Cell]]) -> int:
        """Returns how many bytes are in the file for good; 0 where it is not known before its end."""

    def close(self) -> int:
        """Returns the size of the whole file. Raises ``OSError``."""

    def let_go(self) -> None:
        """After ``close`` nothing; before it, the file stays as far as it was written."""


def csv_head() -> str:
    return BYTE_ORDER_MARK + as_csv([headers()])


class CsvFile:
    """Goes on after the first ``size`` bytes: what a worker wrote beyond them before it was ended is written anew."""

    def __init__(self, path: Path, size: int) -> None:
        self.file = path.open("r+b")
        self.file.truncate(size)
        self.file.seek(size)
        if size == 0:
            self.file.write(csv_head().encode())

    def write(self, rows: Sequence[Sequence[Cell]]) -> int:
        self.file.write(as_csv(rows).encode())
        self.file.flush()
        return self.file.tell()

    def close(self) -> int:
        self.file.close()
        return Path(self.file.name).stat().st_size

    def let_go(self) -> None:
        self.file.close()


class XlsxFile:
    """Is written from its first to its last lead without a break: a workbook cannot be gone on with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # By its name it would be made anew at the end where somebody has deleted it, and for everybody to read.
        self.file = path.open("r+b")
        self.scratch = TemporaryDirectory(dir=path.parent, ignore_cleanup_errors=True)
        options = {"constant_memory": True, "tmpdir": self.scratch.name, "strings_to_formulas": False}
        self.book = Workbook(self.file, options | {"strings_to_urls": False, "strings_to_numbers": False})
        self.sheet = self.book.add_worksheet()
        self.sheet.freeze_panes(1, 0)
        self.sheet.write_row(0, 0, headers(), self.book.add_format({"bold": True}))
        self.rows = 1

    def write(self, rows: Sequence[Sequence[Cell]]) -> int:
        for row in rows:
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    self.sheet.write_string(self.rows, place, cell[:LONGEST_CELL])
                else:
                    self.sheet.write_number(self.rows, place, cell)
            self.rows += 1
        return 0

    def close(self) -> int:
        try:
            self.book.close()
        except FileCreateError as error:
            raise error.args[0] from None
        self.file.close()
        return self.path.stat().st_size

    def let_go(self) -> None:
        self.book.fileclosed = True  # or it would be written when Python forgets it
        self.sheet.row_data_fh.close()
        self.file.close()
        self.scratch.cleanup()


def open_sink(name: str, kind: str, size: int) -> Sink:
    """Raises ``OSError``; ``FileNotFoundError`` where there should be something to go on with."""
    path = path_of(name)
    if size == 0:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    return XlsxFile(path) if kind == ExportFormat.XLSX else CsvFile(path, size)


def path_of(name: str) -> Path:
    folder: Path = settings.LEADCRM_EXPORT_DIR
    return folder / name


def remove(name: str) -> None:
    """What cannot be deleted now goes with ``remove_old``."""
    with suppress(OSError):
        if name:
            path_of(name).unlink()


def remove_old(needed: Collection[str], before: float) -> None:
    """What nobody needs and was last written before that time: workers that were ended left it."""
    folder = path_of("")
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in needed and path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else remove(path.name)


def demand_room() -> None:
    """Raises ``OSError`` as a full disk does, while there is still some room left."""
    if shutil.disk_usage(settings.LEADCRM_EXPORT_DIR).free < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, "The disk for exports is nearly full")


def is_disk_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
