"""What an answer means: every row of Dataverse's documented errors, plain and as it really comes."""

import json
from datetime import timedelta
from typing import Any

import pytest

from integrations.connectors.dynamics365.answers import BY_CODE, failure_in, judge, limit_in
from integrations.contract import Arrival, Delivered, Escalation, Failure, FailureKind
from integrations.diagnosis import UNKNOWN, diagnose
from tests.integrations.connectors.dynamics365.conftest import KEY_COLUMN, answer
from tests.integrations.records import KEY

API = "https://contoso.crm4.dynamics.com/api/data/v9.2"
OTHER = "00000000-5198-4599-803e-771906343485"


def refusal(status: int, code: str, message: str, key_column: str = "", **headers: str) -> Failure:
    body = json.dumps({"error": {"code": code, "message": message}})
    result = judge(answer(status, body, **headers), KEY, key_column)
    assert isinstance(result, Failure)
    assert (result.http_status, result.detail) == (status, message)
    return result


def test_a_new_record_is_named_in_a_header() -> None:
    created = answer(204, OData_EntityId=f"{API}/leads({KEY})")
    assert judge(created, KEY) == Delivered(Arrival.CREATED, str(KEY))


def test_a_new_record_may_stand_in_the_body() -> None:
    created = answer(201, json.dumps({"@odata.context": "…", "leadid": str(KEY).upper()}))
    assert judge(created, KEY) == Delivered(Arrival.CREATED, str(KEY))


@pytest.mark.parametrize(
    ("created", "new_id"),
    [
        (answer(201, json.dumps({"leadid": OTHER})), OTHER),
        (answer(201, json.dumps({"leadid": OTHER}), OData_EntityId=f"{API}/leads({KEY_COLUMN}='{KEY}')"), OTHER),
        (answer(204, OData_EntityId=f"{API}/leads({KEY_COLUMN}='{KEY}')"), ""),
        (answer(204, OData_EntityId=f"{API}/leads({OTHER})"), OTHER),
    ],
)
def test_under_an_alternate_key_the_records_own_id_is_another(created: Any, new_id: str) -> None:
    assert judge(created, KEY, KEY_COLUMN) == Delivered(Arrival.CREATED, new_id)


@pytest.mark.parametrize(
    "success",
    [
        answer(204), answer(200), answer(200, "<!doctype html><h1>It works!</h1>"), answer(200, "[]"), answer(200, "{"),
        answer(201, '{"leadid":7}'), answer(201, '{"leadid":"../x"}'),
        answer(204, OData_EntityId=f"{API}/accounts({KEY})"),
        answer(204, OData_EntityId=f"{API}/leads({OTHER})"), answer(201, json.dumps({"leadid": OTHER})),
        answer(200, "[" * 60_000),
    ],
)  # fmt: skip
def test_a_success_that_does_not_name_the_new_record_is_none(success: Any) -> None:
    result = judge(success, KEY)
    assert isinstance(result, Failure)
    assert (result.kind, result.cause) == (FailureKind.TEMPORARY, "unreadable_answer")


def test_another_address_is_no_success_under_an_alternate_key_either() -> None:
    result = judge(answer(204, OData_EntityId=f"{API}/leads({KEY_COLUMN}='{OTHER}')"), KEY, KEY_COLUMN)
    assert isinstance(result, Failure)


@pytest.mark.parametrize("code", ["", "0x80040237", "0x0", "0X80040237", "0x12345678"])
@pytest.mark.parametrize("key_column", ["", KEY_COLUMN])
def test_412_says_that_the_record_is_there_whatever_its_code(code: str, key_column: str) -> None:
    body = json.dumps({"error": {"code": code, "message": "A record with matching key values already exists."}})
    assert judge(answer(412, body), KEY, key_column) == Delivered(Arrival.ALREADY_THERE)


@pytest.mark.parametrize("body", ["", "<html></html>", '{"error":"x"}', '{"error":{"code":7}}'])
def test_a_412_without_words_says_so_too(body: str) -> None:
    assert judge(answer(412, body), KEY) == Delivered(Arrival.ALREADY_THERE)


KEY_TAKEN = (
    "Entity Key Marketplace key violated. A record with the same value for new_marketplaceleadid already exists. A "
    "duplicate record cannot be created."
)


def test_our_own_key_taken_says_that_the_record_is_there() -> None:
    body = json.dumps({"error": {"code": "0x80060892", "message": KEY_TAKEN}})
    assert judge(answer(412, body), KEY, KEY_COLUMN) == Delivered(Arrival.ALREADY_THERE)


