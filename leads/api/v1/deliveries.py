"""Deliveries: one touch to one destination until settled, and what people may do about one."""

from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django_filters import UUIDFilter
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.examples import DELIVERY, DELIVERY_DETAIL
from leads.api.v1.filtering import AnyOfFilter, MomentFilter, NumberedFilter, TextFilter
from leads.api.v1.personal_data import PersonalDataSerializer, of_private_person
from leads.api.v1.problems import WrongState
from leads.api.v1.remarks import DiagnosisSerializer, diagnosis_of
from leads.api.v1.resources import Resource, StrictSerializer
from leads.delivery import resending
from leads.delivery.giving_up import give_up
from leads.hints import after_commit
from leads.models import Attempt, Delivery, GivenUp
from leads.states import DeliveryState, Priority
from leads.tasks import dispatch_due_deliveries

MOST_ATTEMPTS = 50


@extend_schema_serializer(examples=[DELIVERY])
class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    lead = serializers.UUIDField(read_only=True)
    destination_name = serializers.CharField(read_only=True)
    diagnosis = serializers.SerializerMethodField(help_text="The reason in words; null where there is none.")
    external_url = serializers.CharField(read_only=True, help_text="Opens the record over there; empty where unknown.")
    next_attempt_at = serializers.SerializerMethodField(help_text="Null unless queued.")

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = (
            "id",
            "touch",
            "lead",
            "destination",
            "destination_name",
            "route",
            "state",
            "reason",
            "diagnosis",
            "without_personal_data",
            "tries",
            "next_attempt_at",
            "deadline_at",
            "arrival",
            "external_id",
            "external_url",
            "created_at",
            "delivered_at",
        )
        read_only_fields = fields
        extra_kwargs = {"arrival": {"allow_blank": True}}

    @extend_schema_field(DiagnosisSerializer(allow_null=True))
    def get_diagnosis(self, delivery: Delivery) -> dict[str, str] | None:
        return diagnosis_of(delivery.reason)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_attempt_at(self, delivery: Delivery) -> str | None:
        queued = delivery.state == DeliveryState.QUEUED
        return serializers.DateTimeField().to_representation(delivery.next_attempt_at) if queued else None


