"""Two people, or two tabs, on one form: the later save must not silently undo the earlier.

A page carries when it was shown and a digest of the values it was shown with. What is saved from it later is refused
once when the values are other ones by then; the page that says so is up to date, so saving again overwrites.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    Base = forms.ModelForm[Any]
else:
    Base = object

FIELD = "_loaded"
MOST_TOLD = 5


class Loaded(NamedTuple):
    """When something was shown, and what it was."""

    at: datetime
    digest: str

    @classmethod
    def now(cls, values: Any) -> Self:
        text = json.dumps(values, default=_plain, sort_keys=True)
        return cls(timezone.now(), hashlib.sha256(text.encode()).hexdigest())

    @classmethod
    def read(cls, text: str) -> Self | None:
        """``None`` for what ``str`` never made: nothing is known of that page."""
        at, _blank, digest = text.partition(" ")
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            return None
        return cls(moment, digest) if digest and timezone.is_aware(moment) else None

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.digest}"


def conflict(posted: str, current: Loaded, row: Model) -> str:
    """What to tell whoever saves from a page that is no longer true; empty where it is."""
    loaded = Loaded.read(posted)
    if loaded is None or loaded.digest == current.digest:
        return ""
    return " ".join(
        (
            _("Not saved: this was changed while it was open here."),
            *_changes_since(loaded.at, row),
            _("What you entered still stands below. Save again to overwrite the other change."),
        )
    )


def _changes_since(moment: datetime, row: Model) -> Iterable[str]:
    """Who, when and what, as far as it was logged; the newest few, oldest first."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk), action_time__gt=moment
    ).select_related("user")
    for entry in reversed(entries.order_by("-action_time")[:MOST_TOLD]):
        time = time_format(timezone.localtime(entry.action_time), "TIME_FORMAT")
        yield f"{entry.user.get_username()}, {time}: {entry.get_change_message()}"


class GuardedForm(Base):
    """For a model form that changes a row. What it was shown with is what its fields begin with."""

    @property
    def loaded(self) -> Loaded:
        """Of the row as it is now."""
        fields = {name: field for name, field in self.fields.items() if not field.disabled}
        return Loaded.now({name: self.get_initial_for_field(field, name) for name, field in fields.items()})

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.has_changed() and (text := conflict(self.data.get(FIELD, ""), self.loaded, self.instance)):
            self.add_error(None, text)
        return cleaned


def guarded(form: "type[forms.ModelForm[Any]]") -> "type[forms.ModelForm[Any]]":
    """The form with its guard."""
    metaclass: Any = type(form)
    made: type[forms.ModelForm[Any]] = metaclass(form.__name__, (GuardedForm, form), {})
    return made


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else str(value)
