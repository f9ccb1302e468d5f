"""How a person's name is written. Pure."""

import re

# Hangul, kana and Chinese characters: family name first, and no blank between the two.
_EAST_ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+")


def full_name(first_name: str, last_name: str) -> str:
    """In the order in which the person's own language writes it."""
    if _EAST_ASIAN.fullmatch(first_name) and _EAST_ASIAN.fullmatch(last_name):
        return last_name + first_name
    return f"{first_name} {last_name}".strip()


def initials(first_name: str, last_name: str) -> str:
    """One or two letters; of an East Asian name the family name alone, which says more than one syllable of each."""
    if _EAST_ASIAN.fullmatch(last_name):
        return last_name[:1]
    return "".join(name[0] for name in (first_name, last_name) if name).upper()
