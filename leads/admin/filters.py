"""Filters that do not ask the database for the values there are: their choices are known."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from leads import words
from leads.admin.theme import DropdownFilter
from leads.models import Delivery, Lead


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


class ActionFilter(DropdownFilter):
    title = _("Action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return words.action_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class CountryFilter(DropdownFilter):
    title = _("Country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return words.country_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        return queryset.filter(country_code=self.value()) if self.value() else queryset


class ReasonFilter(DropdownFilter):
    """Why deliveries wait, failed or are withheld."""

    title = _("Reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return words.reason_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(reason=self.value()) if self.value() else queryset
