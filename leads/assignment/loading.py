"""The rules and their people, as they are now."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count, Prefetch

from leads.assignment.rules import Rule
from leads.models import Absence, AssignmentRule, Lead, Profile
from leads.roles import OWNER, SALES, SALES_LEAD
from leads.service_level.clock import working_time_of
from leads.states import Sharing


def load_rules(now: datetime) -> list[Rule]:
    """The enabled ones in their order, each with those of its people who may be given leads at this moment."""
    rows = AssignmentRule.objects.filter(enabled=True).prefetch_related(
        "offers", "country_groups", "people", Prefetch("team__members", User.objects.order_by("id"))
    )
    present = _Present(now)
    return [_rule(row, present) for row in rows.select_related("team")]


def _rule(row: AssignmentRule, present: "_Present") -> Rule:
    groups = [country for group in row.country_groups.all() for country in group.countries]
    return Rule(
        row.pk,
        row.name,
        frozenset(offer.pk for offer in row.offers.all()),
        frozenset(country.upper() for country in (*row.countries, *groups)),
        frozenset(source.casefold() for source in row.sources),
        frozenset(action.casefold() for action in row.actions),
        row.team_id,
        present.among(_people(row)),
        Sharing(row.sharing),
    )


def _people(row: AssignmentRule) -> Sequence[User]:
    if people := list(row.people.all()):
        return people
    return list(row.team.members.all()) if row.team else everybody()


def everybody() -> list[User]:
    """Who works on leads: the sales people, and where there are none, those who own the installation."""
    active = User.objects.filter(is_active=True).order_by("id")
    sales = active.filter(groups__name__in=[SALES, SALES_LEAD]).distinct()
    return list(sales) or list(active.filter(groups__name=OWNER) | active.filter(is_superuser=True))


class _Present:
    """Who is there: active, willing, not absent; and, if any of them is, at work at this hour."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.absent = set(Absence.objects.now().values_list("user_id", flat=True))
        self.profiles = {profile.user_id: profile for profile in Profile.objects.select_related("calendar")}

    def among(self, people: Iterable[User]) -> tuple[int, ...]:
        willing = [user.pk for user in people if user.is_active and user.pk not in self.absent and self._wants(user.pk)]
        at_work = [user_id for user_id in willing if self._is_at_work(user_id)]
        return tuple(sorted(at_work or willing))

    def _wants(self, user_id: int) -> bool:
        return user_id not in self.profiles or self.profiles[user_id].takes_leads

    def _is_at_work(self, user_id: int) -> bool:
        profile = self.profiles.get(user_id)
        return profile is None or working_time_of(profile.calendar).next_moment(self.now) == self.now


def open_leads_of(people: Iterable[int]) -> dict[int, int]:
    """How many each of them has."""
    counted = Lead.objects.to_work_on().filter(owner__in=list(people)).values("owner").annotate(count=Count("id"))
    return dict(counted.values_list("owner", "count"))
