"""How one receiver is set: what it demands of a request and how it answers."""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.sandbox.inputs import Fields
from integrations.sandbox.messages import Request
from integrations.sandbox.receiver.signature import key_of

HIDDEN = "***"
SUCCESSES = (200, 201, 202, 204)
ACCEPT, CONFLICT = "accept", "conflict"
MOST_SECRETS = 5


@dataclass(frozen=True)
class Settings:
    """`tolerance` in seconds; `basic` is user name and password; `headers` are names with the values they must have.

    `on_repeat` says how a known `webhook-id` is answered: as the first time, or 409.
    """

    secrets: tuple[str, ...] = ()
    require_signature: bool = True
    tolerance: float = 300.0
    bearer: str | None = None
    basic: tuple[str, str] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    success_status: int = 200
    on_repeat: str = ACCEPT

    def merged(self, fields: Fields) -> "Settings":
        """These settings with the given ones in their place; null or empty switches a demand off.

        Raises:
            BadInput: a field is unknown or out of range.
        """
        changes: dict[str, Any] = {name: read(fields, name) for name, read in _READERS.items() if name in fields}
        fields.finish()
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return {
            "secrets": list(self.secrets),
            "require_signature": self.require_signature,
            "tolerance": self.tolerance,
            "bearer": self.bearer,
            "basic": self.basic and {"username": self.basic[0], "password": self.basic[1]},
            "headers": dict(self.headers),
            "success_status": self.success_status,
            "on_repeat": self.on_repeat,
        }

    def hidden(self) -> dict[str, Any]:
        """The settings fit to be shown."""
        return {
            **self.as_json(),
            "secrets": [HIDDEN for _ in self.secrets],
            "bearer": self.bearer and HIDDEN,
            "basic": self.basic and {"username": self.basic[0], "password": HIDDEN},
            "headers": {name: HIDDEN for name, _ in self.headers},
        }

    def marks(self) -> tuple[str, ...]:
        """The texts that say on the page what is demanded."""
        signature = "signed" if self.require_signature else "lenient"
        demands = {"bearer": self.bearer is not None, "basic": self.basic is not None, "header": bool(self.headers)}
        return (
            f"entrance.{signature if self.secrets else 'open'}",
            *(f"entrance.{name}" for name, on in demands.items() if on),
        )

    def unmet(self, request: Request) -> str | None:
        """The first demand that the request does not meet: `bearer`, `basic` or `header`."""
        if self.bearer is not None and not _authorized(request, "bearer", self.bearer):
            return "bearer"
        if self.basic is not None:
            credentials = base64.b64encode(":".join(self.basic).encode()).decode()
            if not _authorized(request, "basic", credentials):
                return "basic"
        if not all(_same(request.header(name), value) for name, value in self.headers):
            return "header"
        return None


def _authorized(request: Request, scheme: str, credentials: str) -> bool:
    given, _, value = (request.header("authorization") or "").partition(" ")
    return given.lower() == scheme and _same(value, credentials)


def _same(given: str | None, wanted: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), wanted.encode())


def _read_secrets(fields: Fields, name: str) -> tuple[str, ...]:
    secrets = fields.raw(name) or []
    if not isinstance(secrets, list) or len(secrets) > MOST_SECRETS or not all(_is_secret(one) for one in secrets):
        raise fields.bad(name, "secrets", most=MOST_SECRETS)
    return tuple(secrets)


def _is_secret(secret: object) -> bool:
    try:
        return isinstance(secret, str) and bool(key_of(secret))
    except ValueError:
        return False


def _read_basic(fields: Fields, name: str) -> tuple[str, str] | None:
    content = fields.raw(name)
    if content is None:
        return None
    pair = Fields(content, fields.name_of(name))
    username, password = pair.text("username", ""), pair.text("password", "")
    pair.finish()
    return username, password


def _read_success(fields: Fields, name: str) -> int:
    status = fields.whole(name, 200, 299, 200)
    if status not in SUCCESSES:
        raise fields.bad(name, "choice", choices=", ".join(map(str, SUCCESSES)))
    return status


_READERS: Mapping[str, Callable[[Fields, str], object]] = {
    "secrets": _read_secrets,
    "require_signature": lambda fields, name: fields.flag(name, True),
    "tolerance": lambda fields, name: fields.number(name, 0, 86_400, 300),
    "bearer": lambda fields, name: fields.optional_text(name),
    "basic": _read_basic,
    "headers": lambda fields, name: fields.headers(name),
    "success_status": _read_success,
    "on_repeat": lambda fields, name: fields.choice(name, (ACCEPT, CONFLICT)),
}
