"""What was posted -> the JSON objects in it.

The content type is not documented and not looked at. JSON as in RFC 8259, but tolerant where a lead would be lost
otherwise: byte-order marks, UTF-16 and UTF-32, line breaks inside texts, ``NaN``, a list of leads.
"""

import json
import math
from dataclasses import dataclass

from leads.marketplace.cleaning import MAX_DEPTH
from leads.marketplace.remark import Remark

type Fields = dict[str, object]

MAX_LEADS = 1_000
"""Most leads in one body. Every documented sample has one."""

_LONGEST_NUMBER = 300  # digits; longer ones are kept as text


class UnreadablePayload(Exception):
    """No lead can be read from the body. Says where, and never quotes it: it may hold personal data."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.code, dict(remark.params))
        self.remark = remark

    @property
    def code(self) -> str:
        return self.remark.code


@dataclass(frozen=True)
class Reading:
    """The leads of one body by position (0 for a single one), and why other elements of a list are none."""

    leads: dict[int, Fields]
    refused: dict[int, Remark]


def read_leads(body: bytes) -> Reading:
    """At least one lead, or ``UnreadablePayload``. A broken element of a list does not spoil its neighbours."""
    reading = Reading({}, {})
    for position, element in enumerate(_elements(_parse(_decode(body)))):
        if not isinstance(element, dict):
            reading.refused[position] = Remark("element_not_an_object", {"element": position + 1})
        elif _is_deeper(element, MAX_DEPTH):
            reading.refused[position] = Remark("too_deep", {"limit": MAX_DEPTH})
        else:
            reading.leads[position] = element
    if not reading.leads:
        raise UnreadablePayload(reading.refused[0])
    return reading


def _decode(body: bytes) -> str:
    encoding = json.detect_encoding(body)
    try:
        # Halves of surrogate pairs pass: cleaning drops them, and the rest of the lead is kept.
        text = body.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "ignore")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        remark = Remark("not_text", {"line": line, "column": column, "position": len(before)})
        raise UnreadablePayload(remark) from None
    if not text.strip():
        raise UnreadablePayload(Remark("empty"))
    return text


def _parse(text: str) -> object:
    try:
        return json.loads(
            text,
            strict=False,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=lambda _name: None,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        place: dict[str, str | int] = {"line": error.lineno, "column": error.colno, "position": error.pos}
        raise UnreadablePayload(Remark("not_json", {"reason": _reason(error.msg), **place})) from None
    except RecursionError:
        raise UnreadablePayload(Remark("too_deep", {"limit": MAX_DEPTH})) from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _fraction(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _object(pairs: list[tuple[str, object]]) -> Fields:
    """Of names written twice exactly alike the first one that is not empty counts; RFC 8259 leaves it open."""
    fields: Fields = {}
    for name, value in pairs:
        if fields.get(name) in (None, ""):
            fields[name] = value
    return fields


_REASONS = {
    "Expecting ',' delimiter": "comma_missing",
    "Illegal trailing comma": "comma_extra",
    "Expecting ':' delimiter": "colon_missing",
    "Expecting property name": "name_expected",
    "Expecting value": "value_expected",
    "Unterminated string": "text_unterminated",
    "Invalid \\": "bad_escape",
    "Extra data": "more_after_end",
}


def _reason(message: str) -> str:
    """Our word for the parser's message, which must not be shown as it is: some of them quote the body."""
    return next((reason for start, reason in _REASONS.items() if message.startswith(start)), "syntax")


def _elements(value: object) -> list[object]:
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise UnreadablePayload(Remark("not_an_object"))
    if not value:
        raise UnreadablePayload(Remark("empty_array"))
    if len(value) > MAX_LEADS:
        raise UnreadablePayload(Remark("too_many_leads", {"count": len(value), "limit": MAX_LEADS}))
    return value


def _is_deeper(value: object, limit: int) -> bool:
    """Level by level, because recursion is what deep nesting breaks."""
    level = [value]
    for _level in range(limit):
        level = [child for container in level for child in _containers_in(container)]
        if not level:
            return False
    return True


def _containers_in(container: object) -> list[object]:
    children = container.values() if isinstance(container, dict) else container if isinstance(container, list) else []
    return [child for child in children if isinstance(child, dict | list)]
