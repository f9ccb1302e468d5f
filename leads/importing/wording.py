"""What is wrong with a file or a row, and what to do about it. None of it quotes a cell: that may be personal data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Words(NamedTuple):
    what: str
    remedy: str


_FILES: dict[str, tuple["StrOrPromise", "StrOrPromise"]] = {
    "too_large": (_("It is larger than %(limit)s MB."), _("Export fewer rows at once and upload several files.")),
    "empty": (_("It is empty."), _("Export it again.")),
    "workbook": (_("It is an Excel workbook, not a CSV file."), _("Save it as “CSV UTF-8” and upload that.")),
    "no_csv": (_("It is not a CSV file."), _("Upload the file that Partner Center exported, or one saved as CSV.")),
    "not_utf8": (_("Its characters cannot be read."), _("Save it as “CSV UTF-8” and upload it again.")),
    "one_column": (
        _("It has a single column, so it is no CSV file with headers."),
        _("The first row must hold the headers, with commas, semicolons or tabs between them."),
    ),
    "no_rows": (_("It has headers and no rows."), _("Check the filters of the page that you exported it from.")),
    "too_many_columns": (_("It has more than %(limit)s columns."), _("Leave out the columns that are not needed.")),
    "too_many_rows": (
        _("The files have more than %(limit)s rows together."),
        _("Upload them in several batches: rows that are known already are passed over."),
    ),
    "too_many_files": (_("These are more than %(limit)s files."), _("Upload them in several batches.")),
    "broken_row": (
        _("Row %(row)s cannot be read: a quotation mark is missing or one too many."),
        _("Correct it, or export the file again."),
    ),
    "long_cell": (
        _("A cell of row %(row)s has more than %(limit)s characters, so a quotation mark is probably missing."),
        _("Correct it, or export the file again."),
    ),
    "nobody_named": (
        _("None of its columns is known as an e-mail, phone, company or name."),
        _("Name the columns so, or upload it in the admin, where you can say what they hold."),
    ),
    "no_file": (_("No file was chosen."), _("Choose one or several CSV files.")),
}

_ROWS: dict[str, tuple["StrOrPromise", "StrOrPromise"]] = {
    "nobody": (_("It names nobody."), _("Fill in a name, a company, an e-mail address or a phone number.")),
    "no_address": (_("This is no e-mail address."), _("Write one such as mina@fabrikam.example, or leave it empty.")),
    "no_date": (_("This is no date."), _("Write it as 2026-11-23, or change the order of day and month.")),
    "in_future": (_("This date is still to come."), _("Correct it, or change the order of day and month.")),
    "id_too_long": (_("This has more than %(limit)s characters."), _("Correct it, or take another column for the ID.")),
    "too_many_cells": (
        _("It has %(count)s cells, but there are %(limit)s headers."),
        _("Put cells that hold the separator into quotation marks."),
    ),
    "row_too_long": (_("It has more than %(limit)s characters."), _("Shorten its texts.")),
    "defect": (_("Lead CRM could not read it, which is a fault of ours."), _("Update Lead CRM, then import it again.")),
}  # fmt: skip


def of_file(code: str, params: Mapping[str, str | int]) -> Words:
    return _worded(_FILES, code, params)


def of_row(code: str, params: Mapping[str, str | int]) -> Words:
    return _worded(_ROWS, code, params)


def _worded(
    table: Mapping[str, tuple["StrOrPromise", "StrOrPromise"]], code: str, params: Mapping[str, str | int]
) -> Words:
    what, remedy = table.get(code, (code, ""))
    return Words(str(what) % params, str(remedy) % params)
