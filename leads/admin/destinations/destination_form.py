"""The form of a destination: its own fields, and the settings of its kind's connector in between."""

from copy import deepcopy
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations.config_form import ConfigForm, SecretField
from integrations.registry import KINDS, connector_class
from integrations.transport.redaction import Redactor
from leads.admin.theme import themed
from leads.delivery.gate import give_time
from leads.encryption import SecretUnreadable
from leads.models import Destination, DestinationGate, Route
from leads.notices.credentials import keep_ends

PREFIX = "config_"
MINUTE = 60
PERIODS = ((1, _("a second")), (MINUTE, _("a minute")), (3600, _("an hour")), (86_400, _("a day")))


ON_THE_GATE = ("calls_at_once", "rate_calls", "rate_seconds")


class LeftOut(forms.HiddenInput):
    """In place of a box that makes no sense yet, and that the page's layout names all the same. It shows nothing."""

    def format_value(self, value: Any) -> None:
        return None


class DestinationForm(forms.ModelForm):  # type: ignore[type-arg]
    """Subclassed for each kind by ``form_for``. Secrets are write-only: left empty, they stay."""

    kind: ClassVar[str]
    config_class: ClassVar[type[ConfigForm]]

    calls_at_once = themed(
        forms.IntegerField(
            label=_("Calls at once"),
            min_value=1,
            max_value=32,
            initial=4,
            help_text=_("How many calls may be under way at the same time."),
        )
    )
    rate_calls = themed(
        forms.IntegerField(
            label=_("Calls at most"),
            min_value=1,
            max_value=1_000_000,
            required=False,
            help_text=_("Empty: as many as it takes. What is more waits its turn."),
        )
    )
    rate_seconds = themed(
        forms.TypedChoiceField(
            label=_("in"), choices=PERIODS, coerce=int, initial=MINUTE, required=False, empty_value=None
        )
    )
    send_everything = themed(
        forms.BooleanField(
            label=_("Send every lead here"),
            required=False,
            initial=True,
            help_text=_("Makes a route without conditions. Routes can be changed at any time."),
        )
    )

    class Meta:
        model = Destination
        fields = ("name", "enabled", "takes_test_leads", "takes_do_not_contact")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored_settings(self.instance)
        if self.instance.pk:
            del self.fields["send_everything"]
            self.initial.update({name: getattr(self.instance.gate, name) for name in ON_THE_GATE})
        elif most := connector_class(self.kind).most_calls:
            self.initial.update(rate_calls=most.calls, rate_seconds=most.seconds)
        if connector_class(self.kind).calls_at_once == 1:
            self._call_one_at_a_time()
        for name, field in self._config_fields().items():
            if isinstance(field, SecretField):
                self._show_whether_set(field, is_set=bool(self.stored.get(name)))
            elif name in self.stored:
                self.initial[PREFIX + name] = self.stored[name]
        for name, secret in self.config_class.once_stored.items():
            if not self.stored.get(secret):
                self.fields[PREFIX + name].widget = LeftOut()

    def _call_one_at_a_time(self) -> None:
        field = self.fields["calls_at_once"]
        self.initial["calls_at_once"], field.disabled = 1, True
        field.help_text = _("Two calls at the same time could make two people out of one in this system.")

    def _config_fields(self) -> dict[str, forms.Field]:
        return {name: self.fields[PREFIX + name] for name in self.config_class.base_fields}

    @staticmethod
    def _show_whether_set(field: forms.Field, *, is_set: bool) -> None:
        if is_set:
            field.required = False
            field.widget.attrs["placeholder"] = _("•••••••• (set; leave empty to keep it)")

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.errors:
            self._ask_for_secrets_again()

    def _ask_for_secrets_again(self) -> None:
        """Of those that were typed: none is ever written into a page, so that they are gone when it comes back."""
        for name, field in self._config_fields().items():
            is_typed = isinstance(field, SecretField) and self.data.get(self.add_prefix(PREFIX + name))
            if is_typed and self.config.is_shown(name) and not self.has_error(PREFIX + name):
                message = _("%(label)s: enter it again. What was typed is not kept while another entry is wrong.")
                params = {"label": field.label}
                self.add_error(PREFIX + name, forms.ValidationError(message, code="enter_again", params=params))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        data = {name: self.data.get(self.add_prefix(PREFIX + name)) for name in self.config_class.base_fields}
        self.config = self.config_class(data=data, stored=self.stored)
        for name, errors in self.config.errors.items():
            field = PREFIX + name if PREFIX + name in self.fields else None
            for error in errors.as_data() if hasattr(errors, "as_data") else errors:
                if not self.has_error(field or "__all__"):
                    self.add_error(field, error)
        return cleaned

    def save(self, commit: bool = True) -> Destination:
        destination: Destination = super().save(commit=False)
        destination.kind = self.kind
        secret_names = self.config_class.secret_names()
        config = self.config.cleaned_data
        destination.settings = {name: value for name, value in config.items() if name not in secret_names}
        destination.write_secrets({name: config[name] for name in secret_names if config.get(name)})
        if commit:
            destination.save()
        return destination

    def save_what_belongs_to_it(self) -> None:
        """After the destination has its row."""
        values = {name: self.cleaned_data[name] for name in ON_THE_GATE}
        values["rate_seconds"] = values["rate_seconds"] or MINUTE
        if any(values[name] != self.initial.get(name) for name in ("rate_calls", "rate_seconds")):
            values["tokens"] = None  # what was left of the old rate says nothing about the new one
        DestinationGate.objects.update_or_create(destination=self.instance, defaults=values)
        if "enabled" in self.changed_data and self.instance.enabled:
            give_time(self.instance.pk)
        if self.cleaned_data.get("send_everything"):
            Route.objects.create(destination=self.instance)
        keep_ends(self.instance, connector_class(self.kind).credential_ends(self.config.cleaned_data))

    @property
    def made_secrets(self) -> dict[str, str]:
        """What the connector's form made itself, by label: to be shown once."""
        return {str(self.config.fields[name].label): secret for name, secret in self.config.made_secrets.items()}


