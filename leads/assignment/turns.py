"""Whose turn it is, of two workers at once, too."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from leads.assignment.loading import load_rules, open_leads_of
from leads.assignment.rules import Rule, person_of
from leads.models import AssignmentRule
from leads.models.people import only_teams
from leads.states import Sharing


@dataclass
class Turns:
    """The rules as they were loaded, and whose turn it is as it goes on. Loaded before the transaction in which leads
    are given: ``begin`` and ``store`` are its first and its last step."""

    rules: Sequence[Rule]
    teams: Mapping[int, int] = field(default_factory=dict)
    last_given_to: dict[int, int | None] = field(default_factory=dict)
    open_leads: Counter[int] = field(default_factory=Counter)

    @classmethod
    def load(cls, now: datetime) -> Self:
        return cls(load_rules(now), only_teams())

    def begin(self, used: Iterable[Rule | None]) -> None:
        """Until the transaction ends nobody else decides whose turn it is at these rules."""
        rules = {rule for rule in used if rule}
        keys = [rule.rule_id for rule in rules]
        locked = AssignmentRule.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
        self.last_given_to.update(locked.values_list("pk", "last_given_to"))
        least_busy = {person for rule in rules if rule.sharing is Sharing.LEAST_BUSY for person in rule.people}
        if least_busy:
            self.open_leads.update(open_leads_of(least_busy))

    def next_of(self, rule: Rule) -> int | None:
        """Who gets a lead by this rule now; ``None`` for whoever takes it."""
        person = person_of(rule, self.last_given_to.get(rule.rule_id), self.open_leads)
        if person is not None:
            self.last_given_to[rule.rule_id] = person
            self.open_leads[person] += 1
        return person

    def team_of(self, rule: Rule, person: int | None) -> int | None:
        """That of the rule, or of whoever gets the lead, where that is clear."""
        return rule.team_id or (None if person is None else self.teams.get(person))

    def store(self) -> None:
        for rule_id, person in self.last_given_to.items():
            AssignmentRule.objects.filter(pk=rule_id).update(last_given_to=person)
