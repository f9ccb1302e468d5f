"""The same for many leads at once: asked about first with their number, done as one edit, undone as one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin.operations.resend_form import MomentField
from leads.admin.sales.lead_row import short_moment
from leads.admin.sales.lead_work import PRESETS
from leads.admin.sales.undoing import progress_of, say_undone, say_with_undo
from leads.admin.theme import is_key, themed
from leads.models import BulkEdit, Lead
from leads.models.bulk_edit import BulkKind
from leads.sales import bulk, owning
from leads.sales.stages import NEEDS_REASON
from leads.states import CloseReason, Stage

if TYPE_CHECKING:
    from leads.admin.card import CardAdmin

    Base = CardAdmin
else:
    Base = object


class GiveForm(forms.Form):
    to = forms.ChoiceField(label=gettext_lazy("To whom?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["to"])
        field.choices = [(str(person.pk), words.person(person)) for person in owning.may_own()]

    def params(self, user: User) -> dict[str, Any]:
        return {"to": int(self.cleaned_data["to"])}


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=gettext_lazy("To which stage?"), widget=forms.RadioSelect, choices=Stage.choices)
    close_reason = forms.ChoiceField(
        label=gettext_lazy("Why?"),
        choices=[("", "–"), *CloseReason.choices],
        required=False,
        help_text=gettext_lazy("For leads that are lost or discarded."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("stage") in NEEDS_REASON and not cleaned.get("close_reason"):
            self.add_error("close_reason", _("Say why the leads are given up."))
        return cleaned

    def params(self, user: User) -> dict[str, Any]:
        return dict(self.cleaned_data)


class SnoozeForm(forms.Form):
    until = forms.ChoiceField(
        label=gettext_lazy("Until when?"),
        widget=forms.RadioSelect,
        choices=[
            ("tomorrow", gettext_lazy("Tomorrow")),
            ("next_week", gettext_lazy("Next week")),
            ("moment", gettext_lazy("At another time")),
        ],
    )
    due_at = MomentField(label=gettext_lazy("Another time"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        due_at = cleaned.get("due_at")
        if cleaned.get("until") == "moment" and (due_at is None or due_at <= timezone.now()):
            self.add_error("due_at", _("Choose a time to come."))
        return cleaned

    def params(self, user: User) -> dict[str, Any]:
        preset = PRESETS.get(self.cleaned_data["until"])
        until = preset(user, timezone.now()) if preset else self.cleaned_data["due_at"]
        return {"until": until.isoformat()}


class NothingToFillIn(forms.Form):
    def params(self, user: User) -> dict[str, Any]:
        return {}


type AskForm = GiveForm | StageForm | SnoozeForm | NothingToFillIn


class Kind(NamedTuple):
    """``button`` is on the bar under the list, ``title`` above the question, ``confirm`` on the button that does it."""

    button: Any
    title: Callable[[int], str]
    form: type[AskForm]


KINDS: dict[BulkKind, Kind] = {
    BulkKind.GIVE: Kind(
        gettext_lazy("Give to…"),
        lambda count: ngettext("Give %(count)s lead", "Give %(count)s leads", count),
        GiveForm,
    ),
    BulkKind.STAGE: Kind(
        gettext_lazy("Stage…"),
        lambda count: ngettext("Move %(count)s lead", "Move %(count)s leads", count),
        StageForm,
    ),
    BulkKind.SNOOZE: Kind(
        gettext_lazy("Snooze…"),
        lambda count: ngettext("Snooze %(count)s lead", "Snooze %(count)s leads", count),
        SnoozeForm,
    ),
    BulkKind.IRRELEVANT: Kind(
        gettext_lazy("Irrelevant…"),
        lambda count: ngettext("Score %(count)s lead as irrelevant", "Score %(count)s leads as irrelevant", count),
        NothingToFillIn,
    ),
}


def bulk_buttons(request: HttpRequest) -> list[tuple[str, Any]]:
    """The address and the label of each, for the bar under the list."""
    query = request.META.get("QUERY_STRING", "")
    return [
        (reverse("admin:leads_lead_bulk", args=[kind.value]) + (f"?{query}" if query else ""), known.button)
        for kind, known in KINDS.items()
    ]


class LeadBulk(Base):
    """Served at ``bulk/<kind>/`` with the filters of the list in the address."""

    def get_urls(self) -> list[URLPattern]:
        admin_view = self.admin_site.admin_view
        return [
            path("bulk/<slug:kind>/", admin_view(self.bulk_view), name="leads_lead_bulk"),
            path("bulk/<int:pk>/progress/", admin_view(self.progress_view), name="leads_lead_bulk_progress"),
            path("bulk/<int:pk>/state/", admin_view(self.state_view), name="leads_lead_bulk_state"),
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest, *args: Any) -> dict[str, Any]:
        """What lets rows be ticked. The buttons of ``actions.html`` lead to ``bulk_view`` themselves."""
        may = request.user.has_perm("leads.change_lead")
        return (
            {kind.value: (_ask_first(kind), kind.value, known.button) for kind, known in KINDS.items()} if may else {}
        )

    def bulk_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """First which and how many, then done; the second time ``asked`` is posted."""
        if not request.user.has_perm("leads.change_lead"):
            raise PermissionDenied
        if kind not in KINDS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        known = KINDS[BulkKind(kind)]
        lead_ids = self._chosen(request)
        if not lead_ids:
            self.say(request, False, _("Tick the leads first."))
            return self._back_to_list(request)
        form = known.form(request.POST if "asked" in request.POST else None)
        if form.is_bound and form.is_valid():
            params = form.params(cast(User, request.user))
            return self._do(request, BulkKind(kind), lead_ids, params)
        return self._ask(request, known, lead_ids, form)

    def _chosen(self, request: HttpRequest) -> list[UUID]:
        """The ticked ones, or all that the filters find."""
        try:
            leads: QuerySet[Lead] = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return []
        if request.POST.get("select_across") != "1":
            ticked = [key for key in request.POST.getlist(ACTION_CHECKBOX_NAME) if is_key(Lead, key)]
            leads = leads.filter(pk__in=ticked)
        keys = leads.prefetch_related(None).order_by("pk").values_list("pk", flat=True)
        return list(keys[: bulk.MOST])

    def _ask(self, request: HttpRequest, known: Kind, lead_ids: list[UUID], form: AskForm) -> HttpResponse:
        for field in form.fields.values():
            themed(field)
        count = len(lead_ids)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": known.title(count) % {"count": number_format(count, force_grouping=True)},
            "form": form,
            "ticked": [] if request.POST.get("select_across") == "1" else lead_ids,
            "is_most": count == bulk.MOST,
            "by_worker": count > bulk.MOST_AT_ONCE,
            "back": _list_address(request),
        }
        return TemplateResponse(request, "leads/bulk_ask.html", context)

    def _do(
        self, request: HttpRequest, kind: BulkKind, lead_ids: list[UUID], params: Mapping[str, Any]
    ) -> HttpResponse:
        at_once = len(lead_ids) <= bulk.MOST_AT_ONCE
        edit = bulk.ask(cast(User, request.user), kind, lead_ids, params, at_once=at_once)
        if not at_once:
            return progress_of(edit)
        while bulk.work_off(edit.pk):
            pass
        edit.refresh_from_db()
        self.say_done(request, edit)
        return self._back_to_list(request)

    def say_done(self, request: HttpRequest, done: BulkEdit) -> None:
        say_with_undo(request, done.edit if done.changed else None, done_text(done))
        if left := done.found - done.changed if done.changed else 0:
            messages.info(request, left_text(left))

    def _back_to_list(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(_list_address(request))

    # --- watching -----------------------------------------------------------------------------------------------------

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Of what a worker does; when it is done, the list with the message."""
        job = self._theirs(request, pk)
        if job.finished_at is None:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "media": self.media,
                "title": str(job),
            }
            return TemplateResponse(request, "leads/bulk_progress.html", context | {"job": job} | _counts(job))
        if job.kind == BulkKind.UNDO:
            say_undone(request, bulk.undone_by(job))
        else:
            self.say_done(request, job)
        return self._back_to_list(request)

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that asks for itself again."""
        job = self._theirs(request, pk)
        answer = TemplateResponse(request, "leads/bulk_state.html", {"job": job} | _counts(job))
        if job.finished_at:
            answer["HX-Redirect"] = reverse("admin:leads_lead_bulk_progress", args=[job.pk])
        return answer

    def _theirs(self, request: HttpRequest, pk: int) -> BulkEdit:
        job = BulkEdit.objects.filter(pk=pk, asked_by=cast(User, request.user)).select_related("edit").first()
        if job is None:
            raise Http404
        return job


def _ask_first(kind: BulkKind) -> Callable[[LeadBulk, HttpRequest, QuerySet[Lead]], HttpResponse]:
    return lambda model_admin, request, leads: model_admin.bulk_view(request, kind.value)


def done_text(done: BulkEdit) -> str:
    """ "12 leads given to Tom." """
    if not done.changed:
        return _("Nothing changed: all of them were so already, or may not move there.")
    params, count = done.params, {"count": number_format(done.changed, force_grouping=True)}
    match BulkKind(done.kind):
        case BulkKind.GIVE:
            text = ngettext("%(count)s lead given to %(name)s.", "%(count)s leads given to %(name)s.", done.changed)
            return text % (count | {"name": words.person(User.objects.filter(pk=params["to"]).first())})
        case BulkKind.STAGE:
            text = ngettext("%(count)s lead is now “%(stage)s”.", "%(count)s leads are now “%(stage)s”.", done.changed)
            return text % (count | {"stage": Stage(params["stage"]).label})
        case BulkKind.SNOOZE:
            text = ngettext("%(count)s lead sleeps: %(time)s.", "%(count)s leads sleep: %(time)s.", done.changed)
            return text % (count | {"time": short_moment(datetime.fromisoformat(params["until"]))})
    text = ngettext("%(count)s lead scored as irrelevant.", "%(count)s leads scored as irrelevant.", done.changed)
    return text % count


def left_text(left: int) -> str:
    text = ngettext("%(count)s lead stayed as it was.", "%(count)s leads stayed as they were.", left)
    return text % {"count": number_format(left, force_grouping=True)}


def _counts(job: BulkEdit) -> dict[str, str]:
    return {name: number_format(getattr(job, name), force_grouping=True) for name in ("done", "found")}


def _list_address(request: HttpRequest) -> str:
    query = request.META.get("QUERY_STRING", "")
    return reverse("admin:leads_lead_changelist") + (f"?{query}" if query else "")
