"""The list of leads that nobody attends to, and one press that gives them to somebody."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import NamedTuple, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads import words
from leads.admin import personal
from leads.admin.paging import BoundedPaginator
from leads.admin.sales import respond_in
from leads.admin.sales.undoing import say_with_undo
from leads.assignment.handing_on import hand_on
from leads.history.edits import By
from leads.models import Absence, Lead
from leads.sales.owning import give, may_own
from leads.sales.unattended import away, unattended
from leads.sales.visibility import seen_by
from leads.service_level.clock import Level, load_levels
from leads.states import EditCause

PER_PAGE = 25
MOST_AT_ONCE = 100
BY_RULES = "rules"


class Row(NamedTuple):
    lead: Lead
    name: str
    is_masked: bool
    whose: str
    why: list[SafeString]


def unattended_page(request: HttpRequest) -> HttpResponse:
    """Served at ``unattended/``. A POST gives the chosen leads to somebody, or to whom the rules say."""
    if not request.user.has_perm("leads.change_lead"):
        raise PermissionDenied
    if request.method == "POST":
        _reassign(request, _chosen(request), request.POST.get("to", ""))
        return HttpResponseRedirect(reverse("admin:leads_unattended"))
    now, gone = timezone.now(), away()
    leads = unattended(now, gone).filter(seen_by(request.user)).select_related("owner", "offer")
    page = BoundedPaginator(leads, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("Unattended leads"),
        "page": page,
        "rows": rows_of(request, page.object_list, now),
        "people": [(user.pk, words.person(user), user.pk in gone) for user in may_own()],
        "most": BoundedPaginator.MOST,
    }
    return TemplateResponse(request, "leads/unattended.html", context)


def rows_of(request: HttpRequest, leads: Iterable[Lead], now: datetime) -> list[Row]:
    levels, leads = load_levels(), list(leads)
    owners = {lead.owner_id for lead in leads if lead.owner_id}
    until = dict(Absence.objects.now().filter(user__in=owners).order_by("ends_at").values_list("user", "ends_at"))
    return [_row(request, lead, levels, until.get(cast(int, lead.owner_id)), now) for lead in leads]


def _row(request: HttpRequest, lead: Lead, levels: Sequence[Level], until: datetime | None, now: datetime) -> Row:
    may_see = personal.may_see(request, lead)
    name = str(lead) if may_see else str(words.HELD_BACK)
    whose = words.person(lead.owner) if lead.owner else "–"
    return Row(lead, name, not may_see, whose, _why(lead, levels, until, now))


def _why(lead: Lead, levels: Sequence[Level], until: datetime | None, now: datetime) -> list[SafeString]:
    pills = []
    if lead.owner is None:
        pills.append(words.pill(_("Nobody's"), "bad"))
    elif not lead.owner.is_active:
        pills.append(words.pill(_("Owner left"), "bad"))
    elif until:
        pills.append(words.pill(_("Owner is away"), "warn", _exact(until)))
    if lead.contacted_at is None and lead.answer_by and lead.answer_by < now:
        pills.append(respond_in.pill(lead, levels, now))
    if lead.snoozed_until and lead.snoozed_until > now:
        pills.append(words.pill(_("Asleep"), "mute", _exact(lead.snoozed_until)))
    return pills


def _exact(moment: datetime) -> str:
    return _("Until %(moment)s") % {"moment": date_format(timezone.localtime(moment), "DATETIME_FORMAT")}


def _chosen(request: HttpRequest) -> list[UUID]:
    """Open leads that this person sees, and whose owner is the one that the page said: nobody has taken them since.
    Whatever else is posted is on no page."""
    keys = []
    for text in request.POST.getlist("lead")[:MOST_AT_ONCE]:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    found = Lead.objects.to_work_on().filter(seen_by(request.user), id__in=keys)
    owners = dict(found.order_by("id").values_list("id", "owner"))
    return [key for key, owner in owners.items() if request.POST.get(f"owner-{key}", "") == str(owner or "")]


def _as_shown(request: HttpRequest, lead_ids: Iterable[UUID]) -> Q:
    """As a condition for the moment in which they are given: each still has the owner that the page said."""
    owners = ((key, request.POST.get(f"owner-{key}", "")) for key in lead_ids)
    conditions = (Q(pk=key, owner=int(owner)) if owner else Q(pk=key, owner=None) for key, owner in owners)
    return reduce(or_, conditions, Q(pk__in=[]))


def _reassign(request: HttpRequest, lead_ids: list[UUID], to: str) -> None:
    by = By(cast(User, request.user))
    if not lead_ids:
        say_with_undo(request, None, _("No lead was chosen, or somebody took or closed it meanwhile."))
    elif to == BY_RULES:
        _by_rules(request, lead_ids)
    elif person := may_own().filter(pk=int(to)).first() if to.isascii() and to.isdigit() and len(to) < 10 else None:
        edit = give(by, lead_ids, person, _as_shown(request, lead_ids))
        count = edit.changes.values("lead").distinct().count() if edit else 0
        text = ngettext("%(count)d lead given to %(name)s.", "%(count)d leads given to %(name)s.", count)
        if not edit:
            text = _("They were %(name)s's already.")
        say_with_undo(request, edit, text % {"count": count, "name": words.person(person)})
    else:
        say_with_undo(request, None, _("To whom? Choose one of the people who work on leads."))


def _by_rules(request: HttpRequest, lead_ids: list[UUID]) -> None:
    handed = hand_on(By(cast(User, request.user), EditCause.RULE), lead_ids, only=_as_shown(request, lead_ids))
    for edit in handed.edits:
        count = edit.changes.values("lead").distinct().count()
        text = ngettext(
            "%(count)d lead handed on by the rule “%(rule)s”.",
            "%(count)d leads handed on by the rule “%(rule)s”.",
            count,
        )
        say_with_undo(request, edit, text % {"count": count, "rule": edit.params["rule"]})
    if left := len(lead_ids) - len(handed.owners):
        text = ngettext(
            "%(count)d lead stays: the rules know nobody else who is there.",
            "%(count)d leads stay: the rules know nobody else who is there.",
            left,
        )
        say_with_undo(request, None, text % {"count": left})
