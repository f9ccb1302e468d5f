"""The settings of Marketo over REST."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from integrations.addresses import origin_of
from integrations.config_form import MISPLACED, ConfigForm, SecretField
from integrations.vendors.marketo import FORM_ID, MUNCHKIN_ID, FormIdField, munchkin_id_in

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PAGES_OF_MARKETO = re.compile(r"[a-z0-9-]+\.marketo\.com")


class Method(TextChoices):
    SYNC = "sync", _("Sync leads: creates the person, or updates it")
    PUSH = "push", _("Push lead: the same, and makes the person a member of a program")
    FORM = "form", _("Submit form: the same, and logs that the form was filled out")


def is_client_id(text: str) -> None:
    if "@" in text:
        raise ValidationError(
            _("Client ID: this is the API user's name. Open Admin, LaunchPoint, View Details of the service, and copy "
              "the client ID."),
            code=MISPLACED,
        )  # fmt: skip
    if munchkin_id_in(text):
        raise ValidationError(
            _("Client ID: this is the Munchkin account ID. Open Admin, LaunchPoint, View Details of the service, and "
              "copy the client ID."),
            code=MISPLACED,
        )  # fmt: skip
    if "://" in text:
        raise ValidationError(
            _("Client ID: this is an address. The ID has five groups with hyphens between them."), code="address"
        )
    is_in_one_piece(text)


def is_in_one_piece(text: str) -> None:
    if re.search(r"\s", text):
        raise ValidationError(
            _("Client ID and secret hold no blanks or line breaks. Copy each of them alone."), code="blank"
        )


def is_field_name(text: str) -> None:
    if not _FIELD_NAME.fullmatch(text):
        raise ValidationError(
            _("Look-up field: enter the field's REST name, like email. It has neither blanks nor dots."),
            code="field_name",
        )


class MarketoConfig(ConfigForm):
    sent_to = {"client_secret": ("account",)}
    shown_when = {
        "program_name": ("method", Method.PUSH),
        "program_status": ("method", Method.PUSH),
        "form_id": ("method", Method.FORM),
        "page_url": ("method", Method.FORM),
        "spares_existing": ("method", Method.SYNC),
    }

    looks_like = {
        "account": MUNCHKIN_ID,
        "client_id": _GUID,
        "form_id": FORM_ID,
        "page_url": re.compile(r"https?://(?!app-)\S+", re.IGNORECASE),
        "app_url": re.compile(r"(?:https?://)?app-[a-z0-9-]+\.marketo\.com\S*", re.IGNORECASE),
    }

    account = forms.CharField(
        label=_("Munchkin account ID"), max_length=300,
        help_text=_("For example 123-PQR-789: Admin, Integration, Munchkin. The REST endpoint from Admin, Integration, "
                    "Web Services is welcome as well."),
    )  # fmt: skip
    client_id = forms.CharField(
        label=_("Client ID"), max_length=200, validators=[is_client_id],
        help_text=_("Of a custom service for an API-only user: Admin, Integration, LaunchPoint, View Details."),
    )  # fmt: skip
    client_secret = SecretField(
        label=_("Client secret"), max_length=200, validators=[is_in_one_piece],
        help_text=_("From the same place."),
    )  # fmt: skip
    method = forms.ChoiceField(label=_("Method"), choices=Method.choices, initial=Method.SYNC)
    program_name = forms.CharField(
        label=_("Program"), required=False, max_length=255, help_text=_("Its name, letter by letter as in Marketo.")
    )
    form_id = FormIdField(
        label=_("Form ID"), required=False, max_length=40,
        help_text=_("For example 1179. Campaigns that this form triggers will run."),
    )  # fmt: skip
    spares_existing = forms.BooleanField(
        label=_("Leave people alone who are there already"), required=False,
        help_text=_("Then nothing is changed that somebody edited over there; their new lead is seen only here."),
    )  # fmt: skip
    partition = forms.CharField(
        label=_("Partition"), required=False, max_length=255,
        help_text=_("Only where the instance has several and the API user may write to more than one."),
    )  # fmt: skip
    lookup_field = forms.CharField(
        label=_("Look-up field"), max_length=100, initial="email", validators=[is_field_name],
        help_text=_("By which Marketo finds a person who is there already. Submit form always goes by e-mail."),
    )  # fmt: skip
    program_status = forms.CharField(
        label=_("Status in the program"), required=False, max_length=255,
        help_text=_("For example Member. Left empty, the program's first one."),
    )  # fmt: skip
    page_url = forms.URLField(
        label=_("Page of the form"), required=False, max_length=255, assume_scheme="https",
        help_text=_("Shown in Marketo as the page where the form was filled out."),
        error_messages={"invalid": _("Page of the form: enter its address, like https://example.com/contact, or leave "
                                     "it empty.")},
    )  # fmt: skip
    app_url = forms.CharField(
        label=_("Marketo's address in your browser"), required=False, max_length=300,
        help_text=_("For example https://app-ab12.marketo.com. Deliveries then link to the person in Marketo."),
    )  # fmt: skip
    access_ends_on = forms.DateField(
        label=_("Access of the API user ends on"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("If a date was given when the user was invited. You are reminded in time."),
    )  # fmt: skip
    unusual_host = forms.BooleanField(
        label=_("The host does not end in mktorest.com"), required=False,
        help_text=_("Then enter its URL as the Munchkin account ID. For the sandbox that comes with Lead CRM."),
    )  # fmt: skip

    def clean_app_url(self) -> str:
        text: str = self.cleaned_data["app_url"]
        if not text:
            return ""
        parts = urlsplit(text if "://" in text else f"https://{text}")
        if parts.scheme != "https" or not _PAGES_OF_MARKETO.fullmatch(parts.netloc.lower()):
            raise ValidationError(
                _("Marketo's address in your browser: enter it like https://app-ab12.marketo.com, or leave it empty."),
                code="app_url",
            )
        return f"https://{parts.netloc.lower()}"

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "account" in self.cleaned_data:
            self._settle_account()
        self._need_what_the_method_uses()
        self._look_for_swapped_credentials()
        return self.cleaned_data

    def _settle_account(self) -> None:
        """A Munchkin id, or the origin of an unusual host."""
        text: str = self.cleaned_data["account"]
        try:
            self.cleaned_data["account"] = munchkin_id_in(text) or self._unusual_origin(text)
        except ValidationError as error:
            self.add_error("account", error)

    def _unusual_origin(self, text: str) -> str:
        if _GUID.fullmatch(text):
            raise ValidationError(
                _("Munchkin account ID: this is a client ID. Enter what looks like 123-PQR-789."),
                code=MISPLACED,
            )
        if "://" not in text or not self.cleaned_data.get("unusual_host"):
            raise ValidationError(
                _("Munchkin account ID: enter what looks like 123-PQR-789, or a REST endpoint that ends in "
                  "mktorest.com. For another host, tick “The host does not end in mktorest.com”."),
                code="account",
            )  # fmt: skip
        return origin_of(text, _("Munchkin account ID"))

    def _need_what_the_method_uses(self) -> None:
        chosen = self.cleaned_data.get("method")
        if chosen == Method.PUSH:
            self._need("program_name", _("Program: enter its name, or choose another method."))
        if chosen == Method.FORM:
            self._need("form_id", _("Form ID: enter it, or choose another method."))

    def _look_for_swapped_credentials(self) -> None:
        given = self.cleaned_data
        if _GUID.fullmatch(given.get("client_secret", "")) and not _GUID.fullmatch(given.get("client_id", "")):
            self.add_error(
                "client_id",
                ValidationError(
                    _("Client ID and client secret look swapped: the ID has five groups with hyphens between them."),
                    code=MISPLACED,
                ),
            )
