"""Leads that may be one: found by the keys of their person, asked about once, and kept for the page of duplicates.

A key that very many leads have, such as the number of a switchboard or an address of a whole company, tells nobody
apart: it makes no pairs.
"""

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone

from leads.marketplace.address import email_key
from leads.models import Lead, LeadPair, OfferTitle
from leads.sales.visibility import seen_by
from leads.states import Likeness

MOST = 10
"""So many others may have the same key."""
PAGE = 50
MOST_LOOKED_AT = 5_000
"""Of the open pairs, the most certain: whoever sees few leads does not wait for all of them."""


class Found(NamedTuple):
    """``lead`` is shown; it is the one that is alike, or the one that this became part of."""

    lead: Lead
    likeness: Likeness

    @property
    def is_likely(self) -> bool:
        return self.likeness > Likeness.SAME_PERSON


class Alike(NamedTuple):
    """``crowded``: the columns whose key too many others have."""

    found: list[Found]
    crowded: list[str]


def likeness(one: Lead, other: Lead) -> Likeness | None:
    """Two interests of one person are two leads by design: that is the least of likenesses."""
    if one.email_key and one.email_key == other.email_key:
        if not _is_same_offer(one, other):
            return Likeness.SAME_PERSON
        is_exact = email_key(one.email) == email_key(other.email)
        return Likeness.SAME_EMAIL if is_exact else Likeness.SAME_MAILBOX
    if one.phone_key and one.phone_key == other.phone_key:
        return Likeness.SAME_PHONE
    return None


def _is_same_offer(one: Lead, other: Lead) -> bool:
    if one.offer_id or other.offer_id:
        return one.offer_id == other.offer_id
    return OfferTitle.key_of(one.offer_title) == OfferTitle.key_of(other.offer_title)


def alike_for(user: User, lead: Lead) -> Alike:
    """As far as this person sees them. At most five queries."""
    found, crowded = alike(lead)
    if not found:
        return Alike(found, crowded)
    seen = Lead.objects.filter(_seen_by(user), pk__in=[one.lead.pk for one in found])
    keys = set(seen.values_list("pk", flat=True))
    return Alike([one for one in found if one.lead.pk in keys], crowded)


def _seen_by(user: User, lead: str = "") -> Q:
    """That a name that is held back from them is like another would tell it."""
    seen = seen_by(user, lead)
    return seen if user.has_perm("leads.view_private_lead") else seen & Q(**{f"{lead}is_private": False})


def alike(lead: Lead) -> Alike:
    """Those that may be one with it, the most certain first."""
    if lead.is_test:
        return Alike([], [])
    members = _members(lead)
    others, crowded = [], []
    for column in ("email_key", "phone_key"):
        rows = _with_same(column, members)
        if len(rows) > MOST:
            crowded.append(column)
        else:
            others += rows
    return Alike(_best(members, others), crowded)


def _members(lead: Lead) -> list[Lead]:
    return [lead, *Lead.objects.filter(merged_into=lead)]


def _with_same(column: str, members: list[Lead]) -> list[Lead]:
    """Also those that are part of another by now. In no order: the first few are enough to know."""
    keys = {getattr(member, column) for member in members} - {""}
    if not keys:
        return []
    rows = Lead.objects.filter(**{f"{column}__in": keys}, is_test=False).exclude(**{column: ""})
    strangers = rows.exclude(pk__in=[member.pk for member in members]).order_by()
    return list(strangers.select_related("offer", "owner", "merged_into__offer", "merged_into__owner")[: MOST + 1])


def _best(members: list[Lead], others: list[Lead]) -> list[Found]:
    found: dict[UUID, Found] = {}
    denied = _denied(members) if others else set()
    for member, other in product(members, others):
        shown, like = other.merged_into or other, likeness(member, other)
        if like and shown.pk not in denied and (shown.pk not in found or like > found[shown.pk].likeness):
            found[shown.pk] = Found(shown, like)
    return sorted(found.values(), key=lambda one: (one.likeness, one.lead.last_touch_at), reverse=True)


