"""Signatures by the Standard Webhooks specification."""

import pytest

from integrations.sandbox.messages import Request
from integrations.sandbox.receiver.signature import Verdict, check_signature, key_of
from tests.integrations.sandbox.sender import OLD_SECRET, SECRET, sign, signature

BODY = b'{"test": 2432232314}'
SENT_AT = 1614265330
VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
KOREAN_VECTOR = {
    "webhook-id": "dlv_01JD8Q7Z3F",
    "webhook-timestamp": "1795327200",
    "webhook-signature": "v1,cYMLIocArFYn1iq1NWoGK/hehyKPSKBLGLdRFa7C6AQ=",
}
UTF8_BODY = (
    '{"type":"lead.created","timestamp":"2026-11-22T06:00:00Z",'
    '"data":{"id":"1f81eb52-5198-4599-803e-771906343485","FirstName":"Zoë"}}'
).encode()


def judge(
    headers: dict[str, str], body: bytes = BODY, now: float = SENT_AT, secrets: tuple[str, ...] = (SECRET,)
) -> str:
    return check_signature(Request("POST", "/hook", tuple(headers.items()), body), secrets, now, 300)


def test_the_published_vector_is_valid() -> None:
    assert judge(VECTOR) == Verdict.VALID


def test_a_body_beyond_ascii_is_signed_as_its_bytes() -> None:
    assert judge(KOREAN_VECTOR, UTF8_BODY, now=1795327200) == Verdict.VALID


def test_one_changed_byte_makes_it_wrong() -> None:
    assert judge(VECTOR, BODY + b" ") == Verdict.WRONG


def test_another_id_makes_it_wrong() -> None:
    assert judge(VECTOR | {"webhook-id": "msg_other"}) == Verdict.WRONG


def test_another_timestamp_makes_it_wrong() -> None:
    assert judge(VECTOR | {"webhook-timestamp": "1614265331"}) == Verdict.WRONG


@pytest.mark.parametrize("off", [-300, 300])
def test_five_minutes_off_is_still_in_time(off: int) -> None:
    assert judge(VECTOR, now=SENT_AT + off) == Verdict.VALID


def test_more_than_five_minutes_ago_is_stale() -> None:
    assert judge(VECTOR, now=SENT_AT + 300.5) == Verdict.STALE


def test_more_than_five_minutes_ahead_is_early() -> None:
    assert judge(VECTOR, now=SENT_AT - 300.5) == Verdict.EARLY


def test_the_right_one_among_several_signatures_is_enough() -> None:
    old = signature("msg_1", SENT_AT, BODY, OLD_SECRET)
    right = signature("msg_1", SENT_AT, BODY)
    headers = sign("msg_1", SENT_AT, BODY) | {"webhook-signature": f"v1a,abc {old} {right}"}
    assert judge(headers) == Verdict.VALID


def test_any_of_two_secrets_is_good() -> None:
    headers = sign("msg_1", SENT_AT, BODY, OLD_SECRET)
    assert judge(headers, secrets=(SECRET, OLD_SECRET)) == Verdict.VALID
    assert judge(headers, secrets=(SECRET,)) == Verdict.WRONG


def test_unknown_versions_alone_are_unsupported() -> None:
    right = VECTOR["webhook-signature"].removeprefix("v1,")
    assert judge(VECTOR | {"webhook-signature": f"v1a,{right} v2,{right}"}) == Verdict.UNSUPPORTED


def test_base64_without_padding_is_wrong() -> None:
    assert judge(VECTOR | {"webhook-signature": VECTOR["webhook-signature"].rstrip("=")}) == Verdict.WRONG


def test_a_signature_beyond_ascii_is_wrong_and_no_error() -> None:
    assert judge(VECTOR | {"webhook-signature": "v1,Zoë"}) == Verdict.WRONG


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_header_beside_the_signature_is_needed(name: str) -> None:
    assert judge({header: value for header, value in VECTOR.items() if header != name}) == Verdict.MALFORMED


@pytest.mark.parametrize("timestamp", ["1614265330.5", "-1614265330", "soon", " ", "1" * 13])
def test_a_timestamp_is_whole_seconds(timestamp: str) -> None:
    assert judge(VECTOR | {"webhook-timestamp": timestamp}) == Verdict.MALFORMED


def test_no_signature_is_missing() -> None:
    assert judge({"webhook-id": "msg_1", "webhook-timestamp": "1614265330"}) == Verdict.MISSING


def test_without_a_secret_nothing_is_checked() -> None:
    assert judge(VECTOR, secrets=()) == Verdict.UNCHECKED


def test_header_names_match_whatever_their_case() -> None:
    assert judge({name.title(): value for name, value in VECTOR.items()}) == Verdict.VALID


def test_the_key_is_the_decoded_secret() -> None:
    assert key_of("whsec_" + "QUJD" * 8) == b"ABC" * 8


@pytest.mark.parametrize(
    "secret", ["", "QUJD" * 8, "whsec_", "whsec_" + "QUJD" * 7, "whsec_" + "QUJD" * 22, "whsec_*" + "QUJD" * 8]
)
def test_a_secret_needs_prefix_base64_and_length(secret: str) -> None:
    with pytest.raises(ValueError, match=r"prefix|base64|length"):
        key_of(secret)
