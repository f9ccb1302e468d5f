"""How the simulated directory and environment are set up."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from integrations.sandbox.dataverse.assertion import read_certificate
from integrations.sandbox.dataverse.columns import (
    KEY_KINDS,
    LEAD_COLUMNS,
    LEAD_KEYS,
    AlternateKey,
    Column,
    Table,
    columns_as_json,
    keys_as_json,
    merge_columns,
    merge_keys,
)
from integrations.sandbox.dataverse.limits import Limits
from integrations.sandbox.dataverse.variants import Variants
from integrations.sandbox.inputs import BadInput, Fields

HIDDEN = "***"
UUID = re.compile("[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")

TENANT_ID = "5a5a5a5a-0000-4000-8000-00000000d1ec"
CLIENT_ID = "5a5a5a5a-0000-4000-8000-00000000a991"
CLIENT_SECRET = "sbx8Q~Sandbox.secret-of.nobody_~.0000000"  # noqa: S105 - opens nothing but this sandbox
TEAM_ID = "5a5a5a5a-0000-4000-8000-00000000beef"
USER_ID = "5a5a5a5a-0000-4000-8000-00000000face"
BUSINESS_UNIT_ID = "5a5a5a5a-0000-4000-8000-0000000000b0"
ORGANIZATION_ID = "5a5a5a5a-0000-4000-8000-0000000000a0"

PRIVILEGES = (
    "prvCreateLead",
    "prvReadLead",
    "prvWriteLead",
    "prvDeleteLead",
    "prvReadEntity",
    "prvReadUser",
)
NO_TROUBLE = "none"
TROUBLES = (NO_TROUBLE, "50196", "90033", "90055", "429", "503")
DAY = 86_400


@dataclass(frozen=True)
class Settings:
    """Directory: `tenant_id` to `resources`; environment: the rest.

    `certificate` is PEM; `token_lifetime` in seconds; `resources` are the origins of other environments of the
    directory; `token_trouble` makes the token endpoint fail for reasons of its own.
    """

    tenant_id: str = TENANT_ID
    tenant_domains: tuple[str, ...] = ("contoso-sandbox.example",)
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    secret_expired: bool = False
    certificate: str | None = None
    application: str = "enabled"
    conditional_access: str = "allows"
    token_lifetime: int = 3599
    token_trouble: str = NO_TROUBLE
    resources: tuple[str, ...] = ()
    application_user: str = "enabled"
    application_allowed: bool = True
    roles: tuple[str, ...] = ("Lead writer",)
    privileges: tuple[str, ...] = PRIVILEGES
    teams: tuple[str, ...] = (TEAM_ID,)
    lead_table: bool = True
    columns: tuple[Column, ...] = LEAD_COLUMNS
    keys: tuple[AlternateKey, ...] = LEAD_KEYS
    limits: Limits = field(default_factory=Limits)
    variants: Variants = field(default_factory=Variants)

    @cached_property
    def table(self) -> Table:
        return Table({column.name: column for column in self.columns}, self.keys)

    def merged(self, fields: Fields) -> "Settings":
        """These settings with the given ones in their place.

        Raises:
            BadInput: a field is unknown or out of range, or a key names a column that cannot be part of one.
        """
        changes: dict[str, Any] = {name: read(self, fields, name) for name, read in _READERS.items() if name in fields}
        fields.finish()
        merged = replace(self, **changes)
        for key in merged.keys:
            merged._check(key)
        return merged

    def _check(self, key: AlternateKey) -> None:
        usable = [column.name for column in self.columns if column.kind in KEY_KINDS]
        if not key.columns or not set(key.columns) <= set(usable):
            raise BadInput(f"keys.{key.name}.columns", "choice", choices=", ".join(usable))

    def as_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in _READERS}
        lists = {name: list(value) for name, value in plain.items() if isinstance(value, tuple)}
        return (
            plain
            | lists
            | {
                "columns": columns_as_json(self.columns),
                "keys": keys_as_json(self.keys),
                "limits": self.limits.as_json(),
                "variants": self.variants.as_json(),
            }
        )

    def hidden(self) -> dict[str, Any]:
        """The settings fit to be shown."""
        return {**self.as_json(), "client_secret": HIDDEN}


def _read_uuid(settings: Settings, fields: Fields, name: str) -> str:
    value = fields.text(name, "")
    if not UUID.fullmatch(value):
        raise fields.bad(name, "uuid")
    return value.lower()


def _read_secret(settings: Settings, fields: Fields, name: str) -> str:
    secret = fields.text(name, "")
    if not secret:
        raise fields.bad(name, "text")
    return secret


def _read_certificate(settings: Settings, fields: Fields, name: str) -> str | None:
    pem = fields.optional_text(name)
    try:
        if pem is not None:
            read_certificate(pem)
    except ValueError:
        raise fields.bad(name, "certificate") from None
    return pem


def _read_list(settings: Settings, fields: Fields, name: str) -> tuple[str, ...]:
    return fields.texts(name)


def _read_flag(settings: Settings, fields: Fields, name: str) -> bool:
    return fields.flag(name, True)


def _choice(*choices: str) -> Callable[[Settings, Fields, str], str]:
    return lambda settings, fields, name: fields.choice(name, choices)


_READERS: Mapping[str, Callable[[Settings, Fields, str], object]] = {
    "tenant_id": _read_uuid,
    "tenant_domains": _read_list,
    "client_id": _read_uuid,
    "client_secret": _read_secret,
    "secret_expired": _read_flag,
    "certificate": _read_certificate,
    "application": _choice("enabled", "disabled"),
    "conditional_access": _choice("allows", "blocks"),
    "token_lifetime": lambda settings, fields, name: fields.whole(name, 1, DAY, 3599),
    "token_trouble": _choice(*TROUBLES),
    "resources": _read_list,
    "application_user": _choice("enabled", "disabled", "missing"),
    "application_allowed": _read_flag,
    "roles": _read_list,
    "privileges": _read_list,
    "teams": _read_list,
    "lead_table": _read_flag,
    "columns": lambda settings, fields, name: merge_columns(settings.columns, fields, name),
    "keys": lambda settings, fields, name: merge_keys(settings.keys, fields, name),
    "limits": lambda settings, fields, name: settings.limits.merged(Fields(fields.raw(name), name)),
    "variants": lambda settings, fields, name: settings.variants.merged(Fields(fields.raw(name), name)),
}
