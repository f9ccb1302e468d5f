"""What another system says of its own fields."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations.mapping.cutting import cut_bytes, cut_utf16, utf16_length

MOST_CHOICES_SHOWN = 30


class ValueType(TextChoices):
    TEXT = "text", _("Text")
    EMAIL = "email", _("E-mail address")
    BOOLEAN = "boolean", _("Yes or no")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("One of a list")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetField:
    """One field over there. ``max_length`` in UTF-16 code units, ``max_bytes`` in bytes of UTF-8; ``None``: no limit
    that we know of. ``choices`` of a list that takes no other value; ``choice_labels`` what people see in their place
    over there, in the same order, where that differs."""

    name: str
    label: str = ""
    type: ValueType = ValueType.TEXT
    max_length: int | None = None
    max_bytes: int | None = None
    required: bool = False
    writable: bool = True
    choices: tuple[str, ...] = ()
    choice_labels: tuple[str, ...] = ()
    multiline: bool = False

    @property
    def takes(self) -> str:
        """Which values, in words."""
        if not self.choices:
            return str(self.type.label)
        labels = self.choice_labels or self.choices
        named = [
            value if value == label else f"{value} ({label})"
            for value, label in zip(self.choices, labels, strict=False)
        ]
        shown = [*named[:MOST_CHOICES_SHOWN], "…"] if len(named) > MOST_CHOICES_SHOWN else named
        return gettext("One of: %(choices)s") % {"choices": ", ".join(shown)}

    def cut(self, text: str, *, room_for: str = "") -> str:
        """The text in this field's length, less the room that another text takes."""
        if self.max_length is not None:
            text = cut_utf16(text, max(self.max_length - utf16_length(room_for), 0))
        if self.max_bytes is not None:
            text = cut_bytes(text, max(self.max_bytes - len(room_for.encode()), 0))
        return text

    def as_json(self) -> dict[str, Any]:
        lists = {name: list(getattr(self, name)) for name in _LISTS}
        return asdict(self) | {"type": self.type.value} | lists

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        lists = {name: tuple(known[name]) for name in _LISTS if name in known}
        kind = {"type": ValueType(known["type"])} if "type" in known else {}
        return cls(**known | lists | kind)


_LISTS = ("choices", "choice_labels")


def merged(documented: Iterable[TargetField], described: Iterable[TargetField]) -> dict[str, TargetField]:
    """By name. What the system itself described counts; what our own table knows beyond that is kept: that a field
    must not stay empty, and its length where the system told none."""
    targets = {target.name: target for target in documented}
    for target in described:
        ours = targets.get(target.name)
        targets[target.name] = target if ours is None else _joined(target, ours)
    return targets


def _joined(described: TargetField, ours: TargetField) -> TargetField:
    return replace(
        described,
        label=described.label or ours.label,
        required=described.required or ours.required,
        max_length=described.max_length or ours.max_length,
        max_bytes=described.max_bytes or ours.max_bytes,
        multiline=described.multiline or ours.multiline,
    )
