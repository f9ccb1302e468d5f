"""Filters that do not ask the database for the values there are: their choices are known."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads import words
from leads.admin.theme import DropdownFilter, RangeDateTimeFilter, RangeNumericFilter
from leads.models import ImportRow, Lead, Offer, Team
from leads.models.ids import first_id_at
from leads.reports.counting import CLOCKS_APART
from leads.reports.overdue import OVERDUE
from leads.sales import owning
from leads.sales.queue import day_of
from leads.states import CloseReason

LONGEST_KEY = 18
MOST_SCORE = 32_767  # of the column


NONE = "-"
"""Chooses the rows that have no value."""


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
        if day is None:
            return None
        # Where the clocks go back at midnight, the last moment of a day comes twice.
        local = datetime.combine(day, moment).replace(fold=int(moment == time.max))
        return timezone.make_aware(local, timezone.get_default_timezone())


class MadeFilter(PeriodFilter):
    """For tables that have no index for the time: their ids, which sort by it, keep the search short."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        begin, end = self.bounds()
        if begin:
            queryset = queryset.filter(id__gte=first_id_at(begin - CLOCKS_APART))
        if end:
            queryset = queryset.filter(id__lt=first_id_at(end + CLOCKS_APART))
        return super().queryset(request, queryset)


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
        return queryset.filter(owner=_key(value))


class TeamFilter(DropdownFilter):
    """Links such as those of a report name several, with commas between them."""

    title = _("Team")
    parameter_name = "team"
    path = "team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(NONE, _("No team")), *((str(team.pk), team.name) for team in Team.objects.all())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Raises ``IncorrectLookupParameters`` for what is no team."""
        value = self.value()
        if not value:
            return queryset
        if value == NONE:
            return queryset.filter(**{self.path: None})
        return queryset.filter(**{f"{self.path}__in": [_key(text) for text in value.split(",")]})


class DeliveryTeamFilter(TeamFilter):
    """The team that has the lead."""

    path = "touch__lead__team"


class DeliveryKindFilter(DropdownFilter):
    title = _("Leads")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return (("work", _("To work on")),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "work":
            return queryset
        return queryset.filter(touch__lead__is_test=False, touch__lead__is_dnc=False)


class AnswerFilter(DropdownFilter):
    """Whether, and how soon, somebody got in touch."""

    title = _("Answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return (
            ("given", _("Answer given")),
            ("in_time", _("Answered in time")),
            ("late", _("Answered late")),
            ("overdue", _("Not answered, and overdue")),
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        given = queryset.filter(opened_at__isnull=False, contacted_at__isnull=False)
        match self.value():
            case "given":
                return given
            case "in_time":
                return given.filter(contacted_at__lte=F("answer_by"))
            case "late":
                return given.filter(contacted_at__gt=F("answer_by"))
            case "overdue":
                return queryset.filter(OVERDUE, answer_by__lt=timezone.now())
        return queryset


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
    """Rows with exactly this value; also one that is no longer among the choices, or none."""

    column: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.column: "" if value == NONE else value}) if value else queryset


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


class CloseReasonFilter(ColumnFilter):
    """Why leads were lost or discarded."""

    title = _("Why closed")
    parameter_name = column = "close_reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return CloseReason.choices


class ImportFilter(DropdownFilter):
    """Leads that an import made or added to: shown only where a link chose one."""

    title = _("Import")
    parameter_name = "import"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        value = self.value()
        return [(value, _("Import %(number)s") % {"number": value})] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        """Raises ``IncorrectLookupParameters`` for what is no import."""
        rows = ImportRow.objects.filter(job=_key(self.value() or ""), is_made=True)
        return queryset.filter(pk__in=rows.values("touch__lead"))


class OfferFilter(DropdownFilter):
    title = _("Offer")
    parameter_name = "offer__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        offers = Offer.objects.order_by("name").values_list("pk", "name")
        return [(NONE, _("No offer")), *((str(pk), name) for pk, name in offers)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        """Raises ``IncorrectLookupParameters`` for what is no offer."""
        if not (value := self.value()):
            return queryset
        return queryset.filter(offer=None if value == NONE else _key(value))


def _key(text: str) -> int:
    if not text.isdecimal() or len(text) > LONGEST_KEY:
        raise IncorrectLookupParameters
    return int(text)


class ReasonFilter(ColumnFilter):
    """Why deliveries wait, failed or are withheld."""

    title = _("Reason")
    parameter_name = column = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return words.reason_choices()
