"""Exports: from the list of leads to a file, which only who asked for it may fetch, for a day."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.paging import BoundedPaginator
from leads.admin.theme import is_key
from leads.exporting import jobs
from leads.exporting.choosing import FilterGone, leads_of
from leads.exporting.fetching import answer_with, file_of
from leads.exporting.jobs import PERMISSION, TooMany
from leads.hints import after_commit
from leads.models import ExportJob, Lead
from leads.models.export_job import LONGEST_QUERY, ExportFault, ExportFormat, ExportState
from leads.tasks import continue_exports
from leads.templatetags.leadcrm import ago

TONES = {
    ExportState.WAITING: "wait",
    ExportState.RUNNING: "wait",
    ExportState.DONE: "good",
    ExportState.FAILED: "bad",
    ExportState.CANCELLED: "mute",
    ExportState.EXPIRED: "mute",
}


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=ExportFormat.choices, widget=forms.RadioSelect, initial=ExportFormat.CSV
    )


def export_address(request: HttpRequest) -> str:
    """Of the page that asks how the leads of the list, with its filters, are to be exported."""
    query = request.META.get("QUERY_STRING", "")
    return reverse("admin:leads_exportjob_add") + (f"?{query}" if query else "")


def export_button(request: HttpRequest) -> list[tuple[str, Any]]:
    """The address and the label of the one for ticked leads, for who may."""
    return [(export_address(request), gettext_lazy("Export…"))] if request.user.has_perm(PERMISSION) else []


@admin.register(ExportJob)
class ExportJobAdmin(CardAdmin):
    card_template = "leads/export_job.html"
    list_display = ("number", "leads", "format", "state_pill", "asked")
    nothing_yet = gettext_lazy("Filter the list of leads, then press “Export” there.")

    @admin.display(description=gettext_lazy("Export"))
    def number(self, job: ExportJob) -> str:
        return str(job)

    @admin.display(description=gettext_lazy("Leads"))
    def leads(self, job: ExportJob) -> str:
        return _grouped(job.done)

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, job: ExportJob) -> SafeString:
        return pill_of(job)

    @admin.display(description=gettext_lazy("Asked for"))
    def asked(self, job: ExportJob) -> SafeString | str:
        return ago(job.asked_at)

    # --- who may ------------------------------------------------------------------------------------------------------

    def for_list(self, request: HttpRequest, rows: QuerySet[ExportJob]) -> QuerySet[ExportJob]:
        return rows.filter(asked_by=cast(User, request.user))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Each is for who asked for it alone."""
        is_theirs = obj is None or obj.asked_by_id == request.user.pk
        return is_theirs and request.user.has_perm(PERMISSION)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """They are asked for where the leads are: on their list."""
        return super().changelist_view(request, {**(extra_context or {}), "has_add_permission": False})

    # --- asking -------------------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the filters of the list in the address; the list posts the ticked leads, too. First how many, then, with
        ``asked``, it is done."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        user, query = cast(User, request.user), request.META.get("QUERY_STRING", "")
        ticked = _ticked(request)
        if complaint := _complaint(request, query, ticked):
            self.say(request, False, complaint)
            return HttpResponseRedirect(_list(query))
        form = ExportForm(request.POST if "asked" in request.POST else None)
        try:
            if form.is_bound and form.is_valid():
                return self._ask(request, ExportFormat(form.cleaned_data["format"]), query, ticked)
            found = BoundedPaginator(leads_of(user, query, ticked).order_by("pk"), 1).count
        except FilterGone:
            self.say(request, False, ExportFault.FILTER.label)
            return HttpResponseRedirect(_list())
        context = {
            "form": form,
            "found": found,
            "number": _grouped(found),
            "is_most": found == BoundedPaginator.MOST,
            "ticked": ticked,
            "is_filtered": bool(query),
            "most": _grouped(jobs.MOST_IN_WORKBOOK),
            "back": _list(query),
        }
        return self._page(request, "leads/export_ask.html", _("Export leads"), **context)

    def _ask(self, request: HttpRequest, kind: ExportFormat, query: str, ticked: list[str]) -> HttpResponse:
        try:
            job = jobs.ask(cast(User, request.user), kind, query, ticked)
        except TooMany:
            self.say(request, False, _("Too many exports of yours are under way. Wait for them, or cancel some."))
            return HttpResponseRedirect(reverse("admin:leads_exportjob_changelist"))
        after_commit(continue_exports)
        return HttpResponseRedirect(reverse("admin:leads_exportjob_change", args=[job.pk]))

    def _page(self, request: HttpRequest, template: str, title: str, **more: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media, "title": title}
        return TemplateResponse(request, template, context | more)

    # --- watching and fetching ----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        parts = {"state": self.state_view, "file": self.file_view}
        return [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"leads_exportjob_{name}")
                for name, view in parts.items()
            ),
            *super().get_urls(),
        ]

    def card(self, request: HttpRequest, shown: ExportJob) -> dict[str, Any]:
        has_file = file_of(shown, cast(User, request.user)) is not None
        is_gone = shown.state == ExportState.DONE and not has_file
        return {
            "job": shown,
            "light": pill_of(shown),
            "done": _grouped(shown.done),
            "found": _grouped(shown.found or 0),
            "size": filesizeformat(shown.size),
            "has_file": has_file,
            "fault": ExportFault.GONE.label if is_gone else shown.get_fault_display(),
            "list": _list(_query_on_record(shown)),
        }

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that asks for itself again while a worker goes on."""
        shown = self.shown(request, str(pk))
        return TemplateResponse(request, "leads/export_state.html", self.card(request, shown))

    def file_view(self, request: HttpRequest, pk: int) -> Any:
        shown = self.shown(request, str(pk))
        found = file_of(shown, cast(User, request.user))
        if found is None:
            self.say(request, False, ExportFault.GONE.label)
            return HttpResponseRedirect(reverse("admin:leads_exportjob_change", args=[shown.pk]))
        return answer_with(shown, found)

    @post_action(PERMISSION)
    def cancel(self, request: HttpRequest, job: ExportJob) -> None:
        done = jobs.cancel(job)
        self.say(request, done, _("Cancelled.") if done else _("It had ended already."))


def pill_of(job: ExportJob) -> SafeString:
    return words.pill(job.get_state_display(), TONES[ExportState(job.state)])


def _ticked(request: HttpRequest) -> list[str]:
    """None where all that the filters find are meant."""
    if request.method != "POST" or request.POST.get("select_across") == "1":
        return []
    return [key for key in request.POST.getlist(ACTION_CHECKBOX_NAME) if is_key(Lead, key)]


def _complaint(request: HttpRequest, query: str, ticked: list[str]) -> str:
    """Why nothing is exported; empty where nothing is wrong. A filter that was cut would find more than the list shows,
    and so would none of the leads where some were to be ticked. The page that asks posts none where all were meant."""
    if len(query) > LONGEST_QUERY:
        return _("These filters are too long for an export. Take some of them away.")
    means_ticked = request.method == "POST" and request.POST.get("select_across") != "1"
    names_some = "asked" not in request.POST or ACTION_CHECKBOX_NAME in request.POST
    return _("Tick the leads first.") if means_ticked and names_some and not ticked else ""


def _list(query: str = "") -> str:
    return reverse("admin:leads_lead_changelist") + (f"?{query}" if query else "")


def _query_on_record(job: ExportJob) -> str:
    """Its filters, without the text that was searched for where that is no longer known."""
    given = QueryDict(job.query, mutable=True)
    if given.get("q") != jobs.MASKED:
        return job.query
    del given["q"]
    return given.urlencode()


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)
