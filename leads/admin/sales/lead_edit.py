"""Correct who the person is and how to reach them, in a second tab of the lead's page.

Whoever saves after somebody else is told what that was, field by field, and decides; what they typed stays.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

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
from leads.models import Change, Lead
from leads.sales.contact_facts import FACTS, ChangedMeanwhile, change_facts, facts_of

if TYPE_CHECKING:
    from leads.admin.card import CardAdmin

    Base = CardAdmin
else:
    Base = object

SEEN, CHOICE = "seen_", "choice_"
"""What the names of fields begin with that say what stood there, and whose value is to stand there."""
MINE, THEIRS = "mine", "theirs"
SHORT, MOST_LETTERS = ("first_name", "last_name", "company", "title"), 100
"""What a person enters there fits on the card; what came from elsewhere may be longer."""
FEWEST_DIGITS = 3


class Row(NamedTuple):
    """A field as it is shown; ``hint`` where somebody else changed it, ``choice`` where the person did, too."""

    field: forms.BoundField
    hint: str
    choice: forms.BoundField | None


class FactsForm(forms.Form):
    """One field for each fact, with what the person saw when they began beside it.

    Where somebody else changed meanwhile what the person changed, too, a choice between the two comes beside it.
    """

    def __init__(self, lead: Lead, posted: Mapping[str, Any] | None = None) -> None:
        super().__init__(posted, initial=facts_of(lead))
        self.hints: dict[str, str] = {}
        for name in FACTS:
            self.fields[name] = themed(_field(lead, name))
            self.fields[SEEN + name] = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
            self.initial[SEEN + name] = self.initial[name]
            if CHOICE + name in self.data:
                self.fields[CHOICE + name] = _choice()

    def clean(self) -> dict[str, Any]:
        """What stood there before is left alone, however odd: only what is new must be right."""
        cleaned = super().clean() or {}
        for name in FACTS:
            if self._is_meant(name):
                self._check(name, cleaned.get(name, ""))
            else:
                cleaned[name] = cleaned.get(SEEN + name, "")
                self.errors.pop(name, None)
        return cleaned

    def seen(self) -> dict[str, str]:
        return {name: self.cleaned_data[SEEN + name] for name in FACTS}

    def wanted(self) -> dict[str, str]:
        """What was typed; what was seen where nothing was, and where that was chosen."""
        return {name: self.cleaned_data[name] for name in FACTS}

    def rows(self) -> list[Row]:
        return [Row(self[name], self.hints.get(name, ""), self._choice_of(name)) for name in FACTS]

    def hidden(self) -> list[forms.BoundField]:
        return [self[SEEN + name] for name in FACTS]

    def catch_up(self, lead: Lead) -> None:
        """Take what stands there now as what was seen: saved again, it is decided."""
        posted = self.data = cast(Any, self.data).copy()
        for name, now in facts_of(lead).items():
            typed, seen = posted.get(name, ""), posted.get(SEEN + name, "")
            if _same(typed, seen) or _same(typed, now):
                if _same(typed, seen) and seen != now:
                    self.hints[name] = _hint(_newest(lead, name))
                self._settle(name, now)
            elif seen != now or CHOICE + name in self.fields:
                self._ask(lead, name, now, is_new=seen != now)
            posted[SEEN + name] = now

    # --- one field ----------------------------------------------------------------------------------------------------

    def _is_meant(self, name: str) -> bool:
        typed, seen = self.data.get(name, ""), self.data.get(SEEN + name, "")
        if _same(typed, seen):
            self.errors.pop(CHOICE + name, None)  # both are the same by now
            return False
        return self.data.get(CHOICE + name) != THEIRS

    def _check(self, name: str, value: str) -> None:
        try:
            _must_be_right(name, value)
        except forms.ValidationError as error:
            self.add_error(name, error)

    def _settle(self, name: str, now: str) -> None:
        """There is nothing to choose."""
        cast(Any, self.data)[name] = now
        self.fields.pop(CHOICE + name, None)

    def _ask(self, lead: Lead, name: str, now: str, *, is_new: bool) -> None:
        """Nothing is chosen at first, nor when it was changed again."""
        if is_new:
            cast(Any, self.data)[CHOICE + name] = ""
        choice = cast(forms.ChoiceField, self.fields.setdefault(CHOICE + name, _choice()))
        theirs = f"{_told(_newest(lead, name))}: “{_shown(name, now)}”"
        choice.choices = [(THEIRS, theirs), (MINE, _("What I entered"))]

    def _choice_of(self, name: str) -> forms.BoundField | None:
        return self[CHOICE + name] if CHOICE + name in self.fields else None


class LeadEdit(Base):
    """The page of the second tab."""

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        lead: Lead = self.shown(request, object_id)
        if not self.has_change_permission(request, lead) or not personal.may_see(request, lead):
            raise PermissionDenied
        if request.method != "POST":
            return self._edit_page(request, lead, FactsForm(lead))
        form = FactsForm(lead, request.POST)
        if form.is_valid():
            try:
                return self._save(request, lead, form)
            except ChangedMeanwhile:
                lead.refresh_from_db()
        form.catch_up(lead)
        return self._edit_page(request, lead, form)

    def _save(self, request: HttpRequest, lead: Lead, form: FactsForm) -> HttpResponse:
        edit = change_facts(cast(User, request.user), lead.pk, form.seen(), form.wanted())
        say_with_undo(request, edit, _("Saved.") if edit else _("Nothing was changed."))
        return HttpResponseRedirect(reverse("admin:leads_lead_change", args=[lead.pk]))

    def _edit_page(self, request: HttpRequest, lead: Lead, form: FactsForm) -> HttpResponse:
        personal.shows(request, lead)
        title, rows = self.card_title(request, lead), form.rows()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": Titled(lead, title),
            "title": title,
            "media": self.media,
            "lead": lead,
            "form": form,
            "rows": rows,
            "is_told": any(row.choice for row in rows),
        }
        return TemplateResponse(request, "leads/lead_edit.html", context)


def _field(lead: Lead, name: str) -> forms.Field:
    if name == "country_code":
        known = words.country_choices()
        own = [] if lead.country_code in dict(known) else [(lead.country_code, lead.country_code)]
        choices = [("", "–"), *(own if lead.country_code else []), *known]
        return forms.ChoiceField(choices=choices, label=words.field_label(name), required=False)
    longest = None if name in SHORT else cast(int, Lead._meta.get_field(name).max_length)  # type: ignore[union-attr]
    return forms.CharField(max_length=longest, label=words.field_label(name), required=False)


def _choice() -> forms.ChoiceField:
    text = _("Choose which of the two is to stand there.")
    return forms.ChoiceField(
        choices=[(THEIRS, ""), (MINE, "")],
        widget=forms.RadioSelect,
        error_messages={"required": text, "invalid_choice": text},
    )


def _must_be_right(name: str, value: str) -> None:
    """Raises ``ValidationError``, which says what to do."""
    if name == "email" and value:
        EmailValidator()(value)
    if name == "phone" and value and sum(map(str.isdecimal, value)) < FEWEST_DIGITS:
        text = _("Enter a phone number with at least %(count)d digits. A note such as “ext. 7” may follow.")
        raise forms.ValidationError(text % {"count": FEWEST_DIGITS})
    if name in SHORT and len(value) > MOST_LETTERS:
        text = _("Shorten this to at most %(most)d characters: now it has %(count)d.")
        raise forms.ValidationError(text % {"most": MOST_LETTERS, "count": len(value)})


def _same(typed: str, stored: str) -> bool:
    """Blanks around what is typed do not count."""
    return typed.strip() == stored.strip()


def _newest(lead: Lead, name: str) -> Change | None:
    """What gave the field the value it has; ``None`` where a touch did."""
    changes = Change.objects.filter(lead=lead, field=name).select_related("edit__actor")
    newest = changes.order_by("-id").first()
    return newest if newest and newest.after == getattr(lead, name) else None


def _told(change: Change | None) -> str:
    return _who_and_when(change) if change else _("A touch that came meanwhile")


def _hint(change: Change | None) -> str:
    return _("Changed meanwhile: %(who)s") % {"who": _who_and_when(change)} if change else _("Changed meanwhile.")


def _who_and_when(change: Change) -> str:
    at = time_format(timezone.localtime(change.edit.at), "TIME_FORMAT")
    return _("%(name)s at %(time)s") % {"name": words.person(change.edit.actor), "time": at}


def _shown(name: str, value: str) -> str:
    return (words.country_name(value) if name == "country_code" else value) or "–"
