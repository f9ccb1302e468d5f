"""Working hours and absences."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.theme import ModelAdmin, themed
from leads.models import Absence, Calendar
from leads.service_level.hours import BadHours, Spans, hours_in_words, read_days, read_hours

DAYS = tuple(f"day_{weekday}" for weekday in range(7))
USUAL = "09:00-17:00"


def _hours_field(weekday: int) -> forms.Field:
    return themed(
        forms.CharField(
            label=WEEKDAYS[weekday],
            required=False,
            max_length=200,
            initial=USUAL if weekday < 5 else "",
            help_text=gettext_lazy("For example 09:00-12:30, 13:30-18:00. Empty: nobody works.") if not weekday else "",
        )
    )


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]
    # A field for each day of the week.
    locals().update({name: _hours_field(weekday) for weekday, name in enumerate(DAYS)})
    days_off = themed(
        forms.CharField(
            label=gettext_lazy("Holidays"),
            required=False,
            max_length=20_000,
            widget=forms.Textarea(attrs={"rows": 6}),
            help_text=gettext_lazy("One date a line, for example 2026-12-25."),
        )
    )

    class Meta:
        model = Calendar
        fields = ("name", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calendar: Calendar = self.instance
        if calendar.pk:
            self.initial.update({day: hours_in_words(spans) for day, spans in zip(DAYS, calendar.hours, strict=False)})
            self.initial["days_off"] = "\n".join(calendar.holidays)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.instance.hours = [self._read(name, read_hours) for name in DAYS]
        self.instance.holidays = self._read("days_off", read_days)
        if not self.errors and not any(self.instance.hours):
            raise ValidationError(_("Write the hours of at least one day: no lead would ever be due."))
        return cleaned

    def _read(self, name: str, read: Any) -> Any:
        try:
            return read(self.cleaned_data.get(name, ""))
        except BadHours as error:
            self.add_error(
                name, ValidationError("%(day)s: %(what)s", params={"day": self.fields[name].label, "what": error})
            )
            return []


@admin.register(Calendar)
class CalendarAdmin(ModelAdmin):
    form = CalendarForm
    list_display = ("name", "time_zone", "week", "days_off_count")
    nothing_yet = gettext_lazy("Without working hours every minute of the day counts, also at night.")

    def get_fields(self, request: HttpRequest, obj: Calendar | None = None) -> Any:
        if self.may_edit(request, obj):
            return ("name", "time_zone", *DAYS, "days_off")
        return ("name", "time_zone", "week", "days_off_list")

    @admin.display(description=gettext_lazy("Hours"))
    def week(self, calendar: Calendar) -> str:
        return week_in_words(calendar.hours)

    @admin.display(description=gettext_lazy("Holidays"))
    def days_off_count(self, calendar: Calendar) -> str:
        """Those that are still to come: a list of last year's protects nobody."""
        today = timezone.localdate()
        coming = [day for day in map(date.fromisoformat, calendar.holidays) if day >= today]
        if not coming:
            return "–"
        next_one = date_format(coming[0], "SHORT_DATE_FORMAT")
        return _("%(count)d, next on %(day)s") % {"count": len(coming), "day": next_one}

    @admin.display(description=gettext_lazy("Holidays"))
    def days_off_list(self, calendar: Calendar) -> str:
        return ", ".join(calendar.holidays) or "–"


def week_in_words(hours: Sequence[Spans]) -> str:
    """Neighbouring days with the same hours together."""
    groups: list[tuple[int, int, str]] = []
    for weekday, spans in enumerate(hours):
        text = hours_in_words(spans)
        if groups and groups[-1][2] == text:
            groups[-1] = (groups[-1][0], weekday, text)
        else:
            groups.append((weekday, weekday, text))
    return " · ".join(f"{_days(first, last)} {text}" for first, last, text in groups if text)


def _days(first: int, last: int) -> str:
    return str(WEEKDAYS[first]) if first == last else f"{WEEKDAYS[first]}\u2013{WEEKDAYS[last]}"


@admin.register(Absence)
class AbsenceAdmin(ModelAdmin):
    list_display = ("person", "begins_at", "ends_at", "state")
    list_select_related = ("user",)
    fields = ("user", "begins_at", "ends_at")
    nothing_yet = gettext_lazy("Who is away gets no new leads. Their open ones are listed under “Unattended”.")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = User.objects.filter(is_active=True).order_by("first_name", "last_name", "username")
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.label_from_instance = words.person
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Absence]:
        return super().get_queryset(request).select_related("user")

    @admin.display(description=gettext_lazy("Colleague"), ordering="user")
    def person(self, absence: Absence) -> str:
        return words.person(absence.user)

    @admin.display(description=gettext_lazy("State"))
    def state(self, absence: Absence) -> SafeString:
        now = timezone.now()
        if absence.ends_at <= now:
            return words.pill(_("Over"), "mute")
        return words.pill(_("Away"), "warn") if absence.begins_at <= now else words.pill(_("To come"), "wait")
