"""The settings of Salesforce Web-to-Lead."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from integrations.addresses import origin_of
from integrations.config_form import ConfigForm

_ID_LENGTH = 15  # the form takes no other; pages and the API show 18


class Host(TextChoices):
    PRODUCTION = "https://webto.salesforce.com", _("Production (webto.salesforce.com)")
    SANDBOX = "https://test.salesforce.com", _("Sandbox (test.salesforce.com)")


def _id(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"{prefix}[A-Za-z0-9]{{12}}(?:[A-Za-z0-9]{{3}})?")


def _is_id(prefix: str, message: Any) -> Callable[[str], None]:
    pattern = _id(prefix)

    def validate(identity: str) -> None:
        if not pattern.fullmatch(identity):
            raise ValidationError(message, code="salesforce_id")

    return validate


class SalesforceWebToLeadConfig(ConfigForm):
    shown_when = {"address": ("unusual_host", "on")}
    looks_like = {
        "organization_id": _id("00D"),
        "key_field": _id("00N"),
        "campaign": _id("701"),
        "record_type": _id("012"),
        "debug_email": re.compile(r"[^\s@:/]+@[^\s@:/]+"),
        "address": re.compile(r"https?://\S+", re.IGNORECASE),
    }

    organization_id = forms.CharField(
        label=_("Organization ID"), max_length=100,
        validators=[_is_id("00D", _("Organization ID: enter the 15 characters that begin with 00D. They stand in the "
                                    "form under Setup, Web-to-Lead, as the value of “oid”."))],
        help_text=_("Begins with 00D. In Salesforce: Setup, Company Information; or “oid” in the form that Setup, "
                    "Web-to-Lead makes."),
    )  # fmt: skip
    host = forms.ChoiceField(label=_("Organization"), choices=Host.choices, initial=Host.PRODUCTION)
    key_field = forms.CharField(
        label=_("Field for the lead's ID"), required=False, max_length=100,
        validators=[_is_id("00N", _("Field for the lead's ID: enter the field's own ID, which begins with 00N, not its "
                                    "name. It stands in the form that Setup, Web-to-Lead makes with this field."))],
        help_text=_("ID of a custom text field of 36 characters on Lead; begins with 00N. With it, leads can be found "
                    "by the ID that Lead CRM shows."),
    )  # fmt: skip
    campaign = forms.CharField(
        label=_("Campaign"), required=False, max_length=100,
        validators=[_is_id("701", _("Campaign: enter its ID, which begins with 701. It stands in the address of the "
                                    "campaign's page."))],
        help_text=_("Leads become members of it. Its ID begins with 701."),
    )  # fmt: skip
    record_type = forms.CharField(
        label=_("Record type"), required=False, max_length=100,
        validators=[_is_id("012", _("Record type: enter its ID, which begins with 012. It stands in the address of the "
                                    "record type's page."))],
        help_text=_("Its ID begins with 012. Left empty, Salesforce's default counts."),
    )  # fmt: skip
    return_url = forms.CharField(
        label=_("Return URL"), required=False, max_length=500,
        validators=[URLValidator(["https", "http"], message=_("Return URL: enter it like https://example.com/thanks, "
                                                              "or leave it empty."))],
        help_text=_("Sent as retURL, as web pages do. Nobody is led there; most organizations need none."),
    )  # fmt: skip
    debug_email = forms.EmailField(
        label=_("Debugging e-mail"), required=False,
        error_messages={"invalid": _("Debugging e-mail: enter one e-mail address, or leave it empty.")},
        help_text=_("Only while you look for an error: Salesforce sends a report there for each lead, with all its "
                    "personal data."),
    )  # fmt: skip
    unusual_host = forms.BooleanField(
        label=_("The form is at another host"), required=False,
        help_text=_("For the sandbox that comes with Lead CRM and for Salesforce's government clouds."),
    )  # fmt: skip
    address = forms.CharField(
        label=_("Address of that host"), required=False, max_length=300,
        help_text=_("For example https://acme.my.salesforce.com."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in ("organization_id", "key_field", "campaign", "record_type"):
            if name in self.cleaned_data:
                self.cleaned_data[name] = self.cleaned_data[name][:_ID_LENGTH]
        if self.cleaned_data.get("unusual_host"):
            self._settle_address()
        return self.cleaned_data

    def _settle_address(self) -> None:
        self._need("address", _("Address of that host: enter it, or untick “The form is at another host”."))
        if "address" in self.errors:
            return
        try:
            self.cleaned_data["address"] = origin_of(self.cleaned_data["address"], _("Address of that host"))
        except ValidationError as error:
            self.add_error("address", error)
