"""The search for leads that were refused as duplicates."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from integrations.connectors.salesforce.duplicates import is_doubtful, read_found, search_for
from integrations.contract import Arrival, Delivered, Failure, FailureKind

KEY = UUID("1f81eb52-5198-4599-803e-771906343485")
OTHER = UUID("7d9f0e6c-2a4b-4c8d-9e1f-0a2b3c4d5e6f")


def test_all_keys_are_searched_for_at_once() -> None:
    address = urlsplit(search_for([KEY, OTHER], "X__c"))
    assert address.path == "/query"
    assert parse_qs(address.query) == {"q": [f"SELECT Id, X__c FROM Lead WHERE X__c IN ('{KEY}','{OTHER}')"]}


def test_the_search_for_a_whole_batch_fits_an_address() -> None:
    assert len(search_for([KEY] * 200, "Marketplace_Lead_Id__c")) < 16_000


def test_found_leads_are_named_by_their_keys_in_any_case() -> None:
    rows: list[Any] = [{"Id": "00Q000000000001AAA", "X__c": str(KEY).upper()}, {"Id": "x", "X__c": "y"}, None, {}]
    assert read_found({"records": rows}, "X__c") == {str(KEY): "00Q000000000001AAA"}


@pytest.mark.parametrize("content", [None, [], "text", {}, {"records": None}, {"records": 3}])
def test_what_is_no_answer_finds_nothing(content: Any) -> None:
    assert read_found(content, "X__c") == {}


@pytest.mark.parametrize(
    ("cause", "is_so"),
    [("salesforce_duplicate_rule", True), ("salesforce_value_not_unique", True), ("salesforce_validation_rule", False)],
)
def test_only_duplicates_are_in_doubt(cause: str, is_so: bool) -> None:
    assert is_doubtful(Failure(kind=FailureKind.REJECTED, cause=cause)) is is_so
    assert is_doubtful(Delivered(Arrival.CREATED)) is False
