import base64

import pytest

from integrations.signature import UnusableSecret, key_of, new_secret, sign
from tests.integrations.webhook_verifier import accepts

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another key of thirty-two bytes!").decode()
VECTORS = [
    (
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "dlv_01JD8Q7Z3F", 1795327200,
        '{"type":"lead.created","timestamp":"2026-11-22T06:00:00Z",'
        '"data":{"id":"1f81eb52-5198-4599-803e-771906343485","FirstName":"Zoë"}}',
        "v1,cYMLIocArFYn1iq1NWoGK/hehyKPSKBLGLdRFa7C6AQ=",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("message_id", "timestamp", "body", "signature"), VECTORS)
def test_the_test_vectors_come_out(message_id: str, timestamp: int, body: str, signature: str) -> None:
    assert sign([key_of(SECRET)], message_id, timestamp, body.encode()) == signature


@pytest.mark.parametrize(("message_id", "timestamp", "body", "signature"), VECTORS)
def test_the_independent_verifier_knows_the_test_vectors(
    message_id: str, timestamp: int, body: str, signature: str
) -> None:
    assert accepts(SECRET, message_id, str(timestamp), signature, body.encode())
    assert not accepts(OTHER, message_id, str(timestamp), signature, body.encode())


def test_both_secrets_sign_while_one_replaces_the_other() -> None:
    signatures = sign([key_of(OTHER), key_of(SECRET)], "m", 7, b"body")
    assert signatures.count(" ") == 1
    assert accepts(SECRET, "m", "7", signatures, b"body")
    assert accepts(OTHER, "m", "7", signatures, b"body")


def test_a_change_of_id_time_or_body_breaks_the_signature() -> None:
    signatures = sign([key_of(SECRET)], "m", 7, b"body")
    assert not accepts(SECRET, "n", "7", signatures, b"body")
    assert not accepts(SECRET, "m", "8", signatures, b"body")
    assert not accepts(SECRET, "m", "7", signatures, b"Body")


def test_a_new_secret_is_usable_and_never_the_same() -> None:
    first, second = new_secret(), new_secret()
    assert len(key_of(first)) == 32
    assert first != second


@pytest.mark.parametrize("size", [24, 32, 64])
def test_a_key_has_24_to_64_bytes(size: int) -> None:
    assert key_of("whsec_" + base64.b64encode(b"k" * size).decode()) == b"k" * size


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(b"k" * 23).decode(),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",
        "whsec_MfKQ9r8GKYqr TwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",
        "whsec_Zoë",
    ],
)
def test_what_is_no_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(UnusableSecret) as refused:
        key_of(secret)
    assert str(refused.value) == "a signing secret is whsec_ followed by the base64 of 24 to 64 bytes"
