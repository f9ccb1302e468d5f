"""A receiver's side of Standard Webhooks, written from the specification alone: HMAC after RFC 2104 by hand."""

import binascii
import hashlib


def _hmac_sha256(key: bytes, message: bytes) -> bytes:
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


def accepts(secret: str, message_id: str, timestamp: str, signatures: str, body: bytes) -> bool:
    prefix, _underscore, encoded = secret.partition("_")
    assert prefix == "whsec"
    expected = _hmac_sha256(binascii.a2b_base64(encoded), b".".join((message_id.encode(), timestamp.encode(), body)))
    pairs = [entry.split(",", 1) for entry in signatures.split(" ")]
    return any(version == "v1" and binascii.a2b_base64(value) == expected for version, value in pairs)
