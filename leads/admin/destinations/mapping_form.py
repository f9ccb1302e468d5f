"""The rules of a destination's field mapping as rows of a form."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from integrations.mapping import NEUTRAL_FIELDS, FieldMap, Origin, Problem, Rule, ValueType
from integrations.mapping.rules import LONGEST_VALUE
from leads.admin.theme import themed

_FIELD = f"{Origin.FIELD}:"
SENTENCES: dict[str, Any] = {
    "target_name": _("Field over there: “%(target)s” cannot be a field's name. Use its API name, without blanks."),
    "target_unknown": _("Field over there: “%(target)s” does not exist there. Choose one of the list, or check again."),
    "target_read_only": _("Field over there: “%(target)s” cannot be written. Choose another."),
    "target_twice": _("Field over there: “%(target)s” is filled twice. Remove one of the rows."),
    "field_unknown": _("Text: {%(field)s} is no field of a lead. Use one of the names listed below."),
    "constant_not_a_choice": _("Text: “%(value)s” is not in the list of “%(target)s” over there. %(takes)s."),
    "constant_not_a_number": _("Text: “%(target)s” takes a number, not “%(value)s”."),
    "constant_not_a_boolean": _("Text: “%(target)s” takes true or false, not “%(value)s”."),
    "value_too_long": _("Text: at most %(limit)s characters are possible."),
}
DOUBTS: dict[str, Any] = {
    "may_not_fit": _("“%(target)s” takes only certain values (%(takes)s). Leads with anything else are refused there."),
    "reads_as_no": _("“%(target)s” takes yes or no. What leads have here is text, which counts as no."),
    "name_not_known": _(
        "“%(target)s” is no name that is known here, nor like those of your own fields (%(example)s). What is sent to "
        "a name that does not exist is dropped there without a word."
    ),
    "name_not_proved": _(
        "“%(target)s”: the other system does not tell whether it exists. Send a test lead, and look there."
    ),
}


def _sources() -> list[tuple[Any, Any]]:
    fields = [(f"{_FIELD}{field.name}", field.label) for field in NEUTRAL_FIELDS.values()]
    texts = [
        (Origin.DESCRIPTION.value, _("Customer's note, with the rest below it")),
        (Origin.TEMPLATE.value, _("Text with {fields} in it")),
        (Origin.CONSTANT.value, _("Fixed text")),
    ]
    return [("", "–"), (_("Field of the lead"), fields), (_("Text"), texts)]


class RuleForm(forms.Form):
    """One row. ``source`` is an origin, with the neutral field's name behind it where there is one."""

    target = themed(
        forms.CharField(
            label=_("Field over there"),
            max_length=200,
            widget=forms.TextInput(attrs={"list": "lc-targets", "autocomplete": "off"}),
        )
    )
    source = themed(forms.ChoiceField(label=_("Filled with"), choices=_sources))
    text = themed(
        forms.CharField(
            label=_("Text"),
            required=False,
            max_length=LONGEST_VALUE,
            strip=False,
            widget=forms.TextInput(attrs={"data-for-source": f"{Origin.TEMPLATE} {Origin.CONSTANT}"}),
        )
    )
    omit_empty = themed(forms.BooleanField(label=_("Leave out when empty"), required=False, initial=True))
    takes = ""
    """What the field over there takes, in words; empty for any text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doubts: list[str] = []

    def rule(self) -> Rule:
        """Of a valid form."""
        cleaned = self.cleaned_data
        origin, _colon, field = cleaned["source"].partition(":")
        takes_text = origin in (Origin.TEMPLATE, Origin.CONSTANT)
        return Rule(cleaned["target"], Origin(origin), cleaned["text"] if takes_text else field, cleaned["omit_empty"])

    @staticmethod
    def initial_of(rule: Rule) -> dict[str, Any]:
        is_field = rule.origin is Origin.FIELD
        return {
            "target": rule.target,
            "source": f"{_FIELD}{rule.value}" if is_field else rule.origin.value,
            "text": "" if is_field else rule.value,
            "omit_empty": rule.omit_empty,
        }


class RuleForms(BaseFormSet):  # type: ignore[type-arg]
    """All rows; ``known`` says which fields there are over there."""

    def __init__(self, *args: Any, known: FieldMap, **kwargs: Any) -> None:
        self.known = known
        super().__init__(*args, **kwargs)

    def rules(self) -> list[Rule]:
        """Of valid rows, in their order."""
        return [form.rule() for form in self._filled()]

    def explain(self) -> list[str]:
        """Notes in each row what its field takes and what is doubtful of it; returns the doubts. Nothing where there
        are mistakes: those come first."""
        if self.is_bound and not self.is_valid():
            return []
        forms = self._filled() if self.is_bound else self.initial_forms
        rules = self.rules() if self.is_bound else self.known.rules
        for form, rule in zip(forms, rules, strict=True):
            target = self.known.targets.get(rule.target)
            form.takes = target.takes if target and (target.choices or target.type is not ValueType.TEXT) else ""
        for doubt in self.known.with_rules(rules).doubts():
            forms[doubt.position].doubts.append(DOUBTS[doubt.code] % doubt.params)
        return [text for form in forms for text in form.doubts]

    def clean(self) -> None:
        """A mistake is shown in the row where it is."""
        if any(self.errors):
            return
        rows = self._filled()
        for problem in self.known.with_rules(form.rule() for form in rows).problems():
            self._show(rows[problem.position], problem)

    def _filled(self) -> Sequence[RuleForm]:
        kept = [form for form in self.forms if form.has_changed() or form.initial]
        return [form for form in kept if form.cleaned_data.get("target") and not form.cleaned_data.get("DELETE")]

    def _show(self, form: RuleForm, problem: Problem) -> None:
        form.add_error(
            "target" if problem.code.startswith("target") else "text", SENTENCES[problem.code] % problem.params
        )

    def is_valid(self) -> bool:
        """``clean`` may have added errors to rows that were valid by themselves."""
        return super().is_valid() and not any(form.errors for form in self.forms)


def forms_for(known: FieldMap, data: Any = None) -> RuleForms:
    """The rows of these rules, with room for more; bound when there is data."""
    factory: Any = formset_factory(RuleForm, formset=RuleForms, extra=1, can_delete=True, max_num=200, absolute_max=250)
    initial: Iterable[dict[str, Any]] = map(RuleForm.initial_of, known.rules)
    made: RuleForms = factory(data, initial=list(initial), prefix="rules", known=known)
    return made
