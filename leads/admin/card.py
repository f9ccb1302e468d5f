"""Pages to read first: what the machine writes is shown, not edited."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from leads.admin.acting import ActingAdmin
from leads.admin.theme import ModelAdmin


class Titled:
    """What the theme's breadcrumb takes for the object, with the title this person may see."""

    def __init__(self, shown: Any, title: str) -> None:
        self._meta = shown._meta
        self.pk = shown.pk
        self.title = title

    def __str__(self) -> str:
        return self.title


class CardAdmin(ActingAdmin, ModelAdmin):
    """A change page that is a card. Subclasses name the template and fill its context."""

    card_template: str
    actions_selection_counter = True

    def card(self, request: HttpRequest, shown: Any) -> dict[str, Any]:
        """The template's context for one object."""
        raise NotImplementedError

    def card_title(self, request: HttpRequest, shown: Any) -> str:
        return str(shown)

    def shown(self, request: HttpRequest, object_id: str) -> Any:
        """For pages beside the card. Raises ``Http404`` and ``PermissionDenied``."""
        shown = self.get_object(request, unquote(object_id))
        if shown is None:
            raise Http404
        if not self.has_view_permission(request, shown):
            raise PermissionDenied
        return shown

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shown = self.get_object(request, unquote(object_id))
        if shown is None:
            return self._missing(request, object_id)
        if not self.has_view_permission(request, shown):
            raise PermissionDenied
        title = self.card_title(request, shown)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": Titled(shown, title),
            "title": title,
            "media": self.media,
            **self.card(request, shown),
        }
        return TemplateResponse(request, self.card_template, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Under the card's title: what the card holds back must not stand above its history."""
        shown = self.get_object(request, unquote(object_id))
        titled: dict[str, Any] = {}
        if shown is not None:
            title = self.card_title(request, shown)
            titled = {"title": _("History of %(title)s") % {"title": title}, "object": Titled(shown, title)}
        return super().history_view(request, object_id, {**(extra_context or {}), **titled})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The entry names the row by its key: names of people stay out of the log."""
        return super().log_change(request, Titled(obj, str(obj.pk)), message)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
