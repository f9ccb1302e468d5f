"""All rows of the product, to see what a request changed."""

from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import Model
from knox.models import AuthToken

type Rows = dict[str, list[dict[str, Any]]]


def all_rows() -> Rows:
    models: list[type[Model]] = [*apps.get_app_config("leads").get_models(), LogEntry, User, AuthToken]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def log() -> list[tuple[str, str, str]]:
    """Who, which row, what: oldest first."""
    entries = LogEntry.objects.order_by("pk").select_related("user")
    return [(entry.user.get_username(), entry.object_repr, entry.get_change_message()) for entry in entries]
