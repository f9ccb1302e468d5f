"""Destinations: set one up, prove it, stop it, let it go on."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.contract import Delivered
from integrations.diagnosis import diagnose
from integrations.registry import KINDS, connector_class
from leads import words
from leads.admin.acting import ActingAdmin, post_action
from leads.admin.destination_form import PREFIX, DestinationForm, form_for, settings_in_words
from leads.admin.explaining import ExplainPage
from leads.admin.mapping import MappingPages
from leads.admin.theme import ModelAdmin
from leads.delivery import checking, gate
from leads.hints import after_commit
from leads.models import Destination
from leads.notices.credentials import ending, label_of
from leads.notices.wording import when_it_ends
from leads.states import DeliveryState
from leads.tasks import dispatch_due_deliveries
from leads.templatetags.leadcrm import ago


@admin.register(Destination)
class DestinationAdmin(ExplainPage, MappingPages, ActingAdmin, ModelAdmin):
    list_display = ("name", "kind_label", "light", "last_success", "last_failure")
    nothing_yet = gettext_lazy("Without a destination leads are kept here, and sent nowhere.")
    list_select_related = ("gate",)
    search_fields = ("name",)
    change_form_outer_before_template = "leads/destination_panel.html"

    @admin.display(description=gettext_lazy("Kind"))
    def kind_label(self, destination: Destination) -> str:
        return str(KINDS[destination.kind].label) if destination.kind in KINDS else destination.kind

    @admin.display(description=gettext_lazy("State"))
    def light(self, destination: Destination) -> SafeString:
        return light_of(destination)

    @admin.display(description=gettext_lazy("Last success"))
    def last_success(self, destination: Destination) -> SafeString | str:
        return ago(destination.gate.last_success_at)

    @admin.display(description=gettext_lazy("Last failure"))
    def last_failure(self, destination: Destination) -> SafeString | str:
        return ago(destination.gate.last_failure_at)

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
            (_("What it takes"), {"fields": ["takes_test_leads", "takes_do_not_contact", "calls_at_once"]}),
        )

    def save_model(self, request: HttpRequest, obj: Destination, form: DestinationForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.save_what_belongs_to_it()
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
        self.say(request, True, _("Saved. Press “Check” now, then “Send a test lead”."))
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
        context = {"light": light_of(shown), "waiting": _waiting(shown), "has_mapping": _has_mapping(shown)}
        context["credential_ends"] = _credential_ends(shown)
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

    # --- the buttons ----------------------------------------------------------------------------------------------

    @post_action("leads.operate_destination")
    def check_now(self, request: HttpRequest, destination: Destination) -> None:
        steps = checking.check(destination)
        good = checking.passed(steps)
        text = _("Nothing failed. See the steps below.") if good else _("Something failed: see below.")
        self.log_change(request, destination, _("Checked."))
        self.say(request, good, text)
        after_commit(dispatch_due_deliveries)

    @post_action("leads.operate_destination")
    def test_lead(self, request: HttpRequest, destination: Destination) -> None:
        sent = checking.send_test_lead(destination)
        result = sent.outcome.result
        arrived = isinstance(result, Delivered)
        self.log_change(request, destination, _("Test lead sent."))
        if isinstance(result, Delivered):
            self.say(request, True, _test_lead_text(result, is_removed=sent.is_removed))
        else:
            found = diagnose(result.cause, result.params)
            self.say(request, arrived, f"{found.meaning} {found.remedy}")

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


def _test_lead_text(result: Delivered, *, is_removed: bool) -> str:
    arrived = _("The test lead arrived: %(how)s.") % {"how": words.arrival_text(result.arrival)}
    after = _("It was removed again over there.") if is_removed else _("It stays over there: delete it by hand.")
    return f"{arrived} {after}"


def light_of(destination: Destination) -> SafeString:
    """One word on whether leads get through."""
    if not destination.enabled:
        return words.pill(_("Disabled"), "mute")
    state = destination.gate
    if state.paused_at:
        return words.pill(_("Paused"), "bad", words.reason_text(state.pause_cause, state.pause_params))
    if state.is_held:
        return words.pill(_("Told to slow down"), "warn")
    if state.last_failure_at and (state.last_success_at is None or state.last_failure_at > state.last_success_at):
        return words.pill(_("Last try failed"), "warn")
    if state.last_success_at is None:
        return words.pill(_("Check passed") if destination.has_passed_check else _("Not proved yet"), "wait")
    return words.pill(_("Working"), "good")


MOST_WAITING = 1000


def _waiting(destination: Destination) -> str:
    found = destination.deliveries.filter(state=DeliveryState.QUEUED)[:MOST_WAITING].count()
    return words.of_all(found, MOST_WAITING)


def _credential_ends(destination: Destination) -> list[tuple[str, str, date]]:
    """Of those that end soon or have ended: label, how soon, and the day."""
    today = timezone.localdate()
    return [
        (label_of(destination.kind, credential.name), when_it_ends(credential.ends_on, today), credential.ends_on)
        for credential in ending(today).filter(destination=destination)
    ]


def _has_mapping(destination: Destination) -> bool:
    return destination.kind in KINDS and connector_class(destination.kind).default_fields is not None


def _asked_kind(request: HttpRequest) -> str | None:
    """The kind in the address."""
    asked = request.GET.get("kind", "")
    return asked if asked in KINDS else None
