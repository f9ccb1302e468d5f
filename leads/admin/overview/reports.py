"""Six tiles that say how it goes. Every figure leads to the list of what was counted for it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.filters import NONE
from leads.admin.overview.day_chart import Chart, chart_of
from leads.admin.sales.unattended import rows_of
from leads.models import DayTally, Destination, Offer, Team
from leads.reports.counting import OTHERS, Answer, Outcome, Part
from leads.reports.figures import Figures, add_up, percent
from leads.reports.overdue import MOST, overdue
from leads.reports.periods import LONGEST, Period, bounds_of, last_days, today, zone
from leads.sales.unattended import away, unattended
from leads.sales.visibility import seen_by
from leads.states import CloseReason, Stage
from leads.templatetags.leadcrm import in_one_unit
from leads.watching.backlog import shown

SPANS = (7, 30, 90)
USUAL_SPAN = 30
FIRST_SHOWN = 6
UNATTENDED_SHOWN = 5

type Label = Callable[[str], str | Promise]


# --- what is asked for ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scope:
    """``teams`` are those that somebody may choose; ``chosen`` is one of them, or ``None`` for all, which are
    everybody's leads where ``is_everything``."""

    period: Period
    span: int | None
    teams: Sequence[Team]
    chosen: Team | None
    is_everything: bool
    problem: str | Promise = ""

    @property
    def keys(self) -> list[str] | None:
        """Of the teams whose leads count; ``None``: all of them, and those of no team."""
        if self.chosen:
            return [str(self.chosen.pk)]
        return None if self.is_everything else [str(team.pk) for team in self.teams]

    @property
    def is_empty(self) -> bool:
        """Whether there is no team whose leads this person could be shown."""
        return not self.is_everything and not self.teams

    def leads(self, days: Period | None = None, **filters: str) -> str:
        """The address of the list of leads, of some of the days or of all."""
        days = days or self.period
        between = {"first_touch_at_from_0": days.first.isoformat(), "first_touch_at_to_0": days.last.isoformat()}
        return self._address("leads_lead", between | filters)

    def deliveries(self, *states: str, **filters: str) -> str:
        between = {"created_at_from_0": self.period.first.isoformat(), "created_at_to_0": self.period.last.isoformat()}
        return self._address("leads_delivery", between | {"state__in": list(states)} | filters)

    def _address(self, name: str, query: Mapping[str, Any]) -> str:
        team = {} if self.keys is None else {"team": ",".join(self.keys)}
        return f"{reverse(f'admin:{name}_changelist')}?{urlencode({'kind': 'work', **team, **query}, doseq=True)}"

    # --- this page with another choice --------------------------------------------------------------------------------

    @property
    def span_choices(self) -> list[tuple[int, str]]:
        team = {"team": self.chosen.pk} if self.chosen else {}
        return [(span, f"?{urlencode({'days': span} | team)}") for span in SPANS]

    @property
    def team_choices(self) -> list[tuple[Team | None, str]]:
        """All of them, and each; empty where there is nothing to choose."""
        if len(self.teams) < 2 - self.is_everything:
            return []
        days: dict[str, Any] = {"days": self.span}
        if not self.span:
            days = {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        each = [(team, f"?{urlencode(days | {'team': team.pk})}") for team in self.teams]
        return [(None, f"?{urlencode(days)}"), *each]


def scope_of(request: HttpRequest) -> Scope:
    """As the address says it; what it cannot mean is left out."""
    teams, is_everything = _teams_of(cast(User, request.user))
    asked = request.GET.get("team", "")
    chosen = next((team for team in teams if str(team.pk) == asked), None)
    days, problem = _days_between(request)
    if days:
        return Scope(days, None, teams, chosen, is_everything)
    asked_span = request.GET.get("days", "")
    span = next((span for span in SPANS if str(span) == asked_span), USUAL_SPAN)
    return Scope(last_days(span), span, teams, chosen, is_everything, problem)


def _teams_of(user: User) -> tuple[list[Team], bool]:
    """Sales leads see the leads of the teams they lead, and everybody's as long as there are no teams."""
    if user.has_perm("leads.view_all_leads"):
        return list(Team.objects.all()), True
    led = list(Team.objects.filter(leader=user))
    return led, not led and not Team.objects.exists()


def _days_between(request: HttpRequest) -> tuple[Period | None, str | Promise]:
    given = [request.GET.get(name, "") for name in ("from", "to")]
    if not any(given):
        return None, ""
    try:
        first, last = (forms.DateField().clean(text) for text in given)
    except forms.ValidationError:
        return None, gettext_lazy("Give both days, for example 2026-03-01.")
    if not 0 <= (last - first).days < LONGEST:
        return None, gettext_lazy("The second day comes after the first, and at most 92 days belong together.")
    return Period(first, last), ""


# --- what is shown ----------------------------------------------------------------------------------------------------


class Bar(NamedTuple):
    """``share`` of the longest in percent. Without an address what was counted is in no list."""

    label: str | Promise
    number: int
    share: int
    address: str
    note: str = ""


class Bars(NamedTuple):
    title: str | Promise
    shown: list[Bar]
    folded: list[Bar]
    """Those beyond the first few."""


class Fact(NamedTuple):
    label: str | Promise
    value: str
    address: str


class Flow(NamedTuple):
    """What became of the deliveries to one destination."""

    name: str
    outcomes: list[Fact]


class Report(NamedTuple):
    scope: Scope
    total: Fact
    chart: Chart
    actions: Bars
    answers: list[Fact]
    stages: Bars
    reasons: list[Bars]
    offers: Bars
    countries: Bars
    whose: list[Bars]
    flows: list[Flow]
    flow_total: list[Fact]
    counted_at: datetime | None
    days_missing: int


def report_of(scope: Scope) -> Report:
    tallies = list(DayTally.objects.filter(day__range=(scope.period.first, scope.period.last)))
    counted = {tally.day: tally for tally in tallies if tally.counted_at and tally.zone == zone()}
    figures = add_up(((tally.day, tally.counts) for tally in counted.values()), scope.keys)
    names = _Names(figures)
    awaited = {tally.day for tally in tallies} | ({today()} & set(scope.period))
    return Report(
        scope=scope,
        total=Fact(_("Leads"), _number(figures.total), scope.leads()),
        chart=chart_of(scope.period, figures.by_day, _action, scope.leads),
        actions=_bars(
            _("By action"), figures.of(Part.ACTION), _action, lambda value: scope.leads(action=value or NONE)
        ),
        answers=_answers(scope, figures),
        stages=_stages(scope, figures),
        reasons=[_reasons(scope, figures, stage) for stage in (Stage.LOST, Stage.DISCARDED) if figures.reasons(stage)],
        offers=_bars(
            _("By offer"),
            figures.of(Part.OFFER),
            names.offer,
            lambda key: scope.leads(offer__id__exact=key or NONE),
        ),
        countries=_bars(
            _("By country"), figures.of(Part.COUNTRY), _country, lambda code: scope.leads(country=code or NONE)
        ),
        whose=_whose(scope, figures, names),
        flows=[_flow(scope, names, key, outcomes) for key, outcomes in sorted(figures.deliveries().items())],
        flow_total=_outcomes(scope, sum(figures.deliveries().values(), Counter())),
        counted_at=min((tally.counted_at for tally in counted.values() if tally.counted_at), default=None),
        days_missing=len(awaited - counted.keys()),
    )


class _Names:
    """Of the rows that figures speak of, with one query for each kind."""

    def __init__(self, figures: Figures) -> None:
        self._offers = Offer.objects.in_bulk(_keys(figures.of(Part.OFFER)))
        self._people = User.objects.in_bulk(_keys(figures.of(Part.OWNER)))
        self._teams = Team.objects.in_bulk(_keys(figures.teams))
        self._destinations = Destination.objects.in_bulk(_keys(figures.deliveries()))

    def offer(self, key: str) -> str:
        return _named(self._offers, key, _("No offer yet"))

    def team(self, key: str) -> str:
        return _named(self._teams, key, _("No team"))

    def destination(self, key: str) -> str:
        return _named(self._destinations, key, "–")

    def owner(self, key: str) -> str:
        return words.person(self._people.get(int(key))) if key else _("Nobody")


def _keys(values: Iterable[str]) -> list[int]:
    return [int(value) for value in values if value]


def _named(rows: Mapping[int, Any], key: str, none: str) -> str:
    return str(rows.get(int(key), _("Deleted meanwhile"))) if key else none


def _action(code: str) -> str:
    return words.action_label(code) or _("No action")


def _country(code: str) -> str:
    return words.country_name(code) if code else _("No country")


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)


