"""Give leads whose round has just begun to somebody, start their clock, and score them.

Apart from intake, and after it: nothing that is wrong with a rule may keep a lead from being stored or forwarded.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from leads.assignment.loading import load_rules, open_leads_of
from leads.assignment.rules import Rule, person_of, rule_for
from leads.history.edits import By, note_changes
from leads.intake.vocabulary import load_catalogue
from leads.models import AssignmentRule, Change, Lead
from leads.scoring import Scoring, load_scoring
from leads.service_level import clock
from leads.states import EditCause, Sharing

PAGE = 100
WRITTEN = (
    "owner",
    "team",
    "rule",
    "why_assigned",
    "routed_at",
    "score",
    "score_reasons",
    "answer_by",
    "alarm_at",
    "alarms",
    "needs_assignment",
)


class Assigned(NamedTuple):
    """The leads whose round began, each with its owner as it is now, and whether more wait."""

    leads: list[Lead]
    may_be_more: bool


@dataclass
class Plan:
    """The rules as they were loaded, and whose turn it is as it goes on."""

    rules: Sequence[Rule]
    levels: Sequence[clock.Level]
    scoring: Scoring
    last_given_to: dict[int, int | None] = field(default_factory=dict)
    open_leads: Counter[int] = field(default_factory=Counter)


def assign_waiting(limit: int = PAGE) -> Assigned:
    """The oldest first. Looked for outside the transaction, which on SQLite keeps every writer waiting."""
    waiting = Lead.objects.filter(needs_assignment=True).order_by("id")
    ids = list(waiting.values_list("id", flat=True)[:limit])
    if not ids:
        return Assigned([], may_be_more=False)
    now = timezone.now()
    plan = Plan(load_rules(now), clock.load_levels(), load_scoring())
    with transaction.atomic():
        leads = list(waiting.filter(id__in=ids).select_for_update(of=("self",), skip_locked=True))
        _take_turns_alone(plan, leads)
        history = _assign(leads, plan, now)
        Lead.objects.bulk_update(leads, WRITTEN)
        for rule, changes in history.items():
            note_changes(By(cause=EditCause.RULE, params={"rule": rule}), changes)
        for rule_id, person in plan.last_given_to.items():
            AssignmentRule.objects.filter(pk=rule_id).update(last_given_to=person)
    return Assigned(leads, may_be_more=len(ids) == limit)


def _take_turns_alone(plan: Plan, leads: Sequence[Lead]) -> None:
    """Until the transaction ends nobody else decides whose turn it is at these rules."""
    used = {rule for lead in leads if (rule := rule_for(lead, plan.rules))}
    locked = AssignmentRule.objects.select_for_update().filter(pk__in=[rule.rule_id for rule in used]).order_by("pk")
    plan.last_given_to = dict(locked.values_list("pk", "last_given_to"))
    least_busy = {person for rule in used if rule.sharing is Sharing.LEAST_BUSY for person in rule.people}
    if least_busy:
        plan.open_leads.update(open_leads_of(least_busy))


def _assign(leads: Sequence[Lead], plan: Plan, now: datetime) -> dict[str, list[Change]]:
    """Sets the fields; the changes of owners by the names of the rules that made them."""
    history: dict[str, list[Change]] = defaultdict(list)
    catalogue = load_catalogue()
    reasons = plan.scoring.reasons_of(leads)

    def warmth_of(action: str) -> str:
        known = catalogue.action(action)
        return known.warmth if known else ""

    for lead in leads:
        lead.needs_assignment = False
        lead.score_reasons = reasons[lead.id]
        lead.score = sum(reason["points"] for reason in lead.score_reasons)
        level = clock.level_of(lead, plan.levels, warmth_of)
        clock.start(lead, level, lead.opened_at or now)
        if lead.owner_id is None and not lead.is_test and not lead.is_dnc:
            _give(lead, plan, now, history)
    return history


def _give(lead: Lead, plan: Plan, now: datetime, history: dict[str, list[Change]]) -> None:
    """Whoever had the lead keeps it when the person comes again."""
    rule = rule_for(lead, plan.rules)
    if rule is None:
        return
    person = person_of(rule, plan.last_given_to.get(rule.rule_id), plan.open_leads)
    lead.rule_id, lead.team_id = rule.rule_id, rule.team_id
    lead.why_assigned = {"code": rule.sharing.value, "rule": rule.name}
    if person is not None:
        lead.owner_id, lead.routed_at = person, now
        plan.last_given_to[rule.rule_id] = person
        plan.open_leads[person] += 1
        history[rule.name].append(Change(lead=lead, field="owner_id", before=None, after=person))
