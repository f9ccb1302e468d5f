"""Who sees which leads: everybody sees their own and those that are nobody's, and their teams' leads.

With ``leads.view_all_leads`` all of them; so does everybody as long as there are no teams.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.lookups import In, IsNull

from leads.models import Lead, Team


def visible_leads(user: User | AnonymousUser) -> QuerySet[Lead]:
    return Lead.objects.filter(seen_by(user))


def seen_by(user: User | AnonymousUser, lead: str = "") -> Q:
    """As a condition on rows that belong to a lead; ``lead`` is the path to it, with its ``__``. At most two queries,
    once for each ``user`` object, which lives as long as a request."""
    if not user.is_authenticated:
        return Q(**{f"{lead}pk__in": []})
    people_and_teams = _people_and_teams(user)
    if people_and_teams is None:
        return Q()
    people, teams = people_and_teams
    owner, team = _Residual(F(f"{lead}owner")), _Residual(F(f"{lead}team"))
    return Q(In(owner, people)) | Q(IsNull(owner, True)) | Q(In(team, teams))


def asked_by_seen(user: User | AnonymousUser) -> Q:
    """As a condition on jobs: those of people whose leads the person sees."""
    people_and_teams = _people_and_teams(user)
    return Q() if people_and_teams is None else Q(asked_by__in=people_and_teams[0])


class _Residual(Func):
    """A column that a plan looks at in the rows it has found, and does not find rows by.

    SQLite would put together all rows of these people and teams, perhaps half the table, and sort them. So it walks the
    list's own order until the page is full. PostgreSQL knows how many there are, and chooses well by itself.
    """

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)


def _people_and_teams(user: Any) -> tuple[list[int], list[int]] | None:
    """Those whose leads the person sees; ``None``: everybody's."""
    if not hasattr(user, "_sees_leads_of"):
        user._sees_leads_of = None if user.has_perm("leads.view_all_leads") else _look_up(user)
    found: tuple[list[int], list[int]] | None = user._sees_leads_of
    return found


def _look_up(user: User) -> tuple[list[int], list[int]] | None:
    is_theirs = Exists(teams_of(user).filter(pk=OuterRef("pk")))
    teams = dict(Team.objects.order_by("pk").annotate(is_theirs=is_theirs).values_list("pk", "is_theirs"))
    if not teams:
        return None
    theirs = [team for team, belongs in teams.items() if belongs]
    members = User.objects.filter(Q(teams__in=theirs) | Q(pk=user.pk)).order_by("pk").distinct()
    return list(members.values_list("pk", flat=True)), theirs


def teams_of(user: User) -> QuerySet[Team]:
    """Those that they belong to or lead."""
    return Team.objects.filter(Q(members=user) | Q(leader=user))
