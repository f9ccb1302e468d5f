"""Checks the signed assertion of the JWT bearer flow (RFC 7519, RFC 7523; RS256 as in RFC 8017, 8.2.2)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  # what a signature says of its digest


class BadAssertion(ValueError):
    """It is not a JWT, or not signed with the key."""


def read_assertion(assertion: str, key: Mapping[str, str]) -> dict[str, Any]:
    """What the assertion claims. `key` holds `n` and `e` of a JWK.

    Raises:
        BadAssertion: it cannot be read or its signature is wrong.
    """
    signed, _, signature = assertion.rpartition(".")
    header, _, claims = signed.partition(".")
    if _json(header).get("alg") != "RS256" or not _fits(signed.encode(), _bytes(signature), key):
        raise BadAssertion
    return _json(claims)


def _fits(signed: bytes, signature: bytes, key: Mapping[str, str]) -> bool:
    modulus, exponent = (int.from_bytes(_bytes(key.get(name, ""))) for name in ("n", "e"))
    size = (modulus.bit_length() + 7) // 8
    digest = _SHA256 + hashlib.sha256(signed).digest()
    if len(signature) != size or size < len(digest) + 11:
        return False
    wanted = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    found = pow(int.from_bytes(signature), exponent, modulus).to_bytes(size)
    return hmac.compare_digest(found, wanted)


def _json(part: str) -> dict[str, Any]:
    try:
        content = json.loads(_bytes(part))
    except (ValueError, RecursionError):
        raise BadAssertion from None
    if not isinstance(content, dict):
        raise BadAssertion
    return content


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part.encode() + b"=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise BadAssertion from None
