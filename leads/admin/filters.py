"""Filters that do not ask the database for the values there are: their choices are known."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads import words
from leads.admin.theme import DropdownFilter, RangeDateTimeFilter, RangeNumericFilter
from leads.models import Lead, Team
from leads.sales import owning
from leads.sales.queue import day_of

LONGEST_KEY = 18
MOST_SCORE = 32_767  # of the column


class PeriodFilter(RangeDateTimeFilter):
    """From and to, in the installation's time zone. A day without a time of day means the whole day."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Raises ``IncorrectLookupParameters`` for what is no date, which brings back the whole list."""
        begin, end = self.bounds()
        if begin:
            queryset = queryset.filter(**{f"{self.field_path}__gte": begin})
        if end:
            queryset = queryset.filter(**{f"{self.field_path}__lte": end})
        return queryset

    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """Both included. Raises as ``queryset``."""
        return self._moment("from", time.min), self._moment("to", time.max)

    def _moment(self, name: str, time_of_day: time) -> datetime | None:
        day_text, time_text = (self.used_parameters.get(f"{self.field_path}_{name}_{part}") for part in (0, 1))
        try:
            day = forms.DateField(required=False).clean(day_text)
            moment = forms.TimeField(required=False).clean(time_text) or time_of_day
        except ValidationError as error:
            raise IncorrectLookupParameters from error
        return timezone.make_aware(datetime.combine(day, moment), timezone.get_default_timezone()) if day else None


class LeadKindFilter(DropdownFilter):
    title = _("Kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return (
            ("work", _("To work on")),
            ("test", _("Test leads")),
            ("dnc", _("Do not contact")),
            ("private", _("Personal data held back")),
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        match self.value():
            case "work":
                return queryset.filter(is_test=False, is_dnc=False)
            case "test":
                return queryset.filter(is_test=True)
            case "dnc":
                return queryset.filter(is_dnc=True)
            case "private":
                return queryset.filter(is_private=True)
        return queryset


class DueFilter(DropdownFilter):
    """Of open leads: when an answer, or the next step, is due by the person's own clock."""

    title = _("Due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return (
            ("late", _("Overdue")),
            ("today", _("Later today")),
            ("unanswered", _("Not answered yet")),
            ("asleep", _("Asleep")),
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.value() not in ("late", "today", "unanswered", "asleep"):
            return queryset
        day, still_open = day_of(cast(User, request.user)), queryset.filter(is_open=True)
        match self.value():
            case "late":
                return still_open.filter(due_at__lt=day.now)
            case "today":
                return still_open.filter(due_at__gte=day.now, due_at__lt=day.ends_at)
            case "unanswered":
                return still_open.filter(contacted_at=None)
        return still_open.filter(snoozed_until__gt=day.now)


class OwnerFilter(DropdownFilter):
    """Links such as those of a report name anybody; to choose from are those who may be given leads."""

    title = _("Owner")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        others = [person for person in owning.may_own() if person != request.user]
        names = [(str(person.pk), words.person(person)) for person in others]
        return (("me", _("Me")), ("nobody", _("Nobody")), *names)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        """Raises ``IncorrectLookupParameters`` for what is nobody."""
        match value := self.value():
            case None | "":
                return queryset
            case "me":
                return queryset.filter(owner=cast(User, request.user))
            case "nobody":
                return queryset.filter(owner=None)
        if not value.isdecimal() or len(value) > LONGEST_KEY:
            raise IncorrectLookupParameters
        return queryset.filter(owner=int(value))


class TeamFilter(DropdownFilter):
    title = _("Team")
    parameter_name = "team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(str(team.pk), team.name) for team in Team.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        """Raises ``IncorrectLookupParameters`` for what is no team."""
        value = self.value()
        if value and (not value.isdecimal() or len(value) > LONGEST_KEY):
            raise IncorrectLookupParameters
        return queryset.filter(team=int(value)) if value else queryset


class ScoreFilter(RangeNumericFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        """Raises ``IncorrectLookupParameters`` for what is no number."""
        for name, lookup in (("from", "gte"), ("to", "lte")):
            if bound := self._number(f"{self.field_path}_{name}"):
                queryset = queryset.filter(**{f"{self.field_path}__{lookup}": bound[0]})
        return queryset

    def _number(self, name: str) -> tuple[int] | None:
        given = str(self.used_parameters.get(name) or "").strip()
        try:
            number = int(given) if given else None
        except ValueError as error:
            raise IncorrectLookupParameters from error
        return None if number is None else (max(min(number, MOST_SCORE), -MOST_SCORE),)


class ColumnFilter(DropdownFilter):
    """Rows with exactly this value; also one that is no longer among the choices."""

    column: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.column: value}) if value else queryset


class ActionFilter(ColumnFilter):
    title = _("Action")
    parameter_name = column = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return words.action_choices()


class CountryFilter(ColumnFilter):
    title = _("Country")
    parameter_name = "country"
    column = "country_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return words.country_choices()


class ReasonFilter(ColumnFilter):
    """Why deliveries wait, failed or are withheld."""

    title = _("Reason")
    parameter_name = column = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return words.reason_choices()
