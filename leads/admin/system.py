"""The system page: whether the parts of the installation live, and what waits for what."""

from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads import words
from leads.models import Delivery, Heartbeat
from leads.states import DeliveryState, Verdict
from leads.watching import doctor

TONES = {Verdict.GOOD: "good", Verdict.WARNING: "warn", Verdict.BAD: "bad"}


class Queue(NamedTuple):
    """What waits for one reason."""

    why: str
    leads: int
    oldest: Any


def system_page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("leads.operate_destination"):
        raise PermissionDenied
    found = doctor.findings()
    context = {
        **admin.site.each_context(request),
        "title": _("System"),
        "findings": [(one, verdict_pill(one.verdict)) for one in found],
        "queues": queues(),
        "heartbeats": Heartbeat.objects.order_by("name"),
    }
    return TemplateResponse(request, "leads/system.html", context)


def verdict_pill(verdict: Verdict) -> SafeString:
    return words.pill(verdict.label, TONES[verdict])


def queues() -> list[Queue]:
    """What is queued, by what it waits for. Reads the index of what waits."""
    gate = "destination__gate"
    reasons = {
        _("its destination is disabled"): Q(destination__enabled=False),
        _("its destination is paused"): Q(**{f"{gate}__paused_at__isnull": False}),
        _("its destination does not answer"): Q(**{f"{gate}__broken_at__isnull": False}),
        _("its destination asked us to slow down"): Q(**{f"{gate}__held_until__gt": Now()}),
        _("its next try"): Q(next_attempt_at__gt=Now()),
        _("a free worker, or its turn"): Q(),
    }
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED)
    found, before = [], Q(pk__isnull=True)
    for why, condition in reasons.items():
        row = waiting.filter(condition).exclude(before).aggregate(leads=Count("id"), oldest=Min("created_at"))
        before |= condition
        if row["leads"]:
            found.append(Queue(why, row["leads"], row["oldest"]))
    return found
