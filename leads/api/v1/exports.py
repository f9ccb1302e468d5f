"""Exports: leads written to a file. Ask for one, see how far it is, fetch it."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import FileResponse
from django.utils.translation import gettext as _
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.filtering import AnyOfFilter
from leads.api.v1.problems import WrongState
from leads.api.v1.resources import Resource, StrictSerializer
from leads.exporting import jobs
from leads.exporting.choosing import FilterGone, leads_of
from leads.exporting.fetching import answer_with, file_of
from leads.exporting.jobs import PERMISSION, TooMany
from leads.hints import after_commit
from leads.models import ExportJob
from leads.models.export_job import LONGEST_QUERY, ExportFault, ExportFormat, ExportState
from leads.tasks import continue_exports

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class AnyType(BaseRenderer):
    """For who accepts only the type of the file: what it is, the answer itself says."""

    media_type = "*/*"
    format = "file"


class ExportSerializer(serializers.ModelSerializer[ExportJob]):
    found = serializers.IntegerField(read_only=True, allow_null=True, help_text="How many leads there were to write.")
    done = serializers.IntegerField(read_only=True, help_text="How many of them are written.")
    fault = serializers.ChoiceField(
        choices=ExportFault.choices, read_only=True, allow_blank=True, help_text="Why it failed."
    )
    file_goes_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the file is deleted; null before it has ended."
    )

    class Meta:
        model = ExportJob
        fields = (
            *("id", "format", "query", "state", "fault", "found", "done"),
            *("asked_at", "finished_at", "file_goes_at"),
        )
        read_only_fields = fields
        extra_kwargs = {"query": {"allow_blank": True}}


class ExportAskedSerializer(StrictSerializer):
    format = serializers.ChoiceField(choices=ExportFormat.choices, default=ExportFormat.CSV)
    query = serializers.CharField(
        max_length=LONGEST_QUERY,
        default="",
        allow_blank=True,
        help_text="The filters of the admin's list of leads as they stand in its address, such as "
        "`stage__exact=new&owner=me`. Empty: all that you see.",
    )


class ExportFilters(FilterSet):
    state__in = AnyOfFilter(field_name="state", choices=ExportState.choices)


@extend_schema_view(
    list=extend_schema(summary="List your exports, the newest first"),
    retrieve=extend_schema(summary="Read one export, to see how far it is"),
)
class ExportResource(ListModelMixin, RetrieveModelMixin, Resource[ExportJob]):
    """Leads written to a CSV file or a workbook, in the background. Each export is for who asked for it; its file is
    kept for a day."""

    permissions = dict.fromkeys(("list", "retrieve", "create", "cancel", "file"), (PERMISSION,))
    queryset = ExportJob.objects.all()
    serializer_class = ExportSerializer
    filterset_class = ExportFilters

    def get_queryset(self) -> QuerySet[ExportJob]:
        return super().get_queryset().filter(asked_by=cast(User, self.request.user))

    @extend_schema(summary="Export leads", request=ExportAskedSerializer, responses={202: ExportSerializer, 409: None})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = ExportAskedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user, query = cast(User, request.user), asked.validated_data["query"].removeprefix("?")
        try:
            leads_of(user, query)
            job = jobs.ask(user, ExportFormat(asked.validated_data["format"]), query)
        except FilterGone:
            raise serializers.ValidationError({"query": [str(ExportFault.FILTER.label)]}) from None
        except TooMany:
            raise WrongState(_("Too many exports of yours are under way. Wait for them, or cancel some.")) from None
        job.refresh_from_db()
        after_commit(continue_exports)
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        operation_id="exports_cancel",
        summary="Stop an export",
        request=None,
        responses=ExportSerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not jobs.cancel(self.get_object()):
            raise WrongState(_("It had ended already."))
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="exports_file",
        summary="Fetch the file of an export that is done",
        responses={(200, "text/csv"): OpenApiTypes.BINARY, (200, XLSX): OpenApiTypes.BINARY, 409: None},
    )
    @action(detail=True, methods=["get"], renderer_classes=[JSONRenderer, AnyType])
    def file(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        job = self.get_object()
        found = file_of(job, cast(User, request.user))
        if found is None:
            raise WrongState(_("It has no file to fetch: it is “%(state)s”.") % {"state": job.state})
        return answer_with(job, found)
