"""From the neutral record to another system's fields: which value goes where, how long it may be. Pure."""

from integrations.mapping.doubts import OwnNames
from integrations.mapping.field_map import FieldMap, Translated
from integrations.mapping.neutral import NEUTRAL_FIELDS, NeutralField
from integrations.mapping.rules import Origin, Problem, Rule
from integrations.mapping.targets import TargetField, ValueType

__all__ = [
    "NEUTRAL_FIELDS",
    "FieldMap",
    "NeutralField",
    "Origin",
    "OwnNames",
    "Problem",
    "Rule",
    "TargetField",
    "Translated",
    "ValueType",
]
