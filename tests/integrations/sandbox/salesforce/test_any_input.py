"""Properties: whatever comes, it is read or refused; nothing else is ever raised."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from integrations.sandbox.inputs import BadInput, Fields
from integrations.sandbox.messages import Request
from integrations.sandbox.salesforce.assertion import BadAssertion, read_assertion
from integrations.sandbox.salesforce.errors import ApiError
from integrations.sandbox.salesforce.ids import long_id, new_id, short_id
from integrations.sandbox.salesforce.lead_fields import LEAD_FIELDS
from integrations.sandbox.salesforce.lead_rules import check_values, read_values
from integrations.sandbox.salesforce.merging import merged
from integrations.sandbox.salesforce.query import Query
from integrations.sandbox.salesforce.settings import Settings
from integrations.sandbox.salesforce.soql import read_query
from integrations.sandbox.salesforce.web_to_lead import lead_values, read_form

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = st.sampled_from([*LEAD_FIELDS, "attributes"])
SECTIONS = st.sampled_from(list(Settings().as_json()))
SETTINGS = st.dictionaries(st.sampled_from(["id", "active", "leads", "Company", "length", "rule"]), JSON)
WORDS = ["SELECT", "Id", ",", "FROM", "Lead", "WHERE", "Email", "=", "'a'", "IN", "(", ")", "AND", "OR", "LIMIT", "5"]
QUERIES = st.lists(st.sampled_from([*WORDS, "CreatedDate", "2026-11-22T06:00:00Z", "ORDER", "BY", "NULL"]) | st.text())


def outcome(read: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """What was read, or the refusal; any other exception fails the test."""
    try:
        return read(*arguments, **more)
    except (ApiError, BadInput, BadAssertion) as refusal:
        return refusal


@given(QUERIES.map(" ".join))
def test_a_query_is_read_or_refused(text: str) -> None:
    assert isinstance(outcome(read_query, text, Settings()), Query | ApiError)


@given(JSON | st.dictionaries(NAMES, JSON))
def test_a_lead_is_read_or_refused(content: object) -> None:
    values = outcome(read_values, content, Settings())
    assert isinstance(values, dict | ApiError)
    if isinstance(values, dict):
        assert values.keys() <= LEAD_FIELDS.keys()
        assert isinstance(outcome(check_values, values, Settings(), creating=True), ApiError | None)


@given(JSON | st.dictionaries(SECTIONS, JSON | SETTINGS | st.dictionaries(st.just("Company"), SETTINGS)))
def test_settings_are_read_or_refused_by_name(content: object) -> None:
    read = outcome(lambda: merged(Settings(), Fields(content)))
    if isinstance(read, Settings):
        assert merged(Settings(), Fields(read.as_json())) == read
    else:
        assert read.sentence("ko").startswith(f"{read.field}: ")


@given(st.binary(), st.text())
def test_a_form_is_read_whatever_it_holds(body: bytes, kind: str) -> None:
    for media_type in (kind, "application/x-www-form-urlencoded"):
        form = read_form(Request("POST", "/", (("Content-Type", media_type),), body))
        assert isinstance(outcome(read_values, lead_values(form, Settings()), Settings()), dict | ApiError)


@given(st.text(), st.dictionaries(st.sampled_from(["n", "e"]), st.text()))
def test_no_text_is_an_assertion(assertion: str, key: dict[str, str]) -> None:
    assert isinstance(outcome(read_assertion, assertion, key), BadAssertion)


def test_the_last_three_characters_of_an_id_follow_from_the_others() -> None:
    assert long_id("00D5a0000000001") == "00D5a0000000001EAA"
    assert long_id("001A0000006Vm9r") == "001A0000006Vm9rIAC"
    made = new_id("00Q")
    assert (len(made), made[:3], long_id(short_id(made))) == (18, "00Q", made)