class ExchangeSerializer(serializers.Serializer[dict[str, Any]]):
    """What went over the wire, without secrets; long texts are cut."""

    method = serializers.CharField()
    url = serializers.CharField()
    request_headers = serializers.DictField(child=serializers.CharField())
    request_body = serializers.CharField()
    response_status = serializers.IntegerField(allow_null=True)
    response_headers = serializers.DictField(child=serializers.CharField())
    response_body = serializers.CharField()


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try of one delivery. It has no result as long as it has not ended."""

    diagnosis = serializers.SerializerMethodField(help_text="The cause in words; null where there is none.")
    exchange = serializers.SerializerMethodField(
        help_text="Null where nothing was sent, where it is held back, or without the permission leads.view_attempt."
    )

    class Meta:
        model = Attempt
        fields = (
            "id",
            "started_at",
            "sent_at",
            "finished_at",
            "result",
            "is_late",
            "cause",
            "diagnosis",
            "detail",
            "code",
            "http_status",
            "duration_ms",
            "exchange",
        )
        read_only_fields = fields
        extra_kwargs = {"detail": {"allow_null": True}, "result": {"allow_blank": True}}

    @extend_schema_field(DiagnosisSerializer(allow_null=True))
    def get_diagnosis(self, attempt: Attempt) -> dict[str, str] | None:
        return diagnosis_of(attempt.cause)

    @extend_schema_field(ExchangeSerializer(allow_null=True))
    def get_exchange(self, attempt: Attempt) -> dict[str, Any] | None:
        may_see: bool = self.context["request"].user.has_perm("leads.view_attempt")
        return attempt.exchange or None if may_see else None


class GivingUpSerializer(StrictSerializer):
    """Why nothing more is to be sent."""

    note = serializers.CharField(max_length=500)


class GivenUpSerializer(serializers.ModelSerializer[GivenUp]):
    by = serializers.SerializerMethodField(help_text="A user name; null for one who is gone.")

    class Meta:
        model = GivenUp
        fields = ("by", "at", "note")
        read_only_fields = fields

    def get_by(self, row: GivenUp) -> str | None:
        return row.by.get_username() if row.by else None


@extend_schema_serializer(examples=[DELIVERY_DETAIL])
class DeliveryDetailSerializer(PersonalDataSerializer[Delivery], DeliverySerializer):
    """A delivery with its newest attempts. Where personal data is held back, they come without what was sent and
    answered."""

    given_up = serializers.SerializerMethodField(help_text="Who cancelled it, when and why; null unless cancelled.")
    attempts = serializers.SerializerMethodField(help_text=f"The newest {MOST_ATTEMPTS}, newest first.")

    class Meta(DeliverySerializer.Meta):
        fields = (*DeliverySerializer.Meta.fields, "given_up", "attempts", "personal_data")

    @extend_schema_field(GivenUpSerializer(allow_null=True))
    def get_given_up(self, row: Delivery) -> dict[str, Any] | None:
        found = getattr(row, "given_up", None) if row.state == DeliveryState.CANCELLED else None
        return GivenUpSerializer(found).data if found else None

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, row: Delivery) -> list[dict[str, Any]]:
        newest = row.attempts.order_by("-id")[:MOST_ATTEMPTS]
        attempts = AttemptSerializer(newest, many=True, context=self.context).data
        if self.is_held_back(row):
            return [attempt | {"detail": None, "exchange": None} for attempt in attempts]
        return list(attempts)


class DeliveryFilters(FilterSet):
    state__in = AnyOfFilter(field_name="state", choices=DeliveryState.choices)
    destination = NumberedFilter(field_name="destination_id")
    reason = TextFilter("A code such as sign_in_refused.", max_length=60)
    touch = UUIDFilter(field_name="touch_id")
    lead = UUIDFilter(field_name="touch__lead_id")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")


@extend_schema_view(
    list=extend_schema(summary="List deliveries, newest first"),
    retrieve=extend_schema(summary="Read one delivery with its attempts"),
)
class DeliveryResource(ListModelMixin, RetrieveModelMixin, Resource[Delivery]):
    """One touch to one destination until it is settled."""

    permissions = {
        "list": ("leads.view_delivery",),
        "retrieve": ("leads.view_delivery",),
        "retry": ("leads.view_delivery", "leads.retry_delivery"),
        "cancel": ("leads.view_delivery", "leads.retry_delivery"),
        "release": ("leads.view_delivery", "leads.release_delivery"),
    }
    path_to_lead = "touch__lead__"
    queryset = Delivery.objects.annotate(lead=F("touch__lead_id"), destination_name=F("destination__name"))
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters

    def get_queryset(self) -> QuerySet[Delivery]:
        deliveries = super().get_queryset()
        if self.action != "retrieve":
            return deliveries
        return deliveries.select_related("given_up__by").annotate(is_private=of_private_person("touch__"))

    def get_serializer_class(self) -> type[DeliverySerializer]:
        return DeliveryDetailSerializer if self.action == "retrieve" else DeliverySerializer

    @extend_schema(
        operation_id="deliveries_retry",
        summary="Try again now",
        description="For failed and cancelled deliveries, which get a full schedule of tries again, and for queued "
        "ones that wait for their next try. One that failed with the reason may_have_arrived may arrive twice.",
        request=None,
        responses={202: DeliverySerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        moved = resending.try_again(self._this(), priority=Priority.FRESH)
        return self._queued(moved, _("Only failed or cancelled ones, and queued ones that wait, can be retried."))

    @extend_schema(
        operation_id="deliveries_release",
        summary="Send although policy withheld it",
        description="For deliveries that policy withheld, also where they were cancelled afterwards.",
        request=None,
        responses={202: DeliverySerializer},
    )
    @action(detail=True, methods=["post"])
    def release(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        moved = resending.release_withheld(self._this())
        return self._queued(moved, _("Only those that policy withheld can be released."))

    @extend_schema(
        operation_id="deliveries_cancel",
        summary="Give up on a delivery",
        description="For queued and failed deliveries. Nothing more is sent for it, and the note stays with it. "
        "“Try again now” takes it back.",
        request=GivingUpSerializer,
        responses=DeliverySerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        this = self._this()
        given = GivingUpSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        moved = give_up(this, request.user, given.validated_data["note"])
        return self._changed(moved, _("Only queued and failed ones can be cancelled."))

    def _this(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(pk=self.get_object().pk)

    def _queued(self, moved: int, rule: str) -> Response:
        response = self._changed(moved, rule)
        after_commit(dispatch_due_deliveries)
        response.status_code = status.HTTP_202_ACCEPTED
        return response

    def _changed(self, moved: int, rule: str) -> Response:
        """The delivery as it is now. Raises ``WrongState`` with the rule when nothing moved."""
        delivery = self.get_object()
        if not moved:
            raise WrongState(_("This delivery is in the state “%(state)s”.") % {"state": delivery.state} + " " + rule)
        return Response(self.get_serializer(delivery).data)
