"""Every row of Salesforce's error tables: who must act, and which names the words speak of."""

from datetime import timedelta
from typing import Any

import pytest

from integrations.connectors.salesforce.refusals import Refusal, already_there, failure_in, read_refusals
from integrations.contract import Arrival, Delivered, Escalation, FailureKind
from integrations.diagnosis import CATALOGUE, diagnose
from tests.integrations.connectors.salesforce.conftest import KEY_FIELD

MISCONFIGURED, REJECTED, TEMPORARY = FailureKind.MISCONFIGURED, FailureKind.REJECTED, FailureKind.TEMPORARY
DEFECT = FailureKind.DEFECT
KEY = "1f81eb52-5198-4599-803e-771906343485"

ROWS: list[tuple[str, str, list[str], FailureKind, str, dict[str, str]]] = [
    ("INVALID_SESSION_ID", "Session expired or invalid", [], MISCONFIGURED, "salesforce_session_refused", {}),
    ("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", [], MISCONFIGURED, "salesforce_session_refused", {}),
    (
        "REQUIRED_FIELD_MISSING", "Required fields are missing: [Company, Region__c]", ["Company", "Region__c"],
        REJECTED, "salesforce_required_field", {"field": "Company, Region__c"},
    ),
    (
        "REQUIRED_FIELD_MISSING", "Required fields are missing:\n [Company,\n Region__c]", [],
        REJECTED, "salesforce_required_field", {"field": "Company, Region__c"},
    ),
    (
        "STRING_TOO_LONG", "First Name: data value too large: Anna\nMaria … (max length=40)", ["FirstName"],
        REJECTED, "salesforce_text_too_long", {"field": "FirstName", "limit": "40"},
    ),
    ("STRING_TOO_LONG", "Vorname: Datenwert zu groß", [], REJECTED, "salesforce_text_too_long", {}),
    (
        "INVALID_EMAIL_ADDRESS", "Email: invalid email address: a@@b", ["Email"],
        REJECTED, "salesforce_email_refused", {"field": "Email"},
    ),
    (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION", "We do not\nwork in this country.", ["Country"],
        REJECTED, "salesforce_validation_rule", {"field": "Country"},
    ),
    (
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Lead Source: bad value for restricted picklist field: AzureMarketplace-INS|contoso.fw", ["LeadSource"],
        REJECTED, "salesforce_restricted_list", {"field": "LeadSource"},
    ),
    (
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Rating: bad value for restricted picklist field: Lukewarm",
        ["Rating"], REJECTED, "salesforce_restricted_list", {"field": "Rating"},
    ),
    (
        "FIELD_INTEGRITY_EXCEPTION", "There's a problem with this country, even though it may appear correct. Please "
        "select a country/territory from the list of valid countries.: Country/Territory", ["Country"],
        REJECTED, "salesforce_place_refused", {"field": "Country"},
    ),
    (
        "FIELD_INTEGRITY_EXCEPTION", "Problem with this country", [], REJECTED, "salesforce_place_refused", {},
    ),
    ("FIELD_INTEGRITY_EXCEPTION", "…", ["StateCode"], REJECTED, "salesforce_place_refused", {"field": "StateCode"}),
    (
        "FIELD_INTEGRITY_EXCEPTION", "Owner ID: owner cannot be blank", ["OwnerId"],
        REJECTED, "salesforce_field_refused", {"field": "OwnerId"},
    ),
    ("DUPLICATES_DETECTED", "Use one of these records?", [], REJECTED, "salesforce_duplicate_rule", {}),
    (
        "DUPLICATE_VALUE", "duplicate value found: Tax_Id__c duplicates value on record with id: 00Q000000000001", [],
        REJECTED, "salesforce_value_not_unique", {"field": "Tax_Id__c"},
    ),
    (
        "DUPLICATE_VALUE", "duplicate value found: <unknown> duplicates value on record with id: <unknown>", [],
        TEMPORARY, "salesforce_row_locked", {},
    ),
    (
        "INVALID_FIELD", "No such column 'Region__c' on sobject of type Lead", [],
        MISCONFIGURED, "salesforce_field_unknown", {"field": "Region__c"},
    ),
    (
        "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: DoNotCall. Please check the security "
        "settings of this field and verify that it is read/write for your profile or permission set.", ["DoNotCall"],
        MISCONFIGURED, "salesforce_field_not_writable", {"field": "DoNotCall"},
    ),
    ("INVALID_TYPE", "sObject type 'Lead' is not supported.", [], MISCONFIGURED, "salesforce_lead_not_found", {}),
    ("NOT_FOUND", "The requested resource does not exist", [], MISCONFIGURED, "salesforce_lead_not_found", {}),
    (
        "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", [],
        MISCONFIGURED, "salesforce_no_right", {},
    ),
    (
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id: 00G000",
        [], MISCONFIGURED, "salesforce_no_right", {},
    ),
    ("INSUFFICIENT_ACCESS", "…", [], MISCONFIGURED, "salesforce_no_right", {}),
    (
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: execution of BeforeInsert\n\ncaused by: "
        "System.NullPointerException\n\nTrigger.LeadTrigger: line 3, column 1", [],
        REJECTED, "salesforce_automation_failed", {},
    ),
    ("API_DISABLED_FOR_ORG", "API is not enabled", [], MISCONFIGURED, "salesforce_no_api", {}),
    ("API_CURRENTLY_DISABLED", "API is currently disabled", [], MISCONFIGURED, "salesforce_no_api", {}),
    ("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", [], MISCONFIGURED, "salesforce_storage_full", {}),
    ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", [], TEMPORARY, "salesforce_row_locked", {}),
    ("MALFORMED_QUERY", "unexpected token: 'x'", [], DEFECT, "salesforce_request_unreadable", {}),
    (
        "JSON_PARSER_ERROR", "Cannot deserialize instance of double from VALUE_STRING value many", [],
        REJECTED, "salesforce_value_of_wrong_type", {},
    ),
    (
        "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 1234567890-12345 (-123)", [],
        TEMPORARY, "salesforce_unexpected_error", {},
    ),
    ("APEX_ERROR", "System.LimitException", [], TEMPORARY, "salesforce_unexpected_error", {}),
    ("SERVER_UNAVAILABLE", "The server is temporarily unavailable", [], TEMPORARY, "server_trouble", {}),
    ("UNSUPPORTED_API_VERSION", "API version 20.0 has been retired.", [], MISCONFIGURED, "salesforce_api_version", {}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "message", "fields", "kind", "cause", "params"), ROWS)
