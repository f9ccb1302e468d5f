"""What a person enters in Lead CRM, for each kind of destination that can send to a system."""

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """What is done with a field of the form."""

    TYPED = "typed"
    CHOSEN = "chosen"
    TICKED = "ticked"


@dataclass(frozen=True)
class Entry:
    """One field. `label` is the name of a text that says what the form says.

    `value` is what to type, or the name of the text of the option to choose. `number` fills a label that counts.
    `only_if` holds label and option of a choice without which the field does not matter.
    """

    label: str
    how: How
    value: str = ""
    number: int = 0
    only_if: tuple[str, str] | None = None


@dataclass(frozen=True)
class Destination:
    """`kind` as Lead CRM names it; `entries` in the order of its form. What they do not name stays as it is there."""

    kind: str
    entries: tuple[Entry, ...]


def typed(label: str, value: str, *, number: int = 0, only_if: tuple[str, str] | None = None) -> Entry:
    return Entry(label, How.TYPED, value, number, only_if)


def chosen(label: str, option: str) -> Entry:
    return Entry(label, How.CHOSEN, option)


def ticked(label: str) -> Entry:
    return Entry(label, How.TICKED)
