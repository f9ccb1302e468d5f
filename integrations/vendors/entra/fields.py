"""What people copy from an app registration, and the slips that happen with it."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from integrations.config_form import MISPLACED, SecretField

PUBLIC_AUTHORITY = "https://login.microsoftonline.com"
AUTHORITIES = (PUBLIC_AUTHORITY, "https://login.microsoftonline.us", "https://login.partner.microsoftonline.cn")

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What stands in which box, for ``ConfigForm.looks_like``. Directories and applications have the same form of ID.
CLIENT_ID = re.compile(rf"\{{?{_UUID.pattern}\}}?", re.IGNORECASE)
TENANT_ID = re.compile(rf"{CLIENT_ID.pattern}|[a-z0-9-]+\.onmicrosoft\.com", re.IGNORECASE)
AUTHORITY = re.compile(r"https?://login\.\S+", re.IGNORECASE)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


def bare_id(text: str) -> str:
    """As Microsoft writes ids: small letters, no braces."""
    return text.strip().strip("{}").lower()


def is_tenant(text: str) -> None:
    if not _UUID.fullmatch(bare_id(text)) and not _DOMAIN.fullmatch(bare_id(text)):
        raise ValidationError(
            _("Directory (tenant) ID: enter the ID from the app registration's overview, like "
              "aaaabbbb-0000-cccc-1111-dddd2222eeee, or a domain of the directory, like contoso.onmicrosoft.com."),
            code="tenant_id",
        )  # fmt: skip


def is_client_id(text: str) -> None:
    if not _UUID.fullmatch(bare_id(text)):
        raise ValidationError(
            _("Application (client) ID: enter the ID from the app registration's overview, like "
              "00001111-aaaa-2222-bbbb-3333cccc4444. The application's name or object ID does not do."),
            code="client_id",
        )  # fmt: skip


def is_secret_value(text: str) -> None:
    if _UUID.fullmatch(bare_id(text)):
        raise ValidationError(
            _("Client secret: this looks like the secret's ID. Enter what stands in the column “Value”. It is shown "
              "only right after the secret was made: if it is gone, make a new secret."),
            code=MISPLACED,
        )  # fmt: skip
    if "://" in text:
        raise ValidationError(
            _("Client secret: this is an address. Enter what stands in the column “Value”."), code="secret_url"
        )
    if re.search(r"\s", text) or not text.isprintable():
        raise ValidationError(
            _("Client secret: it holds a blank or a line break. Copy the value anew, and nothing else with it."),
            code="secret_blank",
        )


def tenant_id_field(*, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=_("Directory (tenant) ID"), required=required, max_length=200, validators=[is_tenant],
        help_text=_("From the app registration's overview in the Microsoft Entra admin center."),
    )  # fmt: skip


def client_id_field(*, required: bool = False, help_text: Any = None) -> forms.CharField:
    return forms.CharField(
        label=_("Application (client) ID"), required=required, max_length=60, validators=[is_client_id],
        help_text=help_text or _("From the same page."),
    )  # fmt: skip


def client_secret_field() -> SecretField:
    return SecretField(
        label=_("Client secret"), required=False, max_length=2048, validators=[is_secret_value],
        help_text=_("The secret's value, not its ID."),
    )  # fmt: skip


def client_secret_end_field() -> forms.DateField:
    return forms.DateField(
        label=_("Client secret ends on"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("As the app registration shows it: at most 24 months after it was made. You are reminded in time."),
    )  # fmt: skip


def authority_field() -> forms.CharField:
    return forms.CharField(
        label=_("Sign-in address"), required=False, max_length=2000, initial=PUBLIC_AUTHORITY,
        help_text=_("Only national clouds have another one: https://login.microsoftonline.us (US Government), "
                    "https://login.partner.microsoftonline.cn (China)."),
    )  # fmt: skip


NOT_AN_AUTHORITY = _(
    "Sign-in address: enter https://login.microsoftonline.com, or that of your national cloud. For another host, tick "
    "“Unusual host”."
)
