"""The admin site."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class AdminConfig(DjangoAdminConfig):
    default_site = "leadcrm.admin_site.AdminSite"


class AdminSite(UnfoldAdminSite):  # type: ignore[misc]
    index_title = _("Overview")
