"""The sidebar. Badges count what needs somebody; they are bounded and cached, because every page shows them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from leads.admin.sales.my_queue import lands_on_queue
from leads.admin.sales.my_tasks import due_of
from leads.models import Delivery, DestinationGate, InboundRequest, OfferTitle, PrivacyRequest
from leads.models.privacy import RequestState
from leads.sales.duplicates import open_pairs
from leads.sales.queue import Tab, day_of, late, leads_in, unassigned
from leads.states import DeliveryState, InboundState, PausedBy

CACHED_SECONDS = 15
MOST = 99


class Counted(NamedTuple):
    """What a badge counts, and the permission to do something about it: nobody else is shown the badge. ``is_own``: it
    counts for each person on their own, and ``rows`` takes that person."""

    rows: Callable[..., Any]
    permission: str
    is_own: bool = False


COUNTED = {
    "failed": Counted(lambda: Delivery.objects.filter(state=DeliveryState.FAILED), "leads.retry_delivery"),
    "paused": Counted(
        lambda: DestinationGate.objects.filter(paused_by=PausedBy.MACHINE, destination__enabled=True),
        "leads.operate_destination",
    ),
    "rejected": Counted(lambda: InboundRequest.objects.filter(state=InboundState.REJECTED), "leads.process_again"),
    "unmapped": Counted(lambda: OfferTitle.objects.filter(offer=None), "leads.change_offertitle"),
    "to_answer": Counted(lambda user: leads_in(Tab.TO_ANSWER, user, day_of(user)), "leads.change_lead", is_own=True),
    "privacy": Counted(lambda: PrivacyRequest.objects.filter(state=RequestState.OPEN), "leads.handle_personal_data"),
    "late": Counted(lambda user: late(user, day_of(user)), "leads.change_lead", is_own=True),
    "unassigned": Counted(unassigned, "leads.change_lead"),
    "duplicates": Counted(open_pairs, "leads.change_lead", is_own=True),
    "tasks": Counted(due_of, "leads.change_lead", is_own=True),
}


def badge_text(name: str, user: Any = None) -> str:
    """ "" for none, "99+" for many."""
    counted = COUNTED[name]
    whose = (user,) if counted.is_own else ()
    key = "-".join(("badge", name, *(str(one.pk) for one in whose)))
    count = cache.get(key)
    if count is None:
        count = counted.rows(*whose)[: MOST + 1].count()
        cache.set(key, count, CACHED_SECONDS)
    return "" if not count else f"{MOST}+" if count > MOST else str(count)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """As Unfold takes it: only what the person may see."""
    groups = [
        (
            "",
            [
                _item(_("Overview"), "space_dashboard", "admin:index", shown=lambda user: not lands_on_queue(user)),
                _item(_("My queue"), "inbox", "admin:leads_my_queue", "leads.change_lead", "to_answer"),
                _item(
                    _("Unassigned"),
                    "person_add",
                    "admin:leads_my_queue",
                    "leads.change_lead",
                    "unassigned",
                    query={"tab": Tab.UNASSIGNED.value},
                ),
                _item(_("My tasks"), "task_alt", "admin:leads_my_tasks", "leads.change_lead", "tasks"),
                _page(_("All leads"), "group", "lead"),
                _item(_("Duplicates"), "join_inner", "admin:leads_duplicates", "leads.change_lead", "duplicates"),
                _item(_("Unattended"), "running_with_errors", "admin:leads_unattended", "leads.change_lead"),
                _item(_("Imports"), "upload", "admin:leads_importjob_changelist", "leads.import_lead"),
                _item(_("Exports"), "download", "admin:leads_exportjob_changelist", "leads.export_lead"),
                _item(_("Reports"), "bar_chart", "admin:leads_reports", "leads.view_reports", shown=lands_on_queue),
            ],
        ),
        (
            _("Operations"),
            [
                _page(_("Deliveries"), "sync_alt", "delivery", counts="failed"),
                _page(_("Destinations"), "hub", "destination", counts="paused"),
                _item(_("Replays"), "replay", "admin:leads_resendjob_changelist", "leads.operate_destination"),
                _page(_("Inbound requests"), "move_to_inbox", "inboundrequest", counts="rejected"),
                _page(_("Notices"), "notifications", "notice"),
                _page(_("Notices to sales"), "outgoing_mail", "salesnotice"),
                _item(
                    pgettext_lazy("page", "System"), "monitor_heart", "admin:leads_system", "leads.operate_destination"
                ),
                _item(
                    _("Explain an error"),
                    "troubleshoot",
                    "admin:leads_destination_explain",
                    "leads.operate_destination",
                ),
            ],
        ),
        (
            _("Set-up"),
            [
                _page(_("Endpoints"), "webhook", "endpoint"),
                _page(_("Offers"), "sell", "offer"),
                _page(_("Offer titles"), "label", "offertitle", counts="unmapped"),
                _page(_("Routes"), "alt_route", "route"),
                _page(_("Sources and actions"), "translate", "term"),
                _page(_("Privacy rules"), "shield_person", "privacyrule"),
            ],
        ),
        (
            _("Who gets leads"),
            [
                _page(_("Assignment rules"), "rule", "assignmentrule"),
                _page(_("Service levels"), "timer", "servicelevel"),
                _page(_("Score rules"), "leaderboard", "scorerule"),
                _page(_("Country groups"), "public", "countrygroup"),
                _page(_("Working hours"), "schedule", "calendar"),
                _page(_("Absences"), "event_busy", "absence"),
            ],
        ),
        (
            _("Data protection"),
            [
                _item(
                    _("Privacy"),
                    "person_cancel",
                    "admin:leads_privacyrequest_changelist",
                    "leads.handle_personal_data",
                    "privacy",
                ),
                _item(_("Retention"), "auto_delete", "admin:leads_retention", "leads.set_retention"),
                _item(_("Audit"), "policy", "admin:leads_audit", "leads.view_audit"),
            ],
        ),
        (
            _("People"),
            [
                _page(_("Teams"), "diversity_3", "team"),
                _page(_("Users"), "person", "user", app="auth"),
                _page(_("Groups"), "groups", "group", app="auth"),
                _page(_("API tokens"), "key", "authtoken", app="knox"),
            ],
        ),
    ]
    return [
        {"title": title, "separator": bool(title), "items": [_with_badge(item, request) for item in allowed]}
        for title, items in groups
        if (allowed := [item for item in items if item["permission"](request)])
    ]


def _with_badge(item: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    counts, user = item["counts"], request.user
    text = badge_text(counts, user) if counts and user.has_perm(COUNTED[counts].permission) else ""
    return item | {"badge": text, "badge_variant": _variant(counts, user)} if text else item


def _variant(counts: str, user: Any) -> str:
    """Work that waits is no alarm as long as none of it is late."""
    if counts == "to_answer":
        return "danger" if badge_text("late", user) else "info"
    return "info" if counts in ("unassigned", "tasks", "duplicates") else "danger"


def _page(title: str | Promise, icon: str, model: str, *, app: str = "leads", counts: str = "") -> dict[str, Any]:
    return _item(title, icon, f"admin:{app}_{model}_changelist", f"{app}.view_{model}", counts)


def _item(
    title: str | Promise,
    icon: str,
    view: str,
    permission: str = "",
    counts: str = "",
    *,
    query: dict[str, str] | None = None,
    shown: Callable[[Any], bool] = lambda user: True,
) -> dict[str, Any]:
    """``query`` tells apart items that lead to tabs of the same page."""
    link = reverse(view)
    return {
        "title": title,
        "icon": icon,
        "link": f"{link}?{urlencode(query)}" if query else link,
        "counts": counts,
        "permission": lambda request: (not permission or request.user.has_perm(permission)) and shown(request.user),
        "active": lambda request: _is_active(request, view, link, query),
    }


def _is_active(request: HttpRequest, view: str, link: str, query: dict[str, str] | None) -> bool:
    """By path alone, or tabs and filters would switch it off: a list stays lit on the pages of its objects."""
    if view == "admin:index":
        return request.path == link
    if view == "admin:leads_my_queue":
        is_unassigned = request.GET.get("tab") == Tab.UNASSIGNED
        return request.path == link and is_unassigned == bool(query)
    beside_the_list = [reverse(f"admin:{name}") for name in ("leads_my_queue", "leads_my_tasks", "leads_duplicates")]
    return request.path == link or (request.path.startswith(link) and request.path not in beside_the_list)
