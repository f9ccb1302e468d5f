"""Compare two leads and merge them; look at what a split would do, and split them."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin import personal
from leads.admin.card import Titled
from leads.admin.sales.my_queue import MOST_COUNTED, capped
from leads.admin.sales.undoing import say_with_undo
from leads.admin.theme import is_key
from leads.models import Lead, Merge
from leads.person_names import full_name
from leads.sales import merging
from leads.sales.merge_rules import CHOSEN, STRICTER, parts_to_take
from leads.sales.merging import CannotMerge, ChangedMeanwhile, NotMerged, NotTwoAnyMore, Plan, SplitFirst
from leads.sales.visibility import seen_by
from leads.templatetags.leadcrm import ago

if TYPE_CHECKING:
    from leads.admin.card import CardAdmin

    Base = CardAdmin
else:
    Base = object

MOST_MERGED = 20
MOST_TASKS = 3
LONGEST_VERSION = 18
PARTS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "company": gettext_lazy("Company"),
    "title": gettext_lazy("Job title"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "country": gettext_lazy("Country"),
    "offer": gettext_lazy("Offer"),
    "action": gettext_lazy("Wants"),
    "owner": gettext_lazy("Owner"),
    "stage": gettext_lazy("Stage"),
    "is_dnc": gettext_lazy("Do not contact"),
    "is_private": gettext_lazy("Personal data held back"),
}
SURVIVOR, ABSORBED = "survivor", "absorbed"


class Choice(NamedTuple):
    """One part of both. ``is_same``: there is nothing to choose."""

    name: str
    label: Any
    survivor: Any
    absorbed: Any
    is_taken: bool
    is_same: bool


class LeadMerging(Base):
    """The pages behind "Compare" and "Split"."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:survivor>/merge/<uuid:absorbed>/", wrap(self.merge_view), name="leads_lead_merge"),
            path("<uuid:pk>/split/", wrap(self.split_view), name="leads_lead_split"),
            *super().get_urls(),
        ]

    # --- a lead that became part of another ---------------------------------------------------------------------------

    def _missing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Of a lead that became part of another, that one is shown."""
        absorbed = Lead.objects.filter(pk=object_id) if is_key(Lead, object_id) else Lead.objects.none()
        key = absorbed.filter(seen_by(request.user)).values_list("merged_into", flat=True).first()
        survivor = self.get_queryset(request).filter(pk=key).first() if key else None
        if survivor is None:
            return super()._missing(request, object_id)
        text = _("The lead that you looked for became part of this one.")
        if request.method == "POST":
            text = _("Nothing was changed: the lead became part of this one meanwhile.")
        messages.warning(request, text)
        return HttpResponseRedirect(reverse("admin:leads_lead_change", args=[survivor.pk]))

    def merged_into(self, request: HttpRequest, lead: Lead) -> list[Merge]:
        """For its card: what became part of it, as far as this person sees it."""
        merges = Merge.objects.filter(seen_by(request.user, "absorbed__"), survivor=lead)
        return list(merges.select_related("absorbed", "edit__actor").order_by("-pk")[:MOST_MERGED])

    # --- comparing ----------------------------------------------------------------------------------------------------

    def merge_view(self, request: HttpRequest, survivor: UUID, absorbed: UUID) -> HttpResponse:
        stays, goes = self._changeable(request, survivor), self._changeable(request, absorbed)
        if stays is None or goes is None:
            return self._missing(request, str(survivor if stays is None else absorbed))
        if not merging.may_be_one(stays, goes):
            raise Http404
        if request.method == "POST":
            return self._merge(request, stays, goes)
        for lead in (stays, goes):
            personal.shows(request, lead)
        context = {
            "survivor": stays,
            "absorbed": goes,
            "choices": _choices(stays, goes),
            "facts": _facts(stays, goes),
            "next": _ours(request, request.GET.get("next", "")),
        }
        return self._merge_page(request, stays, _("Merge two leads"), "leads/merge.html", context)

    def _changeable(self, request: HttpRequest, lead_id: UUID) -> Lead | None:
        """Raises ``PermissionDenied``."""
        found: Lead | None = self.get_queryset(request).select_related("team").filter(pk=lead_id).first()
        may_change = request.user.has_perm("leads.change_lead")
        if not may_change or (found and not personal.may_see(request, found)):
            raise PermissionDenied
        return found

    def _merge(self, request: HttpRequest, survivor: Lead, absorbed: Lead) -> HttpResponse:
        by_themselves = parts_to_take(survivor, absorbed)
        given = {name: request.POST.get(name, ABSORBED if name in by_themselves else SURVIVOR) for name in CHOSEN}
        parts = {name for name, side in given.items() if side == ABSORBED}
        try:
            edit = merging.merge(_user(request), survivor.pk, absorbed.pk, parts, _versions(request))
        except ChangedMeanwhile:
            messages.warning(request, _("Not merged: one of them was changed meanwhile. Look again."))
            return HttpResponseRedirect(request.get_full_path())
        except (NotTwoAnyMore, CannotMerge):
            messages.warning(request, _("Not merged: one of them became part of another lead meanwhile."))
            return self._back(request, survivor)
        self.log_change(request, survivor, _("Merged with %(lead)s") % {"lead": absorbed.pk})
        say_with_undo(request, edit, _("Merged: both are one lead now."))
        return self._back(request, survivor)

    # --- splitting ----------------------------------------------------------------------------------------------------

    def split_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """``pk`` is that of the absorbed lead."""
        try:
            merge = self._merge_to_split(request, pk)
            if request.method == "POST":
                return self._split(request, merge)
        except NotMerged:
            messages.warning(request, _("Nothing changed: the lead stands by itself."))
            return HttpResponseRedirect(reverse("admin:leads_lead_change", args=[pk]))
        except SplitFirst:
            messages.warning(request, _("Split this lead off first: the other became part of it before."))
            return self._missing(request, str(pk))
        for lead in (merge.survivor, merge.absorbed):
            personal.shows(request, lead)
        plan = merging.planned(merge)
        title = _("Split off %(lead)s") % {"lead": merge.absorbed}
        return self._merge_page(request, merge.survivor, title, "leads/split.html", {"merge": merge} | _effects(plan))

    def _merge_to_split(self, request: HttpRequest, pk: UUID) -> Merge:
        """Raises ``PermissionDenied``, ``Http404``, and as ``merge_of``."""
        absorbed = Lead.objects.filter(seen_by(request.user), pk=pk).first()
        if not request.user.has_perm("leads.change_lead") or (absorbed and not personal.may_see(request, absorbed)):
            raise PermissionDenied
        if absorbed is None:
            raise Http404
        merge = merging.merge_of(pk)
        if self._changeable(request, merge.survivor_id) is None:
            raise Http404
        return merge

    def _split(self, request: HttpRequest, merge: Merge) -> HttpResponse:
        merging.split(_user(request), merge.absorbed_id)
        self.log_change(request, merge.survivor, _("Split from %(lead)s") % {"lead": merge.absorbed_id})
        personal.shows(request, merge.absorbed)
        page = reverse("admin:leads_lead_change", args=[merge.absorbed_id])
        text = _("Split: they are two leads again.")
        messages.success(request, format_html('{} <a href="{}">{}</a>', text, page, merge.absorbed))
        return HttpResponseRedirect(reverse("admin:leads_lead_change", args=[merge.survivor_id]))

    def _merge_page(
        self, request: HttpRequest, lead: Lead, title: str, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": Titled(lead, self.card_title(request, lead)),
            "title": title,
            "media": self.media,
        }
        return TemplateResponse(request, template, frame | context)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _ours(request: HttpRequest, address: str) -> str:
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()) else ""


def _versions(request: HttpRequest) -> tuple[int, int] | None:
    given = [one[:LONGEST_VERSION] for one in request.POST.getlist("version")]
    return (int(given[0]), int(given[1])) if len(given) == 2 and all(one.isdecimal() for one in given) else None


# --- side by side -----------------------------------------------------------------------------------------------------


def _choices(survivor: Lead, absorbed: Lead) -> list[Choice]:
    taken = parts_to_take(survivor, absorbed)
    return [
        Choice(name, PARTS[name], left, right, name in taken, left == right)
        for name in CHOSEN
        for left, right in [(_shown(name, survivor), _shown(name, absorbed))]
    ]


def _shown(name: str, lead: Lead) -> Any:
    match name:
        case "name":
            text = full_name(lead.first_name, lead.last_name)
        case "country":
            text = words.country_name(lead.country_code, lead.country)
        case "offer":
            text = str(lead.offer or lead.offer_title)
        case "action":
            text = words.join_words(words.action_label(lead.action), words.source_label(lead.source))
        case "owner":
            text = words.join_words(words.person(lead.owner) if lead.owner else "", str(lead.team or ""))
        case "stage":
            return _stage(lead)
        case _:
            text = getattr(lead, name)
    return text or "–"


def _stage(lead: Lead) -> SafeString:
    """With its clock."""
    contact = format_html("{} {}", _("first contact"), ago(lead.contacted_at)) if lead.contacted_at else ""
    pill = words.state_pill("stage", lead.stage, lead.get_stage_display())
    return format_html("{} {}", pill, contact or lead.get_close_reason_display())


def _facts(survivor: Lead, absorbed: Lead) -> list[tuple[str, Any, Any]]:
    """What goes together, so that there is nothing to choose."""
    shown: list[tuple[Any, Callable[[Lead], Any]]] = [
        (_("Touches"), lambda lead: lead.touch_count),
        (_("First touch"), lambda lead: ago(lead.first_touch_at)),
        (_("Last touch"), lambda lead: ago(lead.last_touch_at)),
        (_("Calls, mails, notes"), lambda lead: capped(lead.activities.all()[: MOST_COUNTED + 1].count())),
        (_("Next steps"), _tasks),
    ]
    flags = [name for name in STRICTER if getattr(survivor, name) or getattr(absorbed, name)]
    return [
        *((label, show(survivor), show(absorbed)) for label, show in shown),
        *((PARTS[name], _yes_or_no(survivor, name), _yes_or_no(absorbed, name)) for name in flags),
    ]


def _yes_or_no(lead: Lead, name: str) -> str:
    return _("yes") if getattr(lead, name) else _("no")


def _tasks(lead: Lead) -> str:
    tasks = list(lead.tasks.filter(done_at=None).order_by("due_at")[: MOST_TASKS + 1])
    names = [str(task) for task in tasks[:MOST_TASKS]]
    return ", ".join([*names, "…"] if len(tasks) > MOST_TASKS else names) or "–"


# --- what a split does ------------------------------------------------------------------------------------------------


def _effects(plan: Plan) -> dict[str, Any]:
    moved = plan.merge.moved
    texts = {
        "touches": ngettext("%(count)d touch", "%(count)d touches", len(moved["touches"])),
        "activities": ngettext(
            "%(count)d call, mail or note", "%(count)d calls, mails or notes", len(moved["activities"])
        ),
        "tasks": ngettext("%(count)d task", "%(count)d tasks", len(moved["tasks"])),
    }
    return {
        "goes_back": [text % {"count": len(moved[name])} for name, text in texts.items() if moved[name]],
        "came_since": len(plan.touches_back),
        "stays": _labels(plan.stays),
    }


def _labels(names: Collection[str]) -> list[str]:
    return [str(PARTS[name]) for name in names]
