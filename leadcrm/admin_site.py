"""The admin site."""

from dataclasses import replace
from typing import Any

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class AdminConfig(DjangoAdminConfig):
    default_site = "leadcrm.admin_site.AdminSite"


class AdminSite(UnfoldAdminSite):  # type: ignore[misc]
    index_title = _("Overview")

    def _search_models(self, *args: Any, **kwargs: Any) -> list[Any]:
        """With the kind of each row in people's words; the theme puts the app's technical name before it."""
        found = super()._search_models(*args, **kwargs)
        return [replace(one, description=one.description.rpartition(" - ")[2]) for one in found]
