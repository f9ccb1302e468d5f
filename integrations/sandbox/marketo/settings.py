"""How the instance is set up: who may call it, what it knows, where its limits are, which variant it plays."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from integrations.sandbox.inputs import Fields
from integrations.sandbox.marketo.entries import (
    FORM_FIELDS,
    HTML,
    OFF,
    READ_ASSETS,
    RECORDS,
    WRITE_PEOPLE,
    Form,
    Planned,
)
from integrations.sandbox.marketo.fields import REFUSE, USUAL, LeadField
from integrations.sandbox.marketo.limits import Limits
from integrations.sandbox.marketo.reading import READERS

HIDDEN = "***"


@dataclass(frozen=True)
class Settings:
    """`token_seconds` and `race_window` in seconds: how long a token lives, a write of people takes.

    `partitions` says where the API user may write; `programs` holds the statuses of each, the usual one first.
    """

    munchkin_id: str = "5A5-SBX-000"
    client_id: str = "5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a0006"
    client_secret: str = "SandboxMarketoSecretSandbox00006"  # noqa: S105 - good for nothing but this sandbox
    api_user: str = "api-user@sandbox.example"
    token_seconds: int = 3600
    permissions: tuple[str, ...] = (WRITE_PEOPLE, READ_ASSETS)
    fields: Mapping[str, LeadField] = field(default_factory=lambda: {one.name: one for one in USUAL})
    partitions: Mapping[str, bool] = field(default_factory=lambda: {"Default": True})
    programs: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"Marketplace": ("Member", "Influenced")})
    forms: Mapping[str, Form] = field(default_factory=lambda: {"1179": Form("Marketplace leads", FORM_FIELDS)})
    limits: Limits = field(default_factory=Limits)
    race_window: float = 0.05
    too_long: str = REFUSE
    duplicates: str = REFUSE
    parameter_errors: str = RECORDS
    unknown_form: str = HTML
    checksum: str = OFF
    planned_errors: tuple[Planned, ...] = ()

    def merged(self, given: Fields) -> "Settings":
        """These settings with the given ones in their place.

        Raises:
            BadInput: a field is unknown or out of range.
        """
        changes: dict[str, Any] = {
            name: read(given, name, getattr(self, name)) for name, read in READERS.items() if name in given
        }
        given.finish()
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    def stored(self) -> dict[str, Any]:
        """As JSON that brings these settings back when it is merged into the first ones."""
        first = Settings()
        gone = {name: dict.fromkeys(getattr(first, name)) for name in ("fields", "partitions", "programs", "forms")}
        content = self.as_json()
        return {**content, **{name: {**nothing, **content[name]} for name, nothing in gone.items()}}

    def hidden(self) -> dict[str, Any]:
        """The settings fit to be shown."""
        return {**self.as_json(), "client_secret": HIDDEN}


def _plain(value: Any) -> Any:
    if isinstance(value, Form | LeadField | Limits | Planned):
        return value.as_json()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
