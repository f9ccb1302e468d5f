"""Change leads: each change with its history, in one transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from leads import telling
from leads.found_by import READ, WRITTEN, set_found_by
from leads.models import Change, Edit, Lead, Task
from leads.states import EditCause

PAGE = 500

type Values = Mapping[str, Any]
"""Fields of a lead by their names in the row (``owner_id``, not ``owner``)."""


@dataclass(frozen=True, slots=True)
class By:
    """Who or what changes something, and why. ``reason`` is a person's own words."""

    actor: User | None = None
    cause: EditCause = EditCause.PERSON
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    undoes: Edit | None = None


def edit_lead(by: By, lead_id: UUID, values: Values, only: Q | None = None) -> Edit | None:
    """As ``edit_leads`` for one."""
    return edit_leads(by, {lead_id: values}, only)


def edit_leads(by: By, wanted: Mapping[UUID, Values], only: Q | None = None) -> Edit | None:
    """Give these leads these values; ``None`` when nothing changed.

    Leads for which ``only`` does not hold are left alone: of two people who press at once, one wins.
    """
    with transaction.atomic():
        changes = _change(wanted, only)
        if not changes:
            return None
        edit = begin_edit(by)
        _store(edit, changes)
        return edit


def begin_edit(by: By) -> Edit:
    """For an edit whose leads are changed in several pages."""
    return Edit.objects.create(
        cause=by.cause, actor=by.actor, reason=by.reason, params={**by.params, **_way_of(by.actor)}, undoes=by.undoes
    )


def _way_of(actor: User | None) -> dict[str, str]:
    """By what they came where it was not the admin: who signs them in says so."""
    came_by = getattr(actor, "came_by", "")
    return {"via": came_by} if came_by else {}


def edit_page(edit: Edit, wanted: Mapping[UUID, Values], only: Q | None = None) -> int:
    """As ``edit_leads``, as a part of an edit that has begun. How many leads changed."""
    with transaction.atomic():
        changes = _change(wanted, only)
        _store(edit, changes)
    return len({change.lead_id for change in changes})


def _change(wanted: Mapping[UUID, Values], only: Q | None) -> list[Change]:
    """The changes, with their leads locked and changed, not yet stored. A lead that became part of another is left as
    it was, so that it comes back so when they are split; one whose person was erased tells nothing any more."""
    leads = Lead.objects.shown().select_for_update(of=("self",)).filter(only or Q(), id__in=wanted, erased_at=None)
    leads = leads.order_by("id")
    return [change for lead in leads for change in _changed(lead, wanted[lead.id])]


def _changed(lead: Lead, values: Values) -> list[Change]:
    """Sets the values; one change, not yet stored, for each that differs."""
    changes = []
    for name, value in values.items():
        before = getattr(lead, name)
        if before != value:
            setattr(lead, name, value)
            changes.append(Change(lead=lead, field=name, before=as_stored(before), after=as_stored(value)))
    if any(change.field in READ for change in changes):
        set_found_by(lead)
    return changes


def as_stored(value: Any) -> Any:
    """In history: JSON that Django writes keeps no microseconds, and undoing compares to the last one."""
    return value.isoformat() if isinstance(value, datetime) else value


def from_stored(name: str, stored: Any) -> Any:
    """As the row holds it."""
    return Lead._meta.get_field(name).to_python(stored)  # type: ignore[union-attr]


def _store(edit: Edit, changes: Sequence[Change]) -> None:
    leads = list({change.lead_id: change.lead for change in changes}.values())
    for change in changes:
        change.edit = edit
    for lead in leads:
        lead.version += 1
    Lead.objects.bulk_update(leads, _fields(changes), batch_size=PAGE)
    Change.objects.bulk_create(changes, batch_size=PAGE)
    _hand_on_tasks(changes)
    telling.changed(edit, changes)


def _hand_on_tasks(changes: Sequence[Change]) -> None:
    """The next steps of a lead go with it."""
    given: dict[int, list[UUID]] = defaultdict(list)
    for change in changes:
        if change.field == "owner_id" and change.after is not None:
            given[change.after].append(change.lead_id)
    for owner, lead_ids in given.items():
        Task.objects.filter(lead__in=lead_ids, done_at=None).update(assignee=owner)


def _fields(changes: Collection[Change]) -> set[str]:
    names = {Lead._meta.get_field(change.field).name for change in changes}
    return names | {"version"} | (set(WRITTEN) if names & set(READ) else set())


def note_changes(by: By, changes: Sequence[Change]) -> None:
    """The history of leads that somebody else stores in the same transaction."""
    if changes:
        edit = begin_edit(by)
        for change in changes:
            change.edit = edit
        Change.objects.bulk_create(changes)
        _hand_on_tasks(changes)
        telling.changed(edit, changes)
