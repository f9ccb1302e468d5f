"""What people are told about a cause."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _


class Who(TextChoices):
    """Who must act."""

    NOBODY = "nobody", _("Nobody: it is tried again by itself")
    OPS = "ops", _("Who looks after this installation")
    PUBLISHER = "publisher", _("Who set up the destination")
    RECEIVER = "receiver", _("Who runs the receiving system")
    SALES = "sales", _("Who works on the lead")
    MAKERS = "makers", _("The makers of Lead CRM")


class Diagnosis(NamedTuple):
    """Texts may speak of names as ``{field}``. What makes sense only with its names stands in brackets; behind a bar
    stands what is said where they are not known: ``[the column {column}|a column]``, ``sign-in[ ({code})]``."""

    meaning: str | Promise
    remedy: str | Promise
    who: Who

    def with_names(self, params: Mapping[str, str]) -> "Diagnosis":
        """With the names filled in; one that is not known, and stands in no brackets, is written as …."""
        return Diagnosis(_filled_lazily(self.meaning, params), _filled_lazily(self.remedy, params), self.who)


def _filled(text: str | Promise, params: Mapping[str, str]) -> str:
    def chosen(found: re.Match[str]) -> str:
        return found[1] if all(params.get(name) for name in _NAME.findall(found[1])) else found[2] or ""

    return _WITH_NAMES.sub(chosen, str(text)).format_map(defaultdict(lambda: "…", params))


_NAME = re.compile(r"\{(\w+)\}")
_WITH_NAMES = re.compile(r"\[([^\[\]|]*\{\w+\}[^\[\]|]*)(?:\|([^\[\]]*))?\]")
_filled_lazily = lazy(_filled, str)  # made once: each call of lazy() makes a class


UNKNOWN = Diagnosis(
    _("The cause is not known to Lead CRM."),
    _("Read what the receiving system answered. If that does not help, ask those who run it."),
    Who.PUBLISHER,
)
