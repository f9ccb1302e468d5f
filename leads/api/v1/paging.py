"""Pages of lists, newest first, without totals: counting a million rows costs more than reading a page of them.

The cursor holds the place of the last row given, so that rows that come or go meanwhile shift nothing.
"""

import base64
import json
import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from leads.api.v1.problems import InvalidParameter

USUAL = 50
MOST = 200


class NewestFirst(BasePagination):
    """The resource's ``newest_by`` names the fields that order it, from the largest value down; the last is unique."""

    parameters = ("cursor", "limit")

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        newest_by: Sequence[str] = view.newest_by  # type: ignore[union-attr]
        limit = _limit(request.query_params.get("limit"))
        if cursor := request.query_params.get("cursor"):
            queryset = queryset.filter(_after(newest_by, _read_cursor(cursor, queryset.model, newest_by)))
        rows = list(queryset.order_by(*(f"-{name}" for name in newest_by))[: limit + 1])
        self.next = _next_url(request, rows[limit - 1], newest_by) if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "Address of the next page; null on the last.",
            "example": "https://leads.example.com/api/v1/leads?cursor=WyIyMDI2LTExLTIyIl0",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins: taken from `next` of the page before, as it is.",
                "schema": {"type": "string", "minLength": 1},
            },
            {
                "name": "limit",
                "in": "query",
                "description": f"Most entries of a page. More than {MOST} counts as {MOST}.",
                "schema": {"type": "integer", "minimum": 1, "default": USUAL},
            },
        ]


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not re.fullmatch("[0-9]{1,18}", text) or int(text) < 1:
        raise InvalidParameter({"limit": _("Give a whole number from 1 to %(most)d.") % {"most": MOST}})
    return min(int(text), MOST)


def _after(newest_by: Sequence[str], place: Sequence[Any]) -> Q:
    """Rows behind the place. The first field is bounded by itself too, which lets the database start in its index."""
    behind = Q()
    for position, name in enumerate(newest_by):
        tie = Q(**dict(zip(newest_by[:position], place, strict=False)))
        behind |= tie & Q(**{f"{name}__lt": place[position]})
    return Q(**{f"{newest_by[0]}__lte": place[0]}) & behind


def _next_url(request: Request, last: Model, newest_by: Sequence[str]) -> str:
    place = [last._meta.get_field(name).value_to_string(last) for name in newest_by]  # type: ignore[union-attr]
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor)


def _read_cursor(cursor: str, model: type[Model], newest_by: Sequence[str]) -> list[Any]:
    try:
        texts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        place = [_value(model, name, text) for name, text in zip(newest_by, texts, strict=True)]
    except (ValueError, TypeError, RecursionError, OverflowError, ValidationError):
        raise InvalidParameter({"cursor": _("This is no cursor. Take the one in “next” of the page before.")}) from None
    return place


def _value(model: type[Model], name: str, text: Any) -> Any:
    if not isinstance(text, str):
        raise TypeError
    value = model._meta.get_field(name).to_python(text)  # type: ignore[union-attr]
    return value.astimezone(timezone.get_default_timezone()) if hasattr(value, "astimezone") else value
