"""Service levels: how soon people are answered, and what happens when nobody does."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin.choosing import NONE_CHOSEN, codes_field, offer_choices
from leads.admin.rules.ordered import OrderedAdmin, moving
from leads.admin.rules.trying import Shown, TryingAdmin, examples_of, table_of
from leads.admin.theme import ModelAdmin, themed
from leads.assignment.levels import Levels
from leads.assignment.trial import Verdict, by_levels, compare
from leads.marketplace.catalogue import Warmth
from leads.models import Offer, ServiceLevel

HOUR = 60
UNITS = ((1, gettext_lazy("minutes")), (HOUR, gettext_lazy("hours")))
CONDITIONS = ("offers", "actions", "warmths")
ALARMS = ("warn_at", "tell_at", "hand_on_at")


class ServiceLevelForm(forms.ModelForm):  # type: ignore[type-arg]
    actions = codes_field(gettext_lazy("Actions"))
    warmths = themed(
        forms.MultipleChoiceField(
            label=gettext_lazy("Warmth"),
            choices=Warmth.choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=gettext_lazy("What the action says of somebody's interest. None chosen: all of them."),
        )
    )
    within = themed(forms.IntegerField(label=gettext_lazy("Answer within"), min_value=1, max_value=366 * 24 * HOUR))
    unit = themed(
        forms.TypedChoiceField(
            label=gettext_lazy("Minutes or hours"),
            choices=UNITS,
            coerce=int,
            help_text=gettext_lazy("Of working time, where working hours are chosen below."),
        )
    )

    class Meta:
        model = ServiceLevel
        fields = ("name", "enabled", *CONDITIONS, "calendar", *ALARMS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minutes = self.instance.target_minutes
        unit = HOUR if minutes % HOUR == 0 else 1
        self.initial.update(within=minutes // unit, unit=unit)
        offer_choices(self)
        if "offers" in self.fields:
            self.fields["offers"].help_text = NONE_CHOSEN
            self.fields["calendar"].help_text = gettext_lazy("None chosen: every minute counts, also at night.")
        for name in ALARMS:
            if name in self.fields:
                self.fields[name].help_text = gettext_lazy("Of that time. Empty: that does not happen.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("within") and cleaned.get("unit"):
            minutes = cleaned["within"] * cleaned["unit"]
            if minutes > 366 * 24 * HOUR:
                self.add_error("within", _("Answer within: a year is the longest."))
            else:
                self.instance.target_minutes = minutes
        self._refuse_order_without_sense({name: cleaned[name] for name in ALARMS if cleaned.get(name)})
        return cleaned

    def _refuse_order_without_sense(self, given: dict[str, int]) -> None:
        """Nobody is warned of a lead that was handed on already. What is left empty has no place in the order."""
        latest = ""
        for name, percent in given.items():
            if latest and percent < given[latest]:
                self.add_error(name, _too_early(self.fields[latest].label, given[latest]))
            else:
                latest = name


def _too_early(alarm: object, percent: int) -> ValidationError:
    text = _("Too early: “%(alarm)s” is %(percent)d. Write %(percent)d or more here, or less there.")
    return ValidationError(text, params={"alarm": alarm, "percent": percent})


@admin.register(ServiceLevel)
class ServiceLevelAdmin(OrderedAdmin, TryingAdmin, ModelAdmin):
    form = ServiceLevelForm
    list_display = ("moves", "name", "conditions", "target", "calendar_name", "alarms", "enabled_pill")
    list_display_links = ("name",)
    list_select_related = ("calendar",)
    autocomplete_fields = ("offers",)
    nothing_yet = gettext_lazy("Without a service level no lead is ever late. Say how soon people are to be answered.")
    up, down = moving("leads.change_servicelevel")
    new_comes_first = True  # the one that comes with the product fits nearly every lead
    fieldsets = (
        (None, {"fields": ("name", "enabled")}),
        (gettext_lazy("For which leads"), {"fields": CONDITIONS}),
        (gettext_lazy("How soon"), {"fields": (("within", "unit"), "calendar")}),
        (gettext_lazy("When nobody answers"), {"fields": ALARMS}),
    )
    readonly = ("name", "enabled_pill", "conditions", "target", "calendar_name", "alarms")

    def for_list(self, request: HttpRequest, rows: QuerySet[ServiceLevel]) -> QuerySet[ServiceLevel]:
        return super().for_list(request, rows).prefetch_related("offers")

    def get_fieldsets(self, request: HttpRequest, obj: ServiceLevel | None = None) -> Any:
        if self.may_edit(request, obj):
            return self.fieldsets
        return ((None, {"fields": self.readonly}),)

    # --- columns ------------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("For"))
    def conditions(self, level: ServiceLevel) -> str:
        parts = [
            ", ".join(offer.name for offer in level.offers.all()),
            ", ".join(words.action_label(code) for code in level.actions),
            ", ".join(str(dict(Warmth.choices).get(code, code)) for code in level.warmths),
        ]
        return words.join_words(*parts) or _("Every lead")

    @admin.display(description=gettext_lazy("Answer within"))
    def target(self, level: ServiceLevel) -> str:
        return time_in_words(level.target_minutes)

    @admin.display(description=gettext_lazy("Working hours"))
    def calendar_name(self, level: ServiceLevel) -> str:
        return str(level.calendar or _("Always"))

    @admin.display(description=gettext_lazy("When nobody answers"))
    def alarms(self, level: ServiceLevel) -> str:
        """In the order in which they come."""
        texts = {
            "warn_at": _("owner warned at %(percent)d %%"),
            "tell_at": _("sales lead told at %(percent)d %%"),
            "hand_on_at": _("handed on at %(percent)d %%"),
        }
        set_ = sorted((getattr(level, name), place) for place, name in enumerate(ALARMS) if getattr(level, name))
        return ", ".join(texts[ALARMS[place]] % {"percent": percent} for percent, place in set_) or "–"

    @admin.display(description=gettext_lazy("State"))
    def enabled_pill(self, level: ServiceLevel) -> SafeString:
        return words.pill(_("On"), "good") if level.enabled else words.pill(_("Off"), "mute")

    # --- trying -------------------------------------------------------------------------------------------------------

    def try_out(self, request: HttpRequest, form: Any) -> Shown:
        return shown_trial(request, timezone.now(), (form.instance, list(form.cleaned_data["offers"])))


def shown_trial(request: HttpRequest, now: datetime, tried: tuple[ServiceLevel, list[Offer]]) -> Shown:
    trial = compare(by_levels(Levels.load(), now), by_levels(Levels.load(tried), now), now)
    in_time = {None: _("Nobody waits for an answer"), False: _("In time, or not due yet"), True: _("Too late")}

    def level_name(name: Any) -> str:
        return name or _("No service level")

    def label(verdict: Verdict) -> str:
        return words.join_words(level_name(verdict[0]), in_time[verdict[1]] if verdict[0] else "")  # type: ignore[index]

    tables = [
        table_of(trial, 0, _("Service level"), level_name),
        table_of(trial, 1, _("Answered in time"), in_time.__getitem__, {False: 0, True: 1, None: 2}),  # type: ignore[arg-type]
    ]
    text = ngettext(
        "%(count)d lead would have had another service level.",
        "%(count)d leads would have had another service level.",
        trial.changed,
    )
    headings = (_("By the service levels as they are"), _("By the service levels with this change"))
    return Shown(trial, text, tables, examples_of(request, trial, label), headings)


def time_in_words(minutes: int) -> str:
    if minutes % HOUR:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d hour", "%(count)d hours", minutes // HOUR) % {"count": minutes // HOUR}
