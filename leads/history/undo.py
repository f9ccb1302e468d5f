"""Take back what somebody did to one lead or to many, as long as nobody has gone on from there."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from leads.history.edits import By, begin_edit, edit_page, from_stored
from leads.models import Change, Edit, Lead
from leads.states import EditCause

WITHIN = timedelta(minutes=10)


class TooLate(Exception):
    """It was too long ago, or was undone already."""


class Undone(NamedTuple):
    """How many leads are as they were, and how many somebody had changed again meanwhile: those stay."""

    leads: int
    left_alone: int


def undo(edit: Edit, actor: User) -> Undone:
    """Every lead as it was before, unless somebody changed one of the same fields since. Raises ``TooLate``."""
    with transaction.atomic():
        undoing = begin_undo(edit, actor)
        undone = undo_page(undoing, edit, leads_of(edit))
        if not undone.leads:
            undoing.delete()
    return undone


def leads_of(edit: Edit) -> list[UUID]:
    return list(edit.changes.order_by("lead_id").values_list("lead_id", flat=True).distinct())


def begin_undo(edit: Edit, actor: User) -> Edit:
    """For many leads, which ``undo_page`` takes some at a time. Raises ``TooLate``."""
    with transaction.atomic():
        edit = Edit.objects.select_for_update().get(pk=edit.pk)
        if edit.at < timezone.now() - WITHIN or Edit.objects.filter(undoes=edit).exists():
            raise TooLate
        return begin_edit(By(actor, EditCause.UNDO, undoes=edit))


def undo_page(undoing: Edit, edit: Edit, lead_ids: Collection[UUID]) -> Undone:
    """These leads as they were before ``edit``."""
    with transaction.atomic():
        changes: dict[UUID, list[Change]] = defaultdict(list)
        for change in edit.changes.filter(lead__in=lead_ids):
            changes[change.lead_id].append(change)
        leads = Lead.objects.shown().order_by("id").select_for_update(of=("self",)).in_bulk(list(changes))
        wanted = {
            lead_id: {change.field: from_stored(change.field, change.before) for change in made}
            for lead_id, made in changes.items()
            if _still_stands(leads.get(lead_id), made)
        }
        edit_page(undoing, wanted)
    return Undone(len(wanted), len(changes) - len(wanted))


def _still_stands(lead: Lead | None, changes: list[Change]) -> bool:
    """Whether the owner has looked at the lead meanwhile is no matter."""
    return lead is not None and all(
        getattr(lead, change.field) == from_stored(change.field, change.after)
        for change in changes
        if change.field != "seen_at"
    )
