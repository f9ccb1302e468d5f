"""One rule of a mapping: a field over there, and where its value comes from."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self

from integrations.mapping.neutral import NEUTRAL_FIELDS
from integrations.mapping.targets import TargetField, ValueType

PLACEHOLDER = re.compile(r"\{(\w*)\}")
_TARGET_NAME = re.compile(r"[A-Za-z0-9_][\w.@-]*")
LONGEST_VALUE = 2000
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)


class Origin(StrEnum):
    """Where a value comes from: a field of the lead, a fixed text, a text with ``{fields}`` in it, or the customer's
    note with what has no field of its own below it."""

    FIELD = "field"
    CONSTANT = "constant"
    TEMPLATE = "template"
    DESCRIPTION = "description"


@dataclass(frozen=True, slots=True)
class Rule:
    """``value`` is the name of a neutral field, the constant, or the template; empty for the description."""

    target: str
    origin: Origin
    value: str = ""
    omit_empty: bool = True

    def as_json(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "origin": self.origin.value,
            "value": self.value,
            "omit_empty": self.omit_empty,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what ``as_json`` never made."""
        target, origin = str(stored["target"]), Origin(stored["origin"])
        return cls(target, origin, str(stored.get("value", "")), bool(stored.get("omit_empty", True)))


class Problem(NamedTuple):
    """What is wrong with the rule at this position; ``code`` names the sentence, see the admin's mapping form."""

    position: int
    code: str
    params: dict[str, str]


def problems_of(rules: Iterable[Rule], targets: Mapping[str, TargetField], *, is_described: bool) -> Iterator[Problem]:
    """``is_described``: the system named all its fields, so that one it did not name does not exist."""
    seen: set[str] = set()
    for position, rule in enumerate(rules):
        for code, params in _problems(rule, targets.get(rule.target), is_described):
            yield Problem(position, code, {"target": rule.target, **params})
        if rule.target in seen:
            yield Problem(position, "target_twice", {"target": rule.target})
        seen.add(rule.target)


def _problems(rule: Rule, target: TargetField | None, is_described: bool) -> Iterator[tuple[str, dict[str, str]]]:
    if not _TARGET_NAME.fullmatch(rule.target):
        yield "target_name", {}
    elif target is None and is_described:
        yield "target_unknown", {}
    elif target is not None and not target.writable:
        yield "target_read_only", {}
    if rule.origin is Origin.FIELD and rule.value not in NEUTRAL_FIELDS:
        yield "field_unknown", {"field": rule.value}
    if rule.origin is Origin.TEMPLATE:
        for name in PLACEHOLDER.findall(rule.value):
            if name not in NEUTRAL_FIELDS:
                yield "field_unknown", {"field": name}
    if rule.origin is Origin.CONSTANT:
        yield from _problems_of_constant(rule.value, target)
    if len(rule.value) > LONGEST_VALUE:
        yield "value_too_long", {"limit": str(LONGEST_VALUE)}


def _problems_of_constant(value: str, target: TargetField | None) -> Iterator[tuple[str, dict[str, str]]]:
    if target is None or not value:
        return
    if target.choices and value not in target.choices:
        yield "constant_not_a_choice", {"value": value, "takes": target.takes}
    elif target.type is ValueType.NUMBER and not NUMBER.fullmatch(value):
        yield "constant_not_a_number", {"value": value}
    elif target.type is ValueType.BOOLEAN and value.lower() not in ("true", "false"):
        yield "constant_not_a_boolean", {"value": value}
