"""CSV files that people open with a spreadsheet program, which takes some texts for formulas.

The rule is that of OWASP's "CSV Injection": a quote mark before the text makes it one again.
"""

import csv
import io
from collections.abc import Iterable

BYTE_ORDER_MARK = "\ufeff"
"""At the beginning of a file: without it Excel takes UTF-8 for something else."""

_TAKEN_FOR_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARK = "'"


def defused(text: str) -> str:
    """The text as it can do no harm. ``as_meant`` reads it again."""
    return _MARK + text if text.startswith(_TAKEN_FOR_FORMULAS) else text


def as_meant(cell: str) -> str:
    """Without the mark that ``defused`` set: in files that came from here and are read here."""
    return cell[1:] if cell.startswith(_MARK) and cell[1:].startswith(_TAKEN_FOR_FORMULAS) else cell


def as_csv(rows: Iterable[Iterable[str | int]]) -> str:
    """Lines of RFC 4180, texts defused."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([defused(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()
