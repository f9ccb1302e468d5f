"""Properties: whatever comes, it is read or refused; nothing else is ever raised."""

import json
from collections.abc import Callable
from io import BufferedReader, BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from integrations.sandbox.faults import Fault, read_fault
from integrations.sandbox.http11 import Malformed, read_body, read_head
from integrations.sandbox.inputs import BadInput, Fields
from integrations.sandbox.messages import Request
from integrations.sandbox.receiver.body import Body
from integrations.sandbox.receiver.body import read_body as read_lead
from integrations.sandbox.receiver.refusal import Refused
from integrations.sandbox.receiver.settings import Settings
from integrations.sandbox.receiver.signature import Verdict, check_signature
from integrations.sandbox.texts import LANGUAGES, choose_language
from tests.integrations.sandbox.sender import SECRET

LINES = [
    b"POST /hook HTTP/1.1",
    b"GET http://[ HTTP/1.0",
    b"Host: a",
    b"Content-Length: 3",
    b"Transfer-Encoding: chunked",
]
PIECES = st.sampled_from([*LINES, b"\r\n", b"\n", b"\r\n\r\n", b"3;x", b"abc", b" ", b":"]) | st.binary(max_size=8)
STREAMS = st.lists(PIECES, max_size=20).map(b"".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = st.sampled_from(
    ["UserDetails", "userDetails", "FirstName", "firstName", "LeadSource", "type", "timestamp", "data", "id"]
)
LEADS = st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(NAMES, inner), max_leaves=10)
BODIES = st.binary() | (JSON | LEADS).map(lambda content: json.dumps(content).encode())
FAULT_FIELDS = st.sampled_from(["action", "times", "delay", "status", "match", "headers", "body"])


def outcome(read: Callable[..., Any], *arguments: Any) -> Any:
    """What was read, or the refusal; any other exception fails the test."""
    try:
        return read(*arguments)
    except (Malformed, Refused, BadInput) as refusal:
        return refusal


def read_request(sent: bytes) -> bytes | None:
    raw: Any = BytesIO(sent)
    stream = BufferedReader(raw)
    head = read_head(stream)
    return read_body(stream, head) if head else None


@given(STREAMS)
def test_a_stream_holds_a_request_or_is_malformed(sent: bytes) -> None:
    read = outcome(read_request, sent)
    assert isinstance(read, bytes | Malformed) or (read, sent) == (None, b"")


@given(BODIES)
def test_a_body_is_a_lead_or_refused(body: bytes) -> None:
    read = outcome(read_lead, body, "application/json")
    if isinstance(read, Body):
        assert read.content == json.loads(body)
        assert f"{read.person}{read.email}".encode().decode() == f"{read.person}{read.email}"
    else:
        assert read.answer.status == 400


@given(st.text(), st.text(), st.text(), st.binary())
def test_a_signature_gets_a_verdict(message_id: str, sent_at: str, signatures: str, body: bytes) -> None:
    headers = (("webhook-id", message_id), ("webhook-timestamp", sent_at), ("webhook-signature", signatures))
    verdict = check_signature(Request("POST", "/hook", headers, body), [SECRET], 0, 300)
    assert verdict not in {Verdict.VALID, Verdict.UNCHECKED}


@given(JSON | st.dictionaries(FAULT_FIELDS, JSON))
def test_a_fault_is_read_or_refused_by_name(content: object) -> None:
    read = outcome(read_fault, content, "/")
    assert isinstance(read, Fault) or read.sentence("ko").startswith(f"{read.field}: ")


@given(JSON | st.dictionaries(st.sampled_from(list(Settings().as_json())), JSON))
def test_settings_are_read_or_refused_by_name(content: object) -> None:
    read = outcome(lambda: Settings().merged(Fields(content)))
    if isinstance(read, Settings):
        assert Settings().merged(Fields(read.as_json())) == read
    else:
        assert read.sentence().startswith(f"{read.field}: ")


@given(st.text())
def test_any_wish_for_a_language_is_answered(accepted: str) -> None:
    assert choose_language(None, accepted) in LANGUAGES
