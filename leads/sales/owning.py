"""Whose lead it is: take, give, give back."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from leads.history.edits import By, edit_lead, edit_leads
from leads.models import Edit


def take(user: User, lead_id: UUID) -> Edit | None:
    """A lead that is nobody's becomes theirs; ``None`` when somebody else was quicker."""
    return edit_lead(By(user), lead_id, owned_by(user, by_hand=True), only=Q(owner=None))


def give(by: By, lead_ids: Iterable[UUID], to: User | None) -> Edit | None:
    """To somebody else, or back to nobody. ``None`` when all of them were theirs already."""
    only = ~Q(owner=to) if to else Q(owner__isnull=False)
    return edit_leads(by, dict.fromkeys(lead_ids, owned_by(to, by_hand=True)), only=only)


def owned_by(user: User | None, *, by_hand: bool = False) -> dict[str, Any]:
    """What changes of a lead that becomes this person's: they have not seen it yet."""
    values: dict[str, Any] = {"owner_id": user.pk if user else None, "seen_at": None}
    if user:
        values["routed_at"] = timezone.now()
    if by_hand:
        values["why_assigned"] = {"code": "by_hand"}
    return values
