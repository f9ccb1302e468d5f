"""Finds leads by a query that was read from SOQL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.sandbox.records import Record
from integrations.sandbox.salesforce.leads import Leads

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda held, wanted: held == wanted,
    "!=": lambda held, wanted: held != wanted,
    "<>": lambda held, wanted: held != wanted,
    "<": lambda held, wanted: held is not None and held < wanted,
    "<=": lambda held, wanted: held is not None and held <= wanted,
    ">": lambda held, wanted: held is not None and held > wanted,
    ">=": lambda held, wanted: held is not None and held >= wanted,
    "IN": lambda held, wanted: held in wanted,
}
SIGNS = _COMPARISONS.keys()


@dataclass(frozen=True)
class Condition:
    """`kind` is the type of the field; `wanted` is as `comparable` makes values of it."""

    field: str
    kind: str
    sign: str
    wanted: Any

    def holds(self, record: Record) -> bool:
        held = comparable(record.fields.get(self.field), self.kind)
        if self.wanted is None and self.sign not in {"=", "!=", "<>"}:
            return False
        return _COMPARISONS[self.sign](held, self.wanted)


@dataclass(frozen=True)
class Joined:
    """Conditions, or such in parentheses, of which all must hold, or one of them. None at all always hold."""

    conditions: "tuple[Condition | Joined, ...]" = ()
    by_or: bool = False

    def holds(self, record: Record) -> bool:
        join = any if self.by_or else all
        return not self.conditions or join(condition.holds(record) for condition in self.conditions)


@dataclass(frozen=True)
class Query:
    """`order` is a field, its type, and whether downwards."""

    fields: tuple[str, ...]
    where: Joined = Joined()
    order: tuple[str, str, bool] | None = None
    limit: int | None = None

    def run(self, leads: Leads) -> list[Record]:
        found = [record for record in self._candidates(leads) if self.where.holds(record)]
        if self.order:
            field, kind, downwards = self.order
            found.sort(key=lambda record: _rank(comparable(record.fields.get(field), kind)), reverse=downwards)
        return found[: self.limit]

    def _candidates(self, leads: Leads) -> list[Record]:
        """Not more leads than needed: those an index finds, where one of the conditions must hold."""
        for condition in () if self.where.by_or else self.where.conditions:
            if isinstance(condition, Condition) and condition.sign == "=" and isinstance(condition.wanted, str):
                return leads.with_value(condition.field, condition.wanted)
        return leads.all()


def comparable(value: Any, kind: str) -> Any:
    """Text without the difference of upper and lower case, moments as such; None for what is not of this type."""
    match value, kind:
        case str(), "datetime":
            return _moment(value)
        case str(), _:
            return value.casefold()
        case (bool(), "boolean") | (int() | float(), "int" | "currency"):
            return value
    return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else None
    except ValueError:
        return None


def _rank(value: Any) -> tuple[bool, Any]:
    """Nothing comes before everything."""
    return value is not None, 0 if value is None else value
