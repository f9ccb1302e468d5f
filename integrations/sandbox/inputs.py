"""Reads what is handed to the control interface, field by field, and refuses by name what it does not know."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from integrations.sandbox.texts import ENGLISH, say

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HALF_PAIR = re.compile(r"[\ud800-\udfff]")  # JSON can write it, UTF-8 cannot
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class BadInput(ValueError):
    """One field of a control call cannot be taken; `reason` and `params` choose the sentence that says why."""

    def __init__(self, field: str, reason: str, **params: object) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.params = params

    def sentence(self, language: str = ENGLISH) -> str:
        return say(language, f"input.{self.reason}", field=self.field, **self.params)


def typed_number(text: str) -> object:
    """The number somebody typed; text that is none stays, to be refused by name when the field is read."""
    if re.fullmatch("[0-9]{1,12}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[0-9]{1,12}\.[0-9]{1,6}", text) else text


class Fields:
    """The fields of one JSON object. Each is read once; `finish` refuses those nobody asked for."""

    def __init__(self, content: object, within: str = "") -> None:
        if not isinstance(content, Mapping):
            raise BadInput(within or "body", "object")
        self._left: dict[str, Any] = {str(name): value for name, value in content.items()}
        self._within = within

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def name_of(self, name: str) -> str:
        """The field as the sender knows it, with the objects around it: `match.path`."""
        return f"{self._within}.{name}" if self._within else name

    def raw(self, name: str, default: Any = None) -> Any:
        return self._left.pop(name, default)

    def bad(self, name: str, reason: str, **params: object) -> BadInput:
        return BadInput(self.name_of(name), reason, **params)

    def is_null(self, name: str) -> bool:
        return name in self._left and self._left[name] is None

    def whole(self, name: str, low: int, high: int, default: int) -> int:
        value = self.raw(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.bad(name, "whole", low=low, high=high)
        return value

    def number(self, name: str, low: float, high: float, default: float) -> float:
        value = self.raw(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.bad(name, "number", low=low, high=high)
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise self.bad(name, "flag")
        return value

    def text(self, name: str, default: str) -> str:
        return self._text(name, self.raw(name, default))

    def _text(self, name: str, value: object) -> str:
        if not isinstance(value, str) or _HALF_PAIR.search(value):
            raise self.bad(name, "text")
        return value

    def optional_text(self, name: str) -> str | None:
        value = self.raw(name)
        return None if value is None else self._text(name, value)

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        value = self.raw(name, default)
        if not isinstance(value, str) or value not in choices:
            raise self.bad(name, "choice", choices=", ".join(choices))
        return value

    def header_value(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if not _HEADER_VALUE.fullmatch(value):
            raise self.bad(name, "header")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.raw(name)
        if not isinstance(value, dict):
            raise self.bad(name, "object")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.raw(name)
        if not isinstance(values, list):
            raise self.bad(name, "texts")
        return tuple(self._text(f"{name}.{position}", value) for position, value in enumerate(values))

    def headers(self, name: str) -> tuple[tuple[str, str], ...]:
        """Header names with their values, fit to be sent or compared."""
        fields = Fields(self.raw(name) or {}, self.name_of(name))
        for header, value in fields._left.items():
            if not _HEADER_NAME.fullmatch(header) or not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
                raise fields.bad(header, "header")
        return tuple(fields._left.items())

    def finish(self) -> None:
        """Raises BadInput for the first field that was not read."""
        for name in self._left:
            raise self.bad(name, "unknown")
