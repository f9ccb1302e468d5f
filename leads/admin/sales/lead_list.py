"""The list of leads that sales staff live in."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin import personal
from leads.admin.card import CardAdmin
from leads.admin.files.export_job import export_address, export_button
from leads.admin.filters import (
    ActionFilter,
    AnswerFilter,
    CloseReasonFilter,
    CountryFilter,
    DueFilter,
    ImportFilter,
    LeadKindFilter,
    OfferFilter,
    OwnerFilter,
    PeriodFilter,
    ScoreFilter,
    TeamFilter,
)
from leads.admin.sales.bulk import LeadBulk, bulk_buttons
from leads.admin.sales.lead_row import Row, add_rows, offer_of, wish_pill, with_parts
from leads.admin.sales.my_queue import MyQueue, queue_tabs
from leads.admin.sales.saved_view import tabs_of, teams_of
from leads.admin.theme import (
    ChangeList,
    ChoicesDropdownFilter,
    TemplateSection,
    without_nul,
)
from leads.models import Lead
from leads.models.saved_view import SharedWith, normal_query
from leads.sales.visibility import seen_by
from leads.templatetags.leadcrm import ago

MOST_IN_SITE_SEARCH = 20


class LeadSection(TemplateSection):
    """What a row folds out to."""

    template_name = "leads/lead_section.html"


class LeadChangeList(ChangeList):
    """Its rows say at first glance what is to be done."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        add_rows(self.result_list)


class LeadList(MyQueue, LeadBulk, CardAdmin):
    """Its columns, filters and search."""

    list_display = (
        "person",
        "wish",
        "country_name",
        "stage_pill",
        "whose",
        "due",
        "points",
        "last_touch",
        "menu",
    )
    list_before_template = "leads/lead_list_before.html"
    nothing_yet = gettext_lazy("As soon as the marketplace posts a lead it is here.")
    list_filter = (
        LeadKindFilter,
        DueFilter,
        OwnerFilter,
        TeamFilter,
        ("stage", ChoicesDropdownFilter),
        CloseReasonFilter,
        AnswerFilter,
        OfferFilter,
        ActionFilter,
        CountryFilter,
        ("score", ScoreFilter),
        ("first_touch_at", PeriodFilter),
        ("last_touch_at", PeriodFilter),
        ImportFilter,
    )
    list_sections = (LeadSection,)
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name, company, e-mail, phone or offer")
    ordering = ("-last_touch_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        """Those that this person sees, on the list, on cards, in every search; and none that became part of another."""
        return super().get_queryset(request).filter(seen_by(request.user), merged_into=None)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LeadChangeList

    def for_list(self, request: HttpRequest, rows: QuerySet[Lead]) -> QuerySet[Lead]:
        return with_parts(request, rows)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), **self.around_list(request)})

    def around_list(self, request: HttpRequest) -> dict[str, Any]:
        """The tabs above the list, and what its filters can be saved as."""
        query = normal_query(request.META.get("QUERY_STRING", ""))
        tabs = tabs_of(request)
        return {
            "tabs": queue_tabs(request),
            "view_tabs": tabs,
            "is_all": not query,
            "query_to_save": "" if any(tab.is_current for tab in tabs) else query,
            "sharing_choices": SharedWith.choices,
            "teams_to_share_with": teams_of(request) if query else [],
            "bulk_kinds": [*bulk_buttons(request), *export_button(request)],
            "export_address": export_address(request),
        }

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
    def wish(self, lead: Lead) -> SafeString:
        return _two_lines(wish_pill(lead), offer_of(lead))

    @admin.display(description=gettext_lazy("Country"))
    def country_name(self, lead: Lead) -> SafeString:
        name = words.country_name(lead.country_code, lead.country)
        return _two_lines(name or "–", _row(lead).there)

    @admin.display(description=gettext_lazy("Stage"), ordering="stage")
    def stage_pill(self, lead: Lead) -> SafeString:
        return words.state_pill("stage", lead.stage, lead.get_stage_display())

    @admin.display(description=gettext_lazy("Owner"))
    def whose(self, lead: Lead) -> str:
        return words.person(lead.owner) if lead.owner else "–"

    @admin.display(description=gettext_lazy("Due"))
    def due(self, lead: Lead) -> SafeString:
        row = _row(lead)
        return _two_lines(row.respond or "–", row.step)

    @admin.display(description=gettext_lazy("Score"), ordering="score")
    def points(self, lead: Lead) -> SafeString:
        return format_html('<span class="lc-score" title="{}">{}</span>', _row(lead).score_reason, lead.score)

    @admin.display(description=gettext_lazy("Last touch"), ordering="last_touch_at")
    def last_touch(self, lead: Lead) -> SafeString:
        """With what became of its deliveries."""
        return _two_lines(ago(lead.last_touch_at), _row(lead).dots)

    @admin.display(description="")
    def menu(self, lead: Lead) -> SafeString:
        return SafeString(render_to_string("leads/row_menu_button.html", {"lead": lead}))


def _two_lines(first: object, second: object) -> SafeString:
    return format_html('<span class="lc-two-lines"><span>{}</span><small>{}</small></span>', first, second)


def _row(lead: Lead) -> Row:
    row: Row = lead.row  # type: ignore[attr-defined]
    return row


def _is_the_list(request: HttpRequest) -> bool:
    """Or what is done with rows that were ticked in it."""
    return _view_name(request) in ("admin:leads_lead_changelist", "admin:leads_lead_bulk")


def _is_site_search(request: HttpRequest) -> bool:
    """The theme's search over everything shows whatever it is given, however much that is."""
    return _view_name(request) == "admin:search"


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