def _bars(title: str, counted: Mapping[str, int], label: Label, address: Callable[[str], str]) -> Bars:
    """The longest first; others last."""
    found = sorted(((value, number) for value, number in counted.items() if number), key=lambda pair: -pair[1])
    found.sort(key=lambda pair: pair[0] == OTHERS)
    most = max((number for _value, number in found), default=0)
    bars = [
        Bar(_("Others"), number, _share(number, most), "")
        if value == OTHERS
        else Bar(label(value), number, _share(number, most), address(value))
        for value, number in found
    ]
    return Bars(title, bars[:FIRST_SHOWN], bars[FIRST_SHOWN:])


def _share(number: int, most: int) -> int:
    return max(1, percent(number, most) or 0)


def _answers(scope: Scope, figures: Figures) -> list[Fact]:
    in_time, late = figures.answered(Answer.IN_TIME), figures.answered(Answer.LATE)
    waiting = _overdue(scope)
    kept = percent(in_time, in_time + late + waiting)
    given = scope.leads(answer="given")
    return [
        Fact(_("Median"), _length(figures.waited(0.5)), given),
        Fact(_("Nine of ten within"), _length(figures.waited(0.9)), given),
        Fact(_("Within target"), "–" if kept is None else f"{kept} %", scope.leads(answer="in_time")),
        Fact(_("Answered in time"), _number(in_time), scope.leads(answer="in_time")),
        Fact(_("Answered late"), _number(late), scope.leads(answer="late")),
        Fact(_("Overdue now"), shown(waiting, MOST), scope.leads(answer="overdue")),
    ]


