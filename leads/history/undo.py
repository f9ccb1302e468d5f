"""Take back what somebody did to one lead or to many, as long as nobody has gone on from there."""

from collections import defaultdict
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from leads.history.edits import By, edit_leads
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
        edit = Edit.objects.select_for_update().get(pk=edit.pk)
        if edit.at < timezone.now() - WITHIN or Edit.objects.filter(undoes=edit).exists():
            raise TooLate
        changes: dict[UUID, list[Change]] = defaultdict(list)
        for change in edit.changes.all():
            changes[change.lead_id].append(change)
        leads = Lead.objects.select_for_update(of=("self",)).in_bulk(list(changes))
        wanted = {
            lead_id: {change.field: _value(change.field, change.before) for change in made}
            for lead_id, made in changes.items()
            if _still_stands(leads.get(lead_id), made)
        }
        edit_leads(By(actor, EditCause.UNDO, undoes=edit), wanted)
    return Undone(len(wanted), len(changes) - len(wanted))


def _still_stands(lead: Lead | None, changes: list[Change]) -> bool:
    return lead is not None and all(
        getattr(lead, change.field) == _value(change.field, change.after) for change in changes
    )


def _value(name: str, stored: Any) -> Any:
    """As the row holds it."""
    return Lead._meta.get_field(name).to_python(stored)  # type: ignore[union-attr]
