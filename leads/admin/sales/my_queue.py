"""My queue, where sales people land: what to do next, in the order in which it is due."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin import personal
from leads.admin.sales import timeline
from leads.admin.sales.lead_row import FOLDED, add_rows, short_moment, with_parts
from leads.admin.sales.lead_work import PRESETS, outcomes_for
from leads.admin.sales.saved_view import tabs_of
from leads.admin.sales.undoing import undo_view
from leads.assignment.levels import Levels
from leads.models import Lead
from leads.sales import owning, queue
from leads.sales.queue import Day, Tab, day_of, leads_in
from leads.sales.stages import NEEDS_REASON, may_follow
from leads.states import CloseReason
from leads.templatetags.leadcrm import in_one_unit

if TYPE_CHECKING:
    from leads.admin.card import CardAdmin

    Base = CardAdmin
else:
    Base = object

PAGE = 50
MOST_COUNTED = 99
MEDIAN_CACHED_SECONDS = 60
OVERLAP = timedelta(seconds=10)
"""What came in before the page was made may become visible after it."""

LABELS = {
    Tab.TO_ANSWER: gettext_lazy("To answer"),
    Tab.FOLLOW_UP: gettext_lazy("Follow up today"),
    Tab.WAITING: gettext_lazy("Waiting"),
    Tab.UNASSIGNED: gettext_lazy("Unassigned"),
}
EMPTY = {
    Tab.TO_ANSWER: gettext_lazy("Nobody waits for an answer of yours."),
    Tab.FOLLOW_UP: gettext_lazy("Nothing more to follow up today."),
    Tab.WAITING: gettext_lazy("No lead of yours waits for another day."),
    Tab.UNASSIGNED: gettext_lazy("Every open lead is somebody's."),
}


class QueueTab(NamedTuple):
    """``how_many`` is empty where it was not asked for."""

    label: Any
    address: str
    how_many: str
    is_current: bool


def queue_tabs(
    request: HttpRequest, current: Tab | None = None, counts: dict[Tab, int] | None = None
) -> list[QueueTab]:
    if not request.user.has_perm("leads.change_lead"):
        return []
    page = reverse("admin:leads_my_queue")
    return [
        QueueTab(label, f"{page}?tab={tab}", capped(counts[tab]) if counts else "", tab is current)
        for tab, label in LABELS.items()
    ]


def capped(count: int) -> str:
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def lands_on_queue(user: Any) -> bool:
    """Sales people do; who looks after the installation has a landing page of their own."""
    return bool(user.has_perm("leads.change_lead") and not user.has_perm("leads.operate_destination"))


class MyQueue(Base):
    """Served beside the list of leads."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("queue/", wrap(self.queue_view), name="leads_my_queue"),
            path("queue/new/", wrap(self.new_view), name="leads_my_queue_new"),
            path("undo/<uuid:edit_id>/", wrap(undo_view), name="leads_lead_undo"),
            path("<uuid:pk>/menu/", wrap(self.menu_view), name="leads_lead_menu"),
            path("<uuid:pk>/fold/", wrap(self.fold_view), name="leads_lead_fold"),
            *super().get_urls(),
        ]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        user = self._sales_person(request)
        tab, day = _tab(request), day_of(user)
        page = _page_number(request)
        leads = list(with_parts(request, leads_in(tab, user, day))[(page - 1) * PAGE : page * PAGE + 1])
        shown = leads[:PAGE]
        add_rows(shown)
        counts = {one: _count(leads_in(one, user, day)) for one in Tab}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": _("My queue"),
            "tab": tab,
            "tabs": queue_tabs(request, tab, counts),
            "view_tabs": tabs_of(request),
            "leads": shown,
            "head": _head(user, day),
            "empty": EMPTY[tab],
            "elsewhere": _elsewhere(tab, counts),
            "earlier": page - 1,
            "further": page + 1 if len(leads) > PAGE else 0,
            "new_address": _new_address(user, tab, day),
        }
        return TemplateResponse(request, "leads/my_queue.html", context)

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """How many leads came into the tab since the page was made."""
        user = self._sales_person(request)
        tab, since = _tab(request), _moment(request.GET.get("since", ""))
        known = request.GET.get("known", "")
        if since is None or not known.isdecimal():
            raise Http404
        came = _count(queue.new_since(leads_in(tab, user, day_of(user)), tab, since)) - int(known[:9])
        text = ngettext("%(count)s new lead", "%(count)s new leads", came) % {"count": capped(came)} if came > 0 else ""
        return TemplateResponse(request, "leads/my_queue_new.html", {"text": text, "tab": tab})

    def fold_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What a row folds out to: how to reach the person, what they wrote, what happened last, deliveries."""
        lead = self._seen(request, pk)
        may_see = personal.shows(request, lead)
        runs = timeline.page_of(lead, may_see=may_see).runs
        context = {
            "lead": lead,
            "may_see": may_see,
            "touches": lead.newest_touches,  # type: ignore[attr-defined]
            "note": next((touch.note for touch in lead.newest_touches if touch.note), ""),  # type: ignore[attr-defined]
            "entries": [entry for run in runs for entry in run.entries][:FOLDED],
        }
        return TemplateResponse(request, "leads/row_fold.html", context)

    def menu_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What can be done with the lead of a row."""
        user = self._sales_person(request)
        lead, now = self._seen(request, pk), timezone.now()
        context = {
            "lead": lead,
            "refusal": self.why_nothing_can_be_done(lead),
            "may_see": personal.may_see(request, lead),
            "next": request.GET.get("next", ""),
            "outcomes": outcomes_for(lead.owner or user, now),
            "colleagues": [(one.pk, words.person(one)) for one in owning.may_own() if one.pk != lead.owner_id],
            "stages": [(stage, stage.label) for stage in may_follow(lead) if stage not in NEEDS_REASON],
            "closing_stages": [(stage, stage.label) for stage in may_follow(lead) if stage in NEEDS_REASON],
            "reasons": CloseReason.choices,
            "presets": [
                (name, label, short_moment(PRESETS[name](user, now)))
                for name, label in (("tomorrow", _("Tomorrow")), ("next_week", _("Next week")))
            ],
            "is_asleep": lead.snoozed_until is not None and lead.snoozed_until > now,
        }
        return TemplateResponse(request, "leads/row_menu.html", context)

    def _sales_person(self, request: HttpRequest) -> User:
        if not request.user.has_perm("leads.change_lead"):
            raise PermissionDenied
        return cast(User, request.user)

    def _seen(self, request: HttpRequest, pk: UUID) -> Lead:
        if not self.has_view_permission(request):
            raise PermissionDenied
        lead = with_parts(request, self.get_queryset(request).filter(pk=pk)).first()
        if lead is None:
            raise Http404
        return lead


