"""Replays: ask for one, after seeing how many and how long; watch it; stop it."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.filters import PeriodFilter
from leads.admin.operations.resend_form import ResendForm, address_of
from leads.admin.theme import ChoicesDropdownFilter, RelatedDropdownFilter
from leads.delivery import resend_jobs
from leads.delivery.resend_jobs import DOUBTFUL, PERMISSIONS, UnderWay
from leads.delivery.resend_plans import needs_confirmation, plan_of
from leads.delivery.resend_wording import number_of, time_of
from leads.hints import after_commit
from leads.models import ResendJob
from leads.models.resend_job import STATES_TRIED_AGAIN, ResendKind, ResendState
from leads.states import DeliveryState
from leads.tasks import continue_resend_jobs
from leads.templatetags.leadcrm import ago

TONES = {
    ResendState.WAITING: "wait",
    ResendState.RUNNING: "wait",
    ResendState.DONE: "good",
    ResendState.CANCELLED: "mute",
}


@admin.register(ResendJob)
class ResendJobAdmin(CardAdmin):
    card_template = "leads/resend_job.html"
    list_display = ("what", "to", "state_pill", "queued", "asked_by", "asked")
    nothing_yet = gettext_lazy("Nothing was sent again so far. “+” says what can be.")
    list_filter = (("state", ChoicesDropdownFilter), ("destination", RelatedDropdownFilter))
    list_select_related = ("destination", "asked_by")

    @admin.display(description=gettext_lazy("What"))
    def what(self, job: ResendJob) -> str:
        return job.get_kind_display()

    @admin.display(description=gettext_lazy("Destination"))
    def to(self, job: ResendJob) -> str:
        return str(job.destination or _("All destinations"))

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, job: ResendJob) -> SafeString:
        return pill_of(job)

    @admin.display(description=gettext_lazy("Queued"))
    def queued(self, job: ResendJob) -> str:
        return _grouped(job.moved)

    @admin.display(description=gettext_lazy("Asked for"))
    def asked(self, job: ResendJob) -> SafeString | str:
        return ago(job.asked_at)

    # --- who may ------------------------------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perms(PERMISSIONS[ResendKind.FAILED])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It goes with its destination or offer, but not while it is under way."""
        return request.user.has_perm("leads.delete_destination") and (obj is None or not obj.is_open)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # --- asking -------------------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First which, then how many; the answers so far stand in the address."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_asked = "kind" in request.GET and "back" not in request.GET
        form = ResendForm(request.user, request.GET if is_asked else None, initial=_initial(request.GET))
        if not is_asked or not form.is_valid():
            periods = periods_of(request.GET.get("destination", ""))
            return self._page(request, "leads/resend_job_ask.html", _("Send again"), form=form, periods=periods)
        job = form.job()
        job.doubles_confirmed = "doubles_confirmed" in request.POST
        if request.method != "POST" or (needs_confirmation(job) and not job.doubles_confirmed):
            return self._confirm(request, job)
        return self._ask(request, job)

    def _confirm(self, request: HttpRequest, job: ResendJob) -> HttpResponse:
        plan = plan_of(job)
        context = {
            "job": job,
            "plan": plan,
            "number": number_of(plan),
            "time": time_of(plan),
            "facts": facts_of(job),
            "stop": words.standstill(job.destination) if job.destination else None,
            "needs_confirmation": needs_confirmation(job),
            "is_unconfirmed": request.method == "POST",
            "doubtful": _doubtful(job) if plan.left_out and job.kind == ResendKind.FAILED else "",
            "withheld": plan.left_out if job.kind == ResendKind.MISSING else 0,
            "back": f"{request.get_full_path()}&back=1",
        }
        return self._page(request, "leads/resend_job_confirm.html", _("Send again?"), **context)

    def _ask(self, request: HttpRequest, job: ResendJob) -> HttpResponse:
        job.asked_by = request.user  # type: ignore[assignment]
        try:
            resend_jobs.ask(job)
        except UnderWay as error:
            self.say(request, False, error)
            return HttpResponseRedirect(reverse("admin:leads_resendjob_changelist"))
        self.log_addition(request, job, [{"added": {}}])
        after_commit(continue_resend_jobs)
        return HttpResponseRedirect(reverse("admin:leads_resendjob_change", args=[job.pk]))

    def _page(self, request: HttpRequest, template: str, title: str, **more: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media, "title": title}
        return TemplateResponse(request, template, context | more)

    # --- watching -----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.state_view)
        return [path("<int:pk>/state/", view, name="leads_resendjob_state"), *super().get_urls()]

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that asks for itself again while the job goes on."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = self.get_object(request, str(pk))
        if shown is None:
            raise Http404
        return TemplateResponse(request, "leads/resend_job_state.html", self.card(request, shown))

    def card(self, request: HttpRequest, shown: ResendJob) -> dict[str, Any]:
        return {
            "job": shown,
            "light": pill_of(shown),
            "facts": facts_of(shown),
            "queued": _grouped(shown.moved),
            "looked_at": _grouped(shown.looked_at),
            "found": _grouped(shown.found or 0),
            "skipped": [(why, _grouped(number)) for why, number in shown.skipped_in_words],
            "deliveries": _deliveries(shown),
            "doubtful": _doubtful(shown) if DOUBTFUL in shown.skipped else "",
        }

    def get_queryset(self, request: HttpRequest) -> QuerySet[ResendJob]:
        return super().get_queryset(request).select_related("destination__gate", "offer", "asked_by")

    @post_action("leads.operate_destination")
    def cancel(self, request: HttpRequest, job: ResendJob) -> None:
        done = resend_jobs.cancel(job.pk)
        if done:
            self.log_change(request, job, _("Cancelled."))
        self.say(request, done, CANCELLED if done else _("It had ended already."))


