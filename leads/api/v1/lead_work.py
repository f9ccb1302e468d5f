"""What people do with a lead, for programs: correct it, move it, give it, note what was done and what is next."""

from datetime import UTC
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.leads import LeadResource, LeadSerializer
from leads.api.v1.personal_data import PersonalDataSerializer, may_see_private
from leads.api.v1.problems import WrongState
from leads.api.v1.resources import StrictSerializer
from leads.api.v1.tasks import TaskSerializer
from leads.api.v1.versions import if_match, unchanged
from leads.history.edits import By
from leads.marketplace.country import country_names
from leads.models import Activity, Lead, Task
from leads.sales import activities, owning, steps
from leads.sales.contact_facts import FACTS, set_facts
from leads.sales.stages import NEEDS_REASON as STAGES_WITH_REASON
from leads.sales.stages import MoveNotAllowed, move_stage
from leads.states import ActivityKind, CallOutcome, CloseReason, Stage, TaskKind

MOST = 100
LOGGED = [
    (kind.value, kind.label) for kind in (ActivityKind.NOTE, ActivityKind.CALL, ActivityKind.MAIL, ActivityKind.MEETING)
]
LONGEST_TEXT = 10_000


class FactsSerializer(StrictSerializer):
    """What is left out stays as it is."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: _fact(name) for name in FACTS}


def _fact(name: str) -> serializers.Field[Any, Any, Any, Any]:
    if name == "country_code":
        codes = sorted(country_names("en"))
        return serializers.ChoiceField(choices=codes, required=False, allow_blank=True, help_text="ISO 3166-1.")
    longest = cast(int, Lead._meta.get_field(name).max_length)  # type: ignore[union-attr]
    kind = serializers.EmailField if name == "email" else serializers.CharField
    return kind(max_length=longest, required=False, allow_blank=True)


class StageSerializer(StrictSerializer):
    stage = serializers.ChoiceField(choices=Stage.choices)
    close_reason = serializers.ChoiceField(
        choices=CloseReason.choices, required=False, help_text="Needed for lost and discarded, and only there."
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if (given["stage"] in STAGES_WITH_REASON) != ("close_reason" in given):
            text = _("Say why a lead is lost or discarded, and leave it out for other stages.")
            raise serializers.ValidationError({"close_reason": [text]})
        return given


class OwnerSerializer(StrictSerializer):
    owner = serializers.IntegerField(
        min_value=1,
        max_value=models.BigIntegerField.MAX_BIGINT,
        allow_null=True,
        help_text="The id of a user who works on leads; null gives it back.",
    )

    def validate_owner(self, key: int | None) -> User | None:
        person = owning.may_own().filter(pk=key).first() if key else None
        if key and person is None:
            raise serializers.ValidationError(_("Nobody with this id works on leads."))
        return person


class LoggedSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=LOGGED)
    outcome = serializers.ChoiceField(
        choices=CallOutcome.choices, required=False, help_text="Needed for calls, and only there."
    )
    text = serializers.CharField(max_length=LONGEST_TEXT, default="", allow_blank=True)
    next_due_at = serializers.DateTimeField(
        required=False,
        default_timezone=UTC,
        help_text="Of a call: when the next step is due that follows from its outcome. Left out, it is proposed.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        is_call = given["kind"] == ActivityKind.CALL
        if is_call != ("outcome" in given):
            raise serializers.ValidationError({"outcome": [_("Say how a call went; other kinds have no outcome.")]})
        if not is_call and "next_due_at" in given:
            raise serializers.ValidationError({"next_due_at": [_("Only a call leads to a next step.")]})
        if not is_call and not given["text"]:
            raise serializers.ValidationError({"text": [_("Write something first.")]})
        return given


class PlannedSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=TaskKind.choices)
    text = serializers.CharField(
        max_length=cast(int, Task._meta.get_field("text").max_length), default="", allow_blank=True
    )
    due_at = serializers.DateTimeField(default_timezone=UTC)


class ActivitySerializer(PersonalDataSerializer[Activity]):
    personal = ("text",)

    author = serializers.SerializerMethodField(help_text="A user name; null where that is gone.")

    class Meta:
        model = Activity
        fields = ("id", "lead", "kind", "outcome", "text", "author", "at", "personal_data")
        read_only_fields = fields
        extra_kwargs = {"outcome": {"allow_blank": True}}

    def get_author(self, activity: Activity) -> str | None:
        return activity.author.get_username() if activity.author else None

    def is_private(self, row: Activity) -> bool:
        return row.lead.is_private


class LeadWorkResource(LeadResource):
    """One person's interest in one offer: what sales works on. It groups touches, and a new touch re-opens it and
    moves it to the front."""

    permissions = LeadResource.permissions | {
        "partial_update": ("leads.view_lead", "leads.change_lead"),
        "stage": ("leads.view_lead", "leads.change_lead"),
        "owner": ("leads.view_lead", "leads.change_lead"),
        "activities": ("leads.view_lead",),
        "log": ("leads.view_lead", "leads.change_lead"),
        "tasks": ("leads.view_lead", "leads.change_lead"),
    }

    @extend_schema(
        summary="Correct a lead",
        description="Only the fields that are given. What is set here stays: later touches do not change it.",
        parameters=[if_match(needed=True)],
        request=FactsSerializer(partial=True),
        responses={200: LeadSerializer, 409: None, 412: None, 428: None},
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        lead = self.get_object()
        wanted = FactsSerializer(data=request.data, partial=True)
        wanted.is_valid(raise_exception=True)
        if lead.is_private and not may_see_private(request):
            raise PermissionDenied(_("A privacy rule holds the personal data of this lead back."))
        with unchanged(request, lead, required=True):
            set_facts(_user(request), lead.pk, wanted.validated_data)
        return self.answer(lead)

    @extend_schema(
        operation_id="leads_move",
        summary="Move a lead to another stage",
        parameters=[if_match()],
        request=StageSerializer,
        responses={200: LeadSerializer, 409: None, 412: None},
    )
    @action(detail=True, methods=["post"])
    def stage(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        lead, wanted = self.get_object(), StageSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        reason = CloseReason(given["close_reason"]) if "close_reason" in given else None
        with unchanged(request, lead):
            try:
                move_stage(By(_user(request)), lead.pk, Stage(given["stage"]), reason)
            except MoveNotAllowed:
                now = Lead.objects.get(pk=lead.pk).stage
                text = _("From the stage “%(now)s” no lead moves to “%(to)s”.")
                raise WrongState(text % {"now": now, "to": given["stage"]}) from None
        return self.answer(lead)

    @extend_schema(
        operation_id="leads_give",
        summary="Give a lead to somebody",
        parameters=[if_match()],
        request=OwnerSerializer,
        responses={200: LeadSerializer, 412: None},
    )
    @action(detail=True, methods=["post"])
    def owner(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        lead, wanted = self.get_object(), OwnerSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with unchanged(request, lead):
            owning.give(By(_user(request)), [lead.pk], wanted.validated_data["owner"])
        return self.answer(lead)

    @extend_schema(
        summary=f"List the newest {MOST} activities of a lead",
        responses=ActivitySerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def activities(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found = self.get_object().activities.select_related("author", "lead")[:MOST]
        return Response(ActivitySerializer(found, many=True, context=self.get_serializer_context()).data)

    @extend_schema(
        operation_id="leads_log",
        summary="Note a call, a mail, a meeting, or anything",
        description="The outcome of a call moves the stage, ends the clock and plans the next step; a mail or a "
        "meeting is a contact, too.",
        parameters=[if_match()],
        request=LoggedSerializer,
        responses={201: ActivitySerializer, 412: None},
    )
    @activities.mapping.post
    def log(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        lead, wanted = self.get_object(), LoggedSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        with unchanged(request, lead):
            activity = _log(_user(request), lead, given)
        shown = ActivitySerializer(activity, context=self.get_serializer_context()).data
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="leads_plan",
        summary="Plan a next step",
        description="For the lead's owner, or for who plans it where there is none.",
        parameters=[if_match()],
        request=PlannedSerializer,
        responses={201: TaskSerializer, 412: None},
    )
    @action(detail=True, methods=["post"])
    def tasks(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        lead, wanted = self.get_object(), PlannedSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        with unchanged(request, lead):
            task = steps.plan(_user(request), lead.pk, TaskKind(given["kind"]), given["due_at"], given["text"])
        return Response(
            TaskSerializer(task, context=self.get_serializer_context()).data, status=status.HTTP_201_CREATED
        )

    def get_object(self) -> Lead:
        lead: Lead = super().get_object()
        if lead.erased_at and self.request.method not in SAFE_METHODS:
            raise WrongState(_("The person was erased: nothing more can be done with this lead."))
        return lead

    def answer(self, lead: Lead) -> Response:
        """As it is now, also where the caller has just given it to somebody whose leads they do not see."""
        return self.shown(LeadResource.queryset.get(pk=lead.pk))


def _log(user: User, lead: Lead, given: dict[str, Any]) -> Activity:
    if given["kind"] == ActivityKind.CALL:
        return activities.log_call(
            user, lead.pk, CallOutcome(given["outcome"]), given["text"], given.get("next_due_at")
        )
    return activities.log(user, lead.pk, ActivityKind(given["kind"]), given["text"])


def _user(request: Request) -> User:
    return cast(User, request.user)
