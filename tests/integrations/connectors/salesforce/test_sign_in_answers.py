"""Every row of the token endpoint's errors."""

from datetime import timedelta
from typing import Any

import pytest

from integrations.connectors.salesforce.sign_in_answers import Grant, judge, read_grant
from integrations.contract import FailureKind
from integrations.diagnosis import CATALOGUE


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    ("error", "description", "cause"),
    [
        ("invalid_grant", "no client credentials user enabled", "salesforce_no_run_as_user"),
        ("invalid_client", "invalid client credentials", "salesforce_consumer_secret_wrong"),
        ("invalid_client_id", "client identifier invalid", "salesforce_consumer_key_unknown"),
        ("app_not_found", "External client app is not installed in this org", "salesforce_consumer_key_unknown"),
        ("unsupported_grant_type", "grant type not supported", "salesforce_flow_disabled"),
        ("invalid_grant", "request not supported on this domain", "salesforce_not_my_domain"),
        ("inactive_user", "user is inactive", "salesforce_user_inactive"),
        ("inactive_org", "organization is not active", "salesforce_org_inactive"),
        ("invalid_grant", "ip restricted", "salesforce_ip_refused"),
        ("invalid_grant", "user is not admin approved to access this app", "salesforce_app_not_permitted"),
        ("invalid_grant", "user hasn't approved this consumer", "salesforce_app_not_permitted"),
        ("invalid_app_access", "…", "salesforce_app_not_permitted"),
        ("invalid_grant", "authentication failure", "salesforce_sign_in_refused"),
        ("invalid_grant", "", "salesforce_sign_in_refused"),
        ("something_new", "…", "salesforce_sign_in_refused"),
    ],
)
def test_each_error_stops_the_destination_with_its_own_reason(
    status: int, error: str, description: str, cause: str
) -> None:
    failure = judge(status, {"error": error, "error_description": description})
    assert failure is not None
    assert (failure.kind, failure.cause, failure.code) == (FailureKind.MISCONFIGURED, cause, error)
    assert failure.detail == (f"{error}: {description}" if description else error)
    assert cause in CATALOGUE


@pytest.mark.parametrize(
    "content",
    [
        {"error": "server_error", "error_description": "…"},
        {"error": "unknown_error", "error_description": "retry your request"},
        {"error": "invalid_grant", "error_description": "Please retry your request"},
    ],
)
def test_trouble_of_theirs_is_tried_again(content: dict[str, str]) -> None:
    failure = judge(400, content)
    assert failure is not None
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "server_trouble")


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (429, None),
        (429, {"error": "x"}),
        (400, {"error": "invalid_grant", "error_description": "login rate exceeded"}),
        (403, {"error": "Login Rate Exceeded"}),
    ],
)
def test_too_many_sign_ins_wait_ten_minutes(status: int, content: Any) -> None:
    failure = judge(status, content)
    assert failure is not None
    assert (failure.kind, failure.cause) == (FailureKind.THROTTLED, "salesforce_log_in_rate")
    assert failure.retry_after == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("status", "content"), [(500, {"error": "invalid_grant"}), (503, None), (400, None), (400, []), (404, {"error": 3})]
)
def test_without_an_error_of_theirs_the_status_decides(status: int, content: Any) -> None:
    assert judge(status, content) is None


@pytest.mark.parametrize(
    ("content", "grant"),
    [
        ({"access_token": "00D!x", "instance_url": "https://Acme.my.salesforce.com/"},
         Grant("00D!x", "https://acme.my.salesforce.com")),
        ({"access_token": "00D!x"}, Grant("00D!x", "")),
        ({"access_token": ""}, None),
        ({"access_token": 3}, None),
        ([], None),
    ],
)  # fmt: skip
def test_a_grant_is_a_token_and_where_to_use_it(content: Any, grant: Grant | None) -> None:
    assert read_grant(content) == grant
