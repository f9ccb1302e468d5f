"""The admin site."""

from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class AdminConfig(DjangoAdminConfig):
    default_site = "leadcrm.admin_site.AdminSite"


class AdminSite(UnfoldAdminSite):  # type: ignore[misc]
    index_title = _("Overview")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from leads.admin.operations.system import system_page
        from leads.admin.overview.first_steps import demo_page, steps_page
        from leads.admin.overview.reports import reports_page
        from leads.admin.people.my_settings import my_settings_page, try_view
        from leads.admin.privacy.audit import audit_file, audit_page  # the apps are loaded by now
        from leads.admin.privacy.retention import retention_page
        from leads.admin.sales.unattended import unattended_page

        return [
            path("first-steps/", self.admin_view(steps_page), name="leads_first_steps"),
            path("demo/", self.admin_view(demo_page), name="leads_demo"),
            path("reports/", self.admin_view(reports_page), name="leads_reports"),
            path("my-settings/", self.admin_view(my_settings_page), name="leads_my_settings"),
            path("my-settings/try/", self.admin_view(try_view), name="leads_my_settings_try"),
            path("retention/", self.admin_view(retention_page), name="leads_retention"),
            path("audit/", self.admin_view(audit_page), name="leads_audit"),
            path("audit/export/", self.admin_view(audit_file), name="leads_audit_file"),
            path("system/", self.admin_view(system_page), name="leads_system"),
            path("unattended/", self.admin_view(unattended_page), name="leads_unattended"),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Whoever presses a button after their session has ended signs in, and comes back to the page of the button:
        its own address shows nothing."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            presses = request.method == "POST" and request.path != reverse("admin:logout")
            if presses and not request.user.is_authenticated:
                return _sign_in_again(request)
            answer: HttpResponse = inner(request, *args, **kwargs)
            return answer

        return guarded

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sales people land on the view that they want to see first, or on their queue."""
        from leads.admin.sales.my_queue import lands_on_queue
        from leads.admin.sales.saved_view import default_of

        if lands_on_queue(request.user):
            return HttpResponseRedirect(default_of(cast("User", request.user)) or reverse("admin:leads_my_queue"))
        answer: HttpResponse = super().index(request, extra_context)
        return answer

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            answer: HttpResponse = super().search(request, extra_context)
        except InvalidPage as error:
            raise Http404 from error
        return answer

    def _search_models(self, *args: Any, **kwargs: Any) -> list[Any]:
        """With the kind of each row in people's words; the theme puts the app's technical name before it."""
        found = super()._search_models(*args, **kwargs)
        return [replace(one, description=one.description.rpartition(" - ")[2]) for one in found]


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    from django.contrib.auth.views import redirect_to_login  # the apps are loaded by now

    text = _("You had been signed out, so nothing was saved. Sign in, then do it once more.")
    messages.warning(request, text)
    page = urlsplit(request.headers.get("referer", ""))
    is_ours = page.netloc == request.get_host()
    return redirect_to_login(page.path if is_ours else reverse("admin:index"), reverse("admin:login"))
