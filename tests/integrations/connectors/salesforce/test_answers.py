"""What the answers to inserts mean, record by record."""

import json
from datetime import timedelta
from typing import Any

import pytest

from integrations.connectors.salesforce.answers import Meaning, Surroundings, failure_of, on_collection, on_insert
from integrations.contract import Arrival, Delivered, Exchange, Failure, FailureKind
from integrations.transport import Answer
from tests.integrations.connectors.salesforce.conftest import KEY_FIELD

AROUND = Surroundings(KEY_FIELD)
LEAD_ID = "00Q5a00000aZftQEAS"
HTML = "<html><h1>We are down for maintenance</h1></html>"


def answered(status: int, content: Any, **headers: str) -> Answer:
    body = content if isinstance(content, str) else json.dumps(content)
    named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    exchange = Exchange(method="POST", url="https://x", response_headers=named, response_body=body)
    return Answer(status, named, body.encode(), exchange)


def of(meaning: Meaning) -> tuple[str, str]:
    assert isinstance(meaning.result, Failure)
    return meaning.result.kind.value, meaning.result.cause


def test_201_with_an_id_is_a_new_lead() -> None:
    meaning = on_insert(answered(201, {"id": LEAD_ID, "success": True, "errors": []}), AROUND)
    assert meaning == Meaning(Delivered(Arrival.CREATED, LEAD_ID))


@pytest.mark.parametrize(
    "content",
    [
        HTML, "", [], {}, {"id": LEAD_ID}, {"success": True}, {"id": LEAD_ID, "success": False, "errors": []},
        {"id": "x", "success": True}, {"id": 3, "success": True}, {"id": f"{LEAD_ID}\n", "success": True},
        {"id": "../../../x/y/zz", "success": True},
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 201])
def test_a_success_without_a_leads_id_is_not_taken_for_one(status: int, content: Any) -> None:
    assert of(on_insert(answered(status, content), AROUND)) == ("temporary", "unreadable_answer")


@pytest.mark.parametrize(
    ("status", "content", "kind", "cause"),
    [
        (400, HTML, "rejected", "record_refused"),
        (400, [{"errorCode": "BRAND_NEW", "message": "x"}], "rejected", "record_refused"),
        (401, [], "misconfigured", "salesforce_session_refused"),
        (403, HTML, "misconfigured", "access_refused"),
        (403, [{"errorCode": "BRAND_NEW", "message": "x"}], "misconfigured", "access_refused"),
        (404, HTML, "misconfigured", "address_not_found"),
        (404, [{"errorCode": "NOT_FOUND", "message": "x"}], "misconfigured", "salesforce_lead_not_found"),
        (410, HTML, "misconfigured", "salesforce_api_version"),
        (413, HTML, "rejected", "record_too_large"),
        (415, HTML, "defect", "salesforce_request_unreadable"),
        (420, HTML, "misconfigured", "salesforce_api_version"),
        (429, HTML, "throttled", "throttled"),
        (500, HTML, "temporary", "server_trouble"),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}], "temporary", "salesforce_unexpected_error"),
        (502, HTML, "temporary", "server_trouble"),
        (503, HTML, "temporary", "server_trouble"),
        (504, HTML, "temporary", "server_trouble"),
        (302, HTML, "misconfigured", "redirected"),
    ],
)
def test_code_first_then_status(status: int, content: Any, kind: str, cause: str) -> None:
    meaning = on_insert(answered(status, content), AROUND)
    assert of(meaning) == (kind, cause)
    assert isinstance(meaning.result, Failure)
    assert meaning.result.http_status == status


def test_a_code_that_nobody_described_is_kept() -> None:
    assert failure_of(answered(400, [{"errorCode": "BRAND_NEW", "message": "x"}])).code == "BRAND_NEW"


def test_a_server_in_trouble_that_names_a_time_is_left_alone_until_then() -> None:
    failure = failure_of(answered(503, [{"errorCode": "SERVER_UNAVAILABLE", "message": "x"}], Retry_After="7"))
    assert (failure.kind, failure.retry_after) == (FailureKind.THROTTLED, timedelta(seconds=7))


def test_a_repeat_of_a_single_lead_is_no_failure() -> None:
    content = [{"errorCode": "DUPLICATE_VALUE", "message": f"duplicate value found: {KEY_FIELD} … {LEAD_ID}"}]
    assert on_insert(answered(400, content), AROUND).result == Delivered(Arrival.ALREADY_THERE, LEAD_ID)


def test_a_list_that_is_missed_by_all_leads_alike_stops_them_singly_and_together() -> None:
    around = Surroundings(KEY_FIELD, frozenset(("LeadSource",)))
    error = {"message": "bad value for restricted picklist field", "fields": ["LeadSource"]}
    code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    single = answered(400, [error | {"errorCode": code}])
    entry = {"success": False, "errors": [error | {"statusCode": code}]}
    (together,) = on_collection(answered(200, [entry]), 1, around)
    assert of(on_insert(single, around)) == of(together) == ("misconfigured", "salesforce_restricted_list")
    assert of(on_insert(single, AROUND)) == ("rejected", "salesforce_restricted_list")


def test_each_entry_of_a_collection_stands_for_its_record() -> None:
    missing = {"statusCode": "REQUIRED_FIELD_MISSING", "message": "…: [Company]", "fields": ["Company"]}
    repeated = {"statusCode": "DUPLICATE_VALUE", "message": f"{KEY_FIELD} {LEAD_ID}", "fields": []}
    unknown = {"statusCode": "BRAND_NEW", "message": "no", "fields": []}
    content: list[Any] = [
        {"id": LEAD_ID, "success": True, "errors": []},
        *({"success": False, "errors": [error]} for error in (missing, repeated, unknown)),
        {"success": False, "errors": []},
        None,
    ]
    meanings = on_collection(answered(200, content), 6, AROUND)
    assert meanings[0].result == Delivered(Arrival.CREATED, LEAD_ID)
    assert meanings[2].result == Delivered(Arrival.ALREADY_THERE, LEAD_ID)
    assert [of(meaning) for meaning in (meanings[1], *meanings[3:])] == [
        ("rejected", "salesforce_required_field"), ("rejected", "record_refused"),
        ("temporary", "unreadable_answer"), ("temporary", "unreadable_answer"),
    ]  # fmt: skip
    assert [json.loads(meaning.text or "") for meaning in meanings] == content
    assert isinstance(meanings[1].result, Failure)
    assert meanings[1].result.http_status == 200
    assert isinstance(meanings[4].result, Failure)
    assert meanings[4].result.detail == '{"success": false, "errors": []}'


@pytest.mark.parametrize("content", [HTML, {}, [], [{}], [{}] * 3])
def test_a_collection_of_another_length_says_nothing_of_any(content: Any) -> None:
    meanings = on_collection(answered(200, content), 2, AROUND)
    assert [of(meaning) for meaning in meanings] == [("temporary", "unreadable_answer")] * 2
