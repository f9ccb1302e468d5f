"""Every row of the service's tables of errors, in JSON, in XML, and with nothing but the header."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.conf import settings

from integrations.contract import Exchange, Failure, FailureKind
from integrations.diagnosis import CATALOGUE, diagnose
from integrations.transport import Answer
from integrations.vendors.azure import refusals
from integrations.vendors.azure.account import Account, Service
from integrations.vendors.azure.refusals import Place, code_of, failure_in, named, without_ids
from integrations.vendors.azure.sas import Sas

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
KEY = Account("https://acme.table.core.windows.net", "acme", key="a2V5")
ENTRA = Account("https://acme.table.core.windows.net", "acme")
SAS = Account("https://acme.table.core.windows.net", "acme", sas=Sas("sv=1&sp=a&se=2026-12-31T00:00:00Z&sig=c2ln"))
ENDED = Account("https://acme.table.core.windows.net", "acme", sas=Sas("sv=1&sp=a&se=2026-11-01&sig=c2ln"))
AHEAD = Account("https://acme.table.core.windows.net", "acme", sas=Sas("sv=1&st=2026-11-23&sp=a&sig=c2ln"))
POLICY = Account("https://acme.table.core.windows.net", "acme", sas=Sas("sv=1&si=leads&sig=c2ln"))
IDS = "\nRequestId:9a169b1a-c002-0054-5f1c-0b0f3b000000\nTime:2026-11-22T06:00:00.1234567Z"

TEMPORARY, THROTTLED = FailureKind.TEMPORARY, FailureKind.THROTTLED
MISCONFIGURED, REJECTED = FailureKind.MISCONFIGURED, FailureKind.REJECTED


def answer(status: int, body: str = "", **headers: str) -> Answer:
    """``Retry_After="7"`` becomes the header ``retry-after``."""
    lower = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    exchange = Exchange(method="POST", url=KEY.endpoint, response_status=status, response_body=body)
    return Answer(status, lower, body.encode(), exchange)


def in_json(code: str, message: str = "Some words." + IDS) -> str:
    return json.dumps({"odata.error": {"code": code, "message": {"lang": "en-US", "value": message}}})


def in_xml(code: str, message: str = "Some words." + IDS) -> str:
    return f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'


def place(account: Account = KEY, service: Service = Service.TABLE, name: str = "MarketplaceLeads") -> Place:
    return Place(service, account, name, "a")


BY_CODE: list[tuple[int, str, FailureKind, str]] = [
    (404, "TableNotFound", MISCONFIGURED, "azure_table_not_found"),
    (404, "ResourceNotFound", MISCONFIGURED, "azure_table_not_found"),
    (404, "ContainerNotFound", MISCONFIGURED, "azure_container_not_found"),
    (409, "TableBeingDeleted", TEMPORARY, "azure_being_deleted"),
    (409, "ContainerBeingDeleted", TEMPORARY, "azure_being_deleted"),
    (403, "AuthenticationFailed", MISCONFIGURED, "azure_key_wrong"),
    (403, "AuthorizationFailure", MISCONFIGURED, "azure_access_blocked"),
    (403, "AuthorizationResourceTypeMismatch", MISCONFIGURED, "azure_sas_too_narrow"),
    (403, "AuthorizationServiceMismatch", MISCONFIGURED, "azure_sas_for_other_service"),
    (403, "AuthorizationProtocolMismatch", MISCONFIGURED, "azure_sas_https_only"),
    (403, "AuthorizationSourceIPMismatch", MISCONFIGURED, "azure_sas_for_other_address"),
    (403, "KeyBasedAuthenticationNotPermitted", MISCONFIGURED, "azure_keys_forbidden"),
    (403, "AccountIsDisabled", MISCONFIGURED, "azure_account_disabled"),
    (403, "InsufficientAccountPermissions", MISCONFIGURED, "azure_account_restricted"),
    (401, "NoAuthenticationInformation", MISCONFIGURED, "azure_signature_missing"),
    (403, "InvalidAuthenticationInfo", MISCONFIGURED, "azure_signature_missing"),
    (400, "PropertyValueTooLarge", REJECTED, "azure_record_refused"),
    (400, "EntityTooLarge", REJECTED, "azure_record_refused"),
    (400, "TooManyProperties", REJECTED, "azure_record_refused"),
    (400, "PropertyNameInvalid", REJECTED, "azure_record_refused"),
    (400, "KeyValueTooLarge", REJECTED, "azure_record_refused"),
    (400, "OutOfRangeInput", REJECTED, "azure_record_refused"),
    (400, "InvalidInput", REJECTED, "azure_record_refused"),
    (400, "PropertiesNeedValue", REJECTED, "azure_record_refused"),
    (400, "InvalidMetadata", REJECTED, "azure_record_refused"),
    (400, "InvalidResourceName", MISCONFIGURED, "azure_name_not_allowed"),
    (400, "InvalidHeaderValue", MISCONFIGURED, "azure_api_version"),
    (412, "UpdateConditionNotSatisfied", REJECTED, "conflict"),
    (412, "LeaseIdMissing", REJECTED, "azure_blob_leased"),
    (409, "BlobImmutableDueToPolicy", MISCONFIGURED, "azure_blob_locked"),
    (409, "BlobArchived", MISCONFIGURED, "azure_blob_locked"),
    (409, "InvalidBlobType", MISCONFIGURED, "azure_blob_of_other_type"),
    (409, "FeatureNotSupportedForAccount", MISCONFIGURED, "azure_feature_not_supported"),
    (403, "FeatureVersionMismatch", MISCONFIGURED, "azure_feature_not_supported"),
    (409, "BlockCountExceedsLimit", MISCONFIGURED, "azure_file_full"),
    (413, "RequestBodyTooLarge", REJECTED, "record_too_large"),
    (500, "OperationTimedOut", TEMPORARY, "server_trouble"),
    (500, "InternalError", TEMPORARY, "server_trouble"),
    (503, "ServerBusy", TEMPORARY, "azure_busy"),
    (400, "NeverHeardOf", REJECTED, "record_refused"),
    (403, "NeverHeardOf", MISCONFIGURED, "access_refused"),
    (500, "", TEMPORARY, "server_trouble"),
    (404, "", MISCONFIGURED, "azure_table_not_found"),
    (302, "", MISCONFIGURED, "redirected"),
]


@pytest.mark.parametrize(("status", "code", "kind", "cause"), BY_CODE)
def test_each_code_says_who_must_act_and_why(status: int, code: str, kind: FailureKind, cause: str) -> None:
    bodies = [answer(status, in_json(code)), answer(status, in_xml(code)), answer(status, x_ms_error_code=code)]
    for given in bodies if code else [answer(status)]:
        failure = failure_in(given, place(), NOW)
        assert (failure.kind, failure.cause, failure.code, failure.http_status) == (kind, cause, code, status)
        assert cause in CATALOGUE


def test_the_header_comes_first() -> None:
    both = answer(409, in_json("EntityAlreadyExists"), x_ms_error_code="TableBeingDeleted")
    assert code_of(both) == "TableBeingDeleted"


@pytest.mark.parametrize(
    "body", ["", "<html>no</html>", "[]", "null", '{"odata.error":[]}', '{"odata.error":{"code":7}}', "{" * 5000]
)
def test_a_body_from_somebody_else_has_no_code(body: str) -> None:
    assert code_of(answer(400, body)) == ""
    assert failure_in(answer(400, body), place(), NOW).cause == "record_refused"


def test_a_code_with_markup_in_it_is_none() -> None:
    assert code_of(answer(400, x_ms_error_code="<b>Bad</b>")) == ""
    assert code_of(answer(400, x_ms_error_code="A" * 81)) == ""


def test_the_services_words_come_without_its_ids() -> None:
    failure = failure_in(answer(404, in_json("TableNotFound")), place(), NOW)
    assert failure.detail == "Some words."
    assert failure_in(answer(404, in_xml("TableNotFound", "It&apos;s &lt;gone&gt;.")), place(), NOW).detail == (
        "It's <gone>."
    )
    assert without_ids("Only words") == "Only words"


def test_the_words_name_table_account_and_role() -> None:
    failure = failure_in(answer(404, in_json("TableNotFound")), place(), NOW)
    assert str(diagnose(failure.cause, failure.params).meaning) == "The table MarketplaceLeads does not exist."
    role = failure_in(answer(403, x_ms_error_code="AuthorizationPermissionMismatch"), place(ENTRA), NOW)
    assert "the role Storage Table Data Contributor." in str(diagnose(role.cause, role.params).remedy)


def test_a_missing_resource_is_a_table_or_a_container() -> None:
    failure = failure_in(answer(404, in_xml("ResourceNotFound")), place(service=Service.BLOB, name="leads"), NOW)
    assert failure.cause == "azure_container_not_found"


@pytest.mark.parametrize(
    ("account", "code", "cause"),
    [
        (KEY, "AuthenticationFailed", "azure_key_wrong"),
        (SAS, "AuthenticationFailed", "azure_sas_wrong"),
        (ENDED, "AuthenticationFailed", "azure_sas_ended"),
        (ENDED, "AuthorizationFailure", "azure_sas_ended"),
        (AHEAD, "AuthenticationFailed", "azure_sas_not_begun"),
        (POLICY, "AuthenticationFailed", "azure_sas_wrong"),
        (ENTRA, "AuthenticationFailed", "azure_token_refused"),
        (SAS, "AuthorizationPermissionMismatch", "azure_sas_right_missing"),
        (ENTRA, "AuthorizationPermissionMismatch", "azure_role_missing"),
        (ENTRA, "InvalidAuthenticationInfo", "azure_token_refused"),
    ],
)
def test_the_same_code_means_other_things_by_the_credentials(account: Account, code: str, cause: str) -> None:
    assert failure_in(answer(403, x_ms_error_code=code), place(account), NOW).cause == cause


def test_a_policy_that_ended_is_told_from_the_services_words() -> None:
    detail = "Signature not valid in the specified time frame: Start [x] - Expiry [y] - Current [z]"
    body = in_xml("AuthenticationFailed").replace("</Error>", f"<AuthenticationErrorDetail>{detail}</>")
    assert failure_in(answer(403, body), place(POLICY), NOW).cause == "azure_sas_ended"


@pytest.mark.parametrize(
    ("minutes", "cause"), [(-60, "azure_clock_wrong"), (11, "azure_clock_wrong"), (9, "azure_key_wrong")]
)
def test_a_wrong_clock_is_told_from_a_wrong_key(minutes: int, cause: str) -> None:
    theirs = format_datetime(NOW + timedelta(minutes=minutes), usegmt=True)
    refused = answer(403, x_ms_error_code="AuthenticationFailed", date=theirs)
    assert failure_in(refused, place(), NOW).cause == cause


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026 06:00:00 GMT"])
def test_an_unreadable_date_says_nothing_of_the_clock(date: str) -> None:
    refused = answer(403, x_ms_error_code="AuthenticationFailed", date=date)
    assert failure_in(refused, place(), NOW).cause == "azure_key_wrong"


@pytest.mark.parametrize("code", ["ServerBusy", "InternalError", "OperationTimedOut", ""])
def test_trouble_that_says_when_to_come_back_asks_to_wait(code: str) -> None:
    failure = failure_in(answer(503, x_ms_error_code=code, Retry_After="7"), place(), NOW)
    assert (failure.kind, failure.cause, failure.retry_after) == (THROTTLED, "throttled", timedelta(seconds=7))


def test_what_is_being_deleted_is_left_alone_for_a_minute_and_in_the_end_a_person_must_see_to_it() -> None:
    failure = failure_in(answer(409, x_ms_error_code="TableBeingDeleted"), place(), NOW)
    assert (failure.kind, failure.retry_after) == (TEMPORARY, timedelta(seconds=60))
    assert failure.escalates == (6, MISCONFIGURED)


def test_the_sixth_try_is_more_than_an_hour_after_the_first() -> None:
    waits = [max(wait, timedelta(seconds=60)) for wait in settings.LEADCRM_RETRY_WAITS[:5]]
    assert timedelta(hours=1) < sum(waits, timedelta(0)) < timedelta(hours=2)


def test_a_host_of_azure_that_nobody_knows_is_an_account_that_does_not_exist() -> None:
    unknown = Failure(kind=TEMPORARY, cause="name_unknown")
    found = named(unknown, place())
    assert (found.kind, found.cause, found.params["account"]) == (TEMPORARY, "azure_account_unknown", "acme")
    assert found.escalates == (3, MISCONFIGURED)
    elsewhere = Account("https://tables.example.com/acme", "acme", key="a2V5")
    assert named(unknown, place(elsewhere)) is unknown


def test_every_cause_of_the_table_has_words() -> None:
    assert {cause for _kind, cause in refusals._BY_CODE.values()} <= set(CATALOGUE)
