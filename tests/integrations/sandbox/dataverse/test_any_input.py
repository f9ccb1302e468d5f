"""Properties: whatever comes is read or refused; nothing else is ever raised."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox.dataverse.addressing import read_address, read_reference
from integrations.sandbox.dataverse.assertion import check_assertion
from integrations.sandbox.dataverse.columns import LEAD_COLUMNS
from integrations.sandbox.dataverse.errors import ApiError
from integrations.sandbox.dataverse.multipart import Part, read_boundary, read_parts, read_request
from integrations.sandbox.dataverse.settings import Settings
from integrations.sandbox.dataverse.token_refusal import TokenRefused
from integrations.sandbox.dataverse.values import Change, read_change, read_json
from integrations.sandbox.inputs import BadInput, Fields
from integrations.sandbox.messages import Request

SETTINGS = Settings()
at_any_pace = settings(deadline=None)  # what is read does not depend on how busy the machine is
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([column.name for column in LEAD_COLUMNS] + ["@odata.type", "ownerid@odata.bind", "x"])
SETTING_NAMES = st.sampled_from(sorted(SETTINGS.as_json()))
KEYS = st.lists(st.sampled_from(["new_marketplaceleadid", "=", "'", ",", "a", "7", "%27", " ", "leads(", ")"])).map(
    "".join
)
LINES = [b"--b", b"--b--", b"Content-Type: application/http", b"Content-Transfer-Encoding: binary", b"GET x HTTP/1.1"]
BATCHES = st.lists(st.sampled_from([*LINES, b"\r\n", b"\r\n\r\n", b"\n", b"{}", b":"])).map(b"".join)


def outcome(read: Callable[..., Any], *arguments: Any) -> Any:
    """What was read, or the refusal; any other exception fails the test."""
    try:
        return read(*arguments)
    except (ApiError, TokenRefused, BadInput) as refusal:
        return refusal


@at_any_pace
@given(st.binary() | JSON.map(lambda content: json.dumps(content).encode()))
def test_any_body_is_an_object_or_refused(body: bytes) -> None:
    assert isinstance(outcome(read_json, body), dict | ApiError)


@at_any_pace
@given(st.dictionaries(NAMES, JSON, max_size=3))
def test_any_object_is_a_change_or_refused_with_an_answer(content: dict[str, Any]) -> None:
    found = outcome(read_change, content, SETTINGS)
    assert isinstance(found, Change) or found.answer(Request("PATCH", "/")).status in {400, 404}


@at_any_pace
@given(KEYS | st.text())
def test_any_address_is_read_or_refused(text: str) -> None:
    for read in (read_address, read_reference):
        found = outcome(read, text, SETTINGS.table, "0x0")
        assert isinstance(found, ApiError) or (found.lead_id is None) != (found.key is None)


@at_any_pace
@given(st.binary() | BATCHES)
def test_any_batch_is_taken_apart_or_refused(body: bytes) -> None:
    found = outcome(read_parts, body, "b")
    for part in found if isinstance(found, list) else []:
        assert isinstance(part, Part)
        assert isinstance(outcome(read_request, part, 1), Request | ApiError)


@at_any_pace
@given(st.text())
def test_any_content_type_has_a_boundary_or_none(text: str) -> None:
    assert read_boundary(f"multipart/mixed; boundary={text}") != ""


@at_any_pace
@given(st.text() | st.tuples(st.binary(), st.binary(), st.binary()).map(lambda parts: ".".join(map(repr, parts))))
def test_any_assertion_is_refused(text: str) -> None:
    assert isinstance(outcome(check_assertion, text, "client", {"here"}, None), TokenRefused)


@at_any_pace
@given(st.dictionaries(SETTING_NAMES, JSON, max_size=2))
def test_any_setting_is_merged_or_refused(content: dict[str, Any]) -> None:
    found = outcome(SETTINGS.merged, Fields(content))
    assert isinstance(found, BadInput) or SETTINGS.merged(Fields(found.as_json())) == found
