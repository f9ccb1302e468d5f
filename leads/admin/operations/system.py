"""The system page: whether the parts of the installation live, and what waits for what."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, pgettext

from leads import words
from leads.models import DestinationGate, Heartbeat
from leads.states import Verdict
from leads.watching import doctor
from leads.watching.backlog import MOST, counted, oldest, queued, shown
from leads.watching.metrics.destinations import LATER, READY, Gate, gate_of

TONES = {Verdict.GOOD: "good", Verdict.WARNING: "warn", Verdict.BAD: "bad"}


class Queue(NamedTuple):
    """What waits for one reason: how many, in words, and since when the oldest does."""

    why: str | Promise
    leads: str
    oldest: datetime


def system_page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("leads.operate_destination"):
        raise PermissionDenied
    found = doctor.findings()
    context = {
        **admin.site.each_context(request),
        "title": pgettext("page", "System"),
        "findings": [(one, verdict_pill(one.verdict)) for one in found],
        "queues": queues(),
        "heartbeats": Heartbeat.objects.order_by("name"),
    }
    return TemplateResponse(request, "leads/system.html", context)


def verdict_pill(verdict: Verdict, text: object = "") -> SafeString:
    """With words of its own, or with ``text``."""
    return words.pill(text or verdict.label, TONES[verdict])


REASONS = {
    Gate.DISABLED: gettext_lazy("its destination is disabled"),
    Gate.PAUSED: gettext_lazy("its destination is paused"),
    Gate.BROKEN: gettext_lazy("its destination does not answer"),
    Gate.HELD: gettext_lazy("its destination asked us to slow down"),
    LATER: gettext_lazy("its next try"),
    READY: gettext_lazy("a free worker, or its turn"),
}


def queues() -> list[Queue]:
    """What is queued, by what it waits for. Of each destination no more than ``backlog.MOST`` are counted."""
    found: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    for gate in _gates():
        state = gate_of(gate)
        for reason, number, oldest_at in ((LATER, gate.later, gate.later_at), (READY, gate.ready, gate.ready_at)):
            if number:
                found[reason if state is Gate.OPEN else state].append((number, oldest_at))
    return [_queue(why, found[reason]) for reason, why in REASONS.items() if reason in found]


def _gates() -> Iterable[Any]:
    later, ready = queued(next_attempt_at__gt=Now()), queued(next_attempt_at__lte=Now())
    return DestinationGate.objects.select_related("destination").annotate(
        now=Now(), later=counted(later), later_at=oldest(later), ready=counted(ready), ready_at=oldest(ready)
    )


def _queue(why: str | Promise, parts: Sequence[tuple[int, datetime]]) -> Queue:
    numbers, moments = zip(*parts, strict=True)
    together = sum(numbers)
    return Queue(why, shown(together, together if max(numbers) >= MOST else together + 1), min(moments))
