"""Endpoints: the address to paste into Partner Center, and whether anything arrives there."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.acting import ActingAdmin, post_action
from leads.admin.theme import ModelAdmin
from leads.encryption import SecretUnreadable
from leads.models import Endpoint, EndpointSecret
from leads.rotation import TwoSecretsValid, add_secret, revoke_secret
from leads.templatetags.leadcrm import ago


@admin.register(Endpoint)
class EndpointAdmin(ActingAdmin, ModelAdmin):
    list_display = ("name", "offer", "light", "last_lead", "last_test_lead", "valid_secrets")
    nothing_yet = gettext_lazy("An endpoint has the address to paste into Partner Center.")
    list_select_related = ("offer",)
    fields = ("name", "offer", "enabled")
    change_form_outer_before_template = "leads/endpoint_panel.html"

    @admin.display(description=gettext_lazy("State"))
    def light(self, endpoint: Endpoint) -> SafeString:
        if not endpoint.enabled:
            return words.pill(_("Disabled"), "bad")
        if endpoint.last_lead_at or endpoint.last_test_lead_at:
            return words.pill(_("Receiving"), "good")
        return words.pill(_("Nothing came yet"), "wait")

    @admin.display(description=gettext_lazy("Last lead"))
    def last_lead(self, endpoint: Endpoint) -> SafeString | str:
        return ago(endpoint.last_lead_at)

    @admin.display(description=gettext_lazy("Last test lead"))
    def last_test_lead(self, endpoint: Endpoint) -> SafeString | str:
        return ago(endpoint.last_test_lead_at)

    @admin.display(description=gettext_lazy("Valid addresses"))
    def valid_secrets(self, endpoint: Endpoint) -> int:
        return sum(secret.revoked_at is None for secret in endpoint.secrets.all())

    def for_list(self, request: HttpRequest, rows: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
        return rows.prefetch_related("secrets")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        """Without the one for imported files: there is nothing to set up."""
        return super().get_queryset(request).filter(is_for_files=False)

    def has_delete_permission(self, request: HttpRequest, obj: Endpoint | None = None) -> bool:
        """One at which something was posted stays with it; it can be disabled."""
        if obj is not None and obj.inbound_requests.exists():
            return False
        return bool(super().has_delete_permission(request, obj))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        endpoint = self.get_object(request, unquote(object_id))
        shown = [(secret, _url_of(secret)) for secret in _valid_secrets(endpoint)] if endpoint else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "valid_secrets": shown})

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            add_secret(obj)

    def response_add(self, request: HttpRequest, obj: Endpoint, post_url_continue: str | None = None) -> HttpResponse:
        """To the page with the address: it is what the person came for."""
        return self._back(request, obj)

    @post_action("leads.change_endpoint")
    def rotate(self, request: HttpRequest, endpoint: Endpoint) -> None:
        try:
            add_secret(endpoint)
        except TwoSecretsValid:
            self.say(request, False, _("Two addresses are valid already. Revoke the one that is no longer used."))
            return
        self.log_change(request, endpoint, _("New address made."))
        self.say(request, True, _("A second address is valid now. Paste it into Partner Center and publish the offer."))

    @post_action("leads.change_endpoint")
    def revoke(self, request: HttpRequest, endpoint: Endpoint) -> None:
        named = request.POST.get("secret", "")
        done = any(revoke_secret(endpoint, secret.pk) for secret in _valid_secrets(endpoint) if str(secret.pk) == named)
        if done:
            self.log_change(request, endpoint, _("Address revoked."))
        self.say(request, done, _("The address is revoked.") if done else _("That address was revoked already."))


def _valid_secrets(endpoint: Endpoint) -> QuerySet[EndpointSecret]:
    return EndpointSecret.objects.valid().filter(endpoint=endpoint)


def _url_of(secret: EndpointSecret) -> str:
    try:
        return secret.url
    except SecretUnreadable:
        return ""
