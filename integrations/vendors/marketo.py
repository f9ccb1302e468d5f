"""What Marketo over REST and Marketo's forms have in common: how accounts and forms are named, whom Marketo knows."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from integrations.contract import Failure, FailureKind

_MUNCHKIN = r"[A-Za-z0-9]{3}-[A-Za-z0-9]{3}-[A-Za-z0-9]{3}"
# As people enter them, and as hosts and embed codes write them.
MUNCHKIN_ID = re.compile(rf"(?:[a-z]+://)?({_MUNCHKIN})(?:\.mkto(?:rest|web)\.com(?:[:/].*)?)?", re.IGNORECASE)
FORM_ID = re.compile(r"(?:mktoForm_)?(\d{1,8})")


def munchkin_id_in(text: str) -> str:
    """The Munchkin id of an entered id or of a host that begins with it, in capitals; empty where there is none."""
    found = MUNCHKIN_ID.fullmatch(text)
    return found[1].upper() if found else ""


def refusal_of_email(address: str, field: str) -> Failure | None:
    """Marketo knows people by their e-mail address, which has to be plain ASCII. Without one, nothing is sent."""
    if address and address.isascii():
        return None
    cause = "marketo_email_not_ascii" if address else "marketo_no_email"
    return Failure(kind=FailureKind.REJECTED, cause=cause, params={"field": field})


class FormIdField(forms.CharField):
    """The number of a form. Takes the element's id from the embed code as well (``mktoForm_1179``)."""

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value)
        found = FORM_ID.fullmatch(text)
        if text and not found:
            raise ValidationError(
                _("Form ID: enter its number of up to 8 digits, like 1179. It follows mktoForm_ in the form's embed "
                  "code."),
                code="form_id",
            )  # fmt: skip
        return found[1] if found else ""
