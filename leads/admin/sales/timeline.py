"""What happened with a lead, newest first: touches, what people did, what changed and why, steps that are done."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from leads.admin.sales.change_words import HIDDEN, ChangeWords, why
from leads.admin.sales.lead_row import with_deliveries
from leads.models import Change, Edit, InboundRequest, Lead
from leads.sales.contact_facts import suggestions
from leads.states import EditCause

PAGE = 25


class Place(NamedTuple):
    """Of an entry: entries are in the order of time, and where that is the same, of their keys."""

    at: datetime
    key: UUID

    @classmethod
    def read(cls, text: str) -> Self | None:
        """``None`` for what ``str`` never made."""
        at, _underscore, key = text.partition("_")
        try:
            moment = datetime.fromisoformat(at)
            return cls(moment, UUID(key)) if moment.tzinfo else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.key}"

    def before(self, name: str) -> Q:
        """Rows older than this one, by their column ``name``."""
        return Q(**{f"{name}__lt": self.at}) | Q(**{name: self.at, "pk__lt": self.key})


@dataclass
class Entry:
    """``kind`` names its part of the template: touch, activity, edit or task. ``lines`` say what changed with it.
    ``is_noise``: the machine's doing, or undone; folded away where several follow each other."""

    kind: str
    place: Place
    row: Any
    lines: Sequence[str] = ()
    why: str = ""
    is_noise: bool = False
    suggested: dict[str, str] = field(default_factory=dict)


class Run(NamedTuple):
    """Entries that follow each other; those of noise are shown as one line to open."""

    is_noise: bool
    entries: list[Entry]


class Page(NamedTuple):
    """``older`` is where the next page begins; ``None`` on the last."""

    runs: list[Run]
    older: Place | None


def page_of(lead: Lead, *, may_see: bool, before: Place | None = None) -> Page:
    """A fixed number of queries, whatever happened with the lead."""
    sources = [_touches(lead, before), _activities(lead, before), _edits(lead, before), _tasks(lead, before)]
    entries = list(islice(merge(*sources, key=lambda entry: entry.place, reverse=True), PAGE + 1))
    shown = entries[:PAGE]
    _put_in_words(lead, shown, may_see=may_see)
    older = shown[-1].place if len(entries) > PAGE else None
    return Page([_run(noise, group) for noise, group in groupby(shown, lambda entry: entry.is_noise)], older)


def _run(is_noise: bool, entries: Iterator[Entry]) -> Run:
    found = list(entries)
    return Run(is_noise and len(found) > 1, found)


def _touches(lead: Lead, before: Place | None) -> Iterable[Entry]:
    touches = with_deliveries(lead.touches.all()).select_related("endpoint", "offer")
    repeats = Prefetch("repeats", InboundRequest.objects.only("repeat_of"))
    for touch in _newest(touches.prefetch_related(repeats), "received_at", before):
        yield Entry("touch", Place(touch.received_at, touch.pk), touch, suggested=suggestions(lead, touch))


def _activities(lead: Lead, before: Place | None) -> Iterable[Entry]:
    activities = lead.activities.select_related("author", "edit").prefetch_related(_changes_of("edit__changes", lead))
    for activity in _newest(activities, "at", before):
        yield Entry("activity", Place(activity.at, activity.pk), activity)


def _edits(lead: Lead, before: Place | None) -> Iterable[Entry]:
    """Those with something to tell, apart from those that an activity tells of."""
    told = Change.objects.filter(lead=lead).exclude(field__in=HIDDEN)
    edits = Edit.objects.filter(pk__in=told.values("edit"), activity=None).select_related("actor", "undone_by")
    for edit in _newest(edits.prefetch_related(_changes_of("changes", lead)), "at", before):
        is_noise = edit.actor_id is None or edit.cause == EditCause.UNDO or hasattr(edit, "undone_by")
        yield Entry("edit", Place(edit.at, edit.pk), edit, why=why(edit), is_noise=is_noise)


def _tasks(lead: Lead, before: Place | None) -> Iterable[Entry]:
    for task in _newest(lead.tasks.filter(done_at__isnull=False).select_related("assignee"), "done_at", before):
        yield Entry("task", Place(task.done_at, task.pk), task)


def _newest(rows: QuerySet[Any], column: str, before: Place | None) -> QuerySet[Any]:
    older = rows.filter(before.before(column)) if before else rows
    return older.order_by(f"-{column}", "-pk")[: PAGE + 1]


def _changes_of(path: str, lead: Lead) -> "Prefetch[Any]":
    return Prefetch(path, Change.objects.filter(lead=lead).order_by("field"), to_attr="of_this_lead")


def _put_in_words(lead: Lead, entries: Sequence[Entry], *, may_see: bool) -> None:
    edits = {entry.place: edit for entry in entries if (edit := _edit_of(entry))}
    words = ChangeWords.of([change for edit in edits.values() for change in edit.of_this_lead], may_see=may_see)
    for entry in entries:
        if edit := edits.get(entry.place):
            entry.lines = words.lines(edit.of_this_lead)
        if not may_see:
            entry.suggested = {}


def _edit_of(entry: Entry) -> Any:
    if entry.kind == "activity":
        return entry.row.edit
    return entry.row if entry.kind == "edit" else None
