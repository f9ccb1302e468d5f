"""The settings of a Dataverse (Dynamics 365) environment."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from integrations.addresses import must_be_permitted
from integrations.config_form import ConfigForm, SecretField
from integrations.vendors.entra import fields as entra
from integrations.vendors.entra.client_assertion import SigningCertificate, UnusableCertificate

_ENVIRONMENT = re.compile(
    r"https://[a-z0-9-]+(\.api)?\.crm\d*\.(dynamics\.com|microsoftdynamics\.us|appsplatform\.us|dynamics\.cn)"
)
_COLUMN = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_]+")


class SignIn(TextChoices):
    SECRET = "secret", _("Client secret")
    CERTIFICATE = "certificate", _("Certificate")


def environment_of(text: str) -> str:
    """Scheme and host of a pasted address: what follows, as ``/main.aspx?appid=…``, is cut."""
    text = text.strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "https", text
    return f"{scheme}://{re.split('[/?#]', rest)[0]}".lower()


def is_environment(origin: str) -> bool:
    """Whether Microsoft's own cloud or one of the national ones has environments at such addresses."""
    return _ENVIRONMENT.fullmatch(origin) is not None


def is_key_column(text: str) -> None:
    if not _COLUMN.fullmatch(text.strip()):
        raise ValidationError(
            _("Alternate key column: enter the column's logical name in small letters with its prefix, like "
              "new_marketplaceleadid, or leave it empty."),
            code="key_column",
        )  # fmt: skip


_CERTIFICATE_PROBLEMS: dict[str, Any] = {
    "no_certificate": _("Certificate: there is none in the text. Paste the PEM file with the lines from BEGIN "
                        "CERTIFICATE to END CERTIFICATE, and the private key with it."),
    "no_private_key": _("Certificate: the private key is missing. Paste the lines from BEGIN PRIVATE KEY to END "
                        "PRIVATE KEY as well."),
    "key_has_password": _("Certificate: the private key is protected by a password. Export it without one: here it "
                          "is stored encrypted."),
    "unreadable": _("Certificate: it cannot be read. Paste the whole PEM file, as it is."),
    "not_rsa": _("Certificate: the key is none of RSA. Make a certificate with an RSA key of 2048 bits or more."),
    "key_too_short": _("Certificate: the key is too short. Make a certificate with an RSA key of 2048 bits or more."),
    "not_a_pair": _("Certificate: the private key belongs to another certificate. Paste the two that belong together."),
}  # fmt: skip


def is_certificate(text: str) -> None:
    try:
        SigningCertificate.from_pem(text)
    except UnusableCertificate as unusable:
        raise ValidationError(_CERTIFICATE_PROBLEMS[unusable.problem], code=unusable.problem) from None


class Dynamics365Config(ConfigForm):
    sent_to = {"client_secret": ("token_authority",)}
    looks_like = {
        "environment_url": re.compile(r"(?:https?://)?[a-z0-9.-]+\.crm\d*\.[a-z.]+(?:[/?#].*)?", re.IGNORECASE),
        "tenant_id": entra.TENANT_ID,
        "client_id": entra.CLIENT_ID,
        "token_authority": entra.AUTHORITY,
    }
    shown_when = {
        "client_secret": ("sign_in", SignIn.SECRET),
        "client_secret_ends_on": ("sign_in", SignIn.SECRET),
        "certificate": ("sign_in", SignIn.CERTIFICATE),
    }

    environment_url = forms.CharField(
        label=_("Environment URL"), max_length=2000,
        help_text=_("Like https://contoso.crm4.dynamics.com. It stands in the Power Platform admin center with the "
                    "environment; what the browser shows in Dynamics 365 does as well."),
    )  # fmt: skip
    tenant_id = entra.tenant_id_field(required=True)
    client_id = entra.client_id_field(
        required=True,
        help_text=_("From the same page. An application user with this ID must exist in the environment."),
    )
    sign_in = forms.ChoiceField(label=_("Sign-in with"), choices=SignIn.choices, initial=SignIn.SECRET)
    client_secret = entra.client_secret_field()
    client_secret_ends_on = entra.client_secret_end_field()
    certificate = SecretField(
        label=_("Certificate with private key"), required=False, max_length=20_000, validators=[is_certificate],
        help_text=_("The text of the PEM file with both. The certificate alone is uploaded to the app registration."),
    )  # fmt: skip
    key_column = forms.CharField(
        label=_("Alternate key column"), required=False, max_length=128, validators=[is_key_column],
        help_text=_("Empty: the lead's ID becomes the record's own ID. Fill in only where your team keeps the ID in a "
                    "text column of its own with an alternate key on it."),
    )  # fmt: skip
    unusual_host = forms.BooleanField(
        label=_("Unusual host"), required=False,
        help_text=_("Also take hosts that are none of Microsoft's, as for the sandbox."),
    )  # fmt: skip
    token_authority = entra.authority_field()

    def clean_token_authority(self) -> str:
        return self.cleaned_data["token_authority"] or entra.PUBLIC_AUTHORITY

    def clean_tenant_id(self) -> str:
        return entra.bare_id(self.cleaned_data["tenant_id"])

    def clean_client_id(self) -> str:
        return entra.bare_id(self.cleaned_data["client_id"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        self._settle_addresses()
        self._settle_ids()
        self._need_what_signs_in()
        return self.cleaned_data

    def _settle_addresses(self) -> None:
        self._settle_address("environment_url", is_environment, _NOT_AN_ENVIRONMENT)
        self._settle_address("token_authority", lambda origin: origin in entra.AUTHORITIES, entra.NOT_AN_AUTHORITY)

    def _settle_address(self, name: str, is_usual: Callable[[str], bool], message: Any) -> None:
        if name not in self.cleaned_data:
            return
        origin = self.cleaned_data[name] = environment_of(self.cleaned_data[name])
        try:
            must_be_permitted(origin, self.fields[name].label or name)
        except ValidationError as error:
            self.add_error(name, error)
            return
        if not self.cleaned_data.get("unusual_host") and not is_usual(origin):
            self._refuse(name, message)

    def _settle_ids(self) -> None:
        if self.looks_like["environment_url"].fullmatch(self.cleaned_data.get("tenant_id", "")):
            self._refuse("tenant_id", _("Directory (tenant) ID: this is the address of an environment."))
        client_id = self.cleaned_data.get("client_id")
        if client_id and client_id == self.cleaned_data.get("tenant_id"):
            self._refuse(
                "client_id",
                _("Application (client) ID: it is the same as the directory's. Copy both anew: they differ."),
            )

    def _need_what_signs_in(self) -> None:
        match self.cleaned_data.get("sign_in"):
            case SignIn.SECRET:
                self._need("client_secret", _("Client secret: enter it, or choose the certificate."))
            case SignIn.CERTIFICATE:
                self._need("certificate", _("Certificate: enter it, or choose the client secret."))

    def _refuse(self, name: str, message: Any) -> None:
        self.add_error(name, ValidationError(message, code="invalid"))


_NOT_AN_ENVIRONMENT = _(
    "Environment URL: this is not the address of an environment. Enter one like https://contoso.crm4.dynamics.com; the "
    "Power Platform admin center shows it. For another host, tick “Unusual host”."
)
