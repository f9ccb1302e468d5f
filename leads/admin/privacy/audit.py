"""Audit: one list of who did what, when, and by what way; to read, to filter and to take along."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.privacy.audit_sources import (
    EDITS,
    ERASED,
    FAILED,
    LOG,
    PURGED,
    REQUESTED,
    SIGNED_IN,
    Asked,
    AuditKind,
    Entry,
    Place,
    newest,
)
from leads.admin.privacy.retention import counts_text
from leads.admin.sales.change_words import ChangeWords, why
from leads.admin.theme import themed
from leads.csv_cells import BYTE_ORDER_MARK, as_csv
from leads.models import Change, Edit, PrivacyRequest
from leads.reports.periods import bounds_of
from leads.states import EditCause

PERMISSION = "leads.view_audit"
PAGE = 50
MOST_EXPORTED = 10_000
MOST_PEOPLE = 300
PERIODS = {
    "1": gettext_lazy("Last 24 hours"),
    "7": gettext_lazy("Last 7 days"),
    "30": gettext_lazy("Last 30 days"),
    "90": gettext_lazy("Last 90 days"),
    "": gettext_lazy("Any time"),
}
USUAL_PERIOD = "30"
DAYS = (MinValueValidator(date(1970, 1, 2)), MaxValueValidator(date(9999, 12, 30)))
"""Nothing happened before, and the day after the last of all cannot be told."""


class AskForm(forms.Form):
    """What is chosen is applied at once. Days count by the installation's clock."""

    person = forms.TypedChoiceField(label=gettext_lazy("Colleague"), coerce=int, required=False, empty_value=None)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    period = forms.ChoiceField(label=gettext_lazy("Period"), choices=list(PERIODS.items()), required=False)
    since = forms.DateField(label=gettext_lazy("From"), required=False, validators=DAYS)
    until = forms.DateField(label=gettext_lazy("To"), required=False, validators=DAYS)

    def __init__(self, data: QueryDict) -> None:
        super().__init__({"period": USUAL_PERIOD} | data.dict())
        people = User.objects.order_by("username")[:MOST_PEOPLE]
        named = sorted(((str(user.pk), words.person(user)) for user in people), key=lambda one: one[1].casefold())
        self._choose("person", [("", _("Everybody")), *named])
        self._choose("kind", [("", _("Everything")), *AuditKind.choices])
        for name, field in self.fields.items():
            field.widget = forms.DateInput() if name in ("since", "until") else field.widget
            themed(field)

    def _choose(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = list(choices)

    def asked(self) -> Asked:
        """What is no choice chooses nothing."""
        self.is_valid()
        given = self.cleaned_data
        user = User.objects.filter(pk=given["person"]).first() if given.get("person") else None
        kind = AuditKind(given["kind"]) if given.get("kind") else None
        since, until = given.get("since"), given.get("until")
        days = given.get("period", "")
        lately = timezone.now() - timedelta(days=int(days)) if days and not until else None
        begin = bounds_of(since)[0] if since else lately
        return Asked(user, kind, begin, bounds_of(until)[1] if until else None)


class Line(NamedTuple):
    """An entry in words. ``via`` is the way by which it was done, ``address`` the page of what it is about."""

    at: datetime
    who: str
    kind: str
    what: str
    via: str
    address: str


def audit_page(request: HttpRequest) -> HttpResponse:
    """Served at ``audit/``; more of it by htmx."""
    _demand(request)
    form = AskForm(request.GET)
    before = Place.read(request.GET.get("before", ""))
    entries = newest(form.asked(), before, PAGE + 1)
    query = request.GET.copy()
    if older := entries[PAGE - 1].place if len(entries) > PAGE else None:
        query["before"] = str(older)
    context = {
        "lines": lines_of(entries[:PAGE]),
        "older": f"?{query.urlencode()}" if older else "",
        "query": _without_place(request.GET),
    }
    if "HX-Request" in request.headers and before:
        return TemplateResponse(request, "leads/audit_lines.html", context)
    frame = {**admin.site.each_context(request), "title": _("Audit"), "form": form, "most": MOST_EXPORTED}
    return TemplateResponse(request, "leads/audit.html", frame | context)


def audit_file(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Served at ``audit/export/``: the newest of what the filters find. Posted, for it leaves an entry itself."""
    _demand(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = AskForm(request.GET).asked()
    LogEntry.objects.create(
        user=cast(User, request.user),
        content_type=ContentType.objects.get_for_model(PrivacyRequest),
        object_repr=_("Audit"),
        action_flag=CHANGE,
        change_message=_("Exported the audit."),
    )
    answer = StreamingHttpResponse(_csv(asked), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-{timezone.localdate().isoformat()}.csv"'
    return answer


def _demand(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _without_place(given: QueryDict) -> str:
    query = given.copy()
    query.pop("before", None)
    return query.urlencode()


def _csv(asked: Asked) -> Iterator[str]:
    """With the mark by which Excel knows UTF-8."""
    headers = [_("Time"), _("Who"), _("Kind"), _("What happened"), _("By what way"), _("Page")]
    yield BYTE_ORDER_MARK + as_csv([headers])
    before, written = None, 0
    while written < MOST_EXPORTED and (entries := newest(asked, before, PAGE)):
        lines = lines_of(entries)
        yield as_csv((timezone.localtime(line.at).isoformat(), *map(str, line[1:])) for line in lines)
        before, written = entries[-1].place, written + len(entries)


# --- in words ---------------------------------------------------------------------------------------------------------


def lines_of(entries: Sequence[Entry]) -> list[Line]:
    """A fixed number of queries. Personal data stays out of it: of a lead it is said which field changed."""
    edits = [entry.row for entry in entries if entry.place.rank == EDITS]
    changes = _changes_of(edits)
    in_words = ChangeWords.of([change for made in changes.values() for change in made], may_see=False)
    return [_line(entry, changes, in_words) for entry in entries]


def _changes_of(edits: Iterable[Any]) -> dict[Any, list[Change]]:
    """Of one lead of each edit: many at once had the same done to them."""
    first = {edit.pk: edit.first_lead for edit in edits if edit.first_lead}
    found: dict[Any, list[Change]] = {}
    made = Change.objects.filter(edit__in=list(first), lead__in=list(first.values())).order_by("field")
    for change in made if first else ():
        if change.lead_id == first[change.edit_id]:
            found.setdefault(change.edit_id, []).append(change)
    return found


def _line(entry: Entry, changes: dict[Any, list[Change]], in_words: ChangeWords) -> Line:
    row: Any = entry.row
    kind, at = str(entry.kind.label), entry.place.at
    match entry.place.rank:
        case rank if rank == EDITS:
            what = _edit_text(row, in_words.lines(changes.get(row.pk, ())))
            return Line(at, _who(row.actor), kind, what, _via(row), _page("lead", row.first_lead))
        case rank if rank == LOG:
            return Line(at, _who(row.user), kind, _log_text(row), _("Admin or API"), row.get_admin_url() or "")
        case rank if rank == SIGNED_IN:
            return Line(at, row.username or "–", kind, _("Signed in"), row.ip_address or "–", "")
        case rank if rank == FAILED:
            what = _("Locked out after wrong passwords") if row.locked_out else _("Wrong user name or password")
            return Line(at, row.username or "–", kind, what, row.ip_address or "–", "")
        case rank if rank == REQUESTED:
            what = f"{row}: {row.get_kind_display()}"
            return Line(at, _who(row.made_by), kind, what, _by_hand(row.made_by), _page("privacyrequest", row.pk))
        case rank if rank == ERASED:
            what = _("%(request)s: a person is erased") % {"request": row}
            return Line(at, _who(row.begun_by), kind, what, _by_hand(row.begun_by), _page("privacyrequest", row.pk))
    assert entry.place.rank == PURGED
    return Line(at, "–", kind, _("Cleared. %(counts)s") % {"counts": counts_text(row)}, _("Clock"), _page_of_runs())


def _edit_text(edit: Any, lines: Sequence[str]) -> str:
    activity = getattr(edit, "activity", None)
    done = str(activity.get_kind_display()) if activity else ""
    several = _("several leads") if edit.first_lead != edit.last_lead else ""
    what = words.join_words(done, several, *lines)
    return what or why(edit) or _("Lead changed")


def _via(edit: Edit) -> str:
    if via := edit.params.get("via"):
        return str(VIA.get(via, via))
    return str(BY_CAUSE.get(EditCause(edit.cause), _("Admin"))) if edit.cause in EditCause.values else "–"


VIA = {"api": gettext_lazy("API")}
BY_CAUSE = {
    EditCause.TOUCH: gettext_lazy("Marketplace"),
    EditCause.RULE: gettext_lazy("Rule"),
    EditCause.CLOCK: gettext_lazy("Clock"),
    EditCause.IMPORT: gettext_lazy("Import"),
}


def _log_text(entry: LogEntry) -> str:
    model = entry.content_type.model_class() if entry.content_type else None
    about = str(model._meta.verbose_name) if model else ""
    return words.join_words(f"{about} {entry.object_repr}".strip(), entry.get_change_message())


def _who(user: User | None) -> str:
    return words.person(user) if user else "–"


def _by_hand(user: User | None) -> str:
    return _("Admin") if user else _("Command")


def _page(model: str, key: Any) -> str:
    return reverse(f"admin:leads_{model}_change", args=[key]) if key else ""


def _page_of_runs() -> str:
    return reverse("admin:leads_retention")
