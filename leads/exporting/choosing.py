"""The leads that the list of the admin shows to a person under an address. What its filters mean stands there alone, so
the list itself is asked, by Django's registry: this part knows nothing else of the pages."""

from collections.abc import Sequence

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import resolve, reverse

from leads.models import Lead


class FilterGone(Exception):
    """The list does not understand its filters, or no longer."""


def leads_of(user: User, query: str, lead_ids: Sequence[str] = ()) -> QuerySet[Lead]:
    """In no order; of the ``lead_ids``, where there are any. Each has ``is_masked``: a privacy rule holds its personal
    data back from this person. Raises ``FilterGone``."""
    request = _request(user, query)
    try:
        shown = admin.site.get_model_admin(Lead).get_changelist_instance(request).get_queryset(request)
    except (IncorrectLookupParameters, SuspiciousOperation) as error:
        raise FilterGone from error
    leads: QuerySet[Lead] = shown.prefetch_related(None).select_related(None).order_by()
    return leads.filter(pk__in=lead_ids) if lead_ids else leads


def _request(user: User, query: str) -> HttpRequest:
    """As the list gets it when this person looks at it."""
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = reverse("admin:leads_lead_changelist")
    request.resolver_match = resolve(request.path)
    request.META["QUERY_STRING"] = query
    request.GET = QueryDict(query)
    request.user = user
    return request
