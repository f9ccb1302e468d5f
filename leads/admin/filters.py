"""Filters that do not ask the database for the values there are: their choices are known."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads import words
from leads.admin.theme import DropdownFilter, RangeDateTimeFilter
from leads.models import Lead


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
        return (("work", _("To work on")), ("test", _("Test leads")), ("dnc", _("Do not contact")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        match self.value():
            case "work":
                return queryset.filter(is_test=False, is_dnc=False)
            case "test":
                return queryset.filter(is_test=True)
            case "dnc":
                return queryset.filter(is_dnc=True)
        return queryset


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
