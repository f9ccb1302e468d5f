"""Correct who the person is and how to reach them, in a second tab of the lead's page.

Whoever saves after somebody else is told what that was, field by field, and decides; what they typed stays.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.validators import EmailValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from leads import words
from leads.admin import personal
from leads.admin.card import Titled
from leads.admin.sales.undoing import say_with_undo
from leads.admin.theme import themed
from leads.models import Lead
from leads.sales.contact_facts import FACTS, ChangedMeanwhile, Clash, change_facts, facts_of

if TYPE_CHECKING:
    from leads.admin.card import CardAdmin

    Base = CardAdmin
else:
    Base = object

SEEN, CHOICE = "seen_", "choice_"
"""What the names of fields begin with that say what stood there, and whose value is to stand there."""
MINE, THEIRS = "mine", "theirs"


class FactsForm(forms.Form):
    """One field for each fact, with what the person saw when they began beside it."""

    def __init__(self, lead: Lead, posted: Mapping[str, Any] | None = None) -> None:
        super().__init__(posted, initial=facts_of(lead))
        for name in FACTS:
            self.fields[name] = themed(_field(lead, name))
            self.fields[SEEN + name] = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
            self.initial[SEEN + name] = self.initial[name]

    def clean(self) -> dict[str, Any]:
        """What stood there before is left alone, however odd: only a new address must be one."""
        cleaned = super().clean() or {}
        email = cleaned.get("email")
        if email and email != cleaned.get(SEEN + "email"):
            try:
                EmailValidator()(email)
            except forms.ValidationError as error:
                self.add_error("email", error)
        return cleaned

    def seen(self) -> dict[str, str]:
        return {name: self.cleaned_data[SEEN + name] for name in FACTS}

    def wanted(self) -> dict[str, str]:
        """What was typed, or what somebody else set where that was chosen."""
        chosen = {name for name in FACTS if self.data.get(CHOICE + name) == THEIRS}
        return {name: self.cleaned_data[SEEN + name if name in chosen else name] for name in FACTS}

    def rows(self) -> list[forms.BoundField]:
        return [self[name] for name in FACTS]

    def hidden(self) -> list[forms.BoundField]:
        return [self[SEEN + name] for name in FACTS]

    def after(self, clashes: list[Clash]) -> "FactsForm":
        """The same with what stands there now as what was seen: saved again, it is decided."""
        posted = cast(Any, self.data).copy()
        for clash in clashes:
            posted[SEEN + clash.field] = clash.theirs
        self.data = posted
        return self


class LeadEdit(Base):
    """The page of the second tab."""

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        lead: Lead = self.shown(request, object_id)
        if not self.has_change_permission(request, lead) or not personal.may_see(request, lead):
            raise PermissionDenied
        form, clashes = FactsForm(lead, request.POST or None), list[Clash]()
        if request.method == "POST" and form.is_valid():
            try:
                return self._save(request, lead, form)
            except ChangedMeanwhile as error:
                clashes = error.clashes
        return self._edit_page(request, lead, form.after(clashes) if clashes else form, clashes)

    def _save(self, request: HttpRequest, lead: Lead, form: FactsForm) -> HttpResponse:
        edit = change_facts(cast(User, request.user), lead.pk, form.seen(), form.wanted())
        say_with_undo(request, edit, _("Saved.") if edit else _("Nothing was changed."))
        return HttpResponseRedirect(reverse("admin:leads_lead_change", args=[lead.pk]))

    def _edit_page(self, request: HttpRequest, lead: Lead, form: FactsForm, clashes: list[Clash]) -> HttpResponse:
        title = self.card_title(request, lead)
        told = {clash.field: (_told(clash), _shown(clash.field, clash.theirs)) for clash in clashes}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": Titled(lead, title),
            "title": title,
            "media": self.media,
            "lead": lead,
            "form": form,
            "rows": [(row, told.get(row.name)) for row in form.rows()],
            "is_told": bool(told),
        }
        return TemplateResponse(request, "leads/lead_edit.html", context)


def _field(lead: Lead, name: str) -> forms.Field:
    if name == "country_code":
        known = words.country_choices()
        own = [] if lead.country_code in dict(known) else [(lead.country_code, lead.country_code)]
        choices = [("", "–"), *(own if lead.country_code else []), *known]
        return forms.ChoiceField(choices=choices, label=words.field_label(name), required=False)
    longest = cast(int, Lead._meta.get_field(name).max_length)  # type: ignore[union-attr]
    return forms.CharField(max_length=longest, label=words.field_label(name), required=False)


def _told(clash: Clash) -> str:
    """Who it was, and when."""
    if clash.change is None:
        return _("A touch that came meanwhile")
    edit = clash.change.edit
    at = time_format(timezone.localtime(edit.at), "TIME_FORMAT")
    return _("%(name)s at %(time)s") % {"name": words.person(edit.actor), "time": at}


def _shown(name: str, value: str) -> str:
    return (words.country_name(value) if name == "country_code" else value) or "–"
