"""Destinations: the outside systems, and whether they take leads now. Settings and secrets are never given."""

from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from integrations.contract import StepResult
from leads.api.v1.filtering import TruthFilter
from leads.api.v1.personal_data import may_see_private
from leads.api.v1.remarks import DiagnosisSerializer, diagnosis_of
from leads.api.v1.resources import Resource
from leads.models import Destination, DestinationGate
from leads.states import ProofKind


class GateSerializer(serializers.ModelSerializer[DestinationGate]):
    """What stops a destination for a while. Deliveries wait behind it, and none is lost."""

    state = serializers.SerializerMethodField(help_text="paused: until a check passes or a person resumes it.")
    pause_detail = serializers.SerializerMethodField(
        help_text="The other side's words, which may repeat personal data that was sent: null without the permission "
        "leads.view_private_lead. Deliveries with the pause_cause as their reason have them, too."
    )
    diagnosis = serializers.SerializerMethodField(help_text="Why it is paused.")

    class Meta:
        model = DestinationGate
        fields = (
            "state",
            "held_until",
            "paused_at",
            "paused_by",
            "pause_cause",
            "pause_detail",
            "diagnosis",
            "next_check_at",
            "last_success_at",
            "last_failure_at",
            "last_failure_cause",
            "calls_at_once",
        )
        read_only_fields = fields
        extra_kwargs = {"paused_by": {"allow_blank": True}, "last_failure_cause": {"allow_blank": True}}

    @extend_schema_field({"type": "string", "enum": ["open", "held", "paused"]})
    def get_state(self, gate: DestinationGate) -> str:
        if gate.is_open(self.context["now"]):
            return "open"
        return "paused" if gate.paused_at else "held"

    def get_pause_detail(self, gate: DestinationGate) -> str | None:
        return gate.pause_detail if may_see_private(self.context["request"]) else None

    @extend_schema_field(DiagnosisSerializer(allow_null=True))
    def get_diagnosis(self, gate: DestinationGate) -> dict[str, str] | None:
        return diagnosis_of(gate.pause_cause)


class CheckStepSerializer(serializers.Serializer[dict[str, str]]):
    label = serializers.CharField()  # type: ignore[assignment]
    result = serializers.ChoiceField(choices=[(result.value, result.value) for result in StepResult])
    detail = serializers.CharField(allow_blank=True)


class DestinationSerializer(serializers.ModelSerializer[Destination]):
    gate = serializers.SerializerMethodField()
    checked_at = serializers.SerializerMethodField(help_text="When the last check ended.")
    check_steps = serializers.SerializerMethodField(help_text="What the last check looked at.")

    class Meta:
        model = Destination
        fields = (
            "id",
            "name",
            "kind",
            "enabled",
            "takes_test_leads",
            "takes_do_not_contact",
            "created_at",
            "checked_at",
            "check_steps",
            "gate",
        )
        read_only_fields = fields

    @extend_schema_field(GateSerializer)
    def get_gate(self, destination: Destination) -> dict[str, Any]:
        # ``now`` is the database's clock, which set ``held_until``.
        now = destination.now  # type: ignore[attr-defined]
        return GateSerializer(destination.gate, context={**self.context, "now": now}).data

    def get_checked_at(self, destination: Destination) -> datetime | None:
        check = destination.proof(ProofKind.CHECK)
        return check.finished_at if check else None

    @extend_schema_field(CheckStepSerializer(many=True))
    def get_check_steps(self, destination: Destination) -> list[dict[str, str]]:
        check = destination.proof(ProofKind.CHECK)
        return check.in_words if check else []


class DestinationFilters(FilterSet):
    enabled = TruthFilter()


@extend_schema_view(
    list=extend_schema(summary="List destinations"),
    retrieve=extend_schema(summary="Read one destination"),
)
class DestinationResource(ListModelMixin, RetrieveModelMixin, Resource[Destination]):
    """One configured outside system. Its settings and secrets are in the admin only."""

    permissions = {"list": ("leads.view_destination",), "retrieve": ("leads.view_destination",)}
    queryset = (
        Destination.objects.select_related("gate")
        .prefetch_related("proofs")
        .defer("settings", "encrypted_secrets")
        .annotate(now=Now())
    )
    serializer_class = DestinationSerializer
    filterset_class = DestinationFilters
