"""E-mail addresses as keys."""

import re

LONGEST_ADDRESS = 254
"""RFC 5321 leaves this much between the angle brackets."""

_ADDRESS = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")


def email_key(address: str) -> str:
    """What one person's touches have in common: the whole address without regard to case. "" if it is none."""
    key = address.casefold()
    return key if len(key) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(key) else ""
