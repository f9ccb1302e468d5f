"""Small tables whose texts may quote a person, although nothing says whom they are about: they are read as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.models import DestinationGate, ExportJob, ImportFile, Notice, SavedView, Trouble


@dataclass(frozen=True)
class Quotes:
    """``blank``: the columns that are read, with the text that takes the place of one that names the person; in JSON
    that is each text inside. ``plain``: columns that cannot name anybody."""

    name: str
    label: str | Promise
    model: type[Model]
    blank: Mapping[str, str]
    plain: tuple[str, ...] = ()
    only: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(**self.only).order_by()

    def naming(self, traces: Sequence[str]) -> Iterator[tuple[Any, dict[str, Any]]]:
        """The keys of the rows that name one of these, each with what its columns become."""
        wanted = [trace.casefold() for trace in traces]
        for key, *values in self.rows().values_list("pk", *self.blank).iterator():
            said = dict(zip(self.blank, values, strict=True))
            without = {name: _without(value, wanted, self.blank[name]) for name, value in said.items()}
            if changed := {name: value for name, value in without.items() if value != said[name]}:
                yield key, changed

    def erase(self, traces: Sequence[str]) -> int:
        found = list(self.naming(traces)) if traces else []
        for key, changed in found:
            self.model._default_manager.filter(pk=key).update(**changed)
        return len(found)


def _without(value: Any, wanted: Sequence[str], instead: str) -> Any:
    """Also as it is written in an address."""
    if isinstance(value, Mapping):
        return {name: _without(one, wanted, instead) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, wanted, instead) for one in value]
    if not isinstance(value, str):
        return value
    readings = (value.casefold(), unquote_plus(value).casefold())
    return instead if any(trace in reading for trace in wanted for reading in readings) else value


_GONE = "–"

QUOTES: tuple[Quotes, ...] = (
    Quotes("saved_views", _("Saved views"), SavedView, {"name": _GONE, "query": ""}, ("shared_with",)),
    Quotes(
        "pauses",
        _("Why destinations are paused"),
        DestinationGate,
        {"pause_detail": "", "pause_params": _GONE},
        ("paused_by", "pause_cause", "last_failure_cause", "failure_counts"),
    ),
    Quotes("troubles", _("Troubles"), Trouble, {"params": _GONE}, ("key", "kind", "cause")),
    Quotes(
        "exports_asked",
        _("Filters of exports"),
        ExportJob,
        {"query": ""},
        ("format", "lead_ids", "state", "fault", "file", "language"),
    ),
    Quotes(
        "exports_logged",
        _("Filters of exports in the log"),
        LogEntry,
        {"change_message": _GONE},
        only={"content_type__model": "exportjob"},
    ),
    Quotes(
        "import_files",
        _("Names of uploaded files"),
        ImportFile,
        {"name": _GONE, "headers": _GONE},
        ("header_key", "columns"),
    ),
    Quotes("notices", _("Notices"), Notice, {"params": _GONE}, ("kind", "state", "told", "fault")),
)
