"""A CSV file as somebody uploaded it -> its headers and rows. Pure.

Form: RFC 4180, tolerant in what spreadsheet programs differ in: byte-order marks, UTF-16, semicolons or tabs, line ends
of any kind, line breaks inside quotes, Excel's first line ``sep=;``.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from leads.csv_cells import as_meant

MOST_BYTES = 20 * 1024**2
MOST_COLUMNS = 200
LONGEST_CELL = 100_000
DELIMITERS = (",", ";", "\t", "|")

_NO_TEXT = {b"PK\x03\x04": "workbook", b"\xd0\xcf\x11\xe0": "workbook", b"%PDF": "no_csv", b"\x1f\x8b": "no_csv"}


class NotReadable(Exception):
    """It is no CSV file, or not a whole one. ``code`` and ``params`` as in ``wording``; never quotes a cell."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


class Line(NamedTuple):
    """``number`` is that of the row as a spreadsheet program shows it: the headers are row 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """``lines`` is read as it goes, once, and may raise ``NotReadable`` on the way. Empty rows are left out."""

    headers: list[str]
    lines: Iterator[Line]


def read_table(content: bytes) -> Table:
    """Raises ``NotReadable``."""
    if len(content) > MOST_BYTES:
        raise NotReadable("too_large", limit=MOST_BYTES // 1024**2)
    text = _decoded(content)
    delimiter, text = _delimiter(text)
    lines = _lines(text, delimiter)
    headers = [cell.strip() for cell in next(lines, Line(0, [])).cells]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) < 2:
        raise NotReadable("one_column")
    if len(headers) > MOST_COLUMNS:
        raise NotReadable("too_many_columns", limit=MOST_COLUMNS)
    return Table(headers, lines)


def _decoded(content: bytes) -> str:
    if not content.strip():
        raise NotReadable("empty")
    for start, code in _NO_TEXT.items():
        if content.startswith(start):
            raise NotReadable(code)
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError:
        raise NotReadable("not_utf8") from None
    if "\0" in text or text.lstrip()[:1] in ("<", "{", "["):
        raise NotReadable("no_csv")
    return text


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if content[:1] == b"\0":
        return "utf-16-be"
    return "utf-16-le" if content[1:2] == b"\0" else "utf-8-sig"


def _delimiter(text: str) -> tuple[str, str]:
    """The one that stands most often in the first line outside quotes; and the text without Excel's line about it."""
    text = text.removeprefix("\ufeff").lstrip("\r\n")
    first, _end, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        return first.strip()[-1], rest
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside.count), text


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise NotReadable("broken_row", row=number + 1) from None
        if cells is None:
            return
        number += 1
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise NotReadable("long_cell", row=number, limit=LONGEST_CELL)
        if any(cell.strip() for cell in cells):
            yield Line(number, [as_meant(cell) for cell in cells])
