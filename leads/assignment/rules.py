"""Which rule fits a lead, and to whom of its people it goes. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from leads.models import Lead
from leads.states import Sharing


@dataclass(frozen=True)
class Rule:
    """An assignment rule, ready to be asked. ``people`` are the ids of those who may be given leads now, by id; empty
    conditions fit everything. ``rule_id`` is 0 for one that is only tried out."""

    rule_id: int
    name: str
    offer_ids: frozenset[int]
    countries: frozenset[str]
    sources: frozenset[str]
    actions: frozenset[str]
    team_id: int | None
    people: tuple[int, ...]
    sharing: Sharing
    also_told: tuple[str, ...] = ()

    def fits(self, lead: Lead) -> bool:
        return (
            (not self.offer_ids or lead.offer_id in self.offer_ids)
            and (not self.countries or lead.country_code.upper() in self.countries)
            and (not self.sources or lead.source.casefold() in self.sources)
            and (not self.actions or lead.action.casefold() in self.actions)
        )

    @property
    def has_somebody(self) -> bool:
        """One that is to give leads to people of whom nobody is there gives nothing, and the next one is asked."""
        return bool(self.people) or self.sharing is Sharing.WHO_TAKES


def rule_for(lead: Lead, rules: Sequence[Rule]) -> Rule | None:
    """The first that fits and has somebody."""
    return next((rule for rule in rules if rule.has_somebody and rule.fits(lead)), None)


def person_of(rule: Rule, last_given_to: int | None, open_leads: Mapping[int, int]) -> int | None:
    """Whose turn it is. ``open_leads`` are how many each person has."""
    if rule.sharing is Sharing.WHO_TAKES or not rule.people:
        return None
    in_turn = _beginning_after(rule.people, last_given_to)
    if rule.sharing is Sharing.LEAST_BUSY:
        return min(in_turn, key=lambda person: open_leads.get(person, 0))
    return in_turn[0]


def _beginning_after(people: Sequence[int], last: int | None) -> list[int]:
    """All of them, beginning with whoever comes after the last one."""
    following = [person for person in people if last is not None and person > last]
    return following + [person for person in people if person not in following]


def without(rules: Sequence[Rule], gone: Collection[int]) -> list[Rule]:
    """The rules for a lead that these people have had. Nobody waits any longer for somebody to take it."""
    return [
        replace(
            rule,
            people=tuple(person for person in rule.people if person not in gone),
            sharing=Sharing.LEAST_BUSY if rule.sharing is Sharing.WHO_TAKES else rule.sharing,
        )
        for rule in rules
    ]
