"""Imports: leads from a file. Upload it, see what would become of its rows, import them, take that back."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.filtering import AnyOfFilter
from leads.api.v1.problems import WrongState
from leads.api.v1.resources import Resource, StrictSerializer
from leads.hints import after_commit
from leads.importing import jobs, storing, wording
from leads.importing.jobs import PERMISSION, TooLate
from leads.importing.reading import MOST_BYTES
from leads.importing.storing import Refused, Uploaded
from leads.models import ImportJob
from leads.models.import_job import ImportState, Outcome
from leads.sales.visibility import asked_by_seen
from leads.tasks import continue_imports

MOST_FAULTY = 100
NAME = "api.csv"


class CsvParser(BaseParser):
    """The bytes as they are; ``importing`` reads them."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        content: bytes = stream.read(MOST_BYTES + 1)
        return content


class CountsSerializer(serializers.Serializer[Any]):
    """Rows."""

    new = serializers.IntegerField(help_text="They make a new lead.")
    joins = serializers.IntegerField(help_text="They are another touch of a known lead.")
    known = serializers.IntegerField(help_text="They are known already and are passed over.")
    faulty = serializers.IntegerField(help_text="They have errors and are passed over.")


class ImportResultSerializer(serializers.Serializer[Any]):
    leads = serializers.IntegerField(help_text="New leads.")
    touches = serializers.IntegerField()
    removed = serializers.IntegerField(help_text="Touches that were taken back.")


class RowProblemSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="As a spreadsheet program counts: the headers are row 1.")
    column = serializers.CharField(allow_blank=True, help_text="A header; empty for the row as a whole.")
    code = serializers.CharField()
    detail = serializers.CharField(help_text="What is wrong and what to do, for people.")


class ImportSerializer(serializers.ModelSerializer[ImportJob]):
    checked = serializers.SerializerMethodField(help_text="What would become of the rows; zeros before the check.")
    result = serializers.SerializerMethodField(help_text="What became of them.")
    problems = serializers.SerializerMethodField(help_text=f"What is wrong with rows, {MOST_FAULTY} rows at most.")

    class Meta:
        model = ImportJob
        fields = (
            *("id", "state", "rows", "checked", "result", "problems", "forwards", "gives_owners"),
            *("asked_at", "finished_at"),
        )
        read_only_fields = fields

    @extend_schema_field(CountsSerializer)
    def get_checked(self, job: ImportJob) -> Any:
        return {name: job.checked.get(name, 0) for name in Outcome.values}

    @extend_schema_field(ImportResultSerializer)
    def get_result(self, job: ImportJob) -> Any:
        return {name: job.result.get(name, 0) for name in ("leads", "touches", "removed")}

    @extend_schema_field(RowProblemSerializer(many=True))
    def get_problems(self, job: ImportJob) -> Any:
        rows = job.imported.filter(outcome=Outcome.FAULTY).order_by("id")[:MOST_FAULTY]
        return [
            {"row": row.line, "column": column, "code": code, "detail": " ".join(wording.of_row(code, params))}
            for row in rows
            for column, code, params in row.problems
        ]


class ImportStartSerializer(StrictSerializer):
    forwards = serializers.BooleanField(default=False, help_text="Whether the touches go to destinations, too.")
    gives_owners = serializers.BooleanField(
        default=True, help_text="Whether the rules of assignment give the open ones to people."
    )


class ImportFilters(FilterSet):
    state__in = AnyOfFilter(field_name="state", choices=ImportState.choices)


@extend_schema_view(
    list=extend_schema(summary="List imports, the newest first"),
    retrieve=extend_schema(summary="Read one import, to see how far it is"),
)
class ImportResource(ListModelMixin, RetrieveModelMixin, Resource[ImportJob]):
    """Leads from a CSV file, such as Partner Center exports. Uploading only checks: when its state is `checked`, start
    it. Columns are told by their headers; what is not known stays beside the lead. Rows that are known already are
    passed over."""

    permissions = dict.fromkeys(("list", "retrieve", "create", "start", "discard", "revert"), (PERMISSION,))
    queryset = ImportJob.objects.all()
    serializer_class = ImportSerializer
    filterset_class = ImportFilters

    def get_queryset(self) -> QuerySet[ImportJob]:
        return super().get_queryset().filter(asked_by_seen(self.request.user))

    def get_parsers(self) -> list[Any]:
        """A file where one is uploaded, JSON everywhere else."""
        is_upload = getattr(self, "action_map", {}).get(str(self.request and self.request.method).lower()) == "create"
        return [CsvParser()] if is_upload else super().get_parsers()

    @extend_schema(
        summary="Upload a file and have it checked",
        request={"text/csv": {"type": "string", "format": "binary"}},
        responses={202: ImportSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        try:
            job = storing.store_as_suggested(cast(User, request.user), Uploaded(NAME, cast(bytes, request.data or b"")))
        except Refused as refused:
            raise ParseError(" ".join(wording.of_file(refused.code, refused.params))) from None
        after_commit(continue_imports)
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        operation_id="imports_start",
        summary="Import what was checked",
        request=ImportStartSerializer,
        responses={202: ImportSerializer, 409: None},
    )
    @action(detail=True, methods=["post"])
    def start(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        job, asked = self.get_object(), ImportStartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self._do(job, lambda: jobs.start(job, **asked.validated_data))

    @extend_schema(
        operation_id="imports_discard",
        summary="Give up a batch before it is imported",
        request=None,
        responses={202: ImportSerializer},
    )
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        job = self.get_object()
        return self._do(job, lambda: jobs.discard(job))

    @extend_schema(
        operation_id="imports_revert",
        summary="Take an import back",
        description="The touches that it made, and leads that have nothing else. What was sent or worked on stays.",
        request=None,
        responses={202: ImportSerializer},
    )
    @action(detail=True, methods=["post"])
    def revert(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        job = self.get_object()
        return self._do(job, lambda: jobs.revert(job))

    def _do(self, job: ImportJob, act: Any) -> Response:
        try:
            act()
        except TooLate:
            job.refresh_from_db()
            raise WrongState(
                _("The state of this import does not allow it: it is “%(state)s”.") % {"state": job.state}
            ) from None
        after_commit(continue_imports)
        return Response(self.get_serializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)
