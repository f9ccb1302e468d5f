"""Score rules: what makes a lead more or less promising, and what a change of them would do."""

from collections import Counter
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin.acting import ActingAdmin
from leads.admin.rules.trying import Row, Shown, Table, TryingAdmin, examples_of
from leads.admin.theme import ModelAdmin, themed
from leads.assignment.trial import Trial, Verdict, by_scoring, compare
from leads.hints import after_commit
from leads.models import Rescoring, ScoreRule
from leads.sales import rescoring
from leads.scoring import Scoring, add_usual_rules, load_scoring
from leads.tasks import score_again

Trait = ScoreRule.Trait
VALUES = {Trait.ACTION: "action", Trait.COUNTRY: "country", Trait.TITLE: "words_in_title"}
"""Traits that are compared with something, and the field that holds it; that of an offer is the rule's own."""
BARS = 10


class ScoreRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    action = themed(forms.ChoiceField(label=gettext_lazy("Action"), required=False))
    country = themed(forms.ChoiceField(label=gettext_lazy("Country"), required=False))
    words_in_title = themed(
        forms.CharField(
            label=gettext_lazy("Words"),
            max_length=100,
            required=False,
            help_text=gettext_lazy("In capitals or small letters, anywhere in the job title."),
        )
    )

    class Meta:
        model = ScoreRule
        fields = ("trait", "offer", "points", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "trait" not in self.fields:
            return
        rule: ScoreRule = self.instance
        for name, choices in (("action", words.action_choices()), ("country", words.country_choices())):
            cast(forms.ChoiceField, self.fields[name]).choices = [("", "–"), *choices, *_unknown(rule.value, choices)]
        if field := VALUES.get(Trait(rule.trait)) if rule.trait in Trait.values else None:
            self.initial[field] = rule.value
        self.fields["points"].help_text = gettext_lazy("From -100 to 100. Below zero: less promising.")
        for trait, name in {**VALUES, Trait.OFFER: "offer"}.items():
            widget: Any = self.fields[name].widget
            inner = getattr(widget, "widget", widget)  # that of an offer has another around it
            inner.attrs["data-shown-when"] = f"trait={trait.value}"

    def clean(self) -> dict[str, Any]:
        """What the chosen trait is compared with, and nothing of the others."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        trait = cleaned.get("trait")
        name = "offer" if trait == Trait.OFFER else VALUES.get(cast(ScoreRule.Trait, trait))
        if name and not cleaned.get(name) and not self.has_error(name):
            label = self.fields[name].label
            self.add_error(name, ValidationError(_("%(label)s: choose which."), params={"label": label}))
        self.instance.value = cleaned.get(name, "") if name and name != "offer" else ""
        if name != "offer":
            cleaned["offer"] = None
        return cleaned


def _unknown(value: str, choices: Any) -> list[tuple[str, str]]:
    return [(value, value)] if value and value not in dict(choices) else []


@admin.register(ScoreRule)
class ScoreRuleAdmin(ActingAdmin, TryingAdmin, ModelAdmin):
    form = ScoreRuleForm
    list_display = ("reason", "points_shown", "enabled_pill")
    list_select_related = ("offer",)
    fields = ("trait", "action", "country", "words_in_title", "offer", "points", "enabled")
    list_before_template = "leads/score_again.html"
    nothing_yet = gettext_lazy(
        "Without rules every lead has the score 0. Say what makes one promising, and by how much."
    )

    def get_fields(self, request: HttpRequest, obj: ScoreRule | None = None) -> Any:
        if self.may_edit(request, obj):
            return self.fields
        return ("reason", "points_shown", "enabled_pill")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoreRule]:
        return super().get_queryset(request).select_related("offer")

    @admin.display(description=gettext_lazy("When"))
    def reason(self, rule: ScoreRule) -> str:
        return words.score_trait(rule.trait, str(rule.offer or rule.value))

    @admin.display(description=gettext_lazy("Points"), ordering="points")
    def points_shown(self, rule: ScoreRule) -> SafeString:
        return words.pill(f"{rule.points:+d}", "good" if rule.points > 0 else "warn")

    @admin.display(description=gettext_lazy("State"))
    def enabled_pill(self, rule: ScoreRule) -> SafeString:
        return words.pill(_("On"), "good") if rule.enabled else words.pill(_("Off"), "mute")

    # --- trying -------------------------------------------------------------------------------------------------------

    def try_out(self, request: HttpRequest, form: Any) -> Shown:
        now, stored = load_scoring(), form.instance
        rules = [rule for rule in now.rules if rule.pk != stored.pk] + ([stored] if stored.enabled else [])
        then = Scoring(sorted(rules, key=lambda rule: -rule.points))
        trial = compare(by_scoring(now), by_scoring(then), timezone.now())
        text = ngettext(
            "%(count)d lead would have other points.", "%(count)d leads would have other points.", trial.changed
        )
        return Shown(trial, text, [histogram(trial)], examples_of(request, trial, _score))

    # --- all open leads again -----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("score-again/", wrap(self.score_again_view), name="leads_scorerule_score_again"),
            path("usual/", wrap(self.usual_view), name="leads_scorerule_usual"),
            *super().get_urls(),
        ]

    def score_again_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        rescoring.ask(cast(User, request.user))
        after_commit(score_again)
        self.say(
            request, True, _("All open leads are being scored again. Look again in a moment to see how far it is.")
        )
        return HttpResponseRedirect(reverse("admin:leads_scorerule_changelist"))

    def usual_view(self, request: HttpRequest) -> HttpResponse:
        """Something to begin with, where there is no rule yet."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        added = add_usual_rules()
        self.say(request, added, _("Change them as you see fit.") if added else _("There are rules already."))
        return HttpResponseRedirect(reverse("admin:leads_scorerule_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        last = Rescoring.objects.select_related("asked_by").order_by("-id").first()
        context = {
            "last_scoring": last,
            "may_score": self.has_change_permission(request),
            "may_begin": self.has_add_permission(request) and not ScoreRule.objects.exists(),
        }
        return super().changelist_view(request, {**(extra_context or {}), **context})


def _score(verdict: Verdict) -> str:
    return str(verdict[0])


def histogram(trial: Trial) -> Table:
    """How many leads have how many points, in about ``BARS`` steps of equal width; the most promising first."""
    before, after = (counters[0] if counters else Counter() for counters in (trial.before, trial.after))
    scores = [int(score or 0) for score in before.keys() | after.keys()]
    low, high = min(scores, default=0), max(scores, default=0)
    width = next(width for width in (1, 5, 10, 20, 50, 100, 500) if (high - low) / width <= BARS)
    rows = []
    for begin in range(high // width * width, low // width * width - 1, -width):
        label = str(begin) if width == 1 else _("%(first)d to %(last)d") % {"first": begin, "last": begin + width - 1}
        in_step = [
            sum(count for score, count in one.items() if begin <= int(score or 0) < begin + width)
            for one in (before, after)
        ]
        rows.append(Row(label, *in_step))
    return Table(_("Points"), rows)
