"""Leads: the list sales staff live in, and the card of one lead."""

from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, Prefetch, Q, QuerySet, Value
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin import personal
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.filters import ActionFilter, CountryFilter, LeadKindFilter, PeriodFilter
from leads.admin.theme import (
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
    TemplateSection,
    without_nul,
)
from leads.models import Delivery, InboundRequest, Lead, Touch
from leads.stages import MOVES, MoveNotAllowed, move_stage
from leads.states import Stage
from leads.templatetags.leadcrm import ago


class LeadSection(TemplateSection):
    """What a row folds out to."""

    template_name = "leads/lead_section.html"


@admin.register(Lead)
class LeadAdmin(CardAdmin):
    card_template = "leads/lead_card.html"
    list_display = ("person", "wish", "offer_name", "country_name", "stage_pill", "last_touch", "delivery_dots")
    nothing_yet = gettext_lazy("As soon as the marketplace posts a lead it is here.")
    list_filter = (
        LeadKindFilter,
        ("stage", ChoicesDropdownFilter),
        ("offer", RelatedDropdownFilter),
        ActionFilter,
        CountryFilter,
        ("last_touch_at", PeriodFilter),
    )
    list_select_related = ("offer",)
    list_sections = (LeadSection,)
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name, company, e-mail, phone or offer")
    ordering = ("-last_touch_at", "-id")

    def for_list(self, request: HttpRequest, rows: QuerySet[Lead]) -> QuerySet[Lead]:
        touches = with_deliveries(Touch.objects.order_by("-received_at", "-id"))[:FOLDED_TOUCHES]
        return rows.annotate(is_masked=_is_masked(request)).prefetch_related(
            Prefetch("touches", touches, to_attr="newest_touches")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lead], search_term: str
    ) -> tuple[QuerySet[Lead], bool]:
        # Finding a name that is held back would tell it, and only the list itself masks the names that it shows.
        if (search_term or not _is_the_list(request)) and not personal.sees_held_back(request):
            queryset = queryset.filter(is_private=False)
        found: QuerySet[Lead] = queryset.search(without_nul(search_term))  # type: ignore[attr-defined]
        return found[:MOST_IN_SITE_SEARCH] if _is_site_search(request) else found, False

    @admin.display(description=gettext_lazy("Lead"))
    def person(self, lead: Lead) -> SafeString:
        return SafeString(render_to_string("leads/lead_person.html", {"lead": lead}))

    @admin.display(description=gettext_lazy("Wants"))
    def wish(self, lead: Lead) -> SafeString | str:
        if lead.is_test:
            return words.pill(_("Test lead"), "mute")
        if not lead.action:
            return "–"
        return words.pill(words.action_label(lead.action), "mute" if lead.is_dnc else "fresh")

    @admin.display(description=gettext_lazy("Offer"))
    def offer_name(self, lead: Lead) -> str:
        return str(lead.offer or lead.offer_title or "–")

    @admin.display(description=gettext_lazy("Country"))
    def country_name(self, lead: Lead) -> str:
        return words.country_name(lead.country_code, lead.country) or "–"

    @admin.display(description=gettext_lazy("Stage"), ordering="stage")
    def stage_pill(self, lead: Lead) -> SafeString:
        return words.state_pill("stage", lead.stage, lead.get_stage_display())

    @admin.display(description=gettext_lazy("Last touch"), ordering="last_touch_at")
    def last_touch(self, lead: Lead) -> SafeString | str:
        return ago(lead.last_touch_at)

    @admin.display(description=gettext_lazy("Deliveries"))
    def delivery_dots(self, lead: Lead) -> SafeString:
        newest: dict[int, Delivery] = {}
        for touch in lead.newest_touches:  # type: ignore[attr-defined]
            for delivery in touch.deliveries.all():
                newest.setdefault(delivery.destination_id, delivery)
        return format_html_join(
            "",
            '<span class="lc-dot lc-{}" title="{}"><span class="lc-hidden">{}</span></span>',
            (
                (words.TONES["delivery"][delivery.state], text, text)
                for delivery in newest.values()
                for text in [f"{delivery.destination}: {delivery.get_state_display()}"]
            ),
        ) or SafeString("–")

    def card_title(self, request: HttpRequest, shown: Lead) -> str:
        return str(shown) if personal.may_see(request, shown) else str(words.HELD_BACK)

    def card(self, request: HttpRequest, shown: Lead) -> dict[str, Any]:
        may_see = personal.may_see(request, shown)
        if shown.is_private and may_see:
            personal.note_view(request, shown)
        touches = list(
            with_deliveries(shown.touches.order_by("-received_at", "-id"))
            .select_related("endpoint", "offer")
            .prefetch_related(Prefetch("repeats", InboundRequest.objects.only("repeat_of")))[:MOST_TOUCHES]
        )
        return {
            "lead": shown,
            "may_see": may_see,
            "touches": touches,
            "more_touches": shown.touch_count - len(touches),
            "following_stages": [(stage.value, stage.label) for stage in MOVES[Stage(shown.stage)]],
            "may_change": self.has_change_permission(request, shown),
        }

    @post_action("leads.change_lead")
    def move(self, request: HttpRequest, lead: Lead) -> None:
        """Move the lead to the stage that the button names."""
        stage = request.POST.get("stage", "")
        if stage not in Stage.values:
            self.say(request, False, _("There is no such stage."))
            return
        try:
            move_stage(lead, Stage(stage))
        except MoveNotAllowed:
            self.say(request, False, _("The lead is in another stage by now. Look again before you move it."))
            return
        self.log_change(request, lead, _("Stage: %(stage)s") % {"stage": Stage(stage).label})
        self.say(request, True, _("The lead is now in stage “%(stage)s”.") % {"stage": Stage(stage).label})


MOST_TOUCHES = 50
FOLDED_TOUCHES = 3
MOST_IN_SITE_SEARCH = 20


def _is_the_list(request: HttpRequest) -> bool:
    return _view_name(request) == "admin:leads_lead_changelist"


def _is_site_search(request: HttpRequest) -> bool:
    """The theme's search over everything shows whatever it is given, however much that is."""
    return _view_name(request) == "admin:search"


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def with_deliveries(touches: QuerySet[Touch]) -> QuerySet[Touch]:
    """And with what their rows say of each."""
    deliveries = Delivery.objects.select_related("destination__gate", "given_up__by").order_by("destination__name")
    return touches.prefetch_related(Prefetch("deliveries", deliveries))


def _is_masked(request: HttpRequest) -> Combinable:
    if personal.sees_held_back(request):
        return Value(False, output_field=BooleanField())
    return ExpressionWrapper(Q(is_private=True), output_field=BooleanField())
