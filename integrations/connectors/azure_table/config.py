"""The settings of a table."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations.vendors.azure.account import Service
from integrations.vendors.azure.sas import Sas
from integrations.vendors.azure.settings import StorageConfig, unusual_host_field
from integrations.vendors.entra.fields import authority_field

DEFAULT_TABLE = "MarketplaceLeads"

_TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")


def is_table_name(text: str) -> None:
    if not _TABLE_NAME.fullmatch(text):
        raise ValidationError(
            _("Table: the name has 3 to 63 letters and digits and begins with a letter, like MarketplaceLeads."),
            code="table_name",
        )


class AzureTableConfig(StorageConfig):
    service = Service.TABLE

    table = forms.CharField(
        label=_("Table"), max_length=63, initial=DEFAULT_TABLE, validators=[is_table_name],
        help_text=_("MarketplaceLeads is the name that Microsoft's own connector uses."),
    )  # fmt: skip
    create_table = forms.BooleanField(
        label=_("Create the table if it is missing"), required=False, initial=True,
        help_text=_("Needs the account's key, or an application with its role; a SAS for one table may not do it."),
    )  # fmt: skip
    customer_info = forms.BooleanField(
        label=_("Also fill CustomerInfo"), required=False,
        help_text=_("The person's fields once more as JSON in one column, as Microsoft's own connector wrote them: for "
                    "flows that were made for that."),
    )  # fmt: skip
    token_authority = authority_field()
    unusual_host = unusual_host_field()

    def clean(self) -> dict[str, Any]:
        super().clean()
        account = self.account_entered()
        if account and account.named and account.named.lower() != str(self.cleaned_data.get("table", "")).lower():
            message = _("Connection string or SAS URL: it leads to the table {named}. Enter the same table below.")
            self.refuse("connection", format_lazy(message, named=account.named), "other_table")
        return self.cleaned_data

    def refuse_sas(self, sas: Sas) -> None:
        super().refuse_sas(sas)
        if sas.allows("a") is False:
            self.refuse("connection", _SAS_WITHOUT_ADD, "rights")
        if sas.table and sas.table.lower() != str(self.cleaned_data.get("table", "")).lower():
            message = _("Connection string or SAS URL: the SAS is for the table {table}. Enter the same table below.")
            self.refuse("connection", format_lazy(message, table=sas.table), "other_table")


_SAS_WITHOUT_ADD = _("Connection string or SAS URL: the SAS may not add rows. Make one with the permission Add.")
