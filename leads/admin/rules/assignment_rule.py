"""Assignment rules: who gets a lead. The first that fits counts; the catch-all comes last and stays."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Case, CharField, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin.choosing import NONE_CHOSEN, AddressesField, codes_field, offer_choices, people_field
from leads.admin.rules.ordered import OrderedAdmin, moving
from leads.admin.rules.reach import who_takes_all
from leads.admin.rules.trying import Shown, TryingAdmin, examples_of, table_of
from leads.admin.theme import ModelAdmin, themed
from leads.assignment.loading import Conditions, load_rules
from leads.assignment.trial import MONTH, Verdict, by_rules, compare
from leads.models import AssignmentRule, Lead
from leads.states import Sharing
from leads.watching.backlog import shown

CONDITIONS = ("offers", "country_groups", "countries", "sources", "actions")
MOST_HITS = 1000


class AssignmentRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    countries = codes_field(gettext_lazy("Countries"))
    sources = codes_field(gettext_lazy("Sources"))
    actions = codes_field(gettext_lazy("Actions"))
    people = people_field(
        gettext_lazy("Colleagues"),
        help_text=gettext_lazy("None chosen: the whole team; without a team, everybody who works on leads."),
    )
    also_told = themed(
        AddressesField(
            label=gettext_lazy("Also told"),
            required=False,
            max_length=2000,
            help_text=gettext_lazy("E-mail addresses that hear of each new lead of this rule, with commas between."),
        )
    )

    class Meta:
        model = AssignmentRule
        fields = ("name", "enabled", *CONDITIONS, "team", "people", "sharing", "also_told")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self)
        if "country_groups" in self.fields:
            self.fields["country_groups"].help_text = gettext_lazy("Their countries, and those chosen below.")
            self.fields["offers"].help_text = NONE_CHOSEN
        if "people" in self.fields:
            self.fields["people"].offer(self.instance.people.all() if self.instance.pk else ())  # type: ignore[attr-defined]
        if self.instance.is_catch_all and "sharing" in self.fields:
            sharing = self.fields["sharing"]
            assert isinstance(sharing, forms.ChoiceField)
            sharing.choices = [choice for choice in Sharing.choices if choice[0] != Sharing.WHO_TAKES]

    def conditions(self) -> Conditions:
        """Of a valid form."""
        given, team = self.cleaned_data, self.cleaned_data["team"]
        return Conditions(
            list(given.get("offers", ())),
            list(given.get("country_groups", ())),
            list(given["people"]),
            list(team.members.order_by("pk")) if team else [],
        )


class CountUpTo(Subquery):
    """How many rows a query finds, which is cut off at a number, or all of them would be counted."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(OrderedAdmin, TryingAdmin, ModelAdmin):
    form = AssignmentRuleForm
    list_display = ("moves", "name_shown", "conditions", "to", "sharing", "hits", "state")
    list_display_links = ("name_shown",)
    list_select_related = ("team",)
    autocomplete_fields = ("offers", "country_groups")
    readonly = ("name", "enabled_pill", "conditions", "to", "sharing")
    up, down = moving("leads.change_assignmentrule")

    def movable(self) -> QuerySet[AssignmentRule]:
        return AssignmentRule.objects.filter(is_catch_all=False).order_by("position", "pk")

    def for_list(self, request: HttpRequest, rows: QuerySet[AssignmentRule]) -> QuerySet[AssignmentRule]:
        came = Lead.objects.shown().filter(rule=OuterRef("pk"), opened_at__gte=timezone.now() - MONTH)
        found = CountUpTo(came.order_by().values("pk")[:MOST_HITS])
        listed: QuerySet[AssignmentRule] = super().for_list(request, rows)
        return listed.annotate(hit_count=found, out_of_reach=_out_of_reach()).prefetch_related(*RELATED)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AssignmentRule]:
        return super().get_queryset(request).select_related("team")

    def get_fields(self, request: HttpRequest, obj: AssignmentRule | None = None) -> Any:
        """The catch-all fits every lead, always."""
        if not self.may_edit(request, obj):
            return self.readonly
        fields = AssignmentRuleForm.Meta.fields
        if obj and obj.is_catch_all:
            return [name for name in fields if name not in (*CONDITIONS, "enabled")]
        return fields

    def has_delete_permission(self, request: HttpRequest, obj: AssignmentRule | None = None) -> bool:
        if obj is not None and obj.is_catch_all:
            return False
        return bool(super().has_delete_permission(request, obj))

    # --- columns ------------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("Name"))
    def name_shown(self, rule: AssignmentRule) -> str:
        return rule.name

    @admin.display(description=gettext_lazy("For"))
    def conditions(self, rule: AssignmentRule) -> str:
        if rule.is_catch_all:
            return _("Every other lead")
        parts = [
            ", ".join(offer.name for offer in rule.offers.all()),
            ", ".join(group.name for group in rule.country_groups.all()),
            ", ".join(words.country_name(code) for code in rule.countries),
            ", ".join(words.source_label(code) for code in rule.sources),
            ", ".join(words.action_label(code) for code in rule.actions),
        ]
        return words.join_words(*parts) or _("Every lead")

    @admin.display(description=gettext_lazy("Goes to"))
    def to(self, rule: AssignmentRule) -> str:
        people = ", ".join(words.person(user) for user in rule.people.all())
        return words.join_words(str(rule.team or ""), people) or _("Everybody who works on leads")

    @admin.display(description=gettext_lazy("Leads in 30 days"))
    def hits(self, rule: AssignmentRule) -> str:
        return shown(rule.hit_count, MOST_HITS)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("State"))
    def enabled_pill(self, rule: AssignmentRule) -> SafeString:
        return words.pill(_("On"), "good") if rule.enabled else words.pill(_("Off"), "mute")

    @admin.display(description=gettext_lazy("State"))
    def state(self, rule: AssignmentRule) -> SafeString:
        """With why no lead comes to it, where that is so."""
        remark, pill = rule.out_of_reach, self.enabled_pill(rule)  # type: ignore[attr-defined]
        return format_html('{} <small class="lc-faint">{}</small>', pill, remark) if remark else pill

    # --- saving -------------------------------------------------------------------------------------------------------

    def response_add(
        self, request: HttpRequest, obj: AssignmentRule, post_url_continue: str | None = None
    ) -> HttpResponse:
        answer = super().response_add(request, obj, post_url_continue)
        self._warn_of_rules_out_of_reach(request, obj)
        return answer

    def response_change(self, request: HttpRequest, obj: AssignmentRule) -> HttpResponse:
        answer = super().response_change(request, obj)
        self._warn_of_rules_out_of_reach(request, obj)
        return answer

    def _warn_of_rules_out_of_reach(self, request: HttpRequest, saved: AssignmentRule) -> None:
        found = who_takes_all()
        if found and (warning := found.warning_about(saved)):
            self.say(request, False, warning)

    # --- trying -------------------------------------------------------------------------------------------------------

    def try_out(self, request: HttpRequest, form: Any) -> Shown:
        now = timezone.now()
        return shown_trial(request, now, (form.instance, form.conditions()))


