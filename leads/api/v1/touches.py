"""Touches: each thing a person did on the marketplace."""

from django.db.models import F
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from leads.api.v1.filtering import MarketplaceFilters, MomentFilter, NumberedFilter
from leads.api.v1.personal_data import PersonalDataSerializer, of_private_person
from leads.api.v1.remarks import RemarkSerializer
from leads.api.v1.resources import Resource
from leads.models import Touch


class TouchSerializer(PersonalDataSerializer[Touch]):
    personal = (
        "first_name",
        "last_name",
        "email",
        "phone",
        "phone_e164",
        "company",
        "title",
        "description",
        "note",
        "unknown_fields",
    )

    offer_name = serializers.CharField(read_only=True, allow_null=True, help_text="The publisher's name for the offer.")
    endpoint_name = serializers.CharField(read_only=True)
    warnings = RemarkSerializer(many=True, read_only=True)
    campaign_ids = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Touch
        fields = (
            "id",
            "lead",
            "inbound_request",
            "position",
            "endpoint",
            "endpoint_name",
            "received_at",
            "first_name",
            "last_name",
            "email",
            "phone",
            "phone_e164",
            "company",
            "title",
            "country",
            "country_code",
            "offer",
            "offer_name",
            "offer_title",
            "lead_source",
            "action_code",
            "source",
            "action",
            "publisher_id",
            "offer_id_text",
            "campaign_ids",
            "description",
            "note",
            "unknown_fields",
            "quality",
            "warnings",
            "is_test",
            "tested_at",
            "is_dnc",
            "privacy",
            "personal_data",
        )
        read_only_fields = fields


class TouchFilters(MarketplaceFilters):
    lead = UUIDFilter(field_name="lead_id")
    inbound_request = UUIDFilter(field_name="inbound_request_id")
    endpoint = NumberedFilter(field_name="endpoint_id")
    received_after = MomentFilter(field_name="received_at", lookup_expr="gte")
    received_before = MomentFilter(field_name="received_at", lookup_expr="lt")


@extend_schema_view(
    list=extend_schema(summary="List touches, newest first"),
    retrieve=extend_schema(summary="Read one touch"),
)
class TouchResource(ListModelMixin, RetrieveModelMixin, Resource[Touch]):
    """One thing a person did on the marketplace: one lead event as Microsoft counts them. It never changes, and its id
    is the key of the record at every destination."""

    permissions = {"list": ("leads.view_touch",), "retrieve": ("leads.view_touch",)}
    newest_by = ("received_at", "id")
    path_to_lead = "lead__"
    queryset = Touch.objects.annotate(
        offer_name=F("offer__name"), endpoint_name=F("endpoint__name"), is_private=of_private_person()
    )
    serializer_class = TouchSerializer
    filterset_class = TouchFilters