@pytest.mark.parametrize("key_column", ["", "new_marketplacelead", "cr1_other"])
def test_another_key_taken_is_another_lead(key_column: str) -> None:
    failure = refusal(412, "0x80060892", KEY_TAKEN, key_column)
    assert (failure.kind, failure.cause) == (FailureKind.REJECTED, "dynamics365_key_taken")
    assert failure.params == {"key": "Marketplace key"}


TOO_LONG = (
    "A validation error occurred. The length of the 'subject' attribute of the 'lead' entity exceeded the maximum "
    "allowed length of '300'."
)
PRIVILEGE = (
    "Principal user (Id=0b91c1d2-0000-ee11-9ae7-000d3a2b3c4d, type=8, roleCount=1, privilegeCount=40, accessMode='4 "
    "NonInteractive') is missing prvCreateLead privilege (Id=6d0d4e1c-0000-4b5c-a7f2-000000000000) on OTC=4 for entity "
    "'lead'. context.Caller=0b91c1d2-0000-ee11-9ae7-000d3a2b3c4d"
)
PAYLOAD = (
    "Error identified in Payload provided by the user for Entity :'', For more information on this error please follow "
    "this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : "
    "Microsoft.OData.ODataException: "
)
CHOICE = (
    "A validation error occurred.  The value 77 of 'leadsourcecode' on record of type 'lead' is outside the valid "
    "range. Accepted Values: 1,2,3,4,5,6,7,8,9,10"
)
SECURED = (
    "Caller user with ID 0b91c1d2-0000-ee11-9ae7-000d3a2b3c4d does not have Create permissions for the leadsourcecode "
    "attribute in the lead entity. Count secured attributes in entity 1. user has 0 secured attribute privileges."
)
NO_ORGANIZATION = "The user with object id 0b91c1d2-0000-ee11-9ae7-000d3a2b3c4d is not a member of the organization."
NO_ROLE = (
    "SecLib::RetrievePrivilegeForUser failed - no roles are assigned to user. Returned hr = -2147209463, User: "
    "0b91c1d2-0000-ee11-9ae7-000d3a2b3c4d"
)
M, R, T = "misconfigured", "rejected", "temporary"

ROWS: list[tuple[int, str, str, str, str, dict[str, str]]] = [
    (401, "0x80060017", "The token is expired.", M, "token_refused", {}),
    (403, "0x80072560", NO_ORGANIZATION, M, "no_application_user", {}),
    (403, "0x80042f09", NO_ROLE, M, "no_role", {}),
    (403, "0x80042F09", "Dem Benutzer sind keine Rollen zugewiesen.", M, "no_role", {}),
    (403, "0x80040220", PRIVILEGE, M, "privilege_missing", {"privilege": "prvCreateLead"}),
    (403, "0x80040220", "Fehlende Rechte", M, "privilege_missing", {}),
    (403, "0x80041d1f", "The user with SystemUserId=0b91 in OrganizationContext=1 is disabled", M, "user_disabled", {}),
    (403, "0x80095ffc", "Access to Dataverse API is restricted for this application Id", M, "application_blocked", {}),
    (404, "0x8006088a", "Resource not found for the segment 'leads'.", M, "no_lead_table", {}),
    (
        400, "0x0", "Invalid property 'cr1_campaign' was found in entity 'Microsoft.Dynamics.CRM.lead'.", M,
        "column_unknown", {"column": "cr1_campaign"},
    ),
    (
        400, "0x80048d19", f"{PAYLOAD}An undeclared property 'Subject' which only has\r\nproperty annotations", M,
        "column_unknown", {"column": "Subject"},
    ),
    (
        400, "0x80048D19", f"{PAYLOAD}Cannot convert the literal 'Web' to the expected type 'Edm.Int32'.", R,
        "value_of_wrong_type", {"type": "Edm.Int32"},
    ),
    (400, "0x80048d19", "Stream was not readable.", R, "value_of_wrong_type", {}),
    (400, "0x80044331", TOO_LONG, R, "text_too_long", {"column": "subject", "limit": "300"}),
    (400, "0x80044331", "Zu lang.", R, "text_too_long", {}),
    (400, "0x8004431A", CHOICE, R, "choice_unknown", {"column": "leadsourcecode", "value": "77"}),
    (400, "0x80048408", CHOICE.replace("  The", "\r\nThe"), R, "choice_unknown",
     {"column": "leadsourcecode", "value": "77"}),
    (400, "0x80040278", "Invalid character in field 'description': '\\u0003'", R, "character_refused",
     {"column": "description"}),
    (412, "0x80040333", "A record was not created or updated because a duplicate of the current record already exists.",
     R, "duplicate_detected", {}),
    (412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided.", T,
     "changed_meanwhile", {}),
    (400, "0x80040265", "Invalid property 'x' was found in entity, says a plug-in", R, "plugin_refused", {}),
    (500, "0x80040265", "The company REFUSE is not served.", R, "plugin_refused", {}),
    (500, "0x80040224", "An unexpected error occurred from ISV code.", T, "plugin_failed", {}),
    (500, "0x80040216", "An unexpected error occurred.", T, "unexpected_error", {}),
    (
        400, "0x0", "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.lead'. Ensure that "
        "the names and number of key properties match the declared or alternate key properties for the resource "
        "'Microsoft.Dynamics.CRM.lead'.", M, "key_not_ready", {"key": KEY_COLUMN},
    ),
    (400, "0x80060888", "The key in the request URI is not valid for resource\n'Microsoft…'", M, "key_not_ready",
     {"key": KEY_COLUMN}),
    (403, "0x80048408", SECURED, M, "column_secured", {"column": "leadsourcecode"}),
    (400, "", SECURED.replace("Caller user", "User"), M, "column_secured",
     {"column": "leadsourcecode"}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "message", "kind", "cause", "params"), ROWS)
