"""Certificates for tests, made on the spot."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _draft(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, ends_at: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends_at - timedelta(days=400))
        .not_valid_after(ends_at)
    )


@dataclass(frozen=True)
class Authority:
    """Signs certificates. ``file`` is what a client must trust."""

    key: ec.EllipticCurvePrivateKey
    folder: Path
    file: Path

    @classmethod
    def new(cls, folder: Path) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        draft = _draft("Test authority", "Test authority", key, datetime.now(UTC) + timedelta(days=300))
        draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        file = folder / "authority.pem"
        file.write_bytes(draft.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return cls(key, folder, file)

    def context(self, host: str = "receiver.example", days: float = 90, self_signed: bool = False) -> ssl.SSLContext:
        """A server's side of TLS with a certificate for ``host`` that ends in ``days``."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, signing_key = (host, key) if self_signed else ("Test authority", self.key)
        draft = _draft(host, issuer, key, datetime.now(UTC) + timedelta(days=days))
        draft = draft.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        file = self.folder / f"{host}.{days}.{self_signed}.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + draft.sign(signing_key, hashes.SHA256()).public_bytes(Encoding.PEM)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context
