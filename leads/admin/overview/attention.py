"""What needs the attention of who owns the installation, each with the way to where it is put right.

Of each kind no more than a few are looked for, and what was found holds for a moment, as badges do.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from leads import words
from leads.models import Absence, AssignmentRule, Destination, Lead, OfferTitle, PrivacyRequest, Trouble
from leads.models.privacy import RequestState
from leads.models.trouble import TroubleKind
from leads.notices.credentials import ending, label_of
from leads.notices.wording import when_it_ends
from leads.watching.backlog import shown

CACHED_SECONDS = 30
MOST = 20
LONG_AGO = timedelta(days=30)


class Need(NamedTuple):
    """``permission`` is what it takes to put it right."""

    text: str
    remedy: str
    address: str
    permission: str


def needs_attention(user: Any) -> list[Need]:
    """Of what this person can put right."""
    key = f"needs-attention-{get_language()}"
    found = cache.get(key)
    if found is None:
        found = [
            *_unmapped(),
            *_idle_rules(),
            *_silent_endpoints(),
            *_paused_destinations(),
            *_owners_who_left(),
            *_owners_who_are_away(),
            *_ending_credentials(),
            *_privacy_requests(),
        ]
        cache.set(key, found, CACHED_SECONDS)
    return [need for need in found if user.has_perm(need.permission)]


def _unmapped() -> Iterator[Need]:
    if count := OfferTitle.objects.filter(offer=None).order_by()[:MOST].count():
        text = ngettext("%(count)s offer title means no offer yet.", "%(count)s offer titles mean no offer yet.", count)
        yield Need(
            text % {"count": shown(count, MOST)},
            _("Choose the offer beside each title, then save."),
            reverse("admin:leads_offertitle_changelist"),
            "leads.change_offertitle",
        )


def _idle_rules() -> Iterator[Need]:
    """As long as any lead came at all."""
    since = timezone.now() - LONG_AGO
    if not Lead.objects.filter(first_touch_at__gte=since).order_by("first_touch_at").exists():
        return
    came = Lead.objects.filter(rule=OuterRef("pk"), opened_at__gte=since)
    for rule in AssignmentRule.objects.filter(~Exists(came), enabled=True, is_catch_all=False)[:MOST]:
        yield Need(
            _("The assignment rule “%(name)s” fitted no lead in 30 days.") % {"name": rule},
            _("Try it on last month's leads: a rule before it may take them all."),
            reverse("admin:leads_assignmentrule_change", args=[rule.pk]),
            "leads.change_assignmentrule",
        )


def _silent_endpoints() -> Iterator[Need]:
    for trouble in Trouble.objects.filter(kind=TroubleKind.SILENT, ended_at=None).select_related("endpoint")[:MOST]:
        yield Need(
            _("The endpoint “%(name)s” is silent for longer than it ever was.") % {"name": trouble.endpoint},
            _("Press “Validate” in Partner Center, and see whether the test lead arrives."),
            reverse("admin:leads_endpoint_change", args=[trouble.endpoint_id]),
            "leads.change_endpoint",
        )


def _paused_destinations() -> Iterator[Need]:
    for destination in Destination.objects.filter(enabled=True, gate__paused_at__isnull=False)[:MOST]:
        yield Need(
            _("The destination “%(name)s” is paused.") % {"name": destination},
            _("Its page says why, and lets it go on."),
            reverse("admin:leads_destination_change", args=[destination.pk]),
            "leads.operate_destination",
        )


def _owners_who_left() -> Iterator[Need]:
    for person in User.objects.filter(_has_open_leads(), is_active=False).order_by("pk")[:MOST]:
        yield Need(
            _("%(name)s can no longer sign in and still has open leads.") % {"name": words.person(person)},
            _("Hand them over to somebody."),
            reverse("admin:leads_hand_over", args=[person.pk]),
            "auth.change_user",
        )


def _owners_who_are_away() -> Iterator[Need]:
    is_away = Exists(Absence.objects.now().filter(user=OuterRef("pk")))
    for person in User.objects.filter(is_away, _has_open_leads(contacted_at=None), is_active=True).order_by("pk")[
        :MOST
    ]:
        yield Need(
            _("%(name)s is away, and people wait for an answer of theirs.") % {"name": words.person(person)},
            _("Re-assign what cannot wait."),
            reverse("admin:leads_unattended"),
            "leads.change_lead",
        )


def _has_open_leads(**conditions: Any) -> Exists:
    return Exists(Lead.objects.to_work_on().filter(owner=OuterRef("pk"), **conditions).order_by())


def _ending_credentials() -> Iterator[Need]:
    today = timezone.localdate()
    for credential in ending(today)[:MOST]:
        destination = credential.destination
        names = {"name": destination, "what": label_of(destination.kind, credential.name)}
        names["when"] = when_it_ends(credential.ends_on, today)
        yield Need(
            _("%(what)s of “%(name)s”: %(when)s.") % names,
            _("Renew it before leads wait for it."),
            reverse("admin:leads_destination_credentials", args=[destination.pk]),
            "leads.renew_credential",
        )


def _privacy_requests() -> Iterator[Need]:
    for asked in PrivacyRequest.objects.filter(state=RequestState.OPEN).order_by("due_on", "id")[:MOST]:
        names = {"request": asked, "day": date_format(asked.due_on, "SHORT_DATE_FORMAT")}
        yield Need(
            (_("%(request)s was due on %(day)s.") if asked.is_late else _("%(request)s is due on %(day)s.")) % names,
            _("Answer it: hand out what is kept, or erase it."),
            reverse("admin:leads_privacyrequest_change", args=[asked.pk]),
            "leads.handle_personal_data",
        )
