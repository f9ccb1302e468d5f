"""The settings of Salesforce over REST."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from integrations.addresses import origin_of
from integrations.config_form import MISPLACED, ConfigForm, SecretField
from integrations.connectors.salesforce.addresses import as_url, is_my_domain, is_shared_log_in, of_my_domain

KEY_FIELD = "Marketplace_Lead_Id__c"
OLDEST_VERSION = 52  # the first that lets duplicate rules be answered over REST

_KEY_FIELD = re.compile(r"(?:[A-Za-z]\w*__)?[A-Za-z]\w*__c", re.ASCII)
_ASSIGNMENT_RULE = re.compile(r"01Q[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_VERSION = re.compile(r"[vV]?([0-9]{2,3})(?:\.0)?")
_CONSUMER_KEY = re.compile(r"3MVG\S+")
_CONSUMER_SECRET = re.compile(r"[0-9A-F]{64}|\d{15,20}")


class Assignment(TextChoices):
    ACTIVE = "TRUE", _("By the active assignment rule")
    NONE = "FALSE", _("To the Run As user")
    RULE = "rule", _("By another assignment rule")


def is_one_word(text: str) -> None:
    if re.search(r"\s", text):
        raise ValidationError(
            _("Consumer key or secret: there are blanks or line breaks in it. Copy it again from the app's settings."),
            code="consumer_credentials",
        )


def is_consumer_key(key: str) -> None:
    if "://" in key:
        raise ValidationError(_("Consumer key: this is an address. The key begins with 3MVG."), code="address")
    if _CONSUMER_SECRET.fullmatch(key):
        raise ValidationError(
            _("Consumer key: this looks like the consumer secret. The key begins with 3MVG; enter the secret below."),
            code=MISPLACED,
        )


def is_consumer_secret(secret: str) -> None:
    if _CONSUMER_KEY.fullmatch(secret):
        raise ValidationError(
            _("Consumer secret: this looks like the consumer key, which begins with 3MVG. Enter the secret instead."),
            code=MISPLACED,
        )


def is_key_field(name: str) -> None:
    if not _KEY_FIELD.fullmatch(name):
        raise ValidationError(
            _("External ID field: enter the field's API name, which ends in __c, like %(example)s."),
            code="key_field",
            params={"example": KEY_FIELD},
        )


def is_assignment_rule(rule: str) -> None:
    if not _ASSIGNMENT_RULE.fullmatch(rule):
        raise ValidationError(
            _("Assignment rule: enter its ID of 15 or 18 characters, which begins with 01Q. It stands in the address "
              "of the rule's page."),
            code="assignment_rule",
        )  # fmt: skip


class SalesforceConfig(ConfigForm):
    sent_to = {"consumer_secret": ("my_domain",)}
    shown_when = {"assignment_rule": ("assignment", Assignment.RULE)}
    looks_like = {
        "my_domain": re.compile(r"(?:https?://)\S+|\S+\.(?:sales)?force\.com\S*", re.IGNORECASE),
        "consumer_key": _CONSUMER_KEY,
        "key_field": _KEY_FIELD,
        "assignment_rule": _ASSIGNMENT_RULE,
    }

    my_domain = forms.CharField(
        label=_("My Domain URL"), max_length=300,
        help_text=_("For example https://acme.my.salesforce.com, or https://acme--dev.sandbox.my.salesforce.com. In "
                    "Salesforce: Setup, My Domain. The address of a page there (….lightning.force.com) is turned into "
                    "it."),
    )  # fmt: skip
    consumer_key = forms.CharField(
        label=_("Consumer key"), max_length=500, validators=[is_one_word, is_consumer_key],
        help_text=_("Of the external client app: Setup, External Client App Manager, the app, Settings, OAuth "
                    "Settings, Consumer Key and Secret."),
    )  # fmt: skip
    consumer_secret = SecretField(
        label=_("Consumer secret"), max_length=500, validators=[is_one_word, is_consumer_secret],
        help_text=_("From the same page."),
    )  # fmt: skip
    key_field = forms.CharField(
        label=_("External ID field"), required=False, max_length=80, initial=KEY_FIELD, validators=[is_key_field],
        help_text=_("API name of a text field of 36 characters on Lead, marked External ID and Unique. By it "
                    "Salesforce recognises a lead that is sent twice. Without it, each lead whose answer got lost is "
                    "searched for after ten minutes, or waits for a person."),
    )  # fmt: skip
    allow_duplicates = forms.BooleanField(
        label=_("Save leads that a duplicate rule reports"), required=False, initial=True,
        help_text=_("Rules whose action is Block refuse them all the same. Not ticked, Salesforce refuses a person "
                    "whom it knows already, as its standard rule for leads does."),
    )  # fmt: skip
    assignment = forms.ChoiceField(label=_("New leads go"), choices=Assignment.choices, initial=Assignment.ACTIVE)
    assignment_rule = forms.CharField(
        label=_("Assignment rule"), required=False, max_length=100, validators=[is_assignment_rule],
        help_text=_("Its ID, which begins with 01Q."),
    )  # fmt: skip
    api_version = forms.CharField(
        label=_("API version"), max_length=20, initial="67.0",
        help_text=_("Raise it when Salesforce retires the present one."),
    )  # fmt: skip
    unusual_host = forms.BooleanField(
        label=_("The host is not at my.salesforce.com"), required=False,
        help_text=_("For the sandbox that comes with Lead CRM and for Salesforce's government clouds."),
    )  # fmt: skip

    def clean_my_domain(self) -> str:
        return of_my_domain(origin_of(as_url(self.cleaned_data["my_domain"]), _("My Domain URL")))

    def clean_api_version(self) -> str:
        found = _VERSION.fullmatch(self.cleaned_data["api_version"])
        if not found or int(found[1]) < OLDEST_VERSION:
            raise ValidationError(
                _("API version: enter a number like 67.0, at least %(oldest)s.0."),
                code="api_version",
                params={"oldest": OLDEST_VERSION},
            )
        return f"{found[1]}.0"

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "my_domain" in self.cleaned_data:
            self._settle_host()
        if self.cleaned_data.get("assignment") == Assignment.RULE:
            self._need("assignment_rule", _("Assignment rule: enter its ID, or choose another way above."))
        return self.cleaned_data

    def _settle_host(self) -> None:
        origin = self.cleaned_data["my_domain"]
        if is_shared_log_in(origin):
            self.add_error("my_domain", ValidationError(_SHARED_LOG_IN, code="shared_log_in"))
        elif not is_my_domain(origin) and not self.cleaned_data.get("unusual_host"):
            self.add_error("my_domain", ValidationError(_NOT_MY_DOMAIN, code="not_my_domain"))


_SHARED_LOG_IN = _(
    "My Domain URL: Lead CRM cannot sign in at the log-in page that all organizations share. Enter your own address, "
    "like https://acme.my.salesforce.com; it stands in Salesforce under Setup, My Domain."
)
_NOT_MY_DOMAIN = _(
    "My Domain URL: it must end in .my.salesforce.com. Copy it from Setup, My Domain; or, if your organization is "
    "elsewhere, tick “The host is not at my.salesforce.com”."
)
