"""The settings of a container."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations.vendors.azure.account import Service
from integrations.vendors.azure.sas import Sas
from integrations.vendors.azure.settings import StorageConfig, unusual_host_field
from integrations.vendors.entra.fields import authority_field

_CONTAINER = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}")
_FOLDER = re.compile(r"[^\x00-\x1f\x7f\\?#%]+")


class Layout(TextChoices):
    BLOBS = "blobs", _("One blob for each lead (JSON)")
    LINES = "lines", _("A file for each day, a line of JSON for each lead (JSON Lines)")
    CSV = "csv", _("A file for each day, a row for each lead (CSV)")


def is_container_name(text: str) -> None:
    if not _CONTAINER.fullmatch(text):
        raise ValidationError(
            _("Container: the name has 3 to 63 small letters, digits and single hyphens, and begins and ends with a "
              "letter or digit."),
            code="container_name",
        )  # fmt: skip


def is_folder(text: str) -> None:
    segments = text.strip("/").split("/")
    if not _FOLDER.fullmatch(text) or any(not segment or segment.endswith(".") for segment in segments):
        raise ValidationError(
            _("Folder: write it like leads/marketplace. Backslashes, ?, #, % and parts that are empty or end with a "
              "dot are not possible."),
            code="folder",
        )  # fmt: skip


class AzureBlobConfig(StorageConfig):
    service = Service.BLOB

    container = forms.CharField(
        label=_("Container"), max_length=63, validators=[is_container_name],
        help_text=_("Without anonymous access: leads are personal data."),
    )  # fmt: skip
    folder = forms.CharField(
        label=_("Folder"), required=False, max_length=300, validators=[is_folder],
        help_text=_("What blob names begin with, for example leads. May stay empty."),
    )  # fmt: skip
    layout = forms.ChoiceField(
        label=_("Layout"), choices=Layout.choices, initial=Layout.BLOBS,
        help_text=_("A file for each day must be read again before something is added after a fault, so it needs the "
                    "right to read."),
    )  # fmt: skip
    create_container = forms.BooleanField(
        label=_("Create the container if it is missing"), required=False, initial=True,
        help_text=_("Needs the account's key, or an application with its role; a SAS for one container may not do it."),
    )  # fmt: skip
    token_authority = authority_field()
    unusual_host = unusual_host_field()

    def clean_container(self) -> str:
        return str(self.cleaned_data["container"]).strip()

    def clean_folder(self) -> str:
        return str(self.cleaned_data["folder"]).strip("/")

    def clean(self) -> dict[str, Any]:
        super().clean()
        account = self.account_entered()
        if account and account.named and account.named != self.cleaned_data.get("container"):
            message = _("Connection string or SAS URL: it leads to the container {named}. Enter the same one below.")
            self.refuse("connection", format_lazy(message, named=account.named), "other_container")
        return self.cleaned_data

    def refuse_sas(self, sas: Sas) -> None:
        super().refuse_sas(sas)
        if sas.is_for_one_blob:
            self.refuse("connection", _SAS_FOR_ONE_BLOB, "one_blob")
        if self.cleaned_data.get("layout") == Layout.BLOBS:
            if sas.allows("w") is False and sas.allows("c") is False:
                self.refuse("connection", _SAS_WITHOUT_WRITE, "rights")
        elif sas.allows("r") is False or (sas.allows("w") is False and sas.allows("a") is False):
            self.refuse("connection", _SAS_WITHOUT_READ, "rights")


_SAS_FOR_ONE_BLOB = _("Connection string or SAS URL: the SAS is for a single blob. Make one for the container.")
_SAS_WITHOUT_WRITE = _(
    "Connection string or SAS URL: the SAS may not write. Make one with the permissions Create and Write."
)
_SAS_WITHOUT_READ = _(
    "Connection string or SAS URL: for a file for each day the SAS needs the permissions Read, Add, Create and Write."
)
