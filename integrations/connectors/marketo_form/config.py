"""The settings of a Marketo form. Patterns: those of Microsoft's own settings for Marketo."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from integrations.addresses import origin_of
from integrations.config_form import MISPLACED, ConfigForm
from integrations.vendors.marketo import FORM_ID, MUNCHKIN_ID, FormIdField, munchkin_id_in

_SERVER_ID = re.compile(r"[-a-zA-Z0-9.]{1,255}")
# As the embed code writes it: //app-ys12.marketo.com/js/forms2/js/forms2.min.js
_IN_EMBED_CODE = re.compile(r"(?:https?:)?(?://)?app-([-a-z0-9]+)(?:\.marketo\.com(?:/.*)?)?", re.IGNORECASE)


class FormHandler(TextChoices):
    SAVE2 = "save2", _("save2, which answers with JSON")
    SAVE = "save", _("save, the older one, which redirects to the follow-up page")


class MarketoFormConfig(ConfigForm):
    looks_like = {
        "munchkin_id": MUNCHKIN_ID,
        "form_id": FORM_ID,
        "server_id": re.compile(rf"{_IN_EMBED_CODE.pattern}|[a-z]{{2,4}}\d{{1,4}}", re.IGNORECASE),
        "page_url": re.compile(r"https?://(?!app-)\S+", re.IGNORECASE),
    }

    munchkin_id = forms.CharField(
        label=_("Munchkin account ID"), max_length=300,
        help_text=_("For example 123-PQR-789. It stands in the form's embed code."),
    )  # fmt: skip
    form_id = FormIdField(
        label=_("Form ID"), max_length=40,
        help_text=_("For example 1179: the number behind mktoForm_ in the form's embed code."),
    )  # fmt: skip
    server_id = forms.CharField(
        label=_("Server ID"), required=False, max_length=300,
        help_text=_("For example ys12, from //app-ys12.marketo.com in the embed code. Left empty, the form is posted "
                    "to the account's own host at mktoweb.com."),
    )  # fmt: skip
    page_url = forms.URLField(
        label=_("Page of the form"), required=False, max_length=255, assume_scheme="https",
        help_text=_("Shown in Marketo as the page where the form was filled out."),
        error_messages={"invalid": _("Page of the form: enter its address, like https://example.com/contact, or leave "
                                     "it empty.")},
    )  # fmt: skip
    handler = forms.ChoiceField(label=_("Form handler"), choices=FormHandler.choices, initial=FormHandler.SAVE2)
    unusual_host = forms.BooleanField(
        label=_("The host is not one of Marketo's"), required=False,
        help_text=_("Then enter its URL as the server ID. For the sandbox that comes with Lead CRM."),
    )  # fmt: skip

    def clean_munchkin_id(self) -> str:
        found = munchkin_id_in(self.cleaned_data["munchkin_id"])
        if not found:
            raise ValidationError(
                _("Munchkin account ID: enter what looks like 123-PQR-789: three groups of three letters and digits."),
                code="munchkin_id",
            )
        return found

    def clean(self) -> dict[str, Any]:
        super().clean()
        text: str = self.cleaned_data.get("server_id", "")
        try:
            self.cleaned_data["server_id"] = self._server(text)
        except ValidationError as error:
            self.add_error("server_id", error)
        return self.cleaned_data

    def _server(self, text: str) -> str:
        """The server ID, empty for the account's own host, or the origin of an unusual host."""
        if found := _IN_EMBED_CODE.fullmatch(text):
            return found[1].lower()
        if not text or munchkin_id_in(text):
            return ""
        if "://" in text and self.cleaned_data.get("unusual_host"):
            return origin_of(text, _("Server ID"))
        if text.isdigit():
            raise ValidationError(
                _("Server ID: this looks like a form ID. The server ID has letters, like ys12; see whether the two "
                  "are swapped."),
                code=MISPLACED,
            )  # fmt: skip
        if not _SERVER_ID.fullmatch(text):
            raise ValidationError(
                _("Server ID: enter what stands between app- and .marketo.com in the embed code, like ys12. For "
                  "another host, tick “The host is not one of Marketo's”."),
                code="server_id",
            )  # fmt: skip
        return text.lower()


def origin_for(config: Mapping[str, Any]) -> str:
    """Where the form is posted."""
    server = config["server_id"]
    if not server:
        return f"https://{config['munchkin_id'].lower()}.mktoweb.com"
    return str(server) if "://" in server else f"https://app-{server}.marketo.com"
