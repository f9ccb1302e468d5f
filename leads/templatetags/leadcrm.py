"""What our templates share: pills, buttons that act, times, words."""

from datetime import datetime
from typing import Any

from django import template
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.template.context import RequestContext
from django.template.defaultfilters import date as format_date
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import TIME_STRINGS
from django.utils.translation import gettext as _

from integrations.diagnosis import Diagnosis, diagnose
from integrations.notes import sentence
from leads import person_names, words
from leads.marketplace.phone import phone_e164

register = template.Library()

register.filter("action_label", words.action_label)
register.filter("source_label", words.source_label)
register.filter("reason", words.reason_text)
register.filter("reason_remedy", words.reason_remedy)
register.filter("pretty", words.pretty)
register.filter("standstill", words.standstill)
register.filter("person", words.person)
register.filter("why_assigned", words.why_assigned)
register.filter("field_label", words.field_label)


@register.simple_tag
def state_pill(kind: str, value: str, label: object) -> SafeString:
    return words.state_pill(kind, value, label)


@register.simple_tag
def pill(text: object, tone: str, hint: str = "") -> SafeString:
    return words.pill(text, tone, hint)


@register.simple_tag
def country_name(code: str, given: str = "") -> str:
    return words.country_name(code, given)


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """How long ago (or in how long), with the exact local time as hint."""
    if moment is None:
        return "–"
    seconds = (timezone.now() - moment).total_seconds()
    if abs(seconds) < 60:
        text = _("just now")
    else:
        text = (_("%(time)s ago") if seconds > 0 else _("in %(time)s")) % {"time": in_one_unit(abs(seconds))}
    return _timed(moment, text)


@register.filter
def coming(moment: datetime | None) -> SafeString | str:
    """In how long something happens that waits for this moment and for nothing else."""
    if moment is None:
        return "–"
    seconds = (moment - timezone.now()).total_seconds()
    if seconds >= 60:
        return ago(moment)
    return _timed(moment, _("in a moment") if seconds > 0 else _("any moment"))


HOUR, DAY, MONTH, YEAR = 3600, 86_400, 2_629_800, 31_557_600  # seconds; the last two as they are on average


def in_one_unit(seconds: float) -> str:
    """To the nearest whole one, in Django's words. Not in weeks: two of them would hide what 10 and 18 days are."""
    if (minutes := round(seconds / 60)) < 60:
        return str(TIME_STRINGS["minute"] % {"num": minutes})
    if (hours := round(seconds / HOUR)) < 24:
        return str(TIME_STRINGS["hour"] % {"num": hours})
    if (days := round(seconds / DAY)) < 30:
        return str(TIME_STRINGS["day"] % {"num": days})
    if (months := round(seconds / MONTH)) < 12:
        return str(TIME_STRINGS["month"] % {"num": months})
    return str(TIME_STRINGS["year"] % {"num": round(seconds / YEAR)})


def _timed(moment: datetime, text: str) -> SafeString:
    exact = format_date(timezone.localtime(moment), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text)


@register.filter
def initials(lead: Any) -> str:
    return person_names.initials(lead.first_name, lead.last_name) or str(lead)[:1].upper()


@register.filter
def call_address(lead: Any) -> str:
    """What a press on the phone number opens; "" for what nobody can dial."""
    number = phone_e164(lead.phone, lead.country_code)
    return f"tel:{number}" if number else ""


@register.filter
def diagnosis(cause: str, params: dict[str, str] | None = None) -> Diagnosis:
    """People's words for a cause, whichever side it came from, with the names it speaks of."""
    return diagnose(cause, params)


@register.filter
def note(stored: dict[str, Any]) -> str:
    """What is worth knowing about how a lead was sent, in words."""
    return sentence(stored["code"], stored["params"])


@register.filter
def web_address(url: str) -> str:
    """The address if a click on it can only open a page; what the other side calls a link may be anything."""
    return url if url.startswith(("https://", "http://")) else ""


@register.inclusion_tag("leads/act.html", takes_context=True)
def act(context: RequestContext, target: Any, action: str, label: str, **options: Any) -> dict[str, Any]:
    """A button that posts ``action`` for ``target``. Options: icon, confirm (a question), look, and fields to send."""
    meta = target._meta
    return {
        "csrf_token": context.get("csrf_token"),
        "url": reverse(f"admin:{meta.app_label}_{meta.model_name}_do", args=[quote(target.pk), action]),
        "label": label,
        "icon": options.pop("icon", ""),
        "confirm": options.pop("confirm", ""),
        "look": options.pop("look", ""),
        "next": options.pop("next", ""),
        "fields": options,
    }


@register.simple_tag(takes_context=True)
def framed(context: RequestContext, template_name: str, **words: Any) -> SafeString:
    """The template with what the theme's frame needs, for pages that Django or a package shows outside the admin."""
    return SafeString(
        render_to_string(template_name, admin.site.each_context(context["request"]) | words, context["request"])
    )
