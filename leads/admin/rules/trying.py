"""Forms with a button that shows what the change would have done with the leads of the last month, before saving it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import words
from leads.admin import personal
from leads.assignment.trial import Trial, Verdict
from leads.models import Lead

if TYPE_CHECKING:
    from leads.admin.theme import ModelAdmin

    Base = ModelAdmin
    FormBase = forms.ModelForm[Any]
else:
    Base = FormBase = object

BUTTON = "_try"
TRY = {"action_name": BUTTON, "description": gettext_lazy("Try on last month's leads"), "icon": "science", "attrs": {}}
"""As the theme takes it."""

BY_THE_RULES = (gettext_lazy("By the rules as they are"), gettext_lazy("By the rules with this change"))

type Label = Callable[[str | int | None], str]


@dataclass(frozen=True)
class Row:
    label: str
    before: int
    after: int

    @property
    def step(self) -> str:
        return f"{self.after - self.before:+d}" if self.after != self.before else ""


@dataclass(frozen=True)
class Table:
    title: str | Promise
    rows: list[Row]

    @property
    def most(self) -> int:
        return max((max(row.before, row.after) for row in self.rows), default=1)


@dataclass(frozen=True)
class Shown:
    """A trial in words. ``text`` says how many leads changed, as ``count``."""

    trial: Trial
    text: str
    tables: list[Table]
    examples: list[tuple[Lead, str, str, str]]
    """Lead, its name as this person may see it, before, after."""
    headings: tuple[str | Promise, str | Promise] = BY_THE_RULES
    """Before, after. Both are what was worked out just now, and neither is how the leads are stored."""

    @property
    def changed(self) -> str:
        return self.text % {"count": self.trial.changed}

    @property
    def looked_at(self) -> str:
        count = {"count": self.trial.looked_at}
        if self.trial.is_all:
            return ngettext("%(count)d lead came.", "%(count)d leads came.", self.trial.looked_at) % count
        return _("The newest %(count)d leads were looked at.") % count


class OnlyTried(FormBase):
    """Never valid, so that nothing is stored; whether it could have been is noted."""

    is_tried = False

    def is_valid(self) -> bool:
        self.is_tried = super().is_valid()
        return False


class TryingAdmin(Base):
    change_form_outer_before_template = "leads/tried.html"

    def try_out(self, request: HttpRequest, form: Any) -> Shown:
        """With the values of a form that is valid."""
        raise NotImplementedError

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form)(form.__name__, (OnlyTried, form), {}) if BUTTON in request.POST else form

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        form = context["adminform"].form
        if getattr(form, "is_tried", False):
            context = context | {"tried": self.try_out(request, form)}
        if self.may_edit(request, kwargs.get("obj")):
            # After “Save”, so that the Enter key goes on saving.
            context = context | {"actions_submit_line": [*(context.get("actions_submit_line") or ()), TRY]}
        return super().render_change_form(request, context, *args, **kwargs)


def table_of(
    trial: Trial, part: int, title: str | Promise, label: Label, order: Mapping[Any, int] | None = None
) -> Table:
    """One part of the verdicts: in this order, or with what came most often first."""
    before, after = _part(trial.before, part), _part(trial.after, part)
    keys = sorted(before.keys() | after.keys(), key=lambda key: (order or {}).get(key, -after[key]))
    return Table(title, [Row(label(key), before[key], after[key]) for key in keys])


def _part(counters: list[Counter[Any]], part: int) -> Counter[Any]:
    return counters[part] if part < len(counters) else Counter()


def examples_of(
    request: HttpRequest, trial: Trial, label: Callable[[Verdict], str]
) -> list[tuple[Lead, str, str, str]]:
    return [
        (lead, str(lead) if personal.may_see(request, lead) else str(words.HELD_BACK), label(before), label(after))
        for lead, before, after in trial.examples
    ]
