"""The base of every connector's settings: a Django form whose secret fields can be written but never read."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django import forms
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _

MISPLACED = "misplaced"
"""The code of errors that say what it is that was entered, and where it belongs."""


class SecretField(forms.CharField):
    """Text that is stored encrypted and never shown again. Left empty on a saved destination it means "keep"."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}))
        kwargs.setdefault("strip", True)
        super().__init__(**kwargs)


class ConfigForm(forms.Form):
    """A connector's settings. Built with ``stored`` (what is saved now), empty secrets keep their stored value.

    ``made_secrets`` holds, after validation, the secrets that the form made itself, by field: to be shown to the
    person once, since nobody can read them later.
    """

    shown_when: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Fields that only matter while another field has a value (``"on"`` for a ticked box): field -> (other, value).
    What is not shown is forgotten, with its errors."""

    once_stored: ClassVar[Mapping[str, str]] = {}
    """Fields that only make sense once a secret is stored: field -> that secret."""

    looks_like: ClassVar[Mapping[str, re.Pattern[str]]] = {}
    """Fields with what nobody would enter elsewhere on purpose: whoever does is told where it belongs."""

    sent_to: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Secrets that travel as they are, and the fields that say where to. With a new address such a secret is entered
    anew: else whoever may change the settings could have it sent to a host of their own, and read it there."""

    def __init__(self, *args: Any, stored: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.stored = dict(stored or {})
        self.made_secrets: dict[str, str] = {}
        super().__init__(*args, **kwargs)
        for name in self.secret_names():
            if self.stored.get(name):
                self.fields[name].required = False

    @classmethod
    def secret_names(cls) -> list[str]:
        return [name for name, field in cls.base_fields.items() if isinstance(field, SecretField)]

    @classmethod
    def secrets_in(cls, config: Mapping[str, Any]) -> list[str]:
        """The secret values of cleaned settings, for redaction."""
        return [config[name] for name in cls.secret_names() if config.get(name)]

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """A bound form over stored settings, to validate what was saved earlier or elsewhere.

        A setting that is missing, as one that a newer version brought, has its field's initial value.
        """
        initial = {name: field.initial for name, field in cls.base_fields.items() if field.initial is not None}
        return cls(data=initial | dict(stored), stored=stored)

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name in self.shown_when:
            if not self.is_shown(name):
                self.cleaned_data[name] = self.fields[name].to_python(None)
                self.errors.pop(name, None)
        for name in self.secret_names():
            if self.is_shown(name) and not self.cleaned_data.get(name, "refused"):
                self._keep(name)

    def is_shown(self, name: str) -> bool:
        """By what is chosen in the other fields; also while that is not known."""
        other, value = self.shown_when.get(name, ("", ""))
        chosen = self.cleaned_data.get(other, value)
        return bool(chosen == value or (chosen is True and value == "on"))

    def _need(self, name: str, message: str | Promise) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, forms.ValidationError(str(message), code="required"))

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for name in self.fields:
            if name in self.errors:
                self._say_where_it_belongs(name)

    def _say_where_it_belongs(self, name: str) -> None:
        (error, *_others) = self.errors[name].as_data()
        boxes = [] if error.code == MISPLACED else self._boxes_for(name)
        if boxes:
            hint = _("What was entered looks like what belongs into %(boxes)s.")
            words = hint % {"boxes": get_text_list([f"“{label}”" for label in boxes])}
            said = str(self.errors.pop(name)[0])
            self.add_error(name, forms.ValidationError(f"{said} {words}", code=MISPLACED))

    def _boxes_for(self, name: str) -> list[str]:
        """The labels of other fields that have the form of what was typed into this one."""
        typed = str(self.data.get(self.add_prefix(name)) or "").strip()
        own = self.looks_like.get(name)
        if not typed or (own and own.fullmatch(typed)):
            return []
        return [
            str(self.fields[other].label)
            for other, pattern in self.looks_like.items()
            if other != name and self.is_shown(other) and pattern.fullmatch(typed)
        ]

    def _keep(self, name: str) -> None:
        """The stored secret, if what was entered sends it where it was sent before."""
        self.cleaned_data[name] = self.stored.get(name, "")
        moved = [
            address
            for address in self.sent_to.get(name, ())
            if address in self.stored and self.cleaned_data.get(address) != self.stored[address]
        ]
        if self.cleaned_data[name] and moved:
            message = _("%(secret)s: enter it again, since %(address)s changed and it would be sent there.")
            names = {"secret": self.fields[name].label, "address": self.fields[moved[0]].label}
            self.add_error(name, forms.ValidationError(message, code="address_changed", params=names))
