"""What a mapping may hold but people should look at: values that will not fit their field for every lead, and names
that nobody proved. Nothing here keeps a mapping from being saved."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from integrations.mapping.neutral import FLAGS, MOMENTS
from integrations.mapping.rules import Origin, Problem, Rule
from integrations.mapping.targets import TargetField, ValueType

_FEW_VALUES = frozenset((ValueType.NUMBER, ValueType.DATE, ValueType.CHOICE))


class OwnNames(NamedTuple):
    """How a system names a customer's own fields, where it tells nobody which there are; ``example`` is for people."""

    pattern: re.Pattern[str]
    example: str


def doubts_of(
    rules: Iterable[Rule], targets: Mapping[str, TargetField], own_names: OwnNames | None
) -> Iterator[Problem]:
    """``own_names``: ``None`` where names are free, or the system names its fields."""
    for position, rule in enumerate(rules):
        target = targets.get(rule.target)
        if target is not None and (code := _misfit(rule, target)):
            yield Problem(position, code, {"target": rule.target, "takes": target.takes})
        if target is None and own_names is not None:
            yield _unproved(position, rule.target, own_names)


def _misfit(rule: Rule, target: TargetField) -> str:
    """Empty where every lead's value fits. A constant is checked where it is entered."""
    if rule.origin is Origin.CONSTANT or _fits(rule.value if rule.origin is Origin.FIELD else "", target):
        return ""
    return "reads_as_no" if target.type is ValueType.BOOLEAN else "may_not_fit"


def _fits(neutral_field: str, target: TargetField) -> bool:
    if target.type is ValueType.BOOLEAN:
        return neutral_field in FLAGS
    if target.type is ValueType.DATE:
        return neutral_field in MOMENTS
    if target.choices and neutral_field in FLAGS:
        return {"true", "false"} <= set(target.choices)
    return not target.choices and target.type not in _FEW_VALUES


def _unproved(position: int, name: str, own_names: OwnNames) -> Problem:
    if own_names.pattern.fullmatch(name):
        return Problem(position, "name_not_proved", {"target": name})
    return Problem(position, "name_not_known", {"target": name, "example": own_names.example})
