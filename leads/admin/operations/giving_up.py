"""Give up on deliveries, with a note that says why."""

from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.delivery.giving_up import MOST_AT_ONCE
from leads.models import Delivery, GivenUp
from leads.watching.backlog import shown

NEEDS_A_NOTE = gettext_lazy("Nothing was done: say why, in up to 500 characters.")


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = GivenUp
        fields = ("note",)


def note_in(request: HttpRequest) -> str:
    """Empty where none was given, or one that is too long."""
    form = NoteForm(request.POST)
    return str(form.cleaned_data["note"]) if form.is_valid() else ""


def ask_why(request: HttpRequest, chosen: QuerySet[Delivery], context: dict[str, Any]) -> HttpResponse:
    """The page between choosing deliveries in the list and giving up on them; it posts the same choice once more."""
    context |= {
        "title": _("Give up on these deliveries?"),
        "number": shown(chosen[:MOST_AT_ONCE].count(), MOST_AT_ONCE),
        "posted": [(name, request.POST.getlist(name)) for name in ("action", "select_across", ACTION_CHECKBOX_NAME)],
        "is_refused": "note" in request.POST,
        "refusal": NEEDS_A_NOTE,
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "leads/give_up_many.html", context)


def given_up_text(moved: int) -> str:
    text = ngettext("Given up on %(count)d delivery.", "Given up on %(count)d deliveries.", moved) % {"count": moved}
    if moved < MOST_AT_ONCE:
        return text
    return text + " " + _("That is as many as go at once. Choose the others once more.")
