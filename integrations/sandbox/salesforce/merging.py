"""Reads settings given as JSON into frozen dataclasses, each field by the reader it was declared with."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from integrations.sandbox.inputs import Fields

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_NAME = re.compile("[A-Za-z0-9_]{1,64}")

Reader = Callable[[Fields, str, Any], Any]  # the fields given, the name of the one to read, its present value


def setting(default: Any, read: Reader) -> Any:
    """A field of a settings dataclass; a default that is a mapping is shared and never changed."""
    return dataclasses.field(default_factory=lambda: default, metadata={"read": read})


def merged[Settings: DataclassInstance](current: Settings, given: Fields) -> Settings:
    """The settings with the given ones in their place.

    Raises:
        BadInput: a field is unknown or out of range.
    """
    changes = {
        one.name: one.metadata["read"](given, one.name, getattr(current, one.name))
        for one in dataclasses.fields(current)
        if one.name in given
    }
    given.finish()
    return dataclasses.replace(current, **changes)


def section(given: Fields, name: str, current: Any) -> Any:
    """Settings inside settings."""
    return merged(current, Fields(given.raw(name), given.name_of(name)))


SECTION = {"read": section}


def table(new: Callable[[str], object]) -> Reader:
    """Settings by name; null takes one out, a name not known so far begins with `new(name)`."""

    def read(given: Fields, name: str, current: Mapping[str, Any]) -> dict[str, Any]:
        pairs = given.mapping(name)
        rows = Fields(pairs, given.name_of(name))
        changed = dict(current)
        for key in pairs:
            if not _NAME.fullmatch(key):
                raise rows.bad(key, "name")
            if pairs[key] is None:
                changed.pop(key, None)
            else:
                changed[key] = section(rows, key, changed.get(key) or new(key))
        return changed

    return read


def whole(low: int, high: int) -> Reader:
    return lambda given, name, current: given.whole(name, low, high, current)


def number(low: float, high: float) -> Reader:
    return lambda given, name, current: given.number(name, low, high, current)


def choice(*choices: str) -> Reader:
    return lambda given, name, current: given.choice(name, choices)


def flag(given: Fields, name: str, current: bool) -> bool:
    return given.flag(name, current)


def text(given: Fields, name: str, current: str) -> str:
    return given.text(name, current)


def labels(given: Fields, name: str, current: Mapping[str, str]) -> dict[str, str]:
    """Values with the labels people see, all of them anew."""
    pairs = given.mapping(name)
    rows = Fields(pairs, given.name_of(name))
    return {value: rows.text(value, "") for value in pairs}
