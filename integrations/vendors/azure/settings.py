"""The settings that both kinds share: what opens the storage account, and the slips that happen with it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations.addresses import must_be_permitted
from integrations.config_form import ConfigForm, SecretField
from integrations.contract import CredentialEnd
from integrations.vendors.azure.account import Account, Service, UnusableConnection
from integrations.vendors.azure.sas import Sas
from integrations.vendors.entra import fields as entra
from integrations.vendors.entra.sign_in import Application

STORAGE_SCOPE = "https://storage.azure.com/.default"
"""Of every storage account, in the national clouds too."""

_COPY_IT = _("In the Azure portal, open the storage account, Access keys, and copy the whole connection string.")
PROBLEMS: dict[str, str | Promise] = {
    "unreadable": _("this is neither a connection string nor a URL with a SAS."),
    "portal_url": _("this is an address of the Azure portal, not of the storage account."),
    "url_without_sas": _("the URL has no SAS (sig=…) behind the question mark, so that it opens nothing."),
    "sas_alone": _("this is a SAS without the address it belongs to. Copy the SAS URL instead of the SAS token."),
    "key_alone": _("this is the account key alone, without the name of the account."),
    "no_key": _("it holds neither AccountKey nor SharedAccessSignature."),
    "no_account": _("it does not name the account (AccountName)."),
    "account_name": _("the AccountName is none: 3 to 24 small letters and digits."),
    "key_unreadable": _("the AccountKey is not complete: it has 88 characters and ends with two equals signs."),
    "development_storage": _("UseDevelopmentStorage is a short form for an emulator; enter its whole string."),
    "other_service": _("it leads to another service of the account than the one that this destination needs."),
    "account_url": _("this is no storage account: enter its name, or the URL of its service."),
}


class SignIn(TextChoices):
    CONNECTION = "connection", _("Connection string or SAS URL")
    ENTRA = "entra", _("Application in Microsoft Entra ID")


def unusual_host_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Unusual host"), required=False,
        help_text=_("Also take hosts that are none of Microsoft's, as for an emulator or a private cloud."),
    )  # fmt: skip


class StorageConfig(ConfigForm):
    """Subclasses add their own fields, and the advanced ones ``token_authority`` and ``unusual_host`` at the end."""

    service: ClassVar[Service]
    sent_to = {"client_secret": ("token_authority", "account")}  # what it is exchanged for opens every account
    shown_when = {
        "connection": ("sign_in", SignIn.CONNECTION),
        **dict.fromkeys(
            (
                "account", "tenant_id", "client_id", "client_secret", "client_secret_ends_on",
                "token_authority",
            ),
            ("sign_in", SignIn.ENTRA),
        ),
    }  # fmt: skip

    looks_like = {
        "connection": re.compile(r".*(?:AccountKey|SharedAccessSignature|[?&]sig)=.*", re.IGNORECASE | re.DOTALL),
        "tenant_id": entra.TENANT_ID,
        "client_id": entra.CLIENT_ID,
        "token_authority": entra.AUTHORITY,
    }

    sign_in = forms.ChoiceField(label=_("Opened with"), choices=SignIn.choices, initial=SignIn.CONNECTION)
    connection = SecretField(
        label=_("Connection string or SAS URL"), required=False, max_length=4000,
        help_text=_("In the Azure portal: the storage account's Access keys, or, with fewer rights, its Shared access "
                    "signature."),
    )  # fmt: skip
    account = forms.CharField(
        label=_("Storage account"), required=False, max_length=300,
        help_text=_("Its name, like contosoleads; in a national cloud the URL of its service."),
    )  # fmt: skip
    tenant_id = entra.tenant_id_field()
    client_id = entra.client_id_field()
    client_secret = entra.client_secret_field()
    client_secret_ends_on = entra.client_secret_end_field()

    def clean_account(self) -> str:
        return str(self.cleaned_data["account"]).strip().rstrip("/").lower()

    def clean_tenant_id(self) -> str:
        return entra.bare_id(self.cleaned_data["tenant_id"])

    def clean_client_id(self) -> str:
        return entra.bare_id(self.cleaned_data["client_id"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        match self.cleaned_data.get("sign_in"):
            case SignIn.CONNECTION:
                self._settle_connection()
            case SignIn.ENTRA:
                self._settle_application()
        return self.cleaned_data

    def account_entered(self) -> Account | None:
        """What the settings so far lead to; ``None`` while they lead nowhere."""
        try:
            return account_of(self.cleaned_data, self.service)
        except (UnusableConnection, KeyError):
            return None

    def refuse(self, name: str, message: Any, code: str = "invalid") -> None:
        if name not in self.errors:
            self.add_error(name, ValidationError(message, code=code))

    def refuse_sas(self, sas: Sas) -> None:
        """Say what the SAS cannot do that is needed here. Subclasses look at rights."""
        if sas.ends_at and sas.ends_at <= datetime.now(UTC):
            self.refuse("connection", _("Connection string or SAS URL: the SAS has ended. Make a new one."), "ended")
        if self.service[0] not in sas.services:
            self.refuse("connection", _SAS_FOR_OTHER_SERVICE, "services")
        if not sas.reaches_objects:
            self.refuse("connection", _SAS_WITHOUT_OBJECTS, "resource_types")

    def _settle_connection(self) -> None:
        self._need("connection", _("Connection string or SAS URL: enter it, or choose the application."))
        if "connection" in self.errors:
            return
        try:
            account = account_of(self.cleaned_data, self.service)
        except UnusableConnection as unusable:
            words = format_lazy(
                _("Connection string or SAS URL: {problem} {remedy}"),
                problem=PROBLEMS[unusable.problem],
                remedy=_COPY_IT,
            )
            self.refuse("connection", words, unusable.problem)
            return
        self._look_at_host("connection", account, _NOT_AZURE)
        is_new = self.cleaned_data.get("connection") not in (None, self.stored.get("connection"))
        if account.sas and is_new:  # one that was good when it was saved is judged by the service from then on
            self.refuse_sas(account.sas)

    def _settle_application(self) -> None:
        self._need("account", _("Storage account: enter its name, or choose the connection string."))
        self._need("tenant_id", _("Directory (tenant) ID: enter it, or choose the connection string."))
        self._need("client_id", _("Application (client) ID: enter it, or choose the connection string."))
        self._need("client_secret", _("Client secret: enter it, or choose the connection string."))
        if self.cleaned_data.get("client_id") and self.cleaned_data["client_id"] == self.cleaned_data.get("tenant_id"):
            self.refuse("client_id", _SAME_IDS)
        self._settle_authority()
        if "account" in self.errors:
            return
        try:
            account = account_of(self.cleaned_data, self.service)
        except UnusableConnection as unusable:
            problem = unusable.problem if unusable.problem in ("portal_url", "other_service") else "account_url"
            self.refuse("account", format_lazy(_("Storage account: {problem}"), problem=PROBLEMS[problem]), problem)
            return
        self._look_at_host("account", account, _NO_AZURE_ACCOUNT)
        if not account.endpoint.startswith("https://"):
            self.refuse("account", _ENTRA_NEEDS_HTTPS, "https")

    def _settle_authority(self) -> None:
        authority = (self.cleaned_data.get("token_authority") or entra.PUBLIC_AUTHORITY).strip().rstrip("/").lower()
        self.cleaned_data["token_authority"] = authority
        if authority not in entra.AUTHORITIES and not self.cleaned_data.get("unusual_host"):
            self.refuse("token_authority", entra.NOT_AN_AUTHORITY)
        self._look_at_rules("token_authority", authority)

    def _look_at_host(self, name: str, account: Account, message: str | Promise) -> None:
        self._look_at_rules(name, account.endpoint)
        if not account.is_usual and not self.cleaned_data.get("unusual_host"):
            self.refuse(name, message, "unusual_host")

    def _look_at_rules(self, name: str, url: str) -> None:
        """Of this installation."""
        try:
            must_be_permitted(url, self.fields[name].label or name)
        except ValidationError as error:
            if name not in self.errors:
                self.add_error(name, error)


def account_of(config: Mapping[str, Any], service: Service) -> Account:
    """Raises ``UnusableConnection``."""
    if config["sign_in"] == SignIn.ENTRA:
        return Account.for_entra(config["account"], service)
    return Account.from_text(config["connection"], service)


def application_of(config: Mapping[str, Any]) -> Application | None:
    """``None`` where a key or a SAS opens the account."""
    if config["sign_in"] != SignIn.ENTRA:
        return None
    return Application(
        authority=config["token_authority"],
        tenant_id=config["tenant_id"],
        client_id=config["client_id"],
        secret=config["client_secret"],
        scope=STORAGE_SCOPE,
        unknown_resource="azure_storage_not_in_directory",
    )


def ends_of(config: Mapping[str, Any], service: Service) -> list[CredentialEnd]:
    if ends_on := config["client_secret_ends_on"]:
        return [CredentialEnd("client_secret", _("Client secret"), ends_on)]
    sas = account_of(config, service).sas
    if sas is None or sas.ends_at is None:
        return []
    return [CredentialEnd("connection", _("Shared access signature (SAS)"), sas.ends_at.astimezone(UTC).date())]


_NOT_AZURE = _(
    "Connection string or SAS URL: the host is none of Azure's. They end in core.windows.net, core.chinacloudapi.cn, "
    "core.usgovcloudapi.net or core.cloudapi.de. For another host, tick “Unusual host”."
)
_NO_AZURE_ACCOUNT = _(
    "Storage account: the host is none of Azure's. Enter the account's name alone. For another host, tick “Unusual "
    "host”."
)
_ENTRA_NEEDS_HTTPS = _("Storage account: an application signs in over https:// only.")
_SAME_IDS = _("Application (client) ID: it is the same as the directory's. Copy both anew: they differ.")
_SAS_FOR_OTHER_SERVICE = _(
    "Connection string or SAS URL: the SAS is not for this service. Make one with this service ticked under Allowed "
    "services."
)
_SAS_WITHOUT_OBJECTS = _(
    "Connection string or SAS URL: the SAS reaches no rows and blobs. Make one with Object ticked under Allowed "
    "resource types."
)
