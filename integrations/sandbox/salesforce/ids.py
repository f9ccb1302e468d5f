"""Record ids: 15 characters that know upper and lower case, or 18 of which the last three say which are upper."""

import re
import secrets
import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID = re.compile("[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_SUFFIXES = string.ascii_uppercase + "012345"


def new_id(prefix: str) -> str:
    """An id of 18 characters that begins with the three that name the kind of record."""
    return long_id(f"{prefix}5a{''.join(secrets.choice(ALPHABET) for _ in range(10))}")


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def short_id(record_id: str) -> str:
    return record_id[:15]


def long_id(record_id: str) -> str:
    """The 18 characters for an id of 15 or 18."""
    short = short_id(record_id)
    return short + "".join(_suffix(short[start : start + 5]) for start in (0, 5, 10))


def _suffix(five: str) -> str:
    return _SUFFIXES[sum(1 << place for place, character in enumerate(five) if character in string.ascii_uppercase)]
