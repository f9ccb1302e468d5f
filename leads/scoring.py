"""How promising a lead is: points, each with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leads.models import Lead, ScoreRule, Touch

MOST = 1000
"""No score is beyond it, however many rules hold."""

BY_HAND = "by_hand"
"""The trait of a lead whose score somebody set. It stays, whatever the rules say."""


_TRAIT = ScoreRule.Trait
USUAL = (
    (_TRAIT.ACTION, "PLT", 20),
    (_TRAIT.ACTION, "Create", 20),
    (_TRAIT.ACTION, "INS", 15),
    (_TRAIT.ACTION, "StartTestDrive", 15),
    (_TRAIT.BUSINESS_MAIL, "", 15),
    (_TRAIT.NOTE, "", 15),
    (_TRAIT.COME_BACK, "", 15),
    (_TRAIT.PHONE, "", 5),
)
"""To begin with. Microsoft's pages disagree on how warm an action is: contacting and buying weigh alike here."""


def add_usual_rules() -> bool:
    """False where there are rules already: they are somebody's choice."""
    if ScoreRule.objects.exists():
        return False
    ScoreRule.objects.bulk_create(ScoreRule(trait=trait, value=value, points=points) for trait, value, points in USUAL)
    return True


@dataclass(frozen=True)
class Scoring:
    """The enabled rules."""

    rules: Sequence[ScoreRule]

    def reasons_of(self, leads: Sequence[Lead]) -> dict[UUID, list[dict[str, Any]]]:
        """For each lead the rules that hold: ``{"trait", "value", "points"}``, those with the most points first."""
        noted = self._with_note(leads)
        return {
            lead.id: [
                {"trait": rule.trait, "value": str(rule.offer or rule.value), "points": rule.points}
                for rule in self.rules
                if holds(rule, lead, has_note=lead.id in noted)
            ]
            for lead in leads
        }

    def _with_note(self, leads: Sequence[Lead]) -> set[UUID]:
        if not any(rule.trait == ScoreRule.Trait.NOTE for rule in self.rules):
            return set()
        noted = Touch.objects.filter(lead__in=[lead.id for lead in leads]).exclude(note="")
        return set(noted.values_list("lead_id", flat=True))


def set_score(leads: Sequence[Lead], scoring: Scoring) -> None:
    """Nothing is stored."""
    left_to_rules = [lead for lead in leads if not is_scored_by_hand(lead)]
    reasons = scoring.reasons_of(left_to_rules)
    for lead in left_to_rules:
        lead.score_reasons = reasons[lead.id]
        points = sum(reason["points"] for reason in lead.score_reasons)
        lead.score = max(-MOST, min(points, MOST))


def is_scored_by_hand(lead: Lead) -> bool:
    return any(reason["trait"] == BY_HAND for reason in lead.score_reasons)


def load_scoring() -> Scoring:
    """One query."""
    return Scoring(list(ScoreRule.objects.filter(enabled=True).select_related("offer")))


def holds(rule: ScoreRule, lead: Lead, *, has_note: bool) -> bool:
    """Whether the rule's trait is true of the lead."""
    trait, value = ScoreRule.Trait, rule.value.casefold()
    match rule.trait:
        case trait.ACTION:
            return lead.action.casefold() == value
        case trait.OFFER:
            return rule.offer_id is not None and lead.offer_id == rule.offer_id
        case trait.COUNTRY:
            return lead.country_code.casefold() == value
        case trait.TITLE:
            return bool(value) and value in lead.title.casefold()
        case trait.BUSINESS_MAIL:
            return bool(lead.mail_domain)
        case trait.PHONE:
            return bool(lead.phone)
        case trait.NOTE:
            return has_note
        case trait.COME_BACK:
            return lead.touch_count > 1
    return False