def _denied(members: Iterable[Lead]) -> set[UUID]:
    """The leads of which somebody said that they are not one with any of these, and what these became part of."""
    ours = {member.pk for member in members}
    dismissed = LeadPair.objects.filter(Q(first__in=ours) | Q(second__in=ours), dismissed_at__isnull=False)
    ends = dismissed.values_list("first", "first__merged_into", "second", "second__merged_into")
    return {key for row in ends.order_by() for key in row if key} - ours


# --- not a duplicate ------------------------------------------------------------------------------------------------


def dismiss(user: User, one: Lead, other: Lead) -> bool:
    """They are not one, and nobody is asked again: not of what became part of them either. False when that was said
    already."""
    with transaction.atomic():
        pairs = [_pair(*ends) for ends in product(_members(one), _members(other))]
        LeadPair.objects.bulk_create(pairs, ignore_conflicts=True)
        said = _between(one, other).filter(dismissed_at=None).update(dismissed_at=timezone.now(), dismissed_by=user)
    return bool(said)


def suspect_again(one: Lead, other: Lead) -> bool:
    """Takes back what ``dismiss`` said last. False when there was nothing."""
    with transaction.atomic():
        said = _between(one, other).filter(dismissed_at__isnull=False)
        last = said.order_by("-dismissed_at").values("dismissed_at")[:1]
        taken_back, _by_model = said.filter(dismissed_at=Subquery(last)).delete()
        Lead.objects.filter(pk__in=[one.pk, other.pk]).update(to_compare=True)
    return bool(taken_back)


def _between(one: Lead, other: Lead) -> QuerySet[LeadPair]:
    ours, theirs = _members(one), _members(other)
    return LeadPair.objects.filter(Q(first__in=ours, second__in=theirs) | Q(first__in=theirs, second__in=ours))


def _pair(one: Lead, other: Lead, like: Likeness | None = None) -> LeadPair:
    first, second = sorted((one, other), key=lambda lead: lead.pk)
    return LeadPair(first=first, second=second, likeness=like or likeness(one, other) or Likeness.SAME_PERSON)


# --- the pairs that are kept ------------------------------------------------------------------------------------------


def open_pairs(user: User, *, likely: bool = True) -> QuerySet[LeadPair]:
    """Those of which the person sees both; the most certain first, and of these the newest. The others are interests of
    one person. One query for where to stop."""
    like = Q(likeness__gt=Likeness.SAME_PERSON) if likely else Q(likeness=Likeness.SAME_PERSON)
    asked = LeadPair.objects.filter(like, dismissed_at=None).order_by("-likeness", "-id")
    last = asked.only("likeness")[MOST_LOOKED_AT : MOST_LOOKED_AT + 1].first()
    if last:
        asked = asked.filter(Q(likeness__gt=last.likeness) | Q(likeness=last.likeness, id__gt=last.pk))
    both_shown = Q(first__merged_into=None, second__merged_into=None)
    return asked.filter(both_shown, _seen_by(user, "first__") & _seen_by(user, "second__"))


def compare_waiting(limit: int = PAGE) -> bool:
    """Look for leads that are like those that have just come or changed, and keep the pairs. Whether more may wait.

    A worker may be killed at any moment, and two at once do the same. No lead is locked while others are looked for:
    one that has changed meanwhile is compared again.
    """
    leads = list(Lead.objects.filter(to_compare=True).order_by("id")[:limit])
    if not leads:
        return False
    for lead in leads:
        _keep_pairs(lead)
    with transaction.atomic():
        held = Lead.objects.filter(id__in=[lead.pk for lead in leads]).select_for_update(of=("self",), skip_locked=True)
        versions = dict(held.values_list("id", "version"))
        same = [lead.pk for lead in leads if versions.get(lead.pk) == lead.version]
        Lead.objects.filter(id__in=same).update(to_compare=False)
    return len(leads) == limit


def _keep_pairs(lead: Lead) -> None:
    found = [] if lead.merged_into_id else alike(lead).found
    others = [one.lead.pk for one in found]
    still_open = LeadPair.objects.filter(Q(first=lead) | Q(second=lead), dismissed_at=None)
    still_open.exclude(first__in=others).exclude(second__in=others).delete()
    for one in found:
        pair = _pair(lead, *one)
        LeadPair.objects.bulk_create(
            [pair], update_conflicts=True, unique_fields=["first", "second"], update_fields=["likeness"]
        )