CANCELLED = gettext_lazy("Cancelled. What it had sent again by then stays so.")


PERIODS = (
    (gettext_lazy("the last hour"), timedelta(hours=1)),
    (gettext_lazy("the last 24 hours"), timedelta(days=1)),
    (gettext_lazy("the last 7 days"), timedelta(days=7)),
)


def periods_of(destination_id: str) -> list[tuple[Any, str]]:
    """What is asked for most, as links to the page that says how many there are: what failed lately."""
    wanted = {"kind": ResendKind.FAILED.value, "destination": destination_id}
    lately = [(label, address_of(wanted | {"since": timezone.now() - period})) for label, period in PERIODS]
    return [*lately, (_("any time"), address_of(wanted))]


def pill_of(job: ResendJob) -> SafeString:
    return words.pill(job.get_state_display(), TONES[ResendState(job.state)])


def facts_of(job: ResendJob) -> list[tuple[str, Any]]:
    """Its filter: label and value, as far as it is one."""
    states = ", ".join(str(DeliveryState(state).label) for state in job.states)
    facts = [
        (_("Destination"), str(job.destination or _("All destinations"))),
        (_("State"), states if job.kind == ResendKind.FAILED else ""),
        (_("Reason"), job.reason and words.reason_text(job.reason)),
        (_("Offer"), job.offer),
        (_("Since"), job.since),
        (_("Until"), job.until),
    ]
    return [(label, value) for label, value in facts if value]


def list_filter_of(changelist: ChangeList, query: QueryDict) -> dict[str, Any]:
    """What a list of deliveries shows, as values of the form; empty where nothing of it can be tried again, or where it
    is filtered by what the form does not know."""
    if any(query.get(name) for name in ("kind", "team")):
        return {}
    listed = [state for text in query.getlist("state__in") for state in text.split(",")]
    states = [state.value for state in STATES_TRIED_AGAIN if not listed or state in listed]
    begin, end = next((one.bounds() for one in changelist.filter_specs if isinstance(one, PeriodFilter)), (None, None))
    return (
        {
            "kind": ResendKind.FAILED.value,
            "destination": query.get("destination__id__exact"),
            "states": states,
            "reason": query.get("reason"),
            "since": begin,
            "until": end and end + timedelta(microseconds=1),
        }
        if states
        else {}
    )


def _initial(query: QueryDict) -> dict[str, Any]:
    return {name: query.getlist(name) if name == "states" else query.get(name) for name in query}


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def _deliveries(job: ResendJob) -> str:
    """The list of the destination's deliveries, or of all."""
    query = f"?destination__id__exact={job.destination_id}" if job.destination_id else ""
    return reverse("admin:leads_delivery_changelist") + query


def _doubtful(job: ResendJob) -> str:
    """The list of those that may have arrived, to look at each; from there they can be sent together, too."""
    query = f"?state__in=failed&reason={DOUBTFUL}"
    return (
        reverse("admin:leads_delivery_changelist")
        + query
        + (f"&destination__id__exact={job.destination_id}" if job.destination_id else "")
    )