RELATED = ("offers", "country_groups", "people")


def _out_of_reach() -> Case:
    """The remark of a rule that no lead comes to; empty for others."""
    found = who_takes_all()
    keys, remark = ([rule.pk for rule in found.below], found.remark) if found else ([], "")
    return Case(When(pk__in=keys, then=Value(remark)), default=Value(""), output_field=CharField())


def shown_trial(request: HttpRequest, now: datetime, tried: tuple[AssignmentRule, Conditions]) -> Shown:
    before, after = load_rules(None), load_rules(None, tried)
    trial = compare(by_rules(before), by_rules(after), now)
    names: dict[Any, str] = {rule.rule_id: rule.name for rule in (*before, *after)} | {None: _("No rule")}
    ids = [person for rule in (*before, *after) for person in rule.people]
    people: dict[Any, str] = {user.pk: words.person(user) for user in User.objects.filter(pk__in=ids)}
    people[None] = _("Whoever takes it")
    places = {rule.rule_id: place for place, rule in enumerate(after)}
    tables = [
        table_of(trial, 0, _("Rule"), names.__getitem__, places),
        table_of(trial, 1, _("Colleague"), people.__getitem__),
    ]

    def label(verdict: Verdict) -> str:
        return words.join_words(names[verdict[0]], people[verdict[1]])

    text = ngettext(
        "%(count)d lead would have gone by another rule.",
        "%(count)d leads would have gone by another rule.",
        trial.changed,
    )
    return Shown(trial, text, tables, examples_of(request, trial, label))
