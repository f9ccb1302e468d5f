"""Cells of CSV files that people open with a spreadsheet program, which takes some texts for formulas.

The rule is that of OWASP's "CSV Injection": a quote mark before the text makes it one again.
"""

_TAKEN_FOR_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARK = "'"


def defused(text: str) -> str:
    """The text as it can do no harm. ``as_meant`` reads it again."""
    return _MARK + text if text.startswith(_TAKEN_FOR_FORMULAS) else text


def as_meant(cell: str) -> str:
    """Without the mark that ``defused`` set: in files that came from here and are read here."""
    return cell[1:] if cell.startswith(_MARK) and cell[1:].startswith(_TAKEN_FOR_FORMULAS) else cell
