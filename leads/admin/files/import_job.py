"""Imports: upload files, say what their columns hold, see what would come of them, import, and take it back."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.files.import_columns import ColumnsForm
from leads.hints import after_commit
from leads.importing import faulty, jobs, reverting, storing, wording
from leads.importing.checking import FORWARDED, OPEN
from leads.importing.jobs import PERMISSION, TooLate
from leads.importing.making import LEADS, TOUCHES
from leads.importing.storing import Refused, Uploaded
from leads.models import ImportFile, ImportJob, ImportRow
from leads.models.import_job import NOTHING_IMPORTED, ImportState, Outcome
from leads.sales.visibility import asked_by_seen
from leads.tasks import continue_imports
from leads.templatetags.leadcrm import ago

MOST_SHOWN = 100
"""Of rows with errors, and of rows that stay."""

TONES = {
    ImportState.MAPPING: "warn",
    ImportState.CHECKING: "wait",
    ImportState.CHECKED: "fresh",
    ImportState.IMPORTING: "wait",
    ImportState.DONE: "good",
    ImportState.REVERTING: "wait",
    ImportState.REVERTED: "mute",
    ImportState.DISCARDED: "mute",
    ImportState.STOPPED: "bad",
}
TOO_LATE = gettext_lazy("It is no longer in the state in which that can be done. Here is how it stands now.")


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class UploadForm(forms.Form):
    """Its files are read by ``storing``, which says of each what is wrong with it."""

    chosen = forms.FileField(
        label=gettext_lazy("CSV files"),
        widget=ManyFilesInput(attrs={"accept": ".csv,.txt,text/csv", "class": "lc-file"}),
    )


@admin.register(ImportJob)
class ImportJobAdmin(CardAdmin):
    card_template = "leads/import_job.html"
    list_display = ("number", "what", "state_pill", "touches", "asked_by", "asked")
    list_display_links = ("number",)
    list_select_related = ("asked_by",)
    list_before_template = "leads/import_upload.html"
    nothing_yet = gettext_lazy("No file was imported so far.")

    @admin.display(description=gettext_lazy("Import"))
    def number(self, job: ImportJob) -> str:
        return str(job)

    @admin.display(description=gettext_lazy("Files"))
    def what(self, job: ImportJob) -> str:
        return ", ".join(file.name for file in job.files.all())

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, job: ImportJob) -> SafeString:
        return pill_of(job)

    @admin.display(description=gettext_lazy("Touches"))
    def touches(self, job: ImportJob) -> str:
        return _grouped(job.result.get(TOUCHES, 0) - job.result.get(reverting.REMOVED, 0))

    @admin.display(description=gettext_lazy("Uploaded"))
    def asked(self, job: ImportJob) -> SafeString | str:
        return ago(job.asked_at)

    # --- who may ------------------------------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and not ImportJob.objects.filter(asked_by_seen(request.user), pk=obj.pk).exists():
            return False
        return request.user.has_perm(PERMISSION)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportJob]:
        return super().get_queryset(request).select_related("asked_by").prefetch_related("files")

    def for_list(self, request: HttpRequest, rows: QuerySet[ImportJob]) -> QuerySet[ImportJob]:
        return rows.filter(asked_by_seen(request.user))

    # --- uploading ----------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The form stands above the list: there is no other way to add one."""
        upload = {"form": UploadForm(), "has_add_permission": False}
        return super().changelist_view(request, {**(extra_context or {}), **upload})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        refused: Refused | None = None
        if request.method == "POST":
            files = [Uploaded(file.name or "", file.read()) for file in request.FILES.getlist("chosen")]
            try:
                return self._stored(request, files)
            except Refused as error:
                refused = error
        complaint = wording.of_file(refused.code, refused.params) if refused else None
        context = {"form": UploadForm(), "refused": refused, "complaint": complaint}
        return self._page(request, "leads/import_add.html", _("Import leads"), **context)

    def _stored(self, request: HttpRequest, files: Sequence[Uploaded]) -> HttpResponse:
        """Raises ``Refused``."""
        job = storing.store(cast(User, request.user), files)
        self.log_addition(request, job, [{"added": {}}])
        after_commit(continue_imports)
        name = "columns" if job.state == ImportState.MAPPING else "change"
        return HttpResponseRedirect(reverse(f"admin:leads_importjob_{name}", args=[job.pk]))

    # --- what the columns hold ----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        parts = {"columns": self.columns_view, "state": self.state_view, "faulty": self.faulty_view}
        return [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"leads_importjob_{name}")
                for name, view in parts.items()
            ),
            *super().get_urls(),
        ]

    def columns_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.shown(request, str(pk))
        if job.state not in NOTHING_IMPORTED:
            return self._card(job)
        files = list(job.files.all())
        form = ColumnsForm(job, files, _first_rows(job, files), request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                jobs.choose_columns(job, form.columns(), day_first=form.cleaned_data["day_first"] == "day")
            except TooLate:
                self.say(request, False, TOO_LATE)
            else:
                after_commit(continue_imports)
            return self._card(job)
        return self._page(request, "leads/import_columns.html", _("What do the columns hold?"), form=form, job=job)

    # --- watching -----------------------------------------------------------------------------------------------------

    def card_title(self, request: HttpRequest, shown: ImportJob) -> str:
        return str(shown)

    def card(self, request: HttpRequest, shown: ImportJob) -> dict[str, Any]:
        is_over = shown.state in (ImportState.DONE, ImportState.REVERTED, ImportState.STOPPED, ImportState.REVERTING)
        return {
            "job": shown,
            "light": pill_of(shown),
            "files": list(shown.files.all()),
            "rows": _grouped(shown.rows),
            "done": _grouped(min(shown.done * storing.PAGE, shown.rows)),
            "checked": _counts(shown.checked),
            "result": _counts(shown.result),
            "to_import": _grouped(_fresh(shown)),
            "forwarded": _grouped(shown.checked.get(FORWARDED, 0)),
            "open_rows": _grouped(shown.checked.get(OPEN, 0)),
            "is_over": is_over,
            "may_revert": shown.state in (ImportState.DONE, ImportState.STOPPED, ImportState.REVERTED),
            "may_discard": shown.state in NOTHING_IMPORTED,
            "leads": f"{reverse('admin:leads_lead_changelist')}?import={shown.pk}",
            "has_content": storing.has_content(shown),
            **_faulty(shown),
            **(_staying(shown) if is_over else {}),
        }

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that asks for itself again while a worker goes on."""
        shown = self.shown(request, str(pk))
        return TemplateResponse(request, "leads/import_state.html", self.card(request, shown))

    def faulty_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The rows with errors as a file, with what is wrong in front of each."""
        job = self.shown(request, str(pk))
        if not storing.has_content(job):
            raise Http404
        name = f"import-{job.pk}-errors.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(faulty.rows_as_csv(job), content_type="text/csv; charset=utf-8", headers=headers)

    # --- buttons ------------------------------------------------------------------------------------------------------

    @post_action(PERMISSION)
    def start(self, request: HttpRequest, job: ImportJob) -> None:
        forwards, gives_owners = "forwards" in request.POST, "gives_owners" in request.POST
        act = partial(jobs.start, job, forwards=forwards, gives_owners=gives_owners)
        self._do(request, job, act, _("Imported."), _("The import has begun."))

    @post_action(PERMISSION)
    def discard(self, request: HttpRequest, job: ImportJob) -> None:
        said = _("Not imported. What was uploaded is deleted.")
        self._do(request, job, partial(jobs.discard, job), _("Not imported."), said)

    @post_action(PERMISSION)
    def revert(self, request: HttpRequest, job: ImportJob) -> None:
        self._do(request, job, partial(jobs.revert, job), _("Reverted."), _("The import is being reverted."))

    @post_action(PERMISSION)
    def try_again(self, request: HttpRequest, job: ImportJob) -> None:
        self._do(request, job, partial(jobs.try_again, job), _("Tried again."), _("It goes on where it stopped."))

    def _do(self, request: HttpRequest, job: ImportJob, act: Callable[[], None], logged: str, said: str) -> None:
        try:
            act()
        except TooLate:
            self.say(request, False, TOO_LATE)
            return
        self.log_change(request, job, logged)
        self.say(request, True, said)
        after_commit(continue_imports)

    def _card(self, job: ImportJob) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:leads_importjob_change", args=[job.pk]))

    def _page(self, request: HttpRequest, template: str, title: str, **more: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media, "title": title}
        return TemplateResponse(request, template, context | more)


def pill_of(job: ImportJob) -> SafeString:
    return words.pill(job.get_state_display(), TONES[ImportState(job.state)])


def _first_rows(job: ImportJob, files: Sequence[ImportFile]) -> dict[int, list[list[str]]]:
    """Some cells of each file, by which people tell what a column holds."""
    return {
        file.pk: [cells for _number, cells in storing.lines_of(chunk)[:3]]
        for file in files
        if (chunk := job.contents.filter(file=file).order_by("number").first())
    }


def _fresh(job: ImportJob) -> int:
    return int(job.checked.get(Outcome.NEW, 0) + job.checked.get(Outcome.JOINS, 0))


def _counts(numbers: dict[str, int]) -> dict[str, str]:
    names = (*Outcome.values, LEADS, TOUCHES, reverting.REMOVED, reverting.LEADS_REMOVED)
    return {name: _grouped(numbers.get(name, 0)) for name in names}


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def _faulty(job: ImportJob) -> dict[str, Any]:
    """The first rows with errors, in words."""
    if not (count := job.checked.get(Outcome.FAULTY, 0)):
        return {}
    rows = job.imported.filter(outcome=Outcome.FAULTY).select_related("file").order_by("id")
    shown = list(rows[:MOST_SHOWN])
    return {
        "faulty": [(row, list(_in_words(row))) for row in shown],
        "more_faulty": _grouped(count - len(shown)) if count > len(shown) else "",
    }


def _in_words(row: ImportRow) -> Iterator[tuple[str, wording.Words]]:
    for column, code, params in row.problems:
        yield column, wording.of_row(code, params)


def _staying(job: ImportJob) -> dict[str, Any]:
    """What a revert left, and why."""
    rows = reverting.job_rows(job).exclude(stays="").select_related("touch__lead").order_by("id")
    shown = list(rows[: MOST_SHOWN + 1])
    return {"staying": shown[:MOST_SHOWN], "more_stay": len(shown) > MOST_SHOWN}
