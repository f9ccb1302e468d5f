"""The admin site."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from unfold.sites import UnfoldAdminSite


class AdminConfig(DjangoAdminConfig):
    default_site = "leadcrm.admin_site.AdminSite"


class AdminSite(UnfoldAdminSite):
    pass
