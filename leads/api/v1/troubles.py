"""What is wrong now, with what to do about it: the landing page of the people who run Lead CRM, for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api.v1.resources import Resource
from leads.models import Trouble
from leads.models.trouble import TroubleKind
from leads.watching import wording
from leads.watching.troubles import present_troubles


class TroubleSerializer(serializers.Serializer[Trouble]):
    """One row per destination and cause."""

    kind = serializers.ChoiceField(choices=TroubleKind.choices)
    destination = serializers.IntegerField(source="destination_id", allow_null=True)
    endpoint = serializers.IntegerField(source="endpoint_id", allow_null=True)
    cause = serializers.CharField(allow_blank=True, help_text="A code, as the reason of deliveries.")
    count = serializers.IntegerField(allow_null=True, help_text="How many leads it concerns.")
    oldest_at = serializers.DateTimeField(allow_null=True, help_text="Of these leads.")
    began_at = serializers.DateTimeField()
    about = serializers.SerializerMethodField(help_text="The destination's or endpoint's name.")
    what = serializers.SerializerMethodField()
    remedy = serializers.SerializerMethodField()

    def get_about(self, trouble: Trouble) -> str:
        return wording.subject_of(trouble)

    def get_what(self, trouble: Trouble) -> str:
        return wording.words_of(trouble, count=trouble.count, names=trouble.params).what

    def get_remedy(self, trouble: Trouble) -> str:
        return wording.words_of(trouble, count=trouble.count, names=trouble.params).remedy


@extend_schema_view(
    list=extend_schema(
        summary="List what is wrong now, the oldest first",
        responses=TroubleSerializer(many=True),
        parameters=[],
        filters=False,
    )
)
class TroubleResource(Resource[Trouble]):
    """Empty when nothing is wrong."""

    permissions = {"list": ("leads.operate_destination",)}
    queryset = Trouble.objects.none()
    serializer_class = TroubleSerializer
    pagination_class = None  # type: ignore[assignment]
    filter_backends = ()  # type: ignore[assignment]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.get_serializer(present_troubles(), many=True).data)

    def _parameters(self) -> tuple[str, ...]:
        return ()
