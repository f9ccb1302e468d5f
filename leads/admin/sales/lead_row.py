"""A lead at first glance, as the rows of the queue and of the list show it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import BooleanField, Prefetch, Q, QuerySet, Value
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads import words
from leads.admin import personal
from leads.admin.sales import respond_in
from leads.marketplace.local_time import local_time
from leads.models import Delivery, Lead, Task, Touch
from leads.service_level.clock import Level, load_levels

FOLDED = 3
"""So many touches does a row fold out to."""


class Row(NamedTuple):
    """``respond`` is the pill that says how soon to answer; ``step`` the next thing to do and when."""

    respond: SafeString
    step: SafeString | str
    wish: SafeString | str
    offer: str
    there: str
    score_reason: str
    dots: SafeString


def with_parts(request: HttpRequest, leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """With all that ``add_rows`` reads, in a fixed number of queries."""
    touches = with_deliveries(Touch.objects.order_by("-received_at", "-id"))[:FOLDED]
    tasks = Task.objects.filter(done_at=None).order_by("due_at", "id")[:1]
    rows = leads.select_related(None).select_related("offer", "owner").annotate(is_masked=_is_masked(request))
    return rows.prefetch_related(
        Prefetch("touches", touches, to_attr="newest_touches"), Prefetch("tasks", tasks, to_attr="next_tasks")
    )


def with_deliveries(touches: QuerySet[Touch]) -> QuerySet[Touch]:
    """And with what their rows say of each."""
    deliveries = Delivery.objects.select_related("destination__gate", "given_up__by").order_by("destination__name")
    return touches.prefetch_related(Prefetch("deliveries", deliveries))


def add_rows(leads: Iterable[Lead]) -> None:
    """Gives each its ``row``."""
    levels, now = load_levels(), timezone.now()
    for lead in leads:
        lead.row = _row(lead, levels, now)  # type: ignore[attr-defined]


def _row(lead: Lead, levels: list[Level], now: datetime) -> Row:
    return Row(
        respond_in.pill(lead, levels, now),
        next_step(lead, now),
        wish_pill(lead),
        offer_of(lead),
        time_there(lead, now),
        words.score_reason(lead.score_reasons[0]) if lead.score_reasons else "",
        delivery_dots(lead),
    )


def next_step(lead: Lead, now: datetime) -> SafeString | str:
    """The next task, or until when the lead sleeps."""
    if lead.snoozed_until and lead.snoozed_until > now:
        return format_html("{} {}", _("Sleeps until"), short_moment(lead.snoozed_until, now))
    tasks: list[Task] = lead.next_tasks  # type: ignore[attr-defined]
    if not tasks:
        return ""
    task, is_masked = tasks[0], lead.is_masked  # type: ignore[attr-defined]
    text = task.get_kind_display() if is_masked else str(task)
    tone = "lc-late" if task.due_at < now else "lc-faint"
    return format_html('{} <span class="{}">{}</span>', text, tone, short_moment(task.due_at, now))


def short_moment(moment: datetime, now: datetime | None = None) -> str:
    """As short as it is clear: today's by the time, this week's by the weekday, too."""
    now = now or timezone.now()
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    at, days = time_format(local.time(), "TIME_FORMAT"), (local.date() - today).days
    if days == 0:
        return _("today, %(time)s") % {"time": at}
    if days == 1:
        return _("tomorrow, %(time)s") % {"time": at}
    return f"{date_format(local, 'D')}, {at}" if 0 < days < 7 else date_format(local, "SHORT_DATE_FORMAT")


def time_there(lead: Lead, now: datetime) -> str:
    """Whether one may call; empty where the country is not known."""
    found = local_time(lead.country_code, now)
    if found is None:
        return ""
    at = time_format(found.time.time(), "TIME_FORMAT")
    return (_("about %(time)s there") if found.is_about else _("%(time)s there")) % {"time": at}


def wish_pill(lead: Lead) -> SafeString | str:
    if lead.is_test:
        return words.pill(_("Test lead"), "mute")
    if not lead.action:
        return "–"
    return words.pill(words.action_label(lead.action), "mute" if lead.is_dnc else "fresh")


def offer_of(lead: Lead) -> str:
    return str(lead.offer or lead.offer_title or "–")


def delivery_dots(lead: Lead) -> SafeString:
    """One for each destination, of the newest touch that goes there."""
    newest: dict[int, Delivery] = {}
    for touch in lead.newest_touches:  # type: ignore[attr-defined]
        for delivery in touch.deliveries.all():
            newest.setdefault(delivery.destination_id, delivery)
    return format_html_join(
        "",
        '<span class="lc-dot lc-{}" title="{}"><span class="lc-hidden">{}</span></span>',
        (
            (words.TONES["delivery"][delivery.state], text, text)
            for delivery in newest.values()
            for text in [f"{delivery.destination}: {delivery.get_state_display()}"]
        ),
    ) or SafeString("–")


def _is_masked(request: HttpRequest) -> Combinable:
    if personal.sees_held_back(request):
        return Value(False, output_field=BooleanField())
    return ExpressionWrapper(Q(is_private=True), output_field=BooleanField())
