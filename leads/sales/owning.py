"""Whose lead it is: take, give, give back."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.history.edits import By, edit_lead, edit_leads
from leads.models import Edit, Lead
from leads.models.people import only_teams
from leads.roles import OWNER, SALES, SALES_LEAD


def take(user: User, lead_id: UUID) -> Edit | None:
    """A lead that is nobody's becomes theirs; ``None`` when somebody else was quicker."""
    return edit_lead(By(user), lead_id, owned_by(user, by_hand=True), only=Q(owner=None))


def give(by: By, lead_ids: Iterable[UUID], to: User | None, only: Q | None = None) -> Edit | None:
    """To somebody else, or back to nobody; of these leads those for which ``only`` still holds. ``None`` when all of
    them were theirs already."""
    differs = ~Q(owner=to) if to else Q(owner__isnull=False)
    return edit_leads(by, dict.fromkeys(lead_ids, owned_by(to, by_hand=True)), only=differs & (only or Q()))


def may_own() -> QuerySet[User]:
    """Those who can be given leads, by name."""
    works_on_leads = Q(groups__name__in=[SALES, SALES_LEAD, OWNER]) | Q(is_superuser=True)
    people = User.objects.filter(works_on_leads, is_active=True).distinct()
    return people.order_by("first_name", "last_name", "username")


def note_seen(user: User, lead_id: UUID) -> bool:
    """The owner has opened the lead. A moment of the clock, nothing that anybody would take back."""
    unseen = Lead.objects.filter(pk=lead_id, owner=user, seen_at=None)
    return bool(unseen.update(seen_at=timezone.now()))


def owned_by(user: User | None, *, by_hand: bool = False) -> dict[str, Any]:
    """What changes of a lead that becomes this person's: they have not seen it yet. It is their team's, too, where that
    is clear."""
    values: dict[str, Any] = {"owner_id": user.pk if user else None, "seen_at": None}
    if user:
        values["routed_at"] = timezone.now()
        if team := only_teams(user.pk).get(user.pk):
            values["team_id"] = team
    if by_hand:
        values["why_assigned"] = {"code": "by_hand"}
    return values