def _tab(request: HttpRequest) -> Tab:
    given = request.GET.get("tab", "")
    return Tab(given) if given in Tab else Tab.TO_ANSWER


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "")
    return max(int(given[:6]), 1) if given.isdecimal() else 1


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _count(leads: Any) -> int:
    return int(leads.order_by()[: MOST_COUNTED + 1].count())


def _new_address(user: User, tab: Tab, day: Day) -> str:
    """Which the page asks every few seconds: with the time, and how many had come by then."""
    since = day.now - OVERLAP
    known = _count(queue.new_since(leads_in(tab, user, day), tab, since))
    query = urlencode({"tab": tab.value, "since": since.isoformat(), "known": known})
    return f"{reverse('admin:leads_my_queue_new')}?{query}"


def _head(user: User, day: Day) -> list[tuple[str, str]]:
    """In words, each with the tone of its colour: "3 late", "5 due today", "median answer 42 min this week"."""
    late, today = _count(queue.late(user, day)), _count(queue.due_today(user, day))
    parts = [
        (ngettext("%(count)s late", "%(count)s late", late) % {"count": capped(late)}, "bad" if late else "good"),
        (ngettext("%(count)s due today", "%(count)s due today", today) % {"count": capped(today)}, ""),
    ]
    if (median := _median(user, day)) is not None:
        answered = _("median answer %(time)s this week") % {"time": in_one_unit(median)}
        parts.append((answered, ""))
    return parts


def _median(user: User, day: Day) -> float | None:
    """In seconds."""
    key, missing = f"median-answer-{user.pk}", object()
    found = cache.get(key, missing)
    if found is missing:
        median = queue.median_answer(user, day, Levels.load())
        found = None if median is None else median.total_seconds()
        cache.set(key, found, MEDIAN_CACHED_SECONDS)
    return cast(float | None, found)


def _elsewhere(tab: Tab, counts: dict[Tab, int]) -> list[tuple[str, str]]:
    """The other tabs in which there is something to do, for the page that has nothing."""
    page = reverse("admin:leads_my_queue")
    return [
        (f"{LABELS[other]}: {capped(counts[other])}", f"{page}?tab={other}")
        for other in Tab
        if other is not tab and counts[other]
    ]
