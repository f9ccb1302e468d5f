"""The settings of HubSpot."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from integrations.addresses import origin_of
from integrations.config_form import MISPLACED, ConfigForm, SecretField

API_PATH = "/crm/objects/2026-03"

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(_UUID, re.IGNORECASE)
_TOKEN = re.compile(rf"pat-[a-z]{{2,5}}\d{{0,2}}-{_UUID}", re.IGNORECASE)
_HUB_ID = re.compile(r"\d{1,12}")
_PAGE = re.compile(r"(?:https://)?app(?:-\w+)?\.hubspot\.com/[\w-]+/(\d{1,12})(?:[/?#].*)?", re.IGNORECASE)
_HOST_OF_PAGES = re.compile(r"app(?:-\w+)?\.hubspot\.com", re.IGNORECASE)
_API_PATH = re.compile(r"/crm/objects/\d{4}-\d{2}|/crm/v\d+/objects")


def is_access_token(token: str) -> None:
    if re.search(r"\s", token):
        raise ValidationError(
            _("Access token: there are blanks or line breaks in it. Copy the token alone."), code="token_blank"
        )
    if _KEY.fullmatch(token):
        raise ValidationError(
            _("Access token: this looks like a client secret or an old API key. Copy the access token, which begins "
              "with pat-."),
            code=MISPLACED,
        )  # fmt: skip
    if not _TOKEN.fullmatch(token):
        raise ValidationError(
            _("Access token: copy the whole token of the private app. It looks like pat-, the region, and five groups "
              "of digits and letters."),
            code="token",
        )  # fmt: skip


def is_api_path(path: str) -> None:
    if not _API_PATH.fullmatch(path):
        raise ValidationError(
            _("API path: enter it like %(usual)s, or /crm/v3/objects for the older API."),
            code="api_path",
            params={"usual": API_PATH},
        )


class HubIdField(forms.CharField):
    """The account's number. Takes the address of any page of the account as well."""

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value)
        page = _PAGE.fullmatch(text)
        if text and not page and not _HUB_ID.fullmatch(text):
            raise ValidationError(
                _("Hub ID: enter the number that stands beside the account's name in HubSpot, or leave it empty."),
                code="hub_id",
            )
        return page[1] if page else text


class HubSpotConfig(ConfigForm):
    shown_when = {"api_url": ("unusual_host", "on")}
    sent_to = {"access_token": ("api_url",)}
    looks_like = {
        "access_token": _TOKEN,
        "hub_id": re.compile(rf"{_HUB_ID.pattern}|{_PAGE.pattern}", re.IGNORECASE),
        "api_path": _API_PATH,
        "api_url": re.compile(r"https?://api\.\S+", re.IGNORECASE),
    }

    access_token = SecretField(
        label=_("Access token"), max_length=200, validators=[is_access_token],
        help_text=_("Of a private app: Settings, Integrations, Private Apps, the app, Auth. It begins with pat-."),
    )  # fmt: skip
    hub_id = HubIdField(
        label=_("Hub ID"), required=False, max_length=300,
        help_text=_("The number of the account, or the address of one of its pages. Deliveries then link to the "
                    "contact in HubSpot, and the check sees whether the token belongs to this account."),
    )  # fmt: skip
    api_path = forms.CharField(
        label=_("API path"), max_length=100, initial=API_PATH, validators=[is_api_path],
        help_text=_("Change it when HubSpot retires this version of its API."),
    )  # fmt: skip
    unusual_host = forms.BooleanField(
        label=_("The API is not at api.hubapi.com"), required=False,
        help_text=_("For the sandbox that comes with Lead CRM."),
    )  # fmt: skip
    api_url = forms.CharField(
        label=_("Address of the API"), required=False, max_length=300,
        help_text=_("For example http://127.0.0.1:8013."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("unusual_host") and "api_url" in self.cleaned_data:
            self._settle_api_url(self.cleaned_data["api_url"])
        return self.cleaned_data

    def _settle_api_url(self, text: str) -> None:
        try:
            self.cleaned_data["api_url"] = _api_origin(text)
        except ValidationError as error:
            self.add_error("api_url", error)


def _api_origin(text: str) -> str:
    if not text:
        raise ValidationError(
            _("Address of the API: enter it, or take the tick above away."), code="required"
        )  # fmt: skip
    origin = origin_of(text, _("Address of the API"))
    if _HOST_OF_PAGES.fullmatch(urlsplit(origin).netloc):
        raise ValidationError(
            _("Address of the API: this is where HubSpot's pages are. The API is at api.hubapi.com: take the tick "
              "above away."),
            code=MISPLACED,
        )  # fmt: skip
    return origin


def pages_of_contacts(config: Mapping[str, Any]) -> str:
    """Where the browser shows this account's contacts, up to the id; empty where that is not known. The region, which
    chooses the host, stands in the token."""
    if not config["hub_id"] or config["api_url"]:
        return ""
    region = config["access_token"].split("-")[1].lower()
    host = "app.hubspot.com" if region == "na1" else f"app-{region}.hubspot.com"
    return f"https://{host}/contacts/{config['hub_id']}/record/0-1/"
