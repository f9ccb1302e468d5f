"""How a portal is set: tokens, properties, limits, and the variants in which HubSpot may answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from integrations.sandbox.clock import CENTURY
from integrations.sandbox.hubspot.properties import INITIAL, Table, merged_table
from integrations.sandbox.inputs import Fields

WRITE, READ = "crm.objects.contacts.write", "crm.objects.contacts.read"
TOKEN = "pat-na1-5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a5a5a"  # noqa: S105 - of the sandbox, known to everybody
PRIVATE, OAUTH = "private", "oauth"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,512}")


@dataclass(frozen=True)
class Token:
    """An access token. `expires_at` in Unix seconds; None: it does not expire by itself."""

    scopes: tuple[str, ...] = (WRITE, READ)
    kind: str = PRIVATE
    expires_at: float | None = None
    revoked: bool = False

    def merged(self, fields: Fields) -> "Token":
        """Raises BadInput."""
        changes: dict[str, Any] = {name: read(fields, name) for name, read in _TOKEN_READERS.items() if name in fields}
        fields.finish()
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "scopes": list(self.scopes)}


@dataclass(frozen=True)
class Limits:
    """Requests: of a private app in ten seconds and on a day, of all OAuth apps in ten; searches in one."""

    ten_seconds: int = 100
    day: int = 250_000
    oauth_ten_seconds: int = 110
    searches: int = 5


@dataclass(frozen=True)
class Variants:
    """What HubSpot's documentation leaves open.

    `multi_status`: 207 for a batch in which every input has a trace id. `upsert_by_email`: whether `email` is taken as
    the `idProperty` of a batch. `trace_ids_in_results`: results of a batch name their trace ids. `retry_after`: a 429
    has this header.
    """

    multi_status: bool = True
    upsert_by_email: bool = True
    trace_ids_in_results: bool = True
    retry_after: bool = False


@dataclass(frozen=True)
class Settings:
    """`utc_offset` in minutes, for the midnight at which the day of the limits begins; `search_delay` in seconds.

    Writes to contacts with an e-mail address in `locked` are answered 423; with `migrating` (seconds for `Retry-After`)
    everything is answered 477.
    """

    tokens: Mapping[str, Token] = field(default_factory=lambda: {TOKEN: Token()})
    portal_id: int = 50_505_050
    time_zone: str = "UTC"
    utc_offset: int = 0
    properties: Table = field(default_factory=lambda: INITIAL)
    limits: Limits = Limits()
    search_delay: float = 5.0
    locked: tuple[str, ...] = ()
    migrating: int | None = None
    variants: Variants = Variants()

    def merged(self, fields: Fields) -> "Settings":
        """These settings with the given ones in their place.

        Raises:
            BadInput: a field is unknown or out of range.
        """
        changes: dict[str, Any] = {name: read(self, fields, name) for name, read in _READERS.items() if name in fields}
        fields.finish()
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in _READERS},
            "tokens": {token: facts.as_json() for token, facts in self.tokens.items()},
            "properties": {name: one.as_json() for name, one in self.properties.items()},
            "limits": asdict(self.limits),
            "locked": list(self.locked),
            "variants": asdict(self.variants),
        }

    def hidden(self) -> dict[str, Any]:
        """The settings fit to be shown: of each token its last four characters."""
        tokens = [{"token": f"***{token[-4:]}", **facts.as_json()} for token, facts in self.tokens.items()]
        return {**self.as_json(), "tokens": tokens}

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> "Settings":
        """From `as_json`: what it does not name is gone, also where a new portal has it."""
        empty = replace(cls(), tokens={}, properties={})
        return empty.merged(Fields(saved)) if saved else cls()


def _read_tokens(settings: Settings, fields: Fields, name: str) -> Mapping[str, Token]:
    """The tokens with some added, changed or (null) taken away."""
    changes = fields.mapping(name)
    within = Fields(changes, fields.name_of(name))
    merged = dict(settings.tokens)
    for token, content in changes.items():
        if not _TOKEN.fullmatch(token):
            raise fields.bad(name, "header")
        if content is None:
            merged.pop(token, None)
        else:
            merged[token] = settings.tokens.get(token, Token()).merged(Fields(content, within.name_of("***")))
    return merged


def _read_limits(settings: Settings, fields: Fields, name: str) -> Limits:
    limits = Fields(fields.raw(name), fields.name_of(name))
    numbers = {one: limits.whole(one, 1, 10_000_000, present) for one, present in asdict(settings.limits).items()}
    limits.finish()
    return Limits(**numbers)


def _read_variants(settings: Settings, fields: Fields, name: str) -> Variants:
    variants = Fields(fields.raw(name), fields.name_of(name))
    flags = {one: variants.flag(one, present) for one, present in asdict(settings.variants).items()}
    variants.finish()
    return Variants(**flags)


def _read_properties(settings: Settings, fields: Fields, name: str) -> Table:
    return merged_table(settings.properties, fields, name)


def _read_migrating(settings: Settings, fields: Fields, name: str) -> int | None:
    return fields.raw(name) if fields.is_null(name) else fields.whole(name, 1, 86_400, 60)


def _read_expiry(fields: Fields, name: str) -> float | None:
    return fields.raw(name) if fields.is_null(name) else fields.number(name, 0, 100 * CENTURY, 0)


_TOKEN_READERS: Mapping[str, Callable[[Fields, str], object]] = {
    "scopes": lambda fields, name: fields.texts(name),
    "kind": lambda fields, name: fields.choice(name, (PRIVATE, OAUTH)),
    "expires_at": _read_expiry,
    "revoked": lambda fields, name: fields.flag(name, False),
}
_READERS: Mapping[str, Callable[[Settings, Fields, str], object]] = {
    "tokens": _read_tokens,
    "portal_id": lambda settings, fields, name: fields.whole(name, 1, 10**12, 1),
    "time_zone": lambda settings, fields, name: fields.text(name, ""),
    "utc_offset": lambda settings, fields, name: fields.whole(name, -12 * 60, 14 * 60, 0),
    "properties": _read_properties,
    "limits": _read_limits,
    "search_delay": lambda settings, fields, name: fields.number(name, 0, 3600, 0),
    "locked": lambda settings, fields, name: tuple(one.lower() for one in fields.texts(name)),
    "migrating": _read_migrating,
    "variants": _read_variants,
}
