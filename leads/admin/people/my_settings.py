"""My settings: language and time zone, what somebody wants to be told of and when, and what they were told."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from leads.admin.operations.notice import state_pill, what_it_tells
from leads.admin.people.my_settings_form import FOR_LEADERS, LABELS, MySettingsForm
from leads.admin.rules.calendar import week_in_words
from leads.models import Profile, SalesNotice, Team
from leads.models.notice import NoticeState
from leads.models.people import profile_of
from leads.notices import faults
from leads.notices.trying import try_chat, try_mail, why_no_mail
from leads.sales.proposing import OFFICE_DAY
from leads.sales.visibility import visible_leads
from leads.states import SalesKind

PAGE = 20


def my_settings_page(request: HttpRequest) -> HttpResponse:
    """Served at ``my-settings/``."""
    user = cast(User, request.user)
    profile, kinds = profile_of(user), kinds_of(user)
    form = MySettingsForm(request.POST or None, instance=profile, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        return _save(request, form)
    context = {
        **admin.site.each_context(request),
        "title": _("My settings"),
        "form": form,
        "now": timezone.now(),
        "hours": hours_of(profile),
        "calendar": profile.calendar,
        "why_no_mail": why_no_mail(user),
        "chats": chats_of(user),
        **_notices(request, user),
    }
    return TemplateResponse(request, "leads/my_settings.html", context)


def kinds_of(user: User) -> list[SalesKind]:
    """What can happen to them: some of it only to who looks after people."""
    if not user.has_perm("leads.change_lead"):
        return []
    leads_people = user.has_perm("leads.change_absence") or user.led_teams.exists()
    return [kind for kind in LABELS if leads_people or kind not in FOR_LEADERS]


def hours_of(profile: Profile) -> str:
    usual = [[f"{begins:%H:%M}", f"{ends:%H:%M}"] for begins, ends in OFFICE_DAY]
    return week_in_words(profile.calendar.hours if profile.calendar else [usual] * 5 + [[]] * 2)


def chats_of(user: User) -> list[Team]:
    """Those that they may try."""
    teams = Team.objects.exclude(encrypted_chat_url="")
    return list(teams if user.has_perm("leads.change_team") else teams.filter(leader=user))


def _save(request: HttpRequest, form: MySettingsForm) -> HttpResponse:
    """What waits is looked at anew: it may be wanted sooner, or not at all."""
    with transaction.atomic():
        profile = form.save()
        waiting = SalesNotice.objects.filter(user=profile.user_id, state=NoticeState.WAITING, tries=0)
        waiting.update(next_attempt_at=Now())
    with translation.override(profile.language or translation.get_language()):
        messages.success(request, _("Your settings are saved."))
    return HttpResponseRedirect(reverse("admin:leads_my_settings"))


# --- trying -----------------------------------------------------------------------------------------------------------


def try_view(request: HttpRequest) -> HttpResponse:
    """Served at ``my-settings/try/``. Sends one message to the person, or to the chat of ``team``."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user, key = cast(User, request.user), request.POST.get("team", "")
    if key:
        team = next((team for team in chats_of(user) if str(team.pk) == key), None)
        fault = try_chat(team) if team else _("There is no such chat any more.")
        done = _("The chat took it. Look there.")
    else:
        fault = try_mail(user)
        done = _("Sent to %(address)s. If it is not there in some minutes, look among the unwanted mail.")
    if fault:
        messages.warning(request, _("Nothing was sent. %(why)s") % {"why": fault})
    else:
        messages.success(request, done % {"address": user.email})
    return HttpResponseRedirect(reverse("admin:leads_my_settings"))


# --- what they were told ----------------------------------------------------------------------------------------------


def _notices(request: HttpRequest, user: User) -> dict[str, Any]:
    """A page of them, the newest first; ``before`` in the address is where it begins."""
    notices = SalesNotice.objects.filter(user=user).order_by("-id")
    if before := _key(request.GET.get("before", "")):
        notices = notices.filter(id__lt=before)
    rows = list(notices[: PAGE + 1])
    shown = rows[:PAGE]
    visible = visible_leads(user).in_bulk([row.lead_id for row in shown if row.lead_id])
    return {
        "notices": [
            {
                "what": what_it_tells(row),
                "lead": row.lead_id if row.lead_id in visible else None,
                "state": state_pill(row),
                "why": faults.in_words(row.fault) if row.fault else "",
                "row": row,
                "waits": row.state == NoticeState.WAITING,
            }
            for row in shown
        ],
        "older": shown[-1].pk if len(rows) > PAGE else None,
    }


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
