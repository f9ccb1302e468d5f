"""Texts that are too long are cut here, since other systems refuse the whole record instead."""

import unicodedata

_JOINER = "\u200d"  # holds the parts of one emoji together


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, in which Dataverse and Azure count and which is the cautious reading elsewhere."""
    return len(text.encode("utf-16-le")) // 2


def cut_utf16(text: str, limit: int) -> str:
    """At most ``limit`` UTF-16 code units, with no character torn from its marks."""
    if utf16_length(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")
    return _whole(text, len(kept))


def cut_bytes(text: str, limit: int) -> str:
    """At most ``limit`` bytes of UTF-8."""
    encoded = text.encode()
    return text if len(encoded) <= limit else _whole(text, len(encoded[:limit].decode(errors="ignore")))


def _whole(text: str, end: int) -> str:
    """The text up to ``end``, less a last character that goes on behind it."""
    while end and _goes_on(text, end):
        end -= 1
    return text[:end].rstrip()


def _goes_on(text: str, end: int) -> bool:
    """Whether a cut before ``end`` tears what people see as one character."""
    return (
        text[end - 1] == _JOINER
        or text[end] == _JOINER
        or bool(unicodedata.combining(text[end]))
        or (unicodedata.category(text[end]) in ("Mn", "Me", "Sk"))
    )
