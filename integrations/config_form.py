"""The base of every connector's settings: a Django form whose secret fields can be written but never read."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django import forms
from django.utils.translation import gettext_lazy as _


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
    """Fields that only matter while another field has a value (``"on"`` for a ticked box): field -> (other, value)."""

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
        for name in self.secret_names():
            if name in self.cleaned_data and not self.cleaned_data[name]:
                self._keep(name)

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