def form_for(kind: str) -> type[DestinationForm]:
    """The form class of a kind, with the connector's fields declared on it."""
    config_class = _config_class(kind)
    declared = {PREFIX + name: themed(deepcopy(field)) for name, field in config_class.base_fields.items()}
    for name, (other, value) in config_class.shown_when.items():
        declared[PREFIX + name].widget.attrs["data-shown-when"] = f"{PREFIX}{other}={value}"
    attributes = {"kind": kind, "config_class": config_class, **declared, "Meta": DestinationForm.Meta}
    return type("DestinationForm", (DestinationForm,), attributes)


def settings_in_words(destination: Destination) -> list[tuple[str, str]]:
    """Label and value of each setting, for who may not change them; of secrets only that they are set."""
    stored = stored_settings(destination)
    return [
        (str(field.label), _in_words(field, stored[name]))
        for name, field in _config_class(destination.kind).base_fields.items()
        if stored.get(name) not in (None, "")
    ]


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, SecretField):
        return gettext("set")
    if isinstance(field, forms.BooleanField):
        return gettext("yes") if value else gettext("no")
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    # What an address carries behind its question mark is often a key.
    return Redactor().url(value) if "://" in str(value) else str(value)


def _config_class(kind: str) -> type[ConfigForm]:
    """Of a kind that this version does not know, nothing can be said."""
    return connector_class(kind).Config if kind in KINDS else ConfigForm


def stored_settings(destination: Destination) -> dict[str, Any]:
    """What is saved now; secrets that no key opens count as not set, so that they are asked for again."""
    try:
        return destination.config()
    except SecretUnreadable:
        return dict(destination.settings)
