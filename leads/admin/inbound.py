"""Inbound requests: what was posted, byte for byte, and what became of it."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin import personal
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.filters import PeriodFilter
from leads.admin.theme import (
    MultipleChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from leads.hints import after_commit
from leads.intake.privacy import names_private_person
from leads.intake.reprocessing import process_again
from leads.marketplace.remark import Remark
from leads.models import InboundRequest, Lead
from leads.tasks import interpret_inbound
from leads.templatetags.leadcrm import ago


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
    actions = ("process_selected_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundRequest]:
        return super().get_queryset(request).defer("body")

    @admin.display(description=gettext_lazy("Receipt"))
    def receipt(self, inbound: InboundRequest) -> str:
        return str(inbound.pk)

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, inbound: InboundRequest) -> SafeString:
        return words.state_pill("inbound", inbound.state, inbound.get_state_display())

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
        touches = list(shown.touches.select_related("lead").prefetch_related("deliveries__destination__gate"))
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
