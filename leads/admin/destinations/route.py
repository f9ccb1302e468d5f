"""Routes: which touches go to which destination."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.choosing import codes_field, offer_choices
from leads.admin.theme import ModelAdmin
from leads.models import Route


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]
    sources = codes_field(gettext_lazy("Sources"))
    actions = codes_field(gettext_lazy("Actions"))
    countries = codes_field(gettext_lazy("Countries"))

    class Meta:
        model = Route
        fields = ("name", "destination", "enabled", "offers", "sources", "actions", "countries")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self)


@admin.register(Route)
class RouteAdmin(ModelAdmin):
    form = RouteForm
    list_display = ("__str__", "destination", "enabled", "conditions")
    nothing_yet = gettext_lazy("Without a route leads are kept here, and sent nowhere.")
    list_select_related = ("destination",)
    autocomplete_fields = ("offers",)

    def for_list(self, request: HttpRequest, rows: QuerySet[Route]) -> QuerySet[Route]:
        return rows.prefetch_related("offers")

    def get_fields(self, request: HttpRequest, obj: Route | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return super().get_fields(request, obj)
        return ("name", "destination", "enabled", "conditions")

    @admin.display(description=gettext_lazy("Only"))
    def conditions(self, route: Route) -> str:
        parts = [
            ", ".join(offer.name for offer in route.offers.all()),
            ", ".join(words.source_label(code) for code in route.sources),
            ", ".join(words.action_label(code) for code in route.actions),
            ", ".join(words.country_name(code) for code in route.countries),
        ]
        return words.join_words(*parts) or _("Every lead")
