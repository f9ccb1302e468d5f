"""Signing in at Entra ID with a certificate: the assertion that stands in the place of a client secret; pure.

As described in Microsoft's "Microsoft identity platform application authentication certificate credentials".
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = timedelta(minutes=10)

_SHORTEST_KEY = 2048
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


class UnusableCertificate(Exception):
    """``problem``: ``no_certificate``, ``no_private_key``, ``key_has_password``, ``unreadable``, ``not_rsa``,
    ``key_too_short`` or ``not_a_pair``. Nothing of the text is in the error."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True, repr=False)
class SigningCertificate:
    """A certificate with the RSA key that belongs to it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def from_pem(cls, text: str) -> Self:
        """From PEM blocks in any order, a chain included; line breaks may have been lost, as one-line inputs lose them.

        Raises ``UnusableCertificate``.
        """
        blocks = list(_blocks(text))
        key = _private_key(blocks)
        found = [_certificate(content) for label, content in blocks if label == "CERTIFICATE"]
        if not found:
            raise UnusableCertificate("no_certificate")
        own = [certificate for certificate in found if _spki(certificate.public_key()) == _spki(key.public_key())]
        if not own:
            raise UnusableCertificate("not_a_pair")
        return cls(own[0], key)

    @property
    def ends_on(self) -> date:
        """In UTC."""
        return self.certificate.not_valid_after_utc.date()

    def assertion(self, *, client_id: str, audience: str, now: datetime) -> str:
        """A signed JWT for one token request. ``audience`` is the URL of the token endpoint, ``now`` is aware."""
        issued = int(now.astimezone(UTC).timestamp())
        thumbprint = hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest()
        header = {"alg": "PS256", "typ": "JWT", "x5t#S256": _base64url(thumbprint)}
        claims = {
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": str(uuid4()),
            "nbf": issued,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
        }
        signed = f"{_base64url_json(header)}.{_base64url_json(claims)}"
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)
        return f"{signed}.{_base64url(self.key.sign(signed.encode(), pss, hashes.SHA256()))}"


def _blocks(text: str) -> Iterator[tuple[str, bytes]]:
    for label, content in _BLOCK.findall(text):
        if "ENCRYPTED" in label or "Proc-Type:" in content:
            raise UnusableCertificate("key_has_password")
        try:
            yield label, base64.b64decode("".join(content.split()), validate=True)
        except ValueError:
            raise UnusableCertificate("unreadable") from None


def _private_key(blocks: list[tuple[str, bytes]]) -> rsa.RSAPrivateKey:
    found = [content for label, content in blocks if label.endswith("PRIVATE KEY")]
    if not found:
        raise UnusableCertificate("no_private_key")
    try:
        key = load_der_private_key(found[0], password=None)
    except Exception:  # by kind of damage the library raises several, its backend's own ones included
        raise UnusableCertificate("unreadable") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnusableCertificate("not_rsa")
    if key.key_size < _SHORTEST_KEY:
        raise UnusableCertificate("key_too_short")
    return key


def _certificate(content: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(content)
        certificate.public_key()
    except Exception:
        raise UnusableCertificate("unreadable") from None
    return certificate


def _spki(public_key: Any) -> bytes:
    content: bytes = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return content


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _base64url_json(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content, separators=(",", ":")).encode())
