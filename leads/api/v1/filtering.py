"""Filters of lists. Times are ISO 8601 with their zone: ``…_after`` means at or after, ``…_before`` means before.
What is not known, not readable or empty is refused: a filter that is silently dropped gives the wrong rows."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import Filter
from django_filters.filters import BaseInFilter, CharFilter, ChoiceFilter
from django_filters.rest_framework.backends import DjangoFilterBackend
from django_filters.rest_framework.filterset import FilterSet
from django_filters.utils import translate_validation
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request
from rest_framework.views import APIView

from leads.api.v1.problems import InvalidParameter


class StrictFilters(DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise InvalidParameter(translate_validation(filterset.errors).detail)
        found: QuerySet[Any] = filterset.qs
        return found


def refuse_unknown_parameters(request: Request, known: Collection[str]) -> None:
    """Raises ``InvalidParameter`` for parameters that are not ``known``, empty, or given more than once."""
    wrong = {name: text for name in request.query_params if (text := _complaint(request, name, known))}
    if wrong:
        raise InvalidParameter(wrong)


def _complaint(request: Request, name: str, known: Collection[str]) -> str:
    given = request.query_params.getlist(name)
    if name not in known:
        names = ", ".join(sorted(known)) or _("none")
        return _("There is no such parameter here. Known are: %(names)s.") % {"names": names}
    if len(given) > 1:
        return _("Give this parameter once.")
    return "" if given[0].strip() else _("Give this parameter a value, or leave it out.")


class _MomentField(forms.Field):
    def to_python(self, value: str | None) -> datetime | None:
        if not value:
            return None
        try:
            moment = parse_datetime(value)
            if moment and moment.tzinfo:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        # A plus sign that was not encoded arrives as a blank.
        raise ValidationError(
            _("Give date, time and zone, such as 2026-11-22T09:30:00Z or 2026-11-22T18:30:00%%2B09:00."), code="invalid"
        )


class _TruthField(forms.Field):
    def to_python(self, value: str | None) -> bool | None:
        if value not in ("true", "false", None):
            raise ValidationError(_("Write true or false."), code="invalid")
        return value and value == "true"  # type: ignore[return-value]


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentFilter(Filter):
    field_class = _MomentField


@extend_schema_field({"type": "boolean"})
class TruthFilter(Filter):
    field_class = _TruthField


@extend_schema_field({"type": "integer", "minimum": 1})
class NumberedFilter(Filter):
    """By the number of something in a small table."""

    field_class: type[forms.Field] = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=models.BigIntegerField.MAX_BIGINT, **kwargs)


class TextFilter(CharFilter):
    """``finds`` says in the description what it looks for."""

    def __init__(self, finds: str, *, min_length: int = 1, max_length: int, **kwargs: Any) -> None:
        super().__init__(min_length=min_length, max_length=max_length, **kwargs)
        lengths = {"minLength": min_length, "maxLength": max_length}
        set_override(self, "field", {"type": "string", "description": finds, **lengths})


class AnyOfFilter(BaseInFilter, ChoiceFilter):
    """One or more of the choices, separated by commas."""

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        known = ", ".join(value for value, _label in choices)
        wrong = format_lazy(gettext_lazy("“%(value)s” is none of {known}."), known=known)
        super().__init__(*args, choices=choices, error_messages={"invalid_choice": wrong}, **kwargs)


class MarketplaceFilters(FilterSet):
    """What both leads and touches are filtered by."""

    offer = NumberedFilter(field_name="offer_id")
    source = TextFilter("A code such as AzureMarketplace, in any letter case.", max_length=100, lookup_expr="iexact")
    action = TextFilter("A code such as INS, in any letter case.", max_length=100, lookup_expr="iexact")
    country = TextFilter("Two letters (ISO 3166-1).", min_length=2, max_length=2, method="in_country")
    is_test = TruthFilter()
    is_dnc = TruthFilter()

    def in_country(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Codes are stored in capitals; comparing them as they are lets the database use its index."""
        return rows.filter(country_code=value.upper())
