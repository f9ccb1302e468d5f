"""What somebody sets for themselves."""

from collections.abc import Iterable, Sequence
from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from leads.admin.theme import themed
from leads.models import Profile
from leads.models.people import time_zone_choices
from leads.states import Quiet, SalesKind, Way

LABELS = {
    SalesKind.GIVEN: gettext_lazy("A lead becomes mine"),
    SalesKind.NEW: gettext_lazy("A new lead of my team is nobody's yet"),
    SalesKind.AGAIN: gettext_lazy("The person of a lead of mine comes again"),
    SalesKind.DUE_SOON: gettext_lazy("An answer of mine is due soon"),
    SalesKind.HANDED_ON: gettext_lazy("A lead of mine went to somebody else, as nobody had answered in time"),
    SalesKind.TASK_DUE: gettext_lazy("A task of mine is due"),
    SalesKind.OVERDUE: gettext_lazy("Somebody in my team did not answer in time"),
    SalesKind.UNATTENDED: gettext_lazy("Leads that nobody attends to, every morning"),
}
FOR_LEADERS = (SalesKind.OVERDUE, SalesKind.UNATTENDED)
MOST_TIMES = 6


class MySettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """``kinds`` are those that the person can be told of; without any there is nothing to set but language and time."""

    language = themed(forms.ChoiceField(label=gettext_lazy("Language"), required=False))
    time_zone = themed(forms.ChoiceField(label=gettext_lazy("Time zone"), required=False))
    digest = themed(
        forms.CharField(
            label=gettext_lazy("What is collected comes at"),
            required=False,
            max_length=100,
            help_text=gettext_lazy("Times of day, for example 09:00, 14:00."),
        )
    )

    class Meta:
        model = Profile
        fields = ("language", "time_zone", "quiet", "quiet_from", "quiet_until", "urgent_at_any_time")
        widgets = {
            "quiet": forms.RadioSelect,
            "quiet_from": forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "lc-select"}),
            "quiet_until": forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "lc-select"}),
        }

    def __init__(self, *args: Any, kinds: Sequence[SalesKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        self._offer_languages_and_zones()
        self.fields["quiet"].choices = Quiet.choices  # type: ignore[attr-defined]
        self.fields["quiet"].required = False
        self.initial["digest"] = ", ".join(self.instance.digest_times)
        for kind in kinds:
            self.fields[_way_of(kind)] = forms.ChoiceField(
                label=LABELS[kind], choices=Way.choices, widget=forms.RadioSelect, required=False
            )
            self.initial[_way_of(kind)] = self.instance.ways.get(kind, Way.AT_ONCE)

    def _offer_languages_and_zones(self) -> None:
        own = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
        here = _("As the installation: %(zone)s") % {"zone": settings.TIME_ZONE}
        for name, choices in {
            "language": [("", _("As my browser asks for")), *own],
            "time_zone": [("", here), *time_zone_choices()],
        }.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def ways(self) -> Iterable[forms.BoundField]:
        return [self[_way_of(kind)] for kind in self.kinds]

    def clean_digest(self) -> list[str]:
        texts = [text.strip() for text in self.cleaned_data["digest"].split(",") if text.strip()]
        if len(texts) > MOST_TIMES:
            raise ValidationError(_("At most %(count)d times a day.") % {"count": MOST_TIMES})
        return sorted({_time_of_day(text) for text in texts})

    def clean_quiet(self) -> str:
        """Of somebody who was not asked, as it was."""
        return str(self.cleaned_data["quiet"] or self.instance.quiet)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        begins, ends = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        is_between = cleaned.get("quiet") == Quiet.BETWEEN and not self.errors
        if is_between and (begins is None or ends is None or begins == ends):
            self.add_error("quiet_from", _("From when until when? Write two different times, such as 18:00 and 08:00."))
        digested = any(cleaned.get(_way_of(kind)) == Way.DIGEST for kind in self.kinds)
        if digested and not cleaned.get("digest") and "digest" not in self.errors:
            self.add_error("digest", _("Something is collected: at what times is it to come?"))
        return cleaned

    def save(self, commit: bool = True) -> Profile:
        profile: Profile = super().save(commit=False)
        if self.kinds:
            profile.digest_times = self.cleaned_data["digest"]
            chosen = {kind.value: self.cleaned_data[_way_of(kind)] for kind in self.kinds}
            profile.ways = profile.ways | {kind: way for kind, way in chosen.items() if way}
        if commit:
            profile.save()
        return profile


def _way_of(kind: SalesKind) -> str:
    return f"way_{kind.value}"


def _time_of_day(text: str) -> str:
    try:
        return time.fromisoformat(text.zfill(5)).strftime("%H:%M")
    except ValueError:
        raise ValidationError(
            _("“%(text)s” is no time of day. Write for example 09:00, 14:00.") % {"text": text}
        ) from None
