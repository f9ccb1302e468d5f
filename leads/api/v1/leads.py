"""Leads: one person's interest in one offer."""

from typing import Any

from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.examples import LEAD
from leads.api.v1.filtering import AnyOfFilter, MarketplaceFilters, MomentFilter, TextFilter
from leads.api.v1.personal_data import PersonalDataSerializer, may_see_private
from leads.api.v1.resources import Resource
from leads.api.v1.versions import etag_of
from leads.models import Lead
from leads.models.lead import LeadQuerySet
from leads.states import Stage


@extend_schema_serializer(examples=[LEAD])
class LeadSerializer(PersonalDataSerializer[Lead]):
    personal = ("first_name", "last_name", "email", "phone", "company", "title")

    offer_name = serializers.CharField(read_only=True, allow_null=True, help_text="The publisher's name for the offer.")

    class Meta:
        model = Lead
        fields = (
            "id",
            "stage",
            "first_name",
            "last_name",
            "email",
            "phone",
            "company",
            "title",
            "country",
            "country_code",
            "offer",
            "offer_name",
            "offer_title",
            "source",
            "action",
            "is_test",
            "is_dnc",
            "is_private",
            "close_reason",
            "owner",
            "team",
            "score",
            "answer_by",
            "contacted_at",
            "next_task_at",
            "snoozed_until",
            "touch_count",
            "first_touch_at",
            "last_touch_at",
            "version",
            "merged_into",
            "personal_data",
        )
        read_only_fields = fields
        extra_kwargs = {
            "close_reason": {"allow_blank": True},
            "merged_into": {"help_text": "The lead that this one became part of; such leads are in no list."},
        }


class LeadFilters(MarketplaceFilters):
    stage__in = AnyOfFilter(field_name="stage", choices=Stage.choices)
    last_touch_after = MomentFilter(field_name="last_touch_at", lookup_expr="gte")
    last_touch_before = MomentFilter(field_name="last_touch_at", lookup_expr="lt")
    search = TextFilter(
        "Every word somewhere in name, company, e-mail, phone or offer title.",
        min_length=2,
        max_length=200,
        method="search_what_may_be_seen",
    )

    def search_what_may_be_seen(self, leads: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        """Searching must not reveal what reading does not show."""
        found = leads.search(value)
        return found if may_see_private(self.request) else found.filter(is_private=False)


@extend_schema_view(
    list=extend_schema(summary="List leads, the one with the newest touch first"),
    retrieve=extend_schema(summary="Read one lead"),
)
class LeadResource(ListModelMixin, RetrieveModelMixin, Resource[Lead]):
    """One person's interest in one offer: what sales works on. It groups touches, and a new touch re-opens it and
    moves it to the front."""

    permissions = {"list": ("leads.view_lead",), "retrieve": ("leads.view_lead",)}
    newest_by = ("last_touch_at", "id")
    path_to_lead = ""
    queryset = Lead.objects.annotate(offer_name=F("offer__name"))
    serializer_class = LeadSerializer
    filterset_class = LeadFilters

    def get_queryset(self) -> QuerySet[Lead]:
        leads = super().get_queryset()
        return leads.filter(merged_into=None) if self.action == "list" else leads

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.shown(self.get_object())

    def shown(self, lead: Lead) -> Response:
        """With the version that ``If-Match`` may name."""
        return Response(self.get_serializer(lead).data, headers={"ETag": etag_of(lead)})
