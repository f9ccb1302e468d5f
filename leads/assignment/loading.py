"""The rules and their people, as they are now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.auth.models import User
from django.db.models import Count, Prefetch

from leads.assignment.rules import Rule
from leads.models import Absence, AssignmentRule, CountryGroup, Lead, Offer, Profile
from leads.roles import who_works_on_leads
from leads.service_level.clock import working_time_of
from leads.states import Sharing


@dataclass(frozen=True)
class Conditions:
    """What belongs to a rule besides its own row."""

    offers: Sequence[Offer]
    country_groups: Sequence[CountryGroup]
    people: Sequence[User]
    members: Sequence[User]


type Tried = tuple[AssignmentRule, Conditions]
"""A rule as somebody means to store it."""


def load_rules(now: datetime | None, tried: Tried | None = None) -> list[Rule]:
    """The enabled ones in their order, each with those of its people who may be given leads at this moment, or on a day
    on which everybody is there; with ``tried`` in the place of the stored one, or as a new one before the catch-all."""
    rows = AssignmentRule.objects.filter(enabled=True).select_related("team")
    whole = rows.prefetch_related(
        "offers", "country_groups", "people", Prefetch("team__members", User.objects.order_by("id"))
    )
    found = [(row, _conditions_of(row)) for row in whole]
    if tried:
        found = sorted([*(pair for pair in found if pair[0].pk != tried[0].pk), tried], key=_place)
    present = Present(now)
    return [rule_of(row, conditions, present) for row, conditions in found if row.enabled]


def _place(pair: Tried) -> tuple[bool, bool, int, int]:
    row, _conditions = pair
    return row.is_catch_all, row.pk is None, row.position, row.pk or 0


def _conditions_of(row: AssignmentRule) -> Conditions:
    members = list(row.team.members.all()) if row.team else []
    return Conditions(list(row.offers.all()), list(row.country_groups.all()), list(row.people.all()), members)


def rule_of(row: AssignmentRule, conditions: Conditions, present: "Present") -> Rule:
    """Ready to be asked. ``row`` may be one that is not stored."""
    groups = [country for group in conditions.country_groups for country in group.countries]
    return Rule(
        row.pk or 0,
        row.name,
        frozenset(offer.pk for offer in conditions.offers),
        frozenset(country.upper() for country in (*row.countries, *groups)),
        frozenset(source.casefold() for source in row.sources),
        frozenset(action.casefold() for action in row.actions),
        row.team_id,
        _people_of(row, conditions, present),
        Sharing(row.sharing),
        tuple(row.also_told),
    )


def _people_of(row: AssignmentRule, conditions: Conditions, present: "Present") -> tuple[int, ...]:
    """Of the catch-all it is never nobody while there is anybody: a lead of somebody who is away is handed on, but one
    that is nobody's is seen by nobody."""
    people = conditions.people or (conditions.members if row.team_id else present.everybody)
    found = present.among(people)
    if found or not row.is_catch_all:
        return found
    return present.among(present.everybody) or tuple(user.pk for user in present.everybody)


class Present:
    """Who is there: active, willing, not absent; and, if any of them is, at work at this hour. Without ``now``: on a
    day on which nobody is absent, and everybody at work."""

    def __init__(self, now: datetime | None) -> None:
        self.now = now
        self.absent = set(Absence.objects.now().values_list("user_id", flat=True)) if now else set()
        self.profiles = {profile.user_id: profile for profile in Profile.objects.select_related("calendar")}

    @cached_property
    def everybody(self) -> list[User]:
        return who_works_on_leads()

    def among(self, people: Iterable[User]) -> tuple[int, ...]:
        willing = [user.pk for user in people if user.is_active and user.pk not in self.absent and self._wants(user.pk)]
        at_work = [user_id for user_id in willing if self._is_at_work(user_id)]
        return tuple(sorted(at_work or willing))

    def _wants(self, user_id: int) -> bool:
        return user_id not in self.profiles or self.profiles[user_id].takes_leads

    def _is_at_work(self, user_id: int) -> bool:
        profile = self.profiles.get(user_id)
        if self.now is None or profile is None:
            return True
        return working_time_of(profile.calendar).next_moment(self.now) == self.now


def open_leads_of(people: Iterable[int]) -> dict[int, int]:
    """How many each of them has."""
    counted = Lead.objects.to_work_on().filter(owner__in=list(people)).values("owner").annotate(count=Count("id"))
    return dict(counted.values_list("owner", "count"))
