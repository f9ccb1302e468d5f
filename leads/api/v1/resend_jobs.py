"""Replays: many deliveries sent again at once. Ask for one, see how far it is, stop it."""

from datetime import UTC
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.filtering import AnyOfFilter, NumberedFilter
from leads.api.v1.problems import WrongState
from leads.api.v1.resources import Resource, StrictSerializer
from leads.delivery import resend_jobs
from leads.delivery.resend_jobs import DOUBTFUL, PERMISSIONS, UnderWay
from leads.delivery.resend_plans import Plan, complaints, needs_confirmation, plan_of
from leads.delivery.resend_wording import time_of
from leads.hints import after_commit
from leads.models import Destination, Offer, ResendJob
from leads.models.resend_job import STATES_TRIED_AGAIN, ResendKind, ResendState, Skipped
from leads.states import DeliveryState
from leads.tasks import continue_resend_jobs

_KINDS = (
    "failed: failed deliveries, and others by `states`; delivered: what arrived since a time, once more under the same "
    "key; missing: touches that a route leads there by now, and that never went there."
)


class SkippedSerializer(serializers.Serializer[Any]):
    """How many stayed as they were for one reason. One with a state's name was in that state by then."""

    reason = serializers.ChoiceField(choices=Skipped.choices)
    count = serializers.IntegerField()


class ResendJobSerializer(serializers.ModelSerializer[ResendJob]):
    asked_by = serializers.SerializerMethodField(help_text="A user name; null for the command line.")
    found = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="How many there were to look at when it began; null before that."
    )
    moved = serializers.IntegerField(read_only=True, help_text="How many are queued again, or for the first time.")
    skipped = serializers.SerializerMethodField(help_text="How many stayed as they were, and why.")
    states = serializers.ListField(child=serializers.ChoiceField(choices=DeliveryState.choices), read_only=True)

    class Meta:
        model = ResendJob
        fields = (
            "id",
            "kind",
            "destination",
            "states",
            "reason",
            "offer",
            "since",
            "until",
            "may_make_doubles",
            "state",
            "found",
            "moved",
            "skipped",
            "asked_by",
            "asked_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields
        extra_kwargs = {"reason": {"allow_blank": True}}

    may_make_doubles = serializers.BooleanField(source="doubles_confirmed", read_only=True)

    def get_asked_by(self, job: ResendJob) -> str | None:
        return job.asked_by.get_username() if job.asked_by else None

    @extend_schema_field(SkippedSerializer(many=True))
    def get_skipped(self, job: ResendJob) -> Any:
        counts = [{"reason": reason, "count": count} for reason, count in sorted(job.skipped.items())]
        return SkippedSerializer(counts, many=True).data


class PlanSerializer(serializers.Serializer[Plan]):
    """What a replay would do. Nothing was changed."""

    found = serializers.IntegerField(help_text="How many would be sent.")
    is_exact = serializers.BooleanField(help_text="false: there are as many as found or more.")
    left_out = serializers.IntegerField(
        help_text="How many more fit, and may have arrived already, or are withheld by policy."
    )
    takes = serializers.SerializerMethodField(help_text="Roughly how long, in words.")

    def get_takes(self, plan: Plan) -> str:
        return time_of(plan)


class ResendSerializer(StrictSerializer):
    """Which deliveries are sent again. What is left out means any."""

    kind = serializers.ChoiceField(choices=ResendKind.choices, help_text=_KINDS)
    destination = serializers.PrimaryKeyRelatedField(
        queryset=Destination.objects.all(),
        allow_null=True,
        default=None,
        pk_field=serializers.IntegerField(min_value=1, max_value=models.BigIntegerField.MAX_BIGINT),
        help_text="May be left out for failed ones only.",
    )
    states = serializers.ListField(
        child=serializers.ChoiceField(choices=[(state.value, state.label) for state in STATES_TRIED_AGAIN]),
        allow_empty=False,
        required=False,
        help_text="For failed ones: which states count as such. At first those that failed; queued ones are those that "
        "wait for their next try.",
    )
    reason = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="A code such as server_trouble, of failed ones."
    )
    offer = serializers.PrimaryKeyRelatedField(
        queryset=Offer.objects.all(),
        allow_null=True,
        default=None,
        pk_field=serializers.IntegerField(min_value=1, max_value=models.BigIntegerField.MAX_BIGINT),
    )
    since = serializers.DateTimeField(
        allow_null=True,
        default=None,
        default_timezone=UTC,
        help_text="Of when a delivery was made; for delivered ones, when it arrived; for missing ones, when the touch "
        "was received. Without a zone it is in UTC. Needed for delivered ones.",
    )
    until = serializers.DateTimeField(
        allow_null=True, default=None, default_timezone=UTC, help_text="Not included. Empty: until this moment."
    )
    may_make_doubles = serializers.BooleanField(
        default=False,
        help_text="Must be true where records over there may come to be there twice: for delivered ones at a "
        f"destination that does not recognise repeats, and for failed ones with the reason {DOUBTFUL}, which are left "
        "out otherwise.",
    )
    dry_run = serializers.BooleanField(default=False, help_text="Only say how many, and how long it takes.")

    def job(self) -> ResendJob:
        """Not stored. Raises ``ValidationError`` for what is wrong with it as a whole."""
        given = dict(self.validated_data)
        given.pop("dry_run")
        given["doubles_confirmed"] = given.pop("may_make_doubles")
        usual = {ResendKind.FAILED: [DeliveryState.FAILED.value], ResendKind.DELIVERED: [DeliveryState.DELIVERED.value]}
        states = given.pop("states", None)
        if states and given["kind"] != ResendKind.FAILED:
            raise serializers.ValidationError({"states": [_("Only what failed or waits can be chosen by its state.")]})
        job = ResendJob(states=states or usual.get(given["kind"], []), **given)
        if wrong := complaints(job):
            raise serializers.ValidationError({name: [text] for name, text in wrong.items()})
        return job


