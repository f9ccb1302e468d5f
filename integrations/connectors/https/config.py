"""The settings of an HTTPS endpoint."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations.addresses import must_be_permitted
from integrations.config_form import ConfigForm, SecretField
from integrations.signature import UnusableSecret, key_of, new_secret

CUSTOM_HEADERS = range(1, 6)

# What our own request says about itself, and what belongs to a single connection (RFC 9110, "Connection").
_RESERVED_HEADERS = frozenset(
    (
        "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host",
        "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    )
)  # fmt: skip
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t -~]+")
# These speak of the set-up or of the pace, never of a record that is there.
_NEVER_ALREADY_THERE = frozenset((401, 403, 404, 405, 407, 408, 410, 425, 429))


class SignIn(TextChoices):
    NONE = "none", _("None")
    BEARER = "bearer", _("Bearer token")
    BASIC = "basic", _("User name and password (Basic)")
    HEADERS = "headers", _("Own headers")


class BodyShape(TextChoices):
    DOCUMENTED = "documented", _("As the marketplace documents it (UserDetails, LeadSource, …)")
    CAMEL_CASE = "camel_case", _("The same in camel case (userDetails, leadSource, …)")
    EVENT = "event", _("Event with type, timestamp and data (Standard Webhooks)")


def is_permitted_url(url: str) -> None:
    must_be_permitted(url, _("URL"))


def is_header_name(name: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValidationError(
            _("Header name: blanks, colons, brackets, quotes and letters outside ASCII are not possible. "
              "Write it like X-Api-Key."),
            code="header_name",
        )  # fmt: skip
    if name.lower() in _RESERVED_HEADERS or name.lower().startswith("webhook-"):
        raise ValidationError(
            _("Header name: %(name)s is set by Lead CRM itself. Choose another header."),
            code="header_reserved",
            params={"name": name},
        )


def is_header_value(value: str) -> None:
    """Also for tokens, which travel in a header. No line break may ever get into one."""
    if not _HEADER_VALUE.fullmatch(value):
        raise ValidationError(
            _("Header value or token: only printable ASCII characters are possible. Take out line breaks and others."),
            code="header_value",
        )


def is_user_name(name: str) -> None:
    if ":" in name:
        raise ValidationError(
            _("User name: a colon is not possible here. Enter the name before it, and the password below."),
            code="user_name",
        )


def is_signing_secret(secret: str) -> None:
    try:
        key_of(secret)
    except UnusableSecret:
        raise ValidationError(
            _("Signing secret: enter whsec_ followed by the base64 of 24 to 64 bytes, or leave it empty."),
            code="signing_secret",
        ) from None


def statuses_in(text: str) -> frozenset[int]:
    """The statuses of a list such as ``409, 422``. Raises ``ValueError``."""
    return frozenset(int(part) for part in text.replace(",", " ").split())


def header_names(config: Mapping[str, Any]) -> dict[int, str]:
    """Of the own headers, by their number."""
    names = {number: config[f"header_{number}_name"] for number in CUSTOM_HEADERS}
    return {number: name for number, name in names.items() if name}


def are_already_there_statuses(text: str) -> None:
    try:
        usable = all(400 <= status < 500 and status not in _NEVER_ALREADY_THERE for status in statuses_in(text))
    except ValueError:
        usable = False
    if not usable:
        raise ValidationError(
            _("Statuses that mean “already there”: enter numbers such as 409, separated by commas. "
              "Statuses about access, address or pace (401, 403, 404, 405, 407, 408, 410, 425, 429) are not possible."),
            code="already_there_statuses",
        )  # fmt: skip


def _header_name(number: int) -> forms.CharField:
    return forms.CharField(
        label=format_lazy(_("Header {number}: name"), number=number), required=False, max_length=100,
        validators=[is_header_name],
    )  # fmt: skip


def _header_value(number: int) -> SecretField:
    return SecretField(
        label=format_lazy(_("Header {number}: value"), number=number), required=False, max_length=4000,
        validators=[is_header_value],
    )  # fmt: skip


class HttpsConfig(ConfigForm):
    shown_when = {
        "bearer_token": ("sign_in", SignIn.BEARER),
        "user_name": ("sign_in", SignIn.BASIC),
        "password": ("sign_in", SignIn.BASIC),
        **{
            f"header_{number}_{part}": ("sign_in", SignIn.HEADERS)
            for number in CUSTOM_HEADERS
            for part in ("name", "value")
        },
        **dict.fromkeys(
            (
                "signing_secret", "renew_signing_secret",
                "previous_signing_secret", "forget_previous_signing_secret",
            ),
            ("signed", "on"),
        ),
    }  # fmt: skip

    once_stored = {
        "renew_signing_secret": "signing_secret",
        "previous_signing_secret": "signing_secret",
        "forget_previous_signing_secret": "previous_signing_secret",
    }
    looks_like = {
        "url": re.compile(r"https?://\S+", re.IGNORECASE),
        "signing_secret": re.compile(r"whsec_[A-Za-z0-9+/=]{32,}"),
    }
    sent_to = {
        "bearer_token": ("url",),
        "password": ("url",),
        **{f"header_{number}_value": ("url",) for number in CUSTOM_HEADERS},
    }

    url = forms.CharField(
        label=_("URL"), max_length=2000, validators=[is_permitted_url],
        help_text=_("Where each lead is sent, for example https://crm.example.com/leads."),
    )  # fmt: skip
    method = forms.ChoiceField(label=_("Method"), choices=[("POST", "POST"), ("PUT", "PUT")], initial="POST")
    body_shape = forms.ChoiceField(
        label=_("Body"), choices=BodyShape.choices, initial=BodyShape.DOCUMENTED,
        help_text=_("Receivers made for the marketplace's own webhook work with the documented form."),
    )  # fmt: skip
    sign_in = forms.ChoiceField(label=_("Sign-in"), choices=SignIn.choices, initial=SignIn.NONE)
    bearer_token = SecretField(
        label=_("Bearer token"), required=False, max_length=8000, validators=[is_header_value],
        help_text=_("Sent as “Authorization: Bearer …”."),
    )  # fmt: skip
    user_name = forms.CharField(label=_("User name"), required=False, max_length=200, validators=[is_user_name])
    password = SecretField(label=_("Password"), required=False, max_length=1000)
    header_1_name, header_1_value = _header_name(1), _header_value(1)
    header_2_name, header_2_value = _header_name(2), _header_value(2)
    header_3_name, header_3_value = _header_name(3), _header_value(3)
    header_4_name, header_4_value = _header_name(4), _header_value(4)
    header_5_name, header_5_value = _header_name(5), _header_value(5)
    signed = forms.BooleanField(
        label=_("Sign each request"), required=False, initial=True,
        help_text=_("With the headers webhook-id, webhook-timestamp and webhook-signature of Standard Webhooks, by "
                    "which the receiver knows that a request comes from here and is not an old one."),
    )  # fmt: skip
    signing_secret = SecretField(
        label=_("Signing secret"), required=False, max_length=200, validators=[is_signing_secret],
        help_text=_("One that the receiver has already. Left empty at first, one is made and shown once."),
    )  # fmt: skip
    renew_signing_secret = forms.BooleanField(
        label=_("Make a new signing secret"), required=False,
        help_text=_("The present one stays valid as the previous one until you remove it."),
    )  # fmt: skip
    previous_signing_secret = SecretField(
        label=_("Previous signing secret"), required=False, max_length=200, validators=[is_signing_secret],
        help_text=_("Each request is signed with it as well, while the receiver changes to the new one."),
    )  # fmt: skip
    forget_previous_signing_secret = forms.BooleanField(label=_("Remove the previous signing secret"), required=False)
    recognises_repeats = forms.BooleanField(
        label=_("The receiver recognises repeats by webhook-id"), required=False, initial=True,
        help_text=_("Then a lead whose answer got lost is sent again by itself. Otherwise a person decides."),
    )  # fmt: skip
    already_there_statuses = forms.CharField(
        label=_("Statuses that mean “already there”"), required=False, max_length=100,
        validators=[are_already_there_statuses], help_text=_("For example 409."),
    )  # fmt: skip
    answer_holds_id = forms.BooleanField(
        label=_("The answer's JSON “id” is the record's id"), required=False,
        help_text=_(
            "Then the id confirms the lead and is shown with the delivery, and an answer without one is no success."
        ),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        super().clean()
        self._need_what_signs_in()
        self._settle_signing()
        return self.cleaned_data

    def _need_what_signs_in(self) -> None:
        needs: dict[str, Callable[[], None]] = {
            SignIn.BEARER: self._need_token, SignIn.BASIC: self._need_user, SignIn.HEADERS: self._need_headers,
        }  # fmt: skip
        if need := needs.get(self.cleaned_data.get("sign_in", "")):
            need()

    def _need_token(self) -> None:
        self._need("bearer_token", _("Bearer token: enter the token, or choose another sign-in."))

    def _need_user(self) -> None:
        self._need("user_name", _("User name: enter it, or choose another sign-in."))
        self._need("password", _("Password: enter it, or choose another sign-in."))

    def _need_headers(self) -> None:
        seen: set[str] = set()
        for number in CUSTOM_HEADERS:
            name = self._settle_header(f"header_{number}_name", f"header_{number}_value").lower()
            if name and name in seen:
                self.add_error(f"header_{number}_name", _("Header name: this header is there twice. Remove one."))
            seen.add(name)
        if seen == {""} and not any(name.startswith("header_") for name in self.errors):
            self._need("header_1_name", _("Header name: enter at least one header, or choose another sign-in."))

    def _settle_header(self, name_field: str, value_field: str) -> str:
        """The header's name. Clearing the name removes the header with its stored value."""
        name: str = self.cleaned_data.get(name_field, "")
        if name:
            self._need(value_field, _("Header value: enter the value of this header, or clear its name."))
        elif self.cleaned_data.get(value_field, "") != self.stored.get(value_field, ""):
            self._need(name_field, _("Header name: enter the name that belongs to this value, or clear the value."))
        else:
            self.cleaned_data[value_field] = ""
        return name

    def _settle_signing(self) -> None:
        renew = self.cleaned_data.pop("renew_signing_secret", False)
        forget = self.cleaned_data.pop("forget_previous_signing_secret", False)
        if self.cleaned_data.get("signed") and "signing_secret" in self.cleaned_data:
            self._settle_current_secret(renew)
        if forget:
            self.cleaned_data["previous_signing_secret"] = ""

    def _settle_current_secret(self, renew: bool) -> None:
        present = self.stored.get("signing_secret", "")
        if renew or not self.cleaned_data["signing_secret"]:
            self.cleaned_data["signing_secret"] = self.made_secrets["signing_secret"] = new_secret()
        if present and present != self.cleaned_data["signing_secret"]:
            self.cleaned_data["previous_signing_secret"] = present
