"""Buttons that change something: POST only, checked for permission, answered with a message.

A method of the admin decorated with ``post_action`` gets the address ``<id>/do/<name>/``; ``{% act %}`` in a template
makes its button.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

if TYPE_CHECKING:
    from leads.admin.theme import ModelAdmin

    Base = ModelAdmin
else:
    Base = object

type Act = Callable[[Any, HttpRequest, Any], HttpResponse | None]


def post_action(permission: str) -> Callable[[Act], Act]:
    """For a method ``(request, object)`` that acts and leaves a message; it may answer by itself."""

    def decorate(method: Act) -> Act:
        @wraps(method)
        def act(admin: Any, request: HttpRequest, target: Any) -> HttpResponse | None:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return method(admin, request, target)

        act.is_post_action = True  # type: ignore[attr-defined]
        return act

    return decorate


class ActingAdmin(Base):
    """Serves the post actions of a model admin."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_do"
        view = self.admin_site.admin_view(self.act_view)
        return [path("<path:object_id>/do/<slug:action>/", view, name=name), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """What has buttons of its own is set up one at a time: after saving, the next step is on the same page."""
        return super().render_change_form(request, context | {"show_save_and_add_another": False}, *args, **kwargs)

    def act_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        method = getattr(type(self), action.replace("-", "_"), None)
        if not getattr(method, "is_post_action", False):
            return self._missing(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        target = self.get_object(request, unquote(object_id))
        if target is None:
            return self._missing(request, object_id)
        if not self.has_view_permission(request, target):
            raise PermissionDenied
        assert method is not None
        if refusal := self.why_nothing_can_be_done(target):
            self.say(request, False, refusal)
            return self._back(request, target)
        return method(self, request, target) or self._back(request, target)

    def why_nothing_can_be_done(self, target: Any) -> str:
        """With this row, by any button. Empty where something can."""
        return ""

    def _missing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]

    def _back(self, request: HttpRequest, target: Any) -> HttpResponseRedirect:
        """To where the button was pressed; never to a foreign address."""
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            back = reverse(name, args=[quote(target.pk)])
        return HttpResponseRedirect(back)

    def say(self, request: HttpRequest, done: Any, text: object) -> None:
        """A message that is green when something was done and yellow when not."""
        self.message_user(request, str(text), messages.SUCCESS if done else messages.WARNING)
