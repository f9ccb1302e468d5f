"""The page of one lead: what is known of the person, what happened, and what can be done next."""

from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from leads import words
from leads.admin import personal
from leads.admin.card import CardAdmin
from leads.admin.sales import respond_in, timeline
from leads.admin.sales.duplicates import LeadDuplicates
from leads.admin.sales.lead_edit import LeadEdit
from leads.admin.sales.lead_hand_over import LeadHandOver
from leads.admin.sales.lead_row import time_there
from leads.admin.sales.lead_work import WROTE, LeadWork, outcomes_for
from leads.admin.sales.my_tasks import MyTasks
from leads.models import Delivery, Lead
from leads.sales.owning import may_own, note_seen
from leads.sales.proposing import proposed
from leads.sales.stages import NEEDS_REASON, may_follow
from leads.service_level.clock import load_levels
from leads.states import CloseReason, DeliveryState, TaskKind

MOST_TASKS = 10
MOST_COLLEAGUES = 5
MOST_PEOPLE = 100
MOST_DELIVERIES = 50
TOP_REASONS = 3
SOON = timedelta(minutes=1)
"""A delivery that is tried within this time is waited for on the page."""


class LeadCard(LeadWork, LeadEdit, LeadHandOver, LeadDuplicates, MyTasks, CardAdmin):
    """Read first; every button changes one thing."""

    card_template = "leads/lead_card.html"

    def get_urls(self) -> list[URLPattern]:
        parts = {
            "timeline": self.timeline_view,
            "deliveries": self.deliveries_view,
            "seen": self.seen_view,
            "edit": self.edit_view,
            "hand-over": self.hand_over_view,
        }
        return [
            path("tasks/", self.admin_site.admin_view(self.tasks_view), name="leads_my_tasks"),
            *(
                path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"leads_lead_{_plain(name)}")
                for name, view in parts.items()
            ),
            *super().get_urls(),
        ]

    def card_title(self, request: HttpRequest, shown: Lead) -> str:
        return str(shown) if personal.may_see(request, shown) else str(words.HELD_BACK)

    def card(self, request: HttpRequest, shown: Lead) -> dict[str, Any]:
        may_see = personal.shows(request, shown)
        now = timezone.now()
        return {
            "lead": shown,
            "may_see": may_see,
            "respond": respond_in.pill(shown, load_levels(), now),
            "score_reasons": [words.score_reason(reason) for reason in shown.score_reasons[:TOP_REASONS]],
            "there": time_there(shown, now),
            "note": _newest_note(shown) if may_see else "",
            "tasks": list(shown.tasks.filter(done_at=None).select_related("assignee")[:MOST_TASKS]),
            "now": now,
            "sleeps": bool(shown.snoozed_until and shown.snoozed_until > now),
            "colleagues": list(self._colleagues(request, shown)) if may_see else [],
            "page": _timeline(request, shown),
            **_strip(shown),
            **self._to_do(request, shown),
        }

    def _to_do(self, request: HttpRequest, lead: Lead) -> dict[str, Any]:
        """What the buttons offer; nothing to who may not press them, and nothing where the person is erased."""
        if not self.has_change_permission(request, lead):
            return {"may_change": False}
        user = cast(User, request.user)
        following = may_follow(lead)
        return {
            "may_change": True,
            "moves": [(stage.value, stage.label, stage in NEEDS_REASON) for stage in following],
            "closing": [(stage.value, stage.label) for stage in following if stage in NEEDS_REASON],
            "close_reasons": CloseReason.choices,
            "outcomes": outcomes_for(lead.owner or user, timezone.now()),
            "wrote": [(kind.value, kind.label) for kind in WROTE],
            "task_kinds": TaskKind.choices,
            "due": proposed(user, timedelta(days=1), timezone.now()),
            "people": [(one.pk, words.person(one)) for one in may_own()[:MOST_PEOPLE] if one.pk != lead.owner_id],
            "is_unseen": lead.owner_id == user.pk and lead.seen_at is None,
            "may_hand_over": self.may_hand_over(request, lead),
            "merges": self.merged_into(request, lead),
            **(self.duplicates_of(request, lead) if personal.may_see(request, lead) else {}),
        }

    def _colleagues(self, request: HttpRequest, lead: Lead) -> QuerySet[Lead] | tuple[()]:
        """Other people of the same company, the last who did something first."""
        if not lead.mail_domain:
            return ()
        found = self.get_queryset(request).filter(mail_domain=lead.mail_domain).exclude(pk=lead.pk)
        if not personal.sees_held_back(request):
            found = found.filter(is_private=False)
        return found.select_related("owner", "offer").order_by("-last_touch_at")[:MOST_COLLEAGUES]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        return super().get_queryset(request).select_related("owner", "offer")

    # --- parts of the page that are fetched by themselves -------------------------------------------------------------

    def timeline_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The next page of it."""
        shown = self.shown(request, object_id)
        context = {
            "lead": shown,
            "may_see": personal.may_see(request, shown),
            "may_change": self.has_change_permission(request, shown),
            "page": _timeline(request, shown),
        }
        return TemplateResponse(request, "leads/lead_timeline.html", context)

    def deliveries_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The strip alone, which asks for itself again while something is on its way."""
        shown = self.shown(request, object_id)
        return TemplateResponse(request, "leads/lead_deliveries.html", {"lead": shown, **_strip(shown)})

    def seen_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page tells that its owner has it before their eyes."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        note_seen(cast(User, request.user), self.shown(request, object_id).pk)
        return HttpResponse(status=204)


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _timeline(request: HttpRequest, lead: Lead) -> timeline.Page:
    before = timeline.Place.read(request.GET.get("before", ""))
    return timeline.page_of(lead, may_see=personal.may_see(request, lead), before=before)


def _newest_note(lead: Lead) -> str:
    return lead.touches.exclude(note="").order_by("-received_at").values_list("note", flat=True).first() or ""


def _strip(lead: Lead) -> dict[str, Any]:
    """The newest delivery to each destination, and whether to look again soon."""
    deliveries = Delivery.objects.filter(touch__lead=lead).select_related("destination__gate").order_by("-id")
    newest: dict[int, Delivery] = {}
    for delivery in deliveries[:MOST_DELIVERIES]:
        newest.setdefault(delivery.destination_id, delivery)
    return {
        "deliveries": sorted(newest.values(), key=lambda delivery: str(delivery.destination)),
        "is_on_its_way": any(_is_on_its_way(delivery) for delivery in newest.values()),
    }


def _is_on_its_way(delivery: Delivery) -> bool:
    if delivery.state == DeliveryState.SENDING:
        return True
    is_due = delivery.state == DeliveryState.QUEUED and delivery.next_attempt_at <= timezone.now() + SOON
    return is_due and words.standstill(delivery.destination) is None