def test_every_documented_refusal_says_who_must_act(
    status: int, code: str, message: str, kind: str, cause: str, params: dict[str, str]
) -> None:
    failure = refusal(status, code, message, KEY_COLUMN)
    assert (failure.kind, failure.cause) == (kind, f"dynamics365_{cause}")
    assert dict(failure.params) == params
    assert failure.code == code.lower()
    assert diagnose(failure.cause) is not UNKNOWN


@pytest.mark.parametrize(("constants", "kind"), [({"leadsourcecode": "77"}, M), ({"leadqualitycode": "8"}, R), ({}, R)])
def test_a_value_outside_its_list_stops_the_destination_only_where_every_lead_has_it(
    constants: dict[str, str], kind: str
) -> None:
    body = json.dumps({"error": {"code": "0x8004431A", "message": CHOICE}})
    result = judge(answer(400, body), KEY, constants=constants)
    assert isinstance(result, Failure)
    assert (result.kind, result.cause) == (kind, "dynamics365_choice_unknown")


@pytest.mark.parametrize(
    ("constants", "kind"), [({"leadsourcecode": "O'Web"}, M), ({"leadsourcecode": "8"}, R), ({}, R)]
)
def test_a_value_of_a_wrong_type_stops_the_destination_at_once_where_every_lead_has_it(
    constants: dict[str, str], kind: str
) -> None:
    message = f"{PAYLOAD}Cannot convert the literal 'O'Web' to the expected type 'Edm.Int32'."
    result = judge(
        answer(400, json.dumps({"error": {"code": "0x80048d19", "message": message}})), KEY, constants=constants
    )
    assert isinstance(result, Failure)
    assert (result.kind, result.cause, result.params) == (
        kind, "dynamics365_value_of_wrong_type", {"type": "Edm.Int32"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code", "message", "is_splitting"),
    [
        (400, "", "Something new.", True),
        (400, "0x80040265", "No.", True),
        (400, "0x80048d19", "Stream was not readable.", True),
        (400, "0x80048d19", f"{PAYLOAD}An undeclared property 'Subject' which only has", False),
        (400, "0x8006088a", "Resource not found for the segment 'leads'.", False),
        (400, "0x80040220", PRIVILEGE, False),
        (400, "0x80072322", "Number of requests exceeded the limit", False),
        (413, "", "", True),
    ],
)
def test_a_batch_is_worth_splitting_only_where_one_of_its_leads_may_be_why(
    status: int, code: str, message: str, is_splitting: bool
) -> None:
    failure = failure_in(answer(status, json.dumps({"error": {"code": code, "message": message}})))
    assert (failure.kind is FailureKind.REJECTED) is is_splitting


LIMITS = [
    (
        "0x80072322",
        "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
        "too_many_requests",
    ),
    (
        "0x80072321",
        "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 "
        "seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
        "too_much_work",
    ),
    ("0x80072326", "Number of concurrent requests exceeded the limit of 52.", "too_many_at_once"),
]


@pytest.mark.parametrize(("code", "message", "cause"), LIMITS)
def test_a_limit_holds_the_destination_for_the_time_asked_for(code: str, message: str, cause: str) -> None:
    failure = refusal(429, code, message, Retry_After="37")
    assert (failure.kind, failure.cause) == (FailureKind.THROTTLED, f"dynamics365_{cause}")
    assert failure.retry_after == timedelta(seconds=37)
    assert refusal(429, code, message).retry_after is None


def test_a_limit_nobody_knows_is_one_all_the_same() -> None:
    failure = refusal(429, "0x80072399", "Something exceeded.", Retry_After="3")
    assert (failure.kind, failure.cause, failure.retry_after) == ("throttled", "throttled", timedelta(seconds=3))


def test_a_server_in_trouble_that_says_when_to_come_back_holds_the_destination() -> None:
    failure = refusal(500, "0x80040216", "An unexpected error occurred.", Retry_After="60")
    assert (failure.kind, failure.cause, failure.retry_after) == ("throttled", "throttled", timedelta(seconds=60))


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        (302, M, "redirected"), (400, R, "record_refused"), (402, M, "access_refused"), (403, M, "access_refused"),
        (404, M, "address_not_found"), (409, R, "conflict"), (413, R, "record_too_large"), (500, T, "server_trouble"),
        (502, T, "server_trouble"), (503, T, "server_trouble"), (504, T, "server_trouble"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", ["", "<h1>Error</h1>", '{"error":{"code":"0x80099999","message":"Quite new."}}', "[]"])
def test_an_answer_nobody_knows_is_judged_by_its_status(status: int, kind: str, cause: str, body: str) -> None:
    result = judge(answer(status, body), KEY)
    assert isinstance(result, Failure)
    assert (result.kind, result.cause, result.http_status) == (kind, cause, status)
    if status >= 400:
        assert result.detail == ("Quite new." if "Quite" in body else body)


def test_the_refusal_of_a_token_needs_no_words() -> None:
    result = judge(answer(401, "<html></html>"), KEY)
    assert isinstance(result, Failure)
    assert (result.kind, result.cause) == (FailureKind.MISCONFIGURED, "dynamics365_token_refused")


@pytest.mark.parametrize(
    ("status", "message", "kind", "cause"),
    [
        (403, NO_ROLE, M, "dynamics365_no_role"),
        (403, PRIVILEGE, M, "dynamics365_privilege_missing"),
        (400, "Plug-in: Lead note was: AADSTS7000222 prvCreateLead", R, "entra_secret_expired"),
        (400, "Note: The value 7 of 'x' on record of type 'lead' is outside the valid range.", R, "record_refused"),
        (500, "AADSTS7000222", T, "server_trouble"),
    ],
)
def test_a_text_without_a_known_code_chooses_the_words_and_never_the_kind(
    status: int, message: str, kind: str, cause: str
) -> None:
    failure = refusal(status, "0x80048408", message)
    assert (failure.kind, failure.cause) == (kind, cause)


@pytest.mark.parametrize("status", [400, 403, 412, 429, 500])
@pytest.mark.parametrize("code", ["drop table", "0x", "0x123456789", "-2147220960", "⟨⟩"])
def test_a_code_that_is_none_is_not_kept(status: int, code: str) -> None:
    body = json.dumps({"error": {"code": code, "message": "x"}})
    result = judge(answer(status, body), KEY)
    assert isinstance(result, Delivered) if status == 412 else (isinstance(result, Failure) and result.code == "")


def test_the_words_survive_when_the_answer_was_too_long_to_keep() -> None:
    body = json.dumps({"error": {"code": "0x80040265", "message": 'A "rule"\nfailed', "@x": "y" * 3000}})[:2000]
    result = judge(answer(400, body), KEY)
    assert isinstance(result, Failure)
    assert result.detail == 'A "rule"\nfailed'


def test_the_length_that_the_system_names_can_be_read() -> None:
    assert limit_in(refusal(400, "0x80044331", TOO_LONG)) == ("subject", 300)
    assert limit_in(refusal(400, "0x80044331", "Zu lang.")) is None
    assert limit_in(refusal(400, "0x80040278", "Invalid character in field 'subject' '3'")) is None


def test_every_code_has_words() -> None:
    for _kind, cause in BY_CODE.values():
        assert diagnose(cause) is not UNKNOWN


@pytest.mark.parametrize(
    ("code", "escalation"), [("0x80040216", Escalation(3, FailureKind.REJECTED)), ("0x80060882", None)]
)
def test_a_fault_that_meets_the_same_lead_three_times_is_the_leads(code: str, escalation: Escalation | None) -> None:
    failure = failure_in(answer(500, json.dumps({"error": {"code": code, "message": "x"}})))
    assert (failure.kind, failure.escalates) == (FailureKind.TEMPORARY, escalation)
