"""What people are told about a cause."""

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
    """Texts may speak of names as ``{field}``: see ``with_names``."""

    meaning: str | Promise
    remedy: str | Promise
    who: Who

    def with_names(self, params: Mapping[str, str]) -> "Diagnosis":
        """With the names filled in; one that is not known is written as …."""
        names = defaultdict(lambda: "…", params)
        return Diagnosis(_filled_lazily(self.meaning, names), _filled_lazily(self.remedy, names), self.who)


def _filled(text: str | Promise, names: Mapping[str, str]) -> str:
    return str(text).format_map(names)


_filled_lazily = lazy(_filled, str)  # made once: each call of lazy() makes a class


UNKNOWN = Diagnosis(
    _("The cause is not known to Lead CRM."),
    _("Read what the receiving system answered. If that does not help, ask those who run it."),
    Who.PUBLISHER,
)
