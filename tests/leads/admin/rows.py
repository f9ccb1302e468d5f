"""All rows of the product, to see what a request changed."""

from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from knox.models import AuthToken

type Rows = dict[str, list[dict[str, Any]]]


def all_rows() -> Rows:
    """As they are stored; past the ORM, which would take most of a test's time."""
    models: list[type[Model]] = [*apps.get_app_config("leads").get_models(), LogEntry, User, AuthToken]
    with connection.cursor() as cursor:
        return {model._meta.label: _rows_of(model, cursor) for model in models}


def _rows_of(model: type[Model], cursor: Any) -> list[dict[str, Any]]:
    names = [str(field.column) for field in model._meta.concrete_fields]
    columns = ", ".join(f'"{name}"' for name in names)
    cursor.execute(f'SELECT {columns} FROM "{model._meta.db_table}" ORDER BY "{model._meta.pk.column}"')
    return [dict(zip(names, map(_readable, row), strict=True)) for row in cursor.fetchall()]


def _readable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def log() -> list[tuple[str, str, str]]:
    """Who, which row, what: oldest first."""
    entries = LogEntry.objects.order_by("pk").select_related("user")
    return [(entry.user.get_username(), entry.object_repr, entry.get_change_message()) for entry in entries]