def _overdue(scope: Scope) -> int:
    begins, ends = bounds_of(scope.period.first)[0], bounds_of(scope.period.last)[1]
    waiting = overdue(timezone.now()).filter(first_touch_at__gte=begins, first_touch_at__lt=ends)
    if scope.keys is not None:
        waiting = waiting.filter(team__in=[int(key) for key in scope.keys])
    return waiting.order_by()[:MOST].count()


def _length(time: timedelta | None) -> str:
    return "–" if time is None else in_one_unit(max(time.total_seconds(), 60))


def _stages(scope: Scope, figures: Figures) -> Bars:
    """In their order, not by their number."""
    counted, total = figures.of(Part.STAGE), figures.total
    bars = [
        Bar(
            stage.label,
            counted[stage],
            _share(counted[stage], total) if counted[stage] else 0,
            scope.leads(stage__exact=stage.value),
            f"{percent(counted[stage], total)} %",
        )
        for stage in Stage
        if total
    ]
    return Bars(_("Where they stand now"), bars, [])


def _reasons(scope: Scope, figures: Figures, stage: Stage) -> Bars:
    def address(reason: str) -> str:
        return scope.leads(stage__exact=stage.value, close_reason=reason or NONE)

    labels = dict(CloseReason.choices)
    title = _("%(stage)s, because") % {"stage": stage.label}
    return _bars(title, figures.reasons(stage), lambda reason: labels.get(reason, _("No reason given")), address)


def _whose(scope: Scope, figures: Figures, names: _Names) -> list[Bars]:
    people = _bars(_("By person"), figures.of(Part.OWNER), names.owner, lambda key: scope.leads(owner=key or "nobody"))
    if scope.chosen or not any(figures.teams):
        return [people]
    teams = _bars(_("By team"), figures.teams, names.team, lambda key: scope.leads(team=key or NONE))
    return [teams, people]


def _flow(scope: Scope, names: _Names, key: str, outcomes: Counter[Outcome]) -> Flow:
    return Flow(names.destination(key), _outcomes(scope, outcomes, destination__id__exact=key))


def _outcomes(scope: Scope, counted: Mapping[Outcome, int], **filters: str) -> list[Fact]:
    return [
        Fact(label, _number(counted.get(outcome, 0)), scope.deliveries(*states, **filters))
        for outcome, (label, states) in OUTCOMES.items()
    ]


OUTCOMES: dict[Outcome, tuple[str | Promise, tuple[str, ...]]] = {
    Outcome.DELIVERED: (gettext_lazy("Delivered"), ("delivered",)),
    Outcome.FAILED: (gettext_lazy("Failed"), ("failed",)),
    Outcome.WAITING: (gettext_lazy("Waiting"), ("queued", "sending")),
}


# --- the page of sales leads ------------------------------------------------------------------------------------------


def for_page(request: HttpRequest) -> dict[str, Any]:
    """What the tiles' template takes."""
    scope = scope_of(request)
    return {"report": None if scope.is_empty else report_of(scope), "scope": scope, "zone": zone()}


def reports_page(request: HttpRequest) -> HttpResponse:
    """Served at ``reports/``."""
    if not request.user.has_perm("leads.view_reports"):
        raise PermissionDenied
    context = {**admin.site.each_context(request), "title": _("Reports"), **for_page(request)}
    if request.user.has_perm("leads.change_lead"):
        now, gone = timezone.now(), away()
        leads = unattended(now, gone).filter(seen_by(request.user)).select_related("owner", "offer")
        context["unattended"] = rows_of(request, leads[:UNATTENDED_SHOWN], now)
    return TemplateResponse(request, "leads/reports.html", context)
