"""What people correct of a lead: who the person is, how to reach them, what the offer is called.

What a person has set stays: touches that come later do not change it any more (``Lead.kept_fields``). Where two people
change the same, the later one is told and decides.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from leads.history.edits import By, edit_lead
from leads.models import Change, Edit, Lead, Touch

KEPT = "kept"
"""In the params of an edit: since when a person's words had been kept in each field, or ``None``."""
FACTS = ("first_name", "last_name", "company", "title", "email", "phone", "country_code", "offer_title")


class Clash(NamedTuple):
    """Somebody else gave this field another value meanwhile. ``change`` is ``None`` where a touch brought it."""

    field: str
    theirs: str
    change: Change | None


class ChangedMeanwhile(Exception):
    """By somebody else, to something else. Nothing was stored."""

    def __init__(self, clashes: list[Clash]) -> None:
        super().__init__([clash.field for clash in clashes])
        self.clashes = clashes


def facts_of(lead: Lead) -> dict[str, str]:
    return {name: getattr(lead, name) for name in FACTS}


def change_facts(user: User, lead_id: UUID, seen: Mapping[str, str], wanted: Mapping[str, str]) -> Edit | None:
    """Only what differs from what the person saw is meant. ``None`` when nothing changed.

    Raises ``ChangedMeanwhile``.
    """
    meant = {name: value for name, value in wanted.items() if value != seen[name]}
    with transaction.atomic():
        lead = Lead.objects.select_for_update(of=("self",)).get(pk=lead_id)
        other = [name for name, value in meant.items() if getattr(lead, name) not in (seen[name], value)]
        if other:
            raise ChangedMeanwhile(list(_clashes(lead, other)))
        return set_facts(user, lead_id, meant)


def set_facts(user: User, lead_id: UUID, values: Mapping[str, str]) -> Edit | None:
    """``None`` when nothing changed. The edit notes which of them a person had set before, for who takes it back."""
    with transaction.atomic():
        lead = Lead.objects.select_for_update(of=("self",)).get(pk=lead_id)
        names = _kept_with(values)
        before = {name: lead.kept_fields.get(name) for name in names}
        edit = edit_lead(By(user, params={KEPT: before}), lead_id, values)
        if edit:
            _keep(lead, dict.fromkeys(names, timezone.now().isoformat()))
    return edit


def _kept_with(names: Iterable[str]) -> list[str]:
    """The text of the country goes with its code."""
    return sorted({*names, *(["country"] if "country_code" in names else [])})


def _keep(lead: Lead, since: Mapping[str, str | None]) -> None:
    kept = {name: at for name, at in (lead.kept_fields | since).items() if at is not None}
    Lead.objects.filter(pk=lead.pk).update(kept_fields=kept)


def keep_as_before(edit: Edit) -> None:
    """Of an edit that was taken back: what nobody had set before, later touches may change again."""
    if KEPT in edit.params:
        _keep(Lead.objects.filter(changes__edit=edit).distinct().get(), edit.params[KEPT])


def _clashes(lead: Lead, names: list[str]) -> Iterable[Clash]:
    for name in names:
        theirs = getattr(lead, name)
        newest = Change.objects.filter(lead=lead, field=name).select_related("edit__actor").order_by("-id").first()
        yield Clash(name, theirs, newest if newest and newest.after == theirs else None)


def suggestions(lead: Lead, touch: Touch) -> dict[str, str]:
    """What the touch says otherwise than the person who set it before the touch came."""
    return {
        name: given
        for name in FACTS
        if name in lead.kept_fields
        and touch.received_at > datetime.fromisoformat(lead.kept_fields[name])
        and (given := getattr(touch, name))
        and given != getattr(lead, name)
    }


def take_from_touch(user: User, lead_id: UUID, touch: Touch, name: str) -> Edit | None:
    """The value of this field that the touch brought."""
    return set_facts(user, lead_id, {name: getattr(touch, name)})
