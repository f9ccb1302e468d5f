"""Tasks: what somebody means to do with a lead, and by when."""

from datetime import UTC
from typing import Any

from django_filters import UUIDFilter
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.filtering import MomentFilter, NumberedFilter, TruthFilter
from leads.api.v1.personal_data import PersonalDataSerializer
from leads.api.v1.resources import Resource, StrictSerializer
from leads.models import Task
from leads.sales import steps


class TaskSerializer(PersonalDataSerializer[Task]):
    personal = ("text",)

    class Meta:
        model = Task
        fields = ("id", "lead", "kind", "text", "due_at", "assignee", "made_at", "done_at", "personal_data")
        read_only_fields = fields

    def is_private(self, row: Task) -> bool:
        return row.lead.is_private


class TaskChangeSerializer(StrictSerializer):
    """What is left out stays as it is."""

    due_at = serializers.DateTimeField(required=False, default_timezone=UTC)
    done = serializers.BooleanField(required=False)


class TaskFilters(FilterSet):
    lead = UUIDFilter(field_name="lead_id")
    assignee = NumberedFilter(field_name="assignee_id")
    done = TruthFilter(field_name="done_at", lookup_expr="isnull", exclude=True)
    due_after = MomentFilter(field_name="due_at", lookup_expr="gte")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")


@extend_schema_view(
    list=extend_schema(summary="List tasks, the last planned first"),
    retrieve=extend_schema(summary="Read one task"),
)
class TaskResource(ListModelMixin, RetrieveModelMixin, Resource[Task]):
    """A next step of a lead. The earliest open one is the lead's ``next_task_at``."""

    permissions = {
        "list": ("leads.view_lead",),
        "retrieve": ("leads.view_lead",),
        "partial_update": ("leads.view_lead", "leads.change_lead"),
    }
    path_to_lead = "lead__"
    queryset = Task.objects.select_related("lead")
    serializer_class = TaskSerializer
    filterset_class = TaskFilters

    @extend_schema(
        summary="Finish a task, open it again, or put it off",
        request=TaskChangeSerializer(partial=True),
        responses=TaskSerializer,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        task, wanted = self.get_object(), TaskChangeSerializer(data=request.data, partial=True)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        if "due_at" in given:
            steps.put_off(task, given["due_at"])
        if "done" in given:
            steps.finish(task) if given["done"] else steps.reopen(task)
        return Response(self.get_serializer(self.get_object()).data)
