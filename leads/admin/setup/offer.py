"""Offers, and the titles that still have to be told which offer they mean."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.admin.theme import ModelAdmin, TabularInline
from leads.hints import after_commit
from leads.intake.mapping import map_title
from leads.models import Offer, OfferTitle
from leads.tasks import follow_titles
from leads.templatetags.leadcrm import ago


class TitleInline(TabularInline):
    """The titles that mean this offer; they are mapped on their own page."""

    model = OfferTitle
    fields = readonly_fields = ("title", "first_seen_at")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Offer)
class OfferAdmin(ModelAdmin):
    list_display = ("name", "publisher_id", "offer_id")
    nothing_yet = gettext_lazy("Add the offers you list, to filter leads by them and to route each where it belongs.")
    search_fields = ("name", "publisher_id", "offer_id")
    fields = ("name", "publisher_id", "offer_id")
    inlines = (TitleInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Offer | None = None) -> bool:
        """One that is in use stays: a route that loses its last offer would let every lead through."""
        if obj is not None and any(rows.exists() for rows in (obj.routes, obj.endpoints, obj.leads, obj.touches)):
            return False
        return bool(super().has_delete_permission(request, obj))


class TitleForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_title(self) -> str:
        """The key that makes titles unique is no field of the form, so nobody else would notice."""
        title: str = self.cleaned_data["title"]
        if OfferTitle.objects.filter(key=OfferTitle.key_of(title)).exists():
            raise ValidationError(_("This title is in the list already. Choose its offer there."))
        return title


@admin.register(OfferTitle)
class OfferTitleAdmin(ModelAdmin):
    """The list is the work: choose an offer beside each title, save once."""

    form = TitleForm
    list_display = ("title", "offer", "first_seen")
    nothing_yet = gettext_lazy("Titles come with the leads. Here you say which offer each of them means.")
    list_editable = ("offer",)
    list_select_related = ("offer",)
    fields = ("title", "offer")

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [F("offer").asc(nulls_first=True), "title"]

    def get_readonly_fields(self, request: HttpRequest, obj: OfferTitle | None = None) -> tuple[str, ...]:
        return ("title",) if obj else ()

    @admin.display(description=gettext_lazy("First seen"))
    def first_seen(self, title: OfferTitle) -> Any:
        return ago(title.first_seen_at)

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        formset = super().get_changelist_formset(request, **kwargs)
        offer: Any = formset.form.base_fields["offer"]
        offer.choices = list(offer.choices)  # asked for once, not for every row
        offer.show_hidden_initial = True  # saved where somebody chose another, not where it was chosen since
        return formset

    def save_model(self, request: HttpRequest, obj: OfferTitle, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "offer" in form.changed_data:
            map_title(obj, obj.offer)
            after_commit(follow_titles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
