"""A kind of destination that opens to one key, whose end is known."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from integrations import check_steps
from integrations.config_form import ConfigForm, SecretField
from integrations.contract import (
    CheckReport,
    CheckStep,
    Connector,
    CredentialEnd,
    Failure,
    FailureKind,
    Outcome,
    Preview,
    Record,
    StepResult,
)
from integrations.registry import Kind
from leads.models import Destination
from tests.factories import make_destination

FITS = "the key that fits"
OLD = "the key of last year"
REFUSED = Failure(kind=FailureKind.MISCONFIGURED, cause="sign_in_refused")


class KeyedConfig(ConfigForm):
    address = forms.CharField(label="Address")
    has_door = forms.BooleanField(required=False)
    key = SecretField(label="Key", max_length=40)
    key_ends_on = forms.DateField(label="Key ends on", required=False)
    door_key = SecretField(label="Door key", required=False)
    shown_when = {"door_key": ("has_door", "on")}


class KeyedConnector(Connector):
    label = "Keyed"
    Config = KeyedConfig

    @property
    def recognises_repeats(self) -> bool:
        return True

    def check(self) -> CheckReport:
        fits = self.config["key"] == FITS
        return CheckReport([CheckStep("Key", StepResult.PASSED) if fits else check_steps.failed("Key", REFUSED)])

    def preview(self, record: Record) -> Preview:
        return Preview()

    def deliver(self, records: Sequence[Record]) -> list[Outcome]:
        return [Outcome(record.key, REFUSED) for record in records]

    @classmethod
    def credential_ends(cls, config: Mapping[str, Any]) -> list[CredentialEnd]:
        ends_on = config["key_ends_on"]
        return [CredentialEnd("key", "Key", ends_on)] if ends_on else []


KIND = Kind("Keyed", f"{__name__}.KeyedConnector")


def make_keyed(**values: Any) -> Destination:
    """With the key of last year."""
    settings = {"address": "here", "has_door": False, "key_ends_on": "2026-01-31"}
    destination = make_destination("keyed", settings=settings, **values)
    destination.write_secrets({"key": OLD})
    destination.save()
    return destination
