"""Give leads whose round has just begun to somebody, start their clock, and score them.

Apart from intake, and after it: nothing that is wrong with a rule may keep a lead from being stored or forwarded.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from leads import telling
from leads.assignment.levels import Levels
from leads.assignment.rules import Rule, rule_for
from leads.assignment.turns import Turns
from leads.history.edits import By, note_changes
from leads.models import Change, Lead
from leads.scoring import load_scoring, set_score
from leads.service_level import clock
from leads.states import EditCause

PAGE = 100
WRITTEN = (
    "owner",
    "team",
    "rule",
    "why_assigned",
    "opened_at",
    "routed_at",
    "seen_at",
    "score",
    "score_reasons",
    "answer_by",
    "alarm_at",
    "alarms",
    "needs_assignment",
    "version",
)


class Assigned(NamedTuple):
    """The leads whose round began, each with its owner as it is now, and whether more wait."""

    leads: list[Lead]
    may_be_more: bool


def assign_waiting(limit: int = PAGE) -> Assigned:
    """The oldest first. Looked for outside the transaction, which on SQLite keeps every writer waiting."""
    waiting = Lead.objects.shown().filter(needs_assignment=True).order_by("id")
    ids = list(waiting.values_list("id", flat=True)[:limit])
    if not ids:
        return Assigned([], may_be_more=False)
    now = timezone.now()
    turns, levels, scoring = Turns.load(now), Levels.load(), load_scoring()
    with transaction.atomic():
        leads = list(waiting.filter(id__in=ids).select_for_update(of=("self",), skip_locked=True))
        set_score(leads, scoring)
        for lead in leads:
            _begin_round(lead, levels)
        _give_to_somebody(leads, turns, now)
        Lead.objects.bulk_update(leads, WRITTEN)
    return Assigned(leads, may_be_more=len(ids) == limit)


def _begin_round(lead: Lead, levels: Levels) -> None:
    """Of a lead that waited here because it came again, the clock goes on. One that came in a file long after the
    person asked has no round to begin: it gets an owner and a score."""
    lead.needs_assignment = False
    if lead.answer_by is None and lead.opened_at is not None:
        clock.start(lead, levels.of(lead), lead.opened_at)


def _give_to_somebody(leads: Sequence[Lead], turns: Turns, now: datetime) -> None:
    """Whoever had a lead keeps it when the person comes again, unless they left."""
    left = _left(leads)
    free = [lead for lead in leads if not lead.is_test and not lead.is_dnc and _is_free(lead, left)]
    rules = {lead.id: rule_for(lead, turns.rules) for lead in free}
    turns.begin(rules.values())
    history: dict[str, list[Change]] = defaultdict(list)
    for lead in free:
        if rule := rules[lead.id]:
            history[rule.name] += _give(lead, rule, turns, now)
    for name, changes in history.items():
        note_changes(By(cause=EditCause.RULE, params={"rule": name}), changes)
    turns.store()
    telling.came(free, {lead.id: rule.also_told for lead in free if (rule := rules[lead.id])})
    telling.came_again(lead for lead in leads if lead.id not in rules)


def _give(lead: Lead, rule: Rule, turns: Turns, now: datetime) -> list[Change]:
    person, before = turns.next_of(rule), lead.owner_id
    lead.rule_id, lead.team_id, lead.owner_id = rule.rule_id, turns.team_of(rule, person), person
    lead.why_assigned = {"code": rule.sharing.value, "rule": rule.name}
    if person is not None:
        lead.routed_at, lead.seen_at = now, None
    if person == before:
        return []
    lead.version += 1
    return [Change(lead=lead, field="owner_id", before=before, after=person)]


def _is_free(lead: Lead, left: Collection[int]) -> bool:
    return lead.owner_id is None or lead.owner_id in left


def _left(leads: Sequence[Lead]) -> set[int]:
    """Those of their owners who can no longer sign in."""
    owners = {lead.owner_id for lead in leads if lead.owner_id is not None}
    if not owners:
        return set()
    return set(User.objects.filter(pk__in=owners, is_active=False).values_list("pk", flat=True))
