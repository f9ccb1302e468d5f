"""Words for the rows of Django and knox that come without any, or only with English ones."""

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Field
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

CAN = {
    "add": _("Can add %(things)s"),
    "change": _("Can change %(things)s"),
    "delete": _("Can delete %(things)s"),
    "view": _("Can see %(things)s"),
}
"""What Django's own permissions allow."""

TOKEN_COLUMNS = {
    "token_key": _("begins with"),
    "user": _("user"),
    "created": _("created"),
    "expiry": _("valid until"),
}


def name_foreign_rows() -> None:
    """Called once, when the admin is put together. Names only: no migration sees a difference."""
    Group.add_to_class("__str__", _group_in_words)
    Permission.add_to_class("__str__", _permission_in_words)
    _name_memberships()
    _name_tokens()


def _group_in_words(group: Group) -> str:
    """The groups come with the product, so their names are translated wherever one is shown."""
    return gettext(group.name)


def _permission_in_words(permission: Permission) -> str:
    """Django stores its sentences in English and lets nobody translate them."""
    kind = ContentType.objects.get_for_id(permission.content_type_id).model_class()
    verb, _underscore, model = permission.codename.partition("_")
    if kind and verb in CAN and model == kind._meta.model_name:
        return str(CAN[verb]) % {"things": kind._meta.verbose_name_plural}
    return gettext(permission.name)


def _name_memberships() -> None:
    membership = User.groups.through
    membership.add_to_class("__str__", lambda row: str(row.group))
    membership._meta.verbose_name = membership._meta.verbose_name_plural = _("membership in a group")


def _name_tokens() -> None:
    """A token is known by its first letters; knox would show the digest."""
    AuthToken.add_to_class("__str__", lambda token: f"{token.token_key}… ({token.user})")
    AuthToken._meta.verbose_name, AuthToken._meta.verbose_name_plural = _("API token"), _("API tokens")
    apps.get_app_config("knox").verbose_name = "API"
    for name, words in TOKEN_COLUMNS.items():
        column = AuthToken._meta.get_field(name)
        assert isinstance(column, Field)
        column.verbose_name = words