def test_each_refusal_says_who_must_act(
    code: str, message: str, fields: list[str], kind: FailureKind, cause: str, params: dict[str, str]
) -> None:
    failure = failure_in(read_refusals([{"errorCode": code, "message": message, "fields": fields}]))
    assert failure is not None
    assert (failure.kind, failure.cause, failure.code) == (kind, cause, code)
    assert failure.params == params
    assert failure.detail == f"{code}: {message}"
    assert failure.retry_after is None
    words = diagnose(cause, params)
    assert all(name in f"{words.meaning}" for name in params.values() if "{field}" in str(CATALOGUE[cause].meaning))


@pytest.mark.parametrize(("fields", "kind"), [(["LeadSource"], MISCONFIGURED), (["Rating"], REJECTED), ([], REJECTED)])
def test_a_value_that_is_not_on_its_list_stops_the_destination_only_where_all_leads_have_such_a_one(
    fields: list[str], kind: FailureKind
) -> None:
    refusals = read_refusals(
        [{"errorCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "message": "bad value", "fields": fields}]
    )
    failure = failure_in(refusals, fixed={"LeadSource"})
    assert failure is not None
    assert (failure.kind, failure.cause) == (kind, "salesforce_restricted_list")


@pytest.mark.parametrize(
    ("message", "cause", "wait"),
    [
        ("TotalRequests Limit exceeded.", "salesforce_daily_limit", timedelta(hours=1)),
        ("Etwas anderes", "salesforce_daily_limit", timedelta(hours=1)),
        ("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", "salesforce_concurrent_limit",
         timedelta(seconds=30)),
    ],
)  # fmt: skip
def test_a_used_up_limit_holds_the_destination(message: str, cause: str, wait: timedelta) -> None:
    failure = failure_in((Refusal("REQUEST_LIMIT_EXCEEDED", message),))
    assert failure is not None
    assert (failure.kind, failure.cause, failure.retry_after) == (FailureKind.THROTTLED, cause, wait)


@pytest.mark.parametrize(
    ("message", "fields", "external_id"),
    [
        (f"duplicate value found: {KEY_FIELD} duplicates value on record with id: 00Q5a00000aZftQ", [],
         "00Q5a00000aZftQ"),
        (f"duplicate value found: {KEY_FIELD} duplicates value on record with id: 00Q5a00000aZftQEAS", [],
         "00Q5a00000aZftQEAS"),
        (f"Doppelter Wert gefunden: {KEY_FIELD.upper()}\nDatensatz-ID: 00Q5a00000aZftQ", [], "00Q5a00000aZftQ"),
        (f"duplicate value found: {KEY_FIELD} duplicates value on record with id: <unknown>", [], ""),
        ("duplicate value", [KEY_FIELD], ""),
    ],
)  # fmt: skip
def test_a_duplicate_in_the_key_field_means_that_the_lead_is_there(
    message: str, fields: list[str], external_id: str
) -> None:
    refusals = read_refusals([{"statusCode": "DUPLICATE_VALUE", "message": message, "fields": fields}])
    assert already_there(refusals, KEY_FIELD) == Delivered(Arrival.ALREADY_THERE, external_id)


@pytest.mark.parametrize(
    ("refusals", "key_field"),
    [
        ((Refusal("DUPLICATE_VALUE", f"duplicate value found: My_{KEY_FIELD} duplicates value"),), KEY_FIELD),
        ((Refusal("DUPLICATE_VALUE", "duplicate value found: Tax_Id__c duplicates value"),), KEY_FIELD),
        ((Refusal("DUPLICATE_VALUE", "duplicate value found: Tax_Id__c duplicates value"),), ""),
        ((Refusal("DUPLICATES_DETECTED", KEY_FIELD),), KEY_FIELD),
        ((), KEY_FIELD),
    ],
)
def test_any_other_duplicate_does_not(refusals: tuple[Refusal, ...], key_field: str) -> None:
    assert already_there(refusals, key_field) is None


def test_the_first_refusal_decides_and_all_are_shown() -> None:
    failure = failure_in((Refusal("INVALID_EMAIL_ADDRESS", "one"), Refusal("INVALID_FIELD", "two")))
    assert failure is not None
    assert failure.cause == "salesforce_email_refused"
    assert failure.detail == "INVALID_EMAIL_ADDRESS: one\nINVALID_FIELD: two"


@pytest.mark.parametrize("refusals", [(), (Refusal("BRAND_NEW_CODE", "…"),)])
def test_what_nobody_described_is_left_to_the_status(refusals: tuple[Refusal, ...]) -> None:
    assert failure_in(refusals) is None


@pytest.mark.parametrize(
    "content",
    [None, "text", 3, {}, {"errorCode": "X"}, [], [None, 3, "x"], [{}], [{"errorCode": 3}], [{"errorCode": ""}]],
)
def test_what_is_no_list_of_errors_holds_none(content: Any) -> None:
    assert read_refusals(content) == ()


def test_odd_parts_of_an_error_are_left_out() -> None:
    odd = [{"errorCode": "X", "message": 3, "fields": ["Email", None, "no name", "a" * 81]}]
    assert read_refusals(odd) == (Refusal("X", "", ("Email",)),)
    assert read_refusals([{"statusCode": "X", "fields": "Email"}]) == (Refusal("X"),)


@pytest.mark.parametrize(
    ("code", "escalation"), [("UNKNOWN_EXCEPTION", Escalation(3, FailureKind.REJECTED)), ("UNABLE_TO_LOCK_ROW", None)]
)
def test_a_fault_that_meets_the_same_lead_three_times_is_the_leads(code: str, escalation: Escalation | None) -> None:
    failure = failure_in(read_refusals([{"errorCode": code, "message": "x", "fields": []}]))
    assert failure is not None
    assert (failure.kind, failure.escalates) == (FailureKind.TEMPORARY, escalation)
