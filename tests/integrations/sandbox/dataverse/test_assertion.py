"""The token endpoint with a certificate: every way in which an assertion can be wrong."""

import base64
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import CLIENT, TENANT, ask_token
from tests.integrations.sandbox.sender import Reply

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def certificate(key: Any = KEY, days: int = 30) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lead-crm")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    return (
        builder.not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


CERTIFICATE = certificate()


def pem(one: x509.Certificate = CERTIFICATE) -> str:
    return one.public_bytes(serialization.Encoding.PEM).decode()


def thumbprint(one: x509.Certificate = CERTIFICATE, algorithm: str = "sha256") -> str:
    return encoded(hashlib.new(algorithm, one.public_bytes(serialization.Encoding.DER)).digest())


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def claims(dataverse: Dataverse, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "aud": f"{dataverse.url}/{TENANT}/oauth2/v2.0/token",
        "iss": CLIENT,
        "sub": CLIENT,
        "jti": "6f2e",
        "nbf": now,
        "exp": now + 300,
        **changes,
    }


def signed(content: Any, header: dict[str, Any] | None = None, key: rsa.RSAPrivateKey = KEY) -> str:
    head = {"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint()} if header is None else header
    text = ".".join(encoded(json.dumps(one).encode()) for one in (head, content))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    chosen = padding.PKCS1v15() if head.get("alg") == "RS256" else pss
    return f"{text}.{encoded(key.sign(text.encode(), chosen, hashes.SHA256()))}"


def ask(dataverse: Dataverse, assertion: str, kind: str | None = JWT_BEARER) -> Reply:
    return ask_token(dataverse, client_secret=None, client_assertion_type=kind, client_assertion=assertion)


@pytest.fixture
def registered(dataverse: Dataverse) -> Dataverse:
    dataverse.control("config", {"certificate": pem()})
    return dataverse


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "PS256", "x5t#S256": thumbprint()},
        {"alg": "RS256", "x5t": thumbprint(algorithm="sha1")},
        {"alg": "RS256", "x5t": thumbprint(algorithm="sha1"), "x5t#S256": thumbprint()},
    ],
)
def test_an_assertion_signed_with_the_certificate_gets_a_token(registered: Dataverse, header: dict[str, Any]) -> None:
    assert ask(registered, signed(claims(registered), header)).status == 200


def test_the_clock_of_the_sandbox_does_not_make_an_assertion_stale(registered: Dataverse) -> None:
    registered.control("clock", {"offset": 86_400})
    assert ask(registered, signed(claims(registered))).status == 200


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"iss": TENANT}, 700021),
        ({"sub": TENANT}, 700021),
        ({"sub": None}, 700021),
        ({"aud": "https://login.microsoftonline.com/"}, 700023),
        ({"aud": None}, 700023),
        ({"exp": 1}, 700024),
        ({"exp": int(time.time()) + 1_000_000}, 700024),
        ({"exp": "soon"}, 700024),
        ({"exp": None}, 700024),
        ({"nbf": 10_000_000_000}, 700024),
    ],
)
def test_wrong_claims_are_refused(registered: Dataverse, changes: dict[str, Any], number: int) -> None:
    reply = ask(registered, signed(claims(registered, **changes)))
    assert (reply.status, reply.content["error"], reply.content["error_codes"]) == (401, "invalid_client", [number])


@pytest.mark.parametrize(
    ("header", "number"),
    [
        ({"alg": "HS256", "x5t#S256": thumbprint()}, 5002738),
        ({"alg": "none"}, 5002738),
        ({"alg": "PS256"}, 700027),
        ({"alg": "PS256", "x5t#S256": "wrong"}, 700027),
        ({"alg": "PS256", "x5t#S256": thumbprint(), "x5t": "wrong"}, 700027),
    ],
)
def test_a_wrong_header_is_refused(registered: Dataverse, header: dict[str, Any], number: int) -> None:
    assert ask(registered, signed(claims(registered), header)).content["error_codes"] == [number]


def test_the_signature_of_another_key_is_refused(registered: Dataverse) -> None:
    reply = ask(registered, signed(claims(registered), key=OTHER_KEY))
    assert reply.content["error_codes"] == [700027]
    assert "did not match the expected signature" in reply.content["error_description"]


@pytest.mark.parametrize("text", ["x", "a.b", "a.b.c", "e30=.e30.AA", "W10.W10.AA", "e30.e30.AA.AA", "é.é.é"])
def test_what_is_no_token_is_malformed(registered: Dataverse, text: str) -> None:
    assert ask(registered, text).content["error_codes"] == [50027]


def test_a_missing_assertion_type_is_named(registered: Dataverse) -> None:
    assert "'client_assertion_type'" in ask(registered, signed(claims(registered)), None).content["error_description"]


def test_an_application_without_a_certificate_cannot_use_one(dataverse: Dataverse) -> None:
    assert ask(dataverse, signed(claims(dataverse))).content["error_codes"] == [700027]


def test_an_expired_certificate_is_refused(dataverse: Dataverse) -> None:
    expired = certificate(days=-1)
    dataverse.control("config", {"certificate": pem(expired)})
    reply = ask(dataverse, signed(claims(dataverse), {"alg": "PS256", "x5t#S256": thumbprint(expired)}))
    assert "The key used is expired." in reply.content["error_description"]


def test_an_elliptic_key_cannot_be_registered(dataverse: Dataverse) -> None:
    with pytest.raises(ValueError, match="certificate"):
        dataverse.configure({"certificate": pem(certificate(ec.generate_private_key(ec.SECP256R1())))})
