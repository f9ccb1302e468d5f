"""Inbound requests: what was posted, byte for byte, and what became of it."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin import personal
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.filters import PeriodFilter
from leads.admin.sales.lead_row import with_deliveries
from leads.admin.theme import (
    MultipleChoicesDropdownFilter,
    RelatedDropdownFilter,
    is_key,
    without_nul,
)
from leads.hints import after_commit
from leads.intake.privacy import names_private_person
from leads.intake.reprocessing import process_again, unread
from leads.marketplace.remark import Remark
from leads.models import InboundRequest, Lead, Touch
from leads.tasks import interpret_inbound
from leads.templatetags.leadcrm import ago
from leads.watching.backlog import shown

MOST_READ_AGAIN = 1000
MOST_TOUCHES_OF_ONE = 200


@admin.register(InboundRequest)
class InboundRequestAdmin(CardAdmin):
    card_template = "leads/inbound_card.html"
    list_display = ("received", "endpoint", "state_pill", "why", "size", "source_address", "receipt")
    nothing_yet = gettext_lazy("Whatever is posted to an endpoint is kept here, understood or not.")
    list_filter = (
        ("state", MultipleChoicesDropdownFilter),
        ("endpoint", RelatedDropdownFilter),
        ("received_at", PeriodFilter),
    )
    list_select_related = ("endpoint",)
    ordering = ("-id",)
    search_fields = ("id",)
    search_help_text = gettext_lazy("The person's whole e-mail address, or a receipt")
    list_before_template = "leads/inbound_again.html"
    actions = ("process_selected_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundRequest]:
        return super().get_queryset(request).defer("body")

    def for_list(self, request: HttpRequest, rows: QuerySet[InboundRequest]) -> QuerySet[InboundRequest]:
        tests = Touch.objects.filter(is_test=True).only("inbound_request")
        return rows.prefetch_related(Prefetch("touches", tests, to_attr="tests"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[InboundRequest], search_term: str
    ) -> tuple[QuerySet[InboundRequest], bool]:
        """By what has an index: bodies are not searched. Keys are fetched first, or none would be used."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if is_key(InboundRequest, term):
            return queryset.filter(pk=term), False
        touches = Touch.objects.filter(email_key=without_nul(term).casefold()).exclude(email_key="")
        if not personal.sees_held_back(request):
            touches = touches.filter(lead__is_private=False)
        found = list(touches.order_by("-id").values_list("id", "inbound_request")[:MOST_TOUCHES_OF_ONE])
        came, repeated = (
            Q(id__in=[inbound for _touch, inbound in found]),
            Q(repeat_of__in=[touch for touch, _ in found]),
        )
        return queryset.filter(came | repeated), False

    # --- many at once -------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.process_all_view)
        return [path("process-again/", view, name="leads_inboundrequest_process_again"), *super().get_urls()]

    def process_all_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_process_again_permission(request):
            raise PermissionDenied
        self.process_selected_again(request, InboundRequest.objects.filter(id__in=_newest_unread().values("id")))
        return HttpResponseRedirect(reverse("admin:leads_inboundrequest_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the way to read again all that could not be read."""
        number = _newest_unread().count() if self.has_process_again_permission(request) else 0
        context = {"unread": number, "unread_shown": shown(number, MOST_READ_AGAIN)}
        return super().changelist_view(request, (extra_context or {}) | context)

    # --- the columns --------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("Receipt"))
    def receipt(self, inbound: InboundRequest) -> str:
        return str(inbound.pk)

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, inbound: Any) -> SafeString:
        state = words.state_pill("inbound", inbound.state, inbound.get_state_display())
        return format_html("{} {}", state, words.pill(_("Test lead"), "mute")) if inbound.tests else state

    @admin.display(description=gettext_lazy("Why"))
    def why(self, inbound: InboundRequest) -> str:
        return inbound.reason_text or "–"

    @admin.display(description=gettext_lazy("Size"))
    def size(self, inbound: InboundRequest) -> str:
        return filesizeformat(inbound.body_size)

    @admin.display(description=gettext_lazy("Received"))
    def received(self, inbound: InboundRequest) -> SafeString | str:
        return ago(inbound.received_at)

    @admin.action(description=gettext_lazy("Process again"), permissions=["process_again"])
    def process_selected_again(self, request: HttpRequest, queryset: QuerySet[InboundRequest]) -> None:
        moved = process_again(queryset)
        after_commit(interpret_inbound)
        text = ngettext("%(count)d request is read again.", "%(count)d requests are read again.", moved)
        self.say(request, moved, text % {"count": moved} if moved else NOT_REJECTED)

    def has_process_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("leads.process_again")

    def card_title(self, request: HttpRequest, shown: InboundRequest) -> str:
        return _("Inbound request")

    def card(self, request: HttpRequest, shown: InboundRequest) -> dict[str, Any]:
        touches = list(with_deliveries(shown.touches.select_related("lead")))
        private = _private_rows(shown, [touch.lead for touch in touches])
        may_see = not private or personal.sees_held_back(request)
        for row in private if may_see else ():
            personal.note_view(request, row)
        return {
            "inbound": shown,
            "touches": touches,
            "may_see": may_see,
            "body": _readable(bytes(shown.body)) if may_see else "",
            "remarks": [Remark(**stored).sentence for stored in shown.remarks],
        }

    @post_action("leads.process_again")
    def read_again(self, request: HttpRequest, inbound: InboundRequest) -> None:
        moved = process_again(InboundRequest.objects.filter(pk=inbound.pk))
        if moved:
            self.log_change(request, inbound, _("Read again."))
            after_commit(interpret_inbound)
        self.say(request, moved, _("It is read again. Reload the page in a moment.") if moved else NOT_REJECTED)


def _newest_unread() -> QuerySet[InboundRequest]:
    return unread(InboundRequest.objects.order_by("-id"))[:MOST_READ_AGAIN]


NOT_REJECTED = gettext_lazy("Only requests that could not be read can be read again.")


def _private_rows(inbound: InboundRequest, leads: Sequence[Lead]) -> list[Lead | InboundRequest]:
    """The leads whose personal data stands in the body and is held back; the request itself where no lead tells."""
    repeated = [inbound.repeat_of.lead] if inbound.repeat_of else []
    private: list[Lead | InboundRequest] = [lead for lead in {*leads, *repeated} if lead.is_private]
    if not private and names_private_person(bytes(inbound.body)):
        private.append(inbound)
    return private


def _readable(body: bytes) -> str:
    """As text, JSON on several lines; what is no text as hexadecimal digits."""
    for encoding in ("utf-8-sig", json.detect_encoding(body)):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return words.pretty(text)
    return body.hex(" ")
