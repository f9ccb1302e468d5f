"""Signed webhooks after the Standard Webhooks specification: secrets and the symmetric signature ``v1``; pure."""

import base64
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
_NEW_KEY_BYTES = 32


class UnusableSecret(ValueError):
    """Not a signing secret. The text says what one looks like, and nothing of what was given."""


def new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_NEW_KEY_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key inside a secret's text. Raises ``UnusableSecret``."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or len(key) not in _KEY_BYTES:
        raise UnusableSecret("a signing secret is whsec_ followed by the base64 of 24 to 64 bytes")
    return key


def sign(keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``, one signature for each key. ``timestamp``: Unix seconds of this attempt."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
