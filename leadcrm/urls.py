"""Which address leads where."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from leads.admin.people.inviting import SetPassword
from leads.admin.people.preferences import set_language
from leads.api.webhook import webhook

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^webhooks/(?P<secret>[^/]+)/?$", webhook, name="webhook"),
    path("api/v1/", include("leads.api.v1.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("set-password/<uidb64>/<token>/", SetPassword.as_view(), name="set_password"),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
]

handler400 = "leads.api.v1.problems.bad_request"
handler404 = "leads.api.v1.problems.not_found"
handler500 = "leads.api.v1.problems.server_error"
