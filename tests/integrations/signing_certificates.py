"""Certificates to sign in with, made on the spot."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Pair(NamedTuple):
    """PEM texts."""

    certificate: str
    key: str

    @property
    def both(self) -> str:
        return self.certificate + self.key


@cache
def rsa_key(number: int, size: int = 2048) -> rsa.RSAPrivateKey:
    """Keys are slow to make: one for each number."""
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


def certificate_for(key: Key, ends_at: datetime) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lead CRM")])
    draft = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends_at - timedelta(days=400))
        .not_valid_after(ends_at)
    )
    return draft.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def key_as_pem(key: Key, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes = b"") -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()


def pair(number: int = 0, ends_at: datetime | None = None) -> Pair:
    ends_at = ends_at or datetime.now(UTC) + timedelta(days=300)
    return Pair(certificate_for(rsa_key(number), ends_at), key_as_pem(rsa_key(number)))
