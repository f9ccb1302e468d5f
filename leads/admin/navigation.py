"""The sidebar. Badges count what needs somebody; they are bounded and cached, because every page shows them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.models import Delivery, DestinationGate, InboundRequest, OfferTitle
from leads.states import DeliveryState, InboundState, PausedBy

CACHED_SECONDS = 15
MOST = 99


class Counted(NamedTuple):
    """What a badge counts, and the permission to do something about it: nobody else is shown the badge."""

    rows: Callable[[], Any]
    permission: str


COUNTED = {
    "failed": Counted(lambda: Delivery.objects.filter(state=DeliveryState.FAILED), "leads.retry_delivery"),
    "paused": Counted(
        lambda: DestinationGate.objects.filter(paused_by=PausedBy.MACHINE, destination__enabled=True),
        "leads.operate_destination",
    ),
    "rejected": Counted(lambda: InboundRequest.objects.filter(state=InboundState.REJECTED), "leads.process_again"),
    "unmapped": Counted(lambda: OfferTitle.objects.filter(offer=None), "leads.change_offertitle"),
}


def badge_text(name: str) -> str:
    """ "" for none, "99+" for many."""
    count = cache.get(f"badge-{name}")
    if count is None:
        count = COUNTED[name].rows()[: MOST + 1].count()
        cache.set(f"badge-{name}", count, CACHED_SECONDS)
    return "" if not count else f"{MOST}+" if count > MOST else str(count)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """As Unfold takes it: only what the person may see."""
    groups = [
        (
            "",
            [
                _item(_("Overview"), "space_dashboard", "admin:index"),
                _page(_("Leads"), "group", "lead"),
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
                _item(_("System"), "monitor_heart", "admin:leads_system", "leads.operate_destination"),
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
            _("People"),
            [
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
    counts = item["counts"]
    text = badge_text(counts) if counts and request.user.has_perm(COUNTED[counts].permission) else ""
    return item | {"badge": text, "badge_variant": "danger"} if text else item


def _page(title: str | Promise, icon: str, model: str, *, app: str = "leads", counts: str = "") -> dict[str, Any]:
    return _item(title, icon, f"admin:{app}_{model}_changelist", f"{app}.view_{model}", counts)


def _item(title: str | Promise, icon: str, view: str, permission: str = "", counts: str = "") -> dict[str, Any]:
    link = reverse(view)
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "counts": counts,
        "permission": lambda request: not permission or request.user.has_perm(permission),
        # By path alone: a list stays lit on the pages of its objects.
        "active": lambda request: request.path == link if view == "admin:index" else request.path.startswith(link),
    }
