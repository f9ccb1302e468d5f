"""Checks the signed assertion with which an application proves itself by its certificate.

Sources: RFC 7523 and Microsoft's "Microsoft identity platform application authentication certificate credentials".
The times in it are checked against the real time: the client's clock is not the one that tests shift.
"""

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrations.sandbox.dataverse.token_refusal import wrong_client

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ALGORITHMS = ("RS256", "PS256")
LONGEST = 600  # seconds


@dataclass(frozen=True)
class Assertion:
    """A JSON Web Token as it came; `signed` are the bytes its signature is about."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    @classmethod
    def of(cls, text: str) -> "Assertion":
        """Raises TokenRefused when it is no JSON Web Token."""
        parts = text.split(".")
        try:
            header, claims, signature = (_decoded(part) for part in parts)
            token = cls(json.loads(header), json.loads(claims), ".".join(parts[:2]).encode(), signature)
        except (ValueError, RecursionError):
            raise wrong_client(50027, "JWT token is invalid or malformed.", "assertion") from None
        if not isinstance(token.header, dict) or not isinstance(token.claims, dict):
            raise wrong_client(50027, "JWT token is invalid or malformed.", "assertion")
        return token


def _decoded(part: str) -> bytes:
    """Base64url without padding, and nothing else (RFC 7515, section 2)."""
    try:
        content = base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as problem:
        raise ValueError(str(problem)) from None
    if "=" in part:
        raise ValueError("padded")
    return content


def read_certificate(pem: str) -> "Certificate":
    """An RSA certificate from its PEM.

    Raises:
        ValueError: it is none.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    certificate = load_pem_x509_certificate(pem.encode())
    if not isinstance(certificate.public_key(), RSAPublicKey):
        raise ValueError("not an RSA key")
    return certificate


def check_assertion(text: str, client_id: str, audiences: Collection[str], pem: str | None) -> None:
    """Whether the application signed this for one of the audiences, not long ago.

    Raises:
        TokenRefused: it did not.
    """
    assertion = Assertion.of(text)
    _check_signature(assertion, pem)
    claims = assertion.claims
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise wrong_client(
            700021, "Client assertion application identifier doesn't match 'client_id' parameter.", "assertion"
        )
    if claims.get("aud") not in audiences:
        raise wrong_client(700023, "Client assertion audience claim does not match Realm issuer.", "assertion")
    _check_times(claims, time.time())


def _check_signature(assertion: Assertion, pem: str | None) -> None:
    algorithm = assertion.header.get("alg")
    if algorithm not in ALGORITHMS:
        text = (
            f"Invalid JWT token. '{algorithm}' is not a supported signature algorithm. Supported signing algorithms "
            f"are: '{', '.join(ALGORITHMS)}'."
        )
        raise wrong_client(5002738, text, "assertion")
    if pem is None or not _names(assertion.header, certificate := read_certificate(pem)):
        raise _unsigned("The key was not found.")
    now = time.time()
    if not certificate.not_valid_before_utc.timestamp() <= now <= certificate.not_valid_after_utc.timestamp():
        raise _unsigned("The key used is expired.")
    if not _verifies(assertion, certificate):
        raise _unsigned("The provided signature value did not match the expected signature value.")


def _unsigned(reason: str) -> Exception:
    return wrong_client(
        700027,
        f"The certificate with identifier used to sign the client assertion is not registered on application, "
        f"or the client assertion contains an invalid signature. [Reason - {reason}]",
        "assertion",
    )


def _names(header: dict[str, Any], certificate: "Certificate") -> bool:
    """Whether the header tells this certificate by its thumbprint."""
    from cryptography.hazmat.primitives.serialization import Encoding

    content = certificate.public_bytes(Encoding.DER)
    prints = {
        "x5t#S256": hashlib.sha256(content).digest(),
        "x5t": hashlib.sha1(content, usedforsecurity=False).digest(),
    }
    given = {name: header[name] for name in prints if name in header}
    wanted = {name: base64.urlsafe_b64encode(prints[name]).decode().rstrip("=") for name in given}
    return bool(given) and given == wanted


def _verifies(assertion: Assertion, certificate: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding, PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    key = certificate.public_key()
    probabilistic = assertion.header["alg"] == "PS256"
    padding: AsymmetricPadding = PSS(MGF1(SHA256()), SHA256.digest_size) if probabilistic else PKCS1v15()
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(assertion.signature, assertion.signed, padding, SHA256())
    except InvalidSignature:
        return False
    return True


def _check_times(claims: dict[str, Any], now: float) -> None:
    begins, expires = (_moment(claims.get(name, default)) for name, default in (("nbf", 0), ("exp", None)))
    if begins is None or expires is None or not begins <= now < expires <= now + LONGEST:
        raise wrong_client(700024, "Client assertion is not within its valid time range.", "assertion")


def _moment(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