class ResendJobFilters(FilterSet):
    state__in = AnyOfFilter(field_name="state", choices=ResendState.choices)
    destination = NumberedFilter(field_name="destination_id")


@extend_schema_view(
    list=extend_schema(summary="List replays, newest first"),
    retrieve=extend_schema(summary="Read how far a replay is"),
)
class ResendJobResource(ListModelMixin, RetrieveModelMixin, Resource[ResendJob]):
    """Many deliveries sent again at once. Workers do it page by page; new leads go first."""

    permissions = {
        "list": PERMISSIONS[ResendKind.FAILED],
        "retrieve": PERMISSIONS[ResendKind.FAILED],
        "create": PERMISSIONS[ResendKind.FAILED],
        "cancel": PERMISSIONS[ResendKind.FAILED],
    }
    queryset = ResendJob.objects.select_related("asked_by")
    serializer_class = ResendJobSerializer
    filterset_class = ResendJobFilters

    @extend_schema(
        summary="Send many deliveries again",
        description="Answers at once; follow the replay at its own address. One that sends delivered ones again needs "
        "the permission leads.resend_delivered, too.",
        request=ResendSerializer,
        responses={202: ResendJobSerializer, 200: PlanSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        wanted = ResendSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        self._check_permission(wanted.validated_data["kind"])
        job = wanted.job()
        if wanted.validated_data["dry_run"]:
            return Response(PlanSerializer(plan_of(job)).data)
        if needs_confirmation(job) and not job.doubles_confirmed:
            text = _("Records over there may come to be there twice: set this to true if that is meant.")
            raise serializers.ValidationError({"may_make_doubles": [text]}, code="required")
        job.asked_by = request.user  # type: ignore[assignment]
        self._ask(job)
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        operation_id="resend_jobs_cancel",
        summary="Stop a replay",
        description="What it sent again by then stays so.",
        request=None,
        responses=ResendJobSerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        cancelled = resend_jobs.cancel(self.get_object().pk)
        job = self.get_object()
        if not cancelled:
            raise WrongState(_("This replay ended already: it is “%(state)s”.") % {"state": job.state})
        return Response(self.get_serializer(job).data)

    def _check_permission(self, kind: str) -> None:
        for name in PERMISSIONS[kind]:
            if not self.request.user.has_perm(name):
                raise PermissionDenied(_("Your account needs the permission %(name)s.") % {"name": name})

    def _ask(self, job: ResendJob) -> None:
        try:
            resend_jobs.ask(job)
        except UnderWay as error:
            raise serializers.ValidationError({"destination": [str(error)]}) from None
        after_commit(continue_resend_jobs)
