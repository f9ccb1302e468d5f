"""What all resources of the API have in common."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from leads.api.v1.filtering import StrictFilters, refuse_unknown_parameters
from leads.api.v1.paging import NewestFirst
from leads.api.v1.permissions import HasNamedPermissions
from leads.sales.visibility import seen_by


class Resource[M: Model](GenericViewSet[M]):
    permissions: ClassVar[Mapping[str, tuple[str, ...]]]
    """What each action needs, all of it."""
    newest_by: ClassVar[tuple[str, ...]] = ("id",)
    """What the list is ordered by; see ``paging.NewestFirst``."""
    path_to_lead: ClassVar[str | None] = None
    """For rows that belong to a lead, which are shown to whoever sees the lead: "" or a path with its ``__``."""
    permission_classes = (HasNamedPermissions,)
    filter_backends = (StrictFilters,)
    pagination_class = NewestFirst
    http_method_names = ("get", "head", "post", "patch")

    def get_queryset(self) -> QuerySet[M]:
        rows = super().get_queryset()
        return rows if self.path_to_lead is None else rows.filter(seen_by(self.request.user, self.path_to_lead))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.offers(request):
            refuse_unknown_parameters(request, self._parameters())

    def offers(self, request: Request) -> bool:
        """Whether this address takes the method. Where it does not, 405 comes after everything else is looked at."""
        return self.action is not None and str(request.method).lower() in self.http_method_names

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"  # personal data stays out of caches
        return response

    def _parameters(self) -> Collection[str]:
        if self.action != "list":
            return ()
        return (*self.filterset_class.base_filters, *self.paginator.parameters)  # type: ignore[attr-defined, union-attr]


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, which otherwise vanish without a word. Read-only ones may come back."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else ()
        if unknown:
            names = ", ".join(name for name, field in self.fields.items() if not field.read_only)
            text = _("There is no such field. Known are: %(names)s.") % {"names": names}
            raise serializers.ValidationError({_escaped(name): [text] for name in sorted(unknown)}, code="unknown")
        return super().to_internal_value(data)


def _escaped(name: str) -> str:
    """As a part of a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
