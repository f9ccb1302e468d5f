"""The form that asks what the columns of uploaded files hold, with what is known of them chosen beforehand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.admin.theme import themed
from leads.importing.columns import MANY, Column, is_known, names_somebody
from leads.models import ImportFile, ImportJob

DATE_ORDERS = (
    ("month", gettext_lazy("4 March: month/day/year, as in the United States")),
    ("day", gettext_lazy("3 April: day/month/year")),
)


class Asked(NamedTuple):
    """One column: its header, the first cells under it, and the box to choose in."""

    header: str
    is_known: bool
    examples: list[str]
    box: forms.BoundField


class ColumnsForm(forms.Form):
    """A box for each column of each file."""

    day_first = forms.ChoiceField(
        label=gettext_lazy("A date such as 03/04/2026 is"), choices=DATE_ORDERS, widget=forms.RadioSelect
    )

    def __init__(
        self,
        job: ImportJob,
        files: Sequence[ImportFile],
        first_rows: Mapping[int, Sequence[Sequence[str]]],
        posted: Any = None,
    ) -> None:
        super().__init__(posted, initial={"day_first": "day" if job.day_first else "month"})
        self.uploads, self.first_rows = files, first_rows
        for file in files:
            for place, (header, column) in enumerate(zip(file.headers, file.columns, strict=True)):
                field = forms.ChoiceField(label=header, choices=Column.choices, initial=column)
                self.fields[_name(file, place)] = themed(field)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for file in self.uploads:
            columns = [cleaned.get(_name(file, place), "") for place in range(len(file.headers))]
            for place, column in enumerate(columns):
                if column and column not in MANY and column in columns[:place]:
                    self.add_error(_name(file, place), _("Another column of this file is that already."))
            if not names_somebody(columns):
                text = _("Nobody is named in “%(file)s”: say which column is the e-mail, phone, company or a name.")
                self.add_error(None, text % {"file": file.name})
        return cleaned

    def columns(self) -> dict[int, list[str]]:
        """By file."""
        return {
            file.pk: [self.cleaned_data[_name(file, place)] for place in range(len(file.headers))]
            for file in self.uploads
        }

    def asked(self) -> Iterator[tuple[ImportFile, list[Asked]]]:
        for file in self.uploads:
            rows = self.first_rows.get(file.pk, ())
            yield (
                file,
                [
                    Asked(
                        header or _("(no header)"),
                        is_known(header),
                        [row[place][:60] for row in rows if len(row) > place and row[place].strip()],
                        self[_name(file, place)],
                    )
                    for place, header in enumerate(file.headers)
                ],
            )


def _name(file: ImportFile, place: int) -> str:
    return f"column-{file.pk}-{place}"
