"""Which address leads where."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from leads.api.webhook import webhook

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^webhooks/(?P<secret>[^/]+)/?$", webhook, name="webhook"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
]
