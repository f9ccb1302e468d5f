"""Destinations: the outside systems, and whether they take leads now. Settings and secrets are never given."""

from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.contract import StepResult
from leads.api.v1.filtering import TruthFilter
from leads.api.v1.personal_data import may_see_private
from leads.api.v1.problems import WrongState
from leads.api.v1.remarks import DiagnosisSerializer, diagnosis_of
from leads.api.v1.resources import Resource
from leads.delivery import gate, proving
from leads.hints import after_commit
from leads.models import Destination, DestinationGate
from leads.states import ProofKind
from leads.tasks import dispatch_due_deliveries, prove_destinations


class GateSerializer(serializers.ModelSerializer[DestinationGate]):
    """What stops a destination for a while. Deliveries wait behind it, and none is lost."""

    state = serializers.SerializerMethodField(
        help_text="paused: until a check passes or a person resumes it. held: until held_until. broken: it does not "
        "answer, and single deliveries find out from probe_at on whether it does again."
    )
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
            "broken_at",
            "probe_at",
            "failing_since",
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

    @extend_schema_field({"type": "string", "enum": ["open", "broken", "held", "paused"]})
    def get_state(self, gate: DestinationGate) -> str:
        if gate.paused_at:
            return "paused"
        if gate.held_until and gate.held_until > self.context["now"]:
            return "held"
        return "broken" if gate.broken_at else "open"

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

    permissions = {
        "list": ("leads.view_destination",),
        "retrieve": ("leads.view_destination",),
        "check": ("leads.view_destination", "leads.operate_destination"),
        "pause": ("leads.view_destination", "leads.operate_destination"),
        "resume": ("leads.view_destination", "leads.operate_destination"),
    }
    queryset = (
        Destination.objects.select_related("gate")
        .prefetch_related("proofs")
        .defer("settings", "encrypted_secrets")
        .annotate(now=Now())
    )
    serializer_class = DestinationSerializer
    filterset_class = DestinationFilters

    @extend_schema(
        operation_id="destinations_check",
        summary="Check the settings",
        description="A worker does it, and writes nothing over there: read the destination again until its "
        "`checked_at` is newer. A destination that Lead CRM had paused resumes when nothing fails.",
        request=None,
        responses={202: DestinationSerializer},
    )
    @action(detail=True, methods=["post"])
    def check(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        proving.ask(self.get_object().pk, ProofKind.CHECK)
        after_commit(prove_destinations)
        return Response(self.get_serializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        operation_id="destinations_pause",
        summary="Pause",
        description="Leads wait until somebody resumes it; none is lost.",
        request=None,
        responses=DestinationSerializer,
    )
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._changed(gate.pause(self.get_object().pk), _("It is paused by a person already."))

    @extend_schema(
        operation_id="destinations_resume",
        summary="Resume",
        description="Whatever keeps leads from it: a pause, a wait that it asked for, or that it did not answer.",
        request=None,
        responses=DestinationSerializer,
    )
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        resumed = gate.resume(self.get_object().pk)
        after_commit(dispatch_due_deliveries)
        return self._changed(resumed, _("Nothing keeps leads from it."))

    def _changed(self, done: bool, rule: str) -> Response:
        """The destination as it is now. Raises ``WrongState`` with the rule when nothing changed."""
        if not done:
            raise WrongState(rule)
        return Response(self.get_serializer(self.get_object()).data)
