"""Checks signatures by the Standard Webhooks specification: HMAC-SHA256 (`v1`) over id, timestamp and body."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum

from integrations.sandbox.messages import Request

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)


class Verdict(StrEnum):
    """What a look at the signature showed."""

    VALID = "valid"
    UNCHECKED = "unchecked"  # no secret to check with
    MISSING = "missing"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"  # only versions other than v1
    STALE = "stale"
    EARLY = "early"
    WRONG = "wrong"


def key_of(secret: str) -> bytes:
    """The bytes a secret's text stands for.

    Raises:
        ValueError: it is not `whsec_` and the base64 of 24 to 64 bytes.
    """
    if not secret.startswith(PREFIX):
        raise ValueError("the prefix is missing")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if len(key) not in SECRET_BYTES:
        raise ValueError("the length is wrong")
    return key


def check_signature(request: Request, secrets: Iterable[str], now: float, tolerance: float) -> Verdict:
    """Whether one of the secrets signed the request not more than `tolerance` seconds before or after `now` (Unix)."""
    keys = [key_of(secret) for secret in secrets]
    if not keys:
        return Verdict.UNCHECKED
    message_id, sent_at = request.header("webhook-id"), request.header("webhook-timestamp")
    entries = request.header("webhook-signature")
    if not entries:
        return Verdict.MISSING
    if not message_id or not sent_at or not re.fullmatch("[0-9]{1,12}", sent_at):
        return Verdict.MALFORMED
    if abs(now - int(sent_at)) > tolerance:
        return Verdict.STALE if now > int(sent_at) else Verdict.EARLY
    return _compare(entries, f"{message_id}.{sent_at}.".encode() + request.body, keys)


def _compare(entries: str, signed: bytes, keys: list[bytes]) -> Verdict:
    given = [
        value.encode() for version, _, value in (entry.partition(",") for entry in entries.split()) if version == "v1"
    ]
    if not given:
        return Verdict.UNSUPPORTED
    wanted = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)) for key in keys]
    # Every pair is compared, so that the time taken does not tell which one fits.
    matches = [hmac.compare_digest(one, other) for one in given for other in wanted]
    return Verdict.VALID if any(matches) else Verdict.WRONG
