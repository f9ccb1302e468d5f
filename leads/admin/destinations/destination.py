"""Destinations: set one up, prove it, stop it, let it go on."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.registry import KINDS, connector_class
from leads.admin.acting import ActingAdmin, post_action
from leads.admin.destinations.destination_form import PREFIX, DestinationForm, form_for, settings_in_words
from leads.admin.destinations.destination_list import DestinationColumns
from leads.admin.destinations.destination_panel import panel
from leads.admin.destinations.mapping import MappingPages
from leads.admin.destinations.renewal import RenewalPage
from leads.admin.operations.explaining import ExplainPage
from leads.admin.theme import ModelAdmin
from leads.delivery import gate, proving
from leads.hints import after_commit
from leads.models import Destination
from leads.states import ProofKind
from leads.tasks import dispatch_due_deliveries, prove_destinations


@admin.register(Destination)
class DestinationAdmin(DestinationColumns, ExplainPage, MappingPages, RenewalPage, ActingAdmin, ModelAdmin):
    nothing_yet = gettext_lazy("Without a destination leads are kept here, and sent nowhere.")
    search_fields = ("name",)
    change_form_outer_before_template = "leads/destination_panel.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Destination]:
        """With what their lights are made of."""
        return super().get_queryset(request).prefetch_related("proofs")

    # --- the form -------------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if _asked_kind(request) is None:
            context = {**self.admin_site.each_context(request), "opts": self.opts, "kinds": list(KINDS.items())}
            context |= {"title": _("Which system?"), "sandbox_url": settings.LEADCRM_SANDBOX_URL}
            return TemplateResponse(request, "leads/destination_kinds.html", context)
        caution = KINDS[_asked_kind(request) or ""].caution
        return super().add_view(request, form_url, {**(extra_context or {}), "caution": caution})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A kind that is not recommended is off until somebody switches it on."""
        kind = KINDS[_asked_kind(request) or ""]
        is_taken = Destination.objects.filter(name=kind.label).exists()
        return {"name": "" if is_taken else str(kind.label), "enabled": not kind.caution}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = form_for(obj.kind if obj else _asked_kind(request) or next(iter(KINDS)))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind = obj.kind if obj else _asked_kind(request) or next(iter(KINDS))
        config = [PREFIX + name for name in form_for(kind).config_class.base_fields]
        general = ["name", "enabled"] if obj else ["name", "enabled", "send_everything"]
        return (
            (None, {"fields": general}),
            (KINDS[kind].label, {"fields": config}),
            (_("What it takes"), {"fields": ["takes_test_leads", "takes_do_not_contact"]}),
            (_("How fast"), {"fields": ["calls_at_once", ("rate_calls", "rate_seconds")]}),
        )

    def save_model(self, request: HttpRequest, obj: Destination, form: DestinationForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.save_what_belongs_to_it()
        if not change or any(name.startswith(PREFIX) for name in form.changed_data):
            proving.ask(obj.pk, ProofKind.CHECK)
            after_commit(prove_destinations)
        for label, secret in form.made_secrets.items():
            messages.info(
                request,
                _("%(label)s, shown only this once: %(secret)s") % {"label": label, "secret": secret},
            )

    def response_add(
        self, request: HttpRequest, obj: Destination, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Stay: the next thing to do is to check it."""
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.say(request, True, SAVED if obj.enabled else SAVED_DISABLED)
        return self._back(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that has deliveries keeps their history; it can be disabled."""
        if obj is not None and obj.deliveries.exists():
            return False
        return bool(super().has_delete_permission(request, obj))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shown = self.get_object(request, unquote(object_id))
        if shown is None:
            return self._missing(request, object_id)
        context = panel(shown) | {"has_mapping": _has_mapping(shown)}
        context["caution"] = KINDS[shown.kind].caution if shown.kind in KINDS else ""
        if self.has_change_permission(request, shown) or not self.has_view_permission(request, shown):
            return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})
        return TemplateResponse(request, "leads/destination_card.html", self._card(request, shown) | context)

    def _card(self, request: HttpRequest, shown: Destination) -> dict[str, Any]:
        """For who may look, check and pause, but not change the settings."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": shown,
            "title": str(shown),
            "media": self.media,
            "settings": settings_in_words(shown),
            "is_kind_known": shown.kind in KINDS,
        }

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The settings of a kind that this version does not know stay as they are."""
        return (obj is None or obj.kind in KINDS) and bool(super().has_change_permission(request, obj))

    # --- the panel ---------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.panel_view)
        return [path("<int:pk>/panel/", view, name="leads_destination_panel"), *super().get_urls()]

    def panel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The panel alone, which asks for itself again while something is under way."""
        shown = self.get_object(request, str(pk))
        if shown is None:
            raise Http404
        if not self.has_view_permission(request, shown):
            raise PermissionDenied
        context = panel(shown) | {"original": shown, "has_mapping": _has_mapping(shown)}
        return TemplateResponse(request, "leads/destination_state.html", context)

    # --- the buttons ----------------------------------------------------------------------------------------------

    @post_action("leads.operate_destination")
    def check_now(self, request: HttpRequest, destination: Destination) -> None:
        self._ask(request, destination, ProofKind.CHECK, _("Asked for a check."))

    @post_action("leads.operate_destination")
    def test_lead(self, request: HttpRequest, destination: Destination) -> None:
        self._ask(request, destination, ProofKind.TEST_LEAD, _("Asked for a test lead."))

    def _ask(self, request: HttpRequest, destination: Destination, kind: ProofKind, noted: str) -> None:
        if proving.ask(destination.pk, kind):
            self.log_change(request, destination, noted)
            after_commit(prove_destinations)
            self.say(request, True, _("Started. The result appears below."))
        else:
            self.say(request, False, _("It is under way already."))

    @post_action("leads.operate_destination")
    def pause(self, request: HttpRequest, destination: Destination) -> None:
        done = gate.pause(destination.pk)
        if done:
            self.log_change(request, destination, _("Paused."))
        self.say(request, done, _("Paused. Leads wait; none is lost.") if done else _("It is paused already."))

    @post_action("leads.operate_destination")
    def resume(self, request: HttpRequest, destination: Destination) -> None:
        done = gate.resume(destination.pk)
        if done:
            self.log_change(request, destination, _("Resumed."))
            after_commit(dispatch_due_deliveries)
        self.say(request, done, _("Resumed. What waited is sent now.") if done else _("There is nothing to resume."))


SAVED = gettext_lazy("Saved, and being checked. When the check has passed, press “Send a test lead”.")
SAVED_DISABLED = gettext_lazy(
    "Saved, and being checked. It is disabled, so no leads go there: try a test lead, then enable it."
)


def _has_mapping(destination: Destination) -> bool:
    return destination.kind in KINDS and connector_class(destination.kind).default_fields is not None


def _asked_kind(request: HttpRequest) -> str | None:
    """The kind in the address."""
    asked = request.GET.get("kind", "")
    return asked if asked in KINDS else None
