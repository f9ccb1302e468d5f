"""Leads that go on to somebody else by the rules: their owner does not answer, is away, or left."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from leads.assignment.rules import Rule, rule_for, without
from leads.assignment.turns import Turns
from leads.history.edits import By, edit_leads
from leads.models import Edit, Lead
from leads.states import EditCause

type Had = Mapping[UUID, Collection[int]]
"""By lead, the people to whom it must not go."""


class HandedOn(NamedTuple):
    """The new owner of each lead for which there was somebody else; an edit for each rule, whose name it has as its
    parameter ``rule``."""

    owners: dict[UUID, int]
    edits: list[Edit]


def hand_on(by: By, lead_ids: Collection[UUID], had: Had | None = None, only: Q | None = None) -> HandedOn:
    """To whom the rules say, but not to the owner; where there is nobody else, a lead stays where it is, and so does
    one for which ``only`` no longer holds."""
    now = timezone.now()
    turns = Turns.load(now)
    with transaction.atomic():
        held = Lead.objects.select_for_update(of=("self",)).filter(only or Q(), id__in=lead_ids)
        leads = list(held.order_by("id"))
        rules = {lead.id: _rule_of(lead, turns, (had or {}).get(lead.id, ())) for lead in leads}
        turns.begin(rules.values())
        owners: dict[UUID, int] = {}
        wanted: dict[str, dict[UUID, dict[str, Any]]] = defaultdict(dict)
        for lead in leads:
            rule = rules[lead.id]
            person = turns.next_of(rule) if rule else None
            if rule and person is not None:
                owners[lead.id] = person
                wanted[rule.name][lead.id] = _values(rule, person, turns.team_of(rule, person), by, now)
        edits = [edit_leads(replace(by, params={"rule": name}), values) for name, values in wanted.items()]
        turns.store()
    return HandedOn(owners, [edit for edit in edits if edit])


def _rule_of(lead: Lead, turns: Turns, had: Collection[int]) -> Rule | None:
    owner = () if lead.owner_id is None else (lead.owner_id,)
    return rule_for(lead, without(turns.rules, {*had, *owner}))


def _values(rule: Rule, person: int, team: int | None, by: By, now: datetime) -> dict[str, Any]:
    code = EditCause.CLOCK.value if by.cause is EditCause.CLOCK else rule.sharing.value
    return {
        "owner_id": person,
        "team_id": team,
        "rule_id": rule.rule_id,
        "why_assigned": {"code": code, "rule": rule.name},
        "routed_at": now,
        "seen_at": None,
    }
