"""The assertion is taken apart by hand, as Microsoft's documentation describes it."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import PrivateFormat

from integrations.vendors.entra.client_assertion import SigningCertificate, UnusableCertificate
from tests.integrations.signing_certificates import certificate_for, key_as_pem, pair, rsa_key

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
URL = "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
CLIENT = "00001111-aaaa-2222-bbbb-3333cccc4444"


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def parts_of(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    header, claims, signature = assertion.split(".")
    return json.loads(decoded(header)), json.loads(decoded(claims)), decoded(signature)


def test_an_assertion_names_the_certificate_and_says_who_asks_whom_until_when() -> None:
    texts = pair()
    assertion = SigningCertificate.from_pem(texts.both).assertion(client_id=CLIENT, audience=URL, now=NOW)
    header, claims, _signature = parts_of(assertion)
    fingerprint = x509.load_pem_x509_certificate(texts.certificate.encode()).fingerprint(hashes.SHA256())
    assert header.pop("x5t#S256") == base64.urlsafe_b64encode(fingerprint).decode().rstrip("=")
    assert header == {"alg": "PS256", "typ": "JWT"}
    assert len(claims.pop("jti")) == 36
    assert claims == {
        "aud": URL, "iss": CLIENT, "sub": CLIENT, "nbf": 1795327200, "iat": 1795327200, "exp": 1795327800,
    }  # fmt: skip


def test_an_assertion_is_signed_with_ps256() -> None:
    assertion = SigningCertificate.from_pem(pair().both).assertion(client_id=CLIENT, audience=URL, now=NOW)
    signed, _dot, signature = assertion.rpartition(".")
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    rsa_key(0).public_key().verify(decoded(signature), signed.encode(), pss, hashes.SHA256())
    assert "=" not in assertion


def test_no_two_assertions_are_the_same() -> None:
    signer = SigningCertificate.from_pem(pair().both)
    first, second = (signer.assertion(client_id=CLIENT, audience=URL, now=NOW) for _ in range(2))
    assert parts_of(first)[1]["jti"] != parts_of(second)[1]["jti"]


def test_the_time_may_come_in_any_zone() -> None:
    seoul = NOW.astimezone(tz=datetime.now().astimezone().tzinfo)
    assertion = SigningCertificate.from_pem(pair().both).assertion(client_id=CLIENT, audience=URL, now=seoul)
    assert parts_of(assertion)[1]["nbf"] == 1795327200


def test_a_certificate_says_itself_when_it_ends() -> None:
    ends_at = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)
    assert SigningCertificate.from_pem(pair(ends_at=ends_at).both).ends_on == date(2027, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        pair().key + pair().certificate,
        pair().both.replace("\n", ""),
        pair().both.replace("\n", " "),
        pair().both.replace("\n", "\r\n"),
        "Bag Attributes\n  friendlyName: Lead CRM\n" + pair().both,
        pair().certificate + key_as_pem(rsa_key(0), PrivateFormat.TraditionalOpenSSL),
        pair(1).certificate + pair().both,
    ],
    ids=[
        "key first",
        "without line breaks",
        "blanks",
        "CRLF",
        "as openssl writes it",
        "RSA PRIVATE KEY",
        "with a chain",
    ],
)
def test_a_pem_file_is_read_in_the_ways_that_people_paste_it(text: str) -> None:
    assert SigningCertificate.from_pem(text).key.key_size == 2048


CURVE = ec.generate_private_key(ec.SECP256R1())
SOON = datetime.now(UTC) + timedelta(days=30)
BAD_BASE64 = "-----BEGIN CERTIFICATE-----\nMII*\n-----END CERTIFICATE-----\n"
NO_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"
NO_KEY = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n"
OLD_PASSWORD = pair().key.replace("PRIVATE KEY-----\n", "PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no_private_key"),
        ("not a certificate at all", "no_private_key"),
        (pair().certificate, "no_private_key"),
        (pair().key, "no_certificate"),
        (pair().certificate + pair(1).key, "not_a_pair"),
        (pair().certificate + key_as_pem(rsa_key(0), password=b"hidden"), "key_has_password"),
        (pair().certificate + OLD_PASSWORD, "key_has_password"),
        (certificate_for(CURVE, SOON) + key_as_pem(CURVE), "not_rsa"),
        (certificate_for(rsa_key(9, 1024), SOON) + key_as_pem(rsa_key(9, 1024)), "key_too_short"),
        (BAD_BASE64 + pair().key, "unreadable"),
        (NO_CERTIFICATE + pair().key, "unreadable"),
        (pair().certificate + NO_KEY, "unreadable"),
        (pair().both[:-60], "no_private_key"),
    ],
)
def test_what_cannot_sign_is_told_apart_without_a_word_of_it(text: str, problem: str) -> None:
    with pytest.raises(UnusableCertificate) as raised:
        SigningCertificate.from_pem(text)
    assert (raised.value.problem, raised.value.args) == (problem, (problem,))


def test_nothing_of_the_key_stands_in_the_representation() -> None:
    assert "RSAPrivateKey" not in repr(SigningCertificate.from_pem(pair().both))
