"""Inbound requests: what was posted, byte for byte, and what became of it."""

import base64
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.filtering import AnyOfFilter, MomentFilter, NumberedFilter, TextFilter
from leads.api.v1.personal_data import PersonalDataSerializer, of_private_person
from leads.api.v1.problems import WrongState
from leads.api.v1.remarks import RemarkSerializer
from leads.api.v1.resources import Resource
from leads.hints import after_commit
from leads.intake.privacy import names_private_person
from leads.intake.reprocessing import process_again
from leads.models import InboundRequest, Touch
from leads.states import InboundState
from leads.tasks import interpret_inbound


class InboundRequestSerializer(serializers.ModelSerializer[InboundRequest]):
    endpoint_name = serializers.CharField(read_only=True)
    message = serializers.CharField(source="reason_text", read_only=True, help_text="The reason in words.")
    remarks = RemarkSerializer(many=True, read_only=True)

    class Meta:
        model = InboundRequest
        fields: tuple[str, ...] = (
            "id",
            "endpoint",
            "endpoint_name",
            "received_at",
            "source_address",
            "content_type",
            "user_agent",
            "body_size",
            "state",
            "reason",
            "message",
            "remarks",
            "repeat_of",
            "processed_at",
        )
        read_only_fields = fields


class InboundRequestDetailSerializer(PersonalDataSerializer[InboundRequest], InboundRequestSerializer):
    """With the body: as text where it is UTF-8, else in Base64."""

    personal = ("body_text", "body_base64")

    body_text = serializers.SerializerMethodField()
    body_base64 = serializers.SerializerMethodField()
    is_cut = serializers.BooleanField(read_only=True, help_text="Only the first part of the body was kept.")
    touches = serializers.PrimaryKeyRelatedField[Touch](many=True, read_only=True, help_text="What was read from it.")

    class Meta(InboundRequestSerializer.Meta):
        fields = (
            *InboundRequestSerializer.Meta.fields,
            "body_text",
            "body_base64",
            "is_cut",
            "touches",
            "personal_data",
        )

    def is_private(self, row: InboundRequest) -> bool:
        """Also where no lead came out of it, or not yet."""
        return super().is_private(row) or names_private_person(bytes(row.body))

    def get_body_text(self, inbound: InboundRequest) -> str | None:
        try:
            return bytes(inbound.body).decode()
        except UnicodeDecodeError:
            return None

    def get_body_base64(self, inbound: InboundRequest) -> str | None:
        return None if self.get_body_text(inbound) is not None else base64.b64encode(inbound.body).decode()


class InboundRequestFilters(FilterSet):
    state__in = AnyOfFilter(field_name="state", choices=InboundState.choices)
    endpoint = NumberedFilter(field_name="endpoint_id")
    reason = TextFilter("A code such as not_json.", max_length=30)
    received_after = MomentFilter(field_name="received_at", lookup_expr="gte")
    received_before = MomentFilter(field_name="received_at", lookup_expr="lt")


@extend_schema_view(
    list=extend_schema(summary="List inbound requests, newest first"),
    retrieve=extend_schema(summary="Read one inbound request with its body"),
)
class InboundRequestResource(ListModelMixin, RetrieveModelMixin, Resource[InboundRequest]):
    """What was posted to an endpoint, understood or not. Its id is the receipt that the sender got."""

    permissions = {
        "list": ("leads.view_inboundrequest",),
        "retrieve": ("leads.view_inboundrequest",),
        "process_again": ("leads.view_inboundrequest", "leads.process_again"),
    }
    queryset = InboundRequest.objects.annotate(endpoint_name=F("endpoint__name"))
    serializer_class = InboundRequestSerializer
    filterset_class = InboundRequestFilters

    def get_queryset(self) -> QuerySet[InboundRequest]:
        requests = super().get_queryset()
        if self.action != "retrieve":
            return requests.defer("body")
        private = Touch.objects.filter(of_private_person())
        its_own = private.filter(inbound_request=OuterRef("pk"))
        repeated = private.filter(pk=OuterRef("repeat_of"))
        return requests.annotate(is_private=Exists(its_own) | Exists(repeated)).prefetch_related("touches")

    def get_serializer_class(self) -> type[InboundRequestSerializer]:
        return InboundRequestDetailSerializer if self.action == "retrieve" else InboundRequestSerializer

    @extend_schema(
        operation_id="inbound_requests_process_again",
        summary="Process a rejected request again",
        description="Useful after an update of Lead CRM. A request that was too large cannot be processed again: only "
        "its first part was kept.",
        request=None,
        responses={202: InboundRequestSerializer},
    )
    @action(detail=True, methods=["post"], url_path="process-again")
    def process_again(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        moved = process_again(InboundRequest.objects.filter(pk=self.get_object().pk))
        inbound = self.get_object()
        if not moved:
            rule = _("Only rejected requests that were not too large can be processed again.")
            raise WrongState(_("This request is in the state “%(state)s”.") % {"state": inbound.state} + " " + rule)
        after_commit(interpret_inbound)
        return Response(self.get_serializer(inbound).data, status=status.HTTP_202_ACCEPTED)
