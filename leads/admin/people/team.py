"""Teams, and the country groups that are their territories."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import words
from leads.admin.choosing import codes_field, offer_choices, people_field
from leads.admin.theme import ModelAdmin, themed
from leads.models import CountryGroup, Team
from leads.states import SalesKind

CHAT_KINDS = (SalesKind.NEW, SalesKind.DUE_SOON, SalesKind.OVERDUE, SalesKind.HANDED_ON)


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]
    """The chat's address is a secret: whoever has it can post there. It is never shown again; left empty, it stays."""

    members = people_field(gettext_lazy("Members"))
    chat_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Told in the chat"),
        required=False,
        choices=[(kind.value, kind.label) for kind in CHAT_KINDS],
        widget=forms.CheckboxSelectMultiple,
    )
    new_chat_url = themed(
        forms.CharField(
            label=gettext_lazy("Address of the chat"),
            required=False,
            max_length=2000,
            help_text=gettext_lazy("The incoming webhook of the team's channel in Microsoft Teams or Slack."),
            widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        )
    )
    no_chat = themed(forms.BooleanField(label=gettext_lazy("Forget the chat"), required=False))

    class Meta:
        model = Team
        fields = ("name", "leader", "members", "calendar", "chat_kinds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team: Team = self.instance
        if "members" in self.fields:
            self.fields["members"].offer(team.members.all() if team.pk else ())  # type: ignore[attr-defined]
        if "no_chat" in self.fields and not team.encrypted_chat_url:
            del self.fields["no_chat"]
        elif "new_chat_url" in self.fields:
            self.fields["new_chat_url"].widget.attrs["placeholder"] = _("•••••••• (set; leave empty to keep it)")

    def clean_new_chat_url(self) -> str:
        url: str = self.cleaned_data["new_chat_url"].strip()
        if url and not url.startswith("https://"):
            raise ValidationError(_("The address of a chat begins with https://. Copy it from Teams or Slack."))
        return url

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("new_chat_url") and cleaned.get("no_chat"):
            self.add_error("no_chat", _("Either enter an address or forget the one that is set."))
        return cleaned

    def save(self, commit: bool = True) -> Team:
        team: Team = super().save(commit=False)
        if url := self.cleaned_data.get("new_chat_url"):
            team.chat_url = url
        elif self.cleaned_data.get("no_chat"):
            team.chat_url = ""
        if commit:
            team.save()
            self.save_m2m()
        return team


@admin.register(Team)
class TeamAdmin(ModelAdmin):
    form = TeamForm
    list_display = ("name", "leader_name", "member_names", "chat")
    search_fields = ("name",)
    list_select_related = ("leader",)
    nothing_yet = gettext_lazy(
        "Without a team everybody sees every lead. A team shares its leads and has a sales lead."
    )

    def for_list(self, request: HttpRequest, rows: QuerySet[Team]) -> QuerySet[Team]:
        return rows.prefetch_related("members")

    def get_fields(self, request: HttpRequest, obj: Team | None = None) -> Any:
        if not self.may_edit(request, obj):
            return ("name", "leader_name", "member_names", "calendar", "chat")
        has_chat = obj is not None and obj.encrypted_chat_url
        no_chat = ("no_chat",) if has_chat else ()
        return ("name", "leader", "members", "new_chat_url", *no_chat, "chat_kinds", "calendar")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "leader":
            field.label_from_instance = words.person
        return field

    @admin.display(description=gettext_lazy("Sales lead"), ordering="leader")
    def leader_name(self, team: Team) -> str:
        return words.person(team.leader) if team.leader else "–"

    @admin.display(description=gettext_lazy("Members"))
    def member_names(self, team: Team) -> str:
        return ", ".join(words.person(user) for user in team.members.all()) or "–"

    @admin.display(description=gettext_lazy("Chat"))
    def chat(self, team: Team) -> str:
        """What is told there."""
        if not team.encrypted_chat_url:
            return "–"
        return ", ".join(str(kind.label) for kind in CHAT_KINDS if kind in team.chat_kinds) or _("set")


class CountryGroupForm(forms.ModelForm):  # type: ignore[type-arg]
    countries = codes_field(gettext_lazy("Countries"), required=True)

    class Meta:
        model = CountryGroup
        fields = ("name", "countries")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self)


@admin.register(CountryGroup)
class CountryGroupAdmin(ModelAdmin):
    form = CountryGroupForm
    list_display = ("name", "country_names")
    search_fields = ("name",)
    nothing_yet = gettext_lazy("Countries that belong together, such as DACH, so that rules can name them at once.")

    def get_fields(self, request: HttpRequest, obj: CountryGroup | None = None) -> Any:
        return ("name", "countries" if self.may_edit(request, obj) else "country_names")

    @admin.display(description=gettext_lazy("Countries"))
    def country_names(self, group: CountryGroup) -> str:
        return ", ".join(words.country_name(code) for code in group.countries)

    def has_delete_permission(self, request: HttpRequest, obj: CountryGroup | None = None) -> bool:
        """One that a rule names stays: a rule that loses its last condition would fit every lead."""
        if obj is not None and obj.rules.exists():
            return False
        return bool(super().has_delete_permission(request, obj))
