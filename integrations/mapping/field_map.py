"""A destination's whole mapping, applied to one record."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from integrations.contract import Note, Record
from integrations.mapping.cutting import utf16_length
from integrations.mapping.description import composed
from integrations.mapping.doubts import OwnNames, doubts_of
from integrations.mapping.fallbacks import fallback_for
from integrations.mapping.neutral import value_of
from integrations.mapping.rules import NUMBER, PLACEHOLDER, Origin, Problem, Rule, problems_of
from integrations.mapping.targets import TargetField, ValueType, merged

# Not the whole of RFC 5321: what no mail system takes. Other systems refuse more, and say so.
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)+")
_LINE_BREAKS = re.compile(r"\s*[\r\n\t]+\s*")


class Translated(NamedTuple):
    """Values by target name, ready for JSON, in the order of the rules; and what people should know about them."""

    values: dict[str, Any]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class FieldMap:
    """``targets`` is what is known of the fields over there; ``is_described`` that the system itself named them all;
    ``own_names`` how it names the customer's own, where it never does."""

    rules: tuple[Rule, ...]
    targets: Mapping[str, TargetField] = field(default_factory=dict)
    is_described: bool = False
    own_names: OwnNames | None = None

    @classmethod
    def of(cls, targets: Iterable[TargetField], rules: Iterable[Rule], *, own_names: OwnNames | None = None) -> Self:
        return cls(tuple(rules), {target.name: target for target in targets}, own_names=own_names)

    def with_rules(self, rules: Iterable[Rule]) -> Self:
        return replace(self, rules=tuple(rules))

    def described_by(self, fields: Iterable[TargetField]) -> Self:
        """With what the system said of its own fields; nothing said changes nothing."""
        told = list(fields)
        return replace(self, targets=merged(self.targets.values(), told), is_described=True) if told else self

    def problems(self) -> list[Problem]:
        return list(problems_of(self.rules, self.targets, is_described=self.is_described))

    def doubts(self) -> list[Problem]:
        """What may be saved, and should be looked at."""
        return list(doubts_of(self.rules, self.targets, None if self.is_described else self.own_names))

    def translate(self, record: Record) -> Translated:
        """What to send for this record. E-mail addresses are never cut: one that is too long or none is left out and
        goes into the description; all other texts are cut to their field's length."""
        notes: list[Note] = []
        left_out: dict[str, str] = {}
        values: dict[str, Any] = {}
        for rule in sorted(self.rules, key=lambda rule: rule.origin is Origin.DESCRIPTION):
            target = self.targets.get(rule.target) or TargetField(name=rule.target)
            if rule.origin is Origin.DESCRIPTION:
                value: Any = _description(record, target, left_out, notes)
            else:
                value = _fitted(_raw(record, rule), target, left_out, notes)
                if value == "" and target.required:
                    value = target.cut(fallback_for(record, rule.value if rule.origin is Origin.FIELD else ""))
            if not _is_empty(value, rule) or not rule.omit_empty:
                values[rule.target] = value
        in_order = {rule.target: values[rule.target] for rule in self.rules if rule.target in values}
        return Translated(in_order, tuple(notes))


def _is_empty(value: Any, rule: Rule) -> bool:
    """A flag of the lead that is not set counts: sent, it would switch off what somebody switched on over there."""
    return value == "" or (value is False and rule.origin is Origin.FIELD)


def _raw(record: Record, rule: Rule) -> str | bool:
    match rule.origin:
        case Origin.FIELD:
            return value_of(record, rule.value)
        case Origin.TEMPLATE:
            return PLACEHOLDER.sub(lambda found: _in_text(value_of(record, found[1])), rule.value).strip()
        case _:
            return rule.value


def _in_text(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


def _fitted(raw: str | bool, target: TargetField, left_out: dict[str, str], notes: list[Note]) -> Any:
    """The value as the target's type, in its length."""
    if target.type is ValueType.BOOLEAN:
        return raw if isinstance(raw, bool) else raw.lower() == "true" if raw else ""
    text = _in_text(raw)
    if target.type is ValueType.NUMBER:
        return _number(text)
    if target.type is ValueType.EMAIL:
        return _address(text, target, left_out, notes)
    if not target.multiline:
        text = _LINE_BREAKS.sub(" ", text)
    shortened = target.cut(text)
    if shortened != text:
        notes.append(_cut_note(text, target))
    return shortened


def _number(text: str) -> int | float | str:
    """Text that is no number stays text, and is the other side's to refuse."""
    if not NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _address(text: str, target: TargetField, left_out: dict[str, str], notes: list[Note]) -> str:
    if not text:
        return ""
    if _ADDRESS.fullmatch(text) and target.cut(text) == text:
        return text
    left_out["E-mail"] = text
    notes.append(Note("email_left_out", {"field": target.name}))
    return ""


def _description(record: Record, target: TargetField, left_out: dict[str, str], notes: list[Note]) -> str:
    text, was_cut = composed(record, left_out, target)
    if was_cut:
        notes.append(_cut_note(record.description, target))
    return text


def _cut_note(text: str, target: TargetField) -> Note:
    limit = target.max_length if target.max_length is not None else target.max_bytes
    return Note("cut", {"field": target.name, "length": utf16_length(text), "limit": limit or 0})
