"""Makes what was sent fit to store, show and pass on: no characters that a database or a CRM would choke on."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

MAX_DEPTH = 50
"""Levels of nesting. The documented payload has two."""

_MAX_INTEGER_BITS = 4096  # Python refuses to print integers of more than 4,300 digits

_LONGEST_COMPOSED = 300  # characters without a blank; a megabyte of accents takes minutes otherwise

_LINE_BREAKS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")

# Control characters, halves of surrogate pairs, and the invisible characters that make equal texts unequal or show them
# in another order than they are written: zero-width space, byte-order mark, bidirectional overrides.
_UNWANTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Text of several lines: line breaks become ``\\n``, unwanted characters go, composed (NFC) and trimmed."""
    unified = _LINE_BREAKS.sub("\n", text).replace("\t", " ")
    return " ".join(map(_composed, _UNWANTED.sub("", unified).split(" "))).strip()


def _composed(word: str) -> str:
    """NFC. Nothing composes across a blank; and the time it takes grows with the square of a run of accents."""
    return unicodedata.normalize("NFC", word) if len(word) <= _LONGEST_COMPOSED else word


def clean_line(text: str) -> str:
    """As ``clean_text``, on one line."""
    return clean_text(text).replace("\n", " ")


def clean_json(value: object, *, fold_names: bool = False, depth: int = 0) -> Json:
    """Any value as JSON that every database can store; empties are left out, ``None`` when nothing remains.

    ``fold_names`` makes names independent of letter case. Of names that become equal the first one counts. What lies
    deeper than ``MAX_DEPTH`` is left out.
    """
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        return _clean_object(value.items(), fold_names, depth + 1)
    if isinstance(value, list | tuple):
        elements = (clean_json(element, fold_names=fold_names, depth=depth + 1) for element in value)
        return [element for element in elements if element is not None] or None
    if isinstance(value, bool | int | float):
        return _clean_number(value)
    return None if value is None else clean_text(str(value)) or None


def _clean_object(items: Iterable[tuple[object, object]], fold_names: bool, depth: int) -> Json:
    fields: dict[str, Json] = {}
    for key, value in items:
        name = clean_line(str(key))
        cleaned = clean_json(value, fold_names=fold_names, depth=depth)
        if cleaned is not None:
            fields.setdefault(name.casefold() if fold_names else name, cleaned)
    return fields or None


def _clean_number(value: float) -> Json:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value.bit_length() <= _MAX_INTEGER_BITS else hex(value)
