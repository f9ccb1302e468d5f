"""Every row of Marketo's tables of errors."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.connectors.marketo import answers
from integrations.connectors.marketo.answers import Surroundings, entries_in, judged, refusal_in, until_quota_returns
from integrations.contract import Arrival, Delivered, Escalation, Failure, FailureKind
from integrations.diagnosis import CATALOGUE

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
AROUND = Surroundings({"email", "firstName", "seats"}, {"lookup": "email", "partition": "EMEA", "asset": ""})
WITH_PROGRAM = Surroundings({"email"}, {"lookup": "email", "partition": "", "asset": "Marketplace"})


def refused(code: Any, message: str = "Text", around: Surroundings = AROUND) -> Failure:
    content = {"requestId": "e42b#1", "success": False, "errors": [{"code": code, "message": message}]}
    failure = refusal_in(content, around, NOW)
    assert failure is not None
    return failure


def skipped(code: str, message: str) -> Delivered | Failure | None:
    return judged({"status": "skipped", "reasons": [{"code": code, "message": message}]}, AROUND, NOW)


@pytest.mark.parametrize(
    ("code", "message", "kind", "cause"),
    [
        ("600", "Empty access token", "misconfigured", "marketo_token_refused"),
        ("601", "Access token invalid", "misconfigured", "marketo_token_refused"),
        ("602", "Access token expired", "misconfigured", "marketo_token_refused"),
        ("603", "Access denied", "misconfigured", "marketo_access_denied"),
        ("604", "Request timed out", "temporary", "marketo_timed_out"),
        ("605", "HTTP Method POST not supported", "defect", "marketo_request_faulty"),
        ("606", "Max rate limit '100' exceeded with in '20' secs", "throttled", "marketo_rate_limit"),
        ("607", "Daily quota reached", "throttled", "marketo_daily_quota"),
        ("608", "API Temporarily Unavailable", "temporary", "marketo_unavailable"),
        ("609", "Invalid JSON", "defect", "marketo_request_faulty"),
        ("610", "Requested resource\r\nnot found", "misconfigured", "marketo_not_found"),
        ("611", "System error", "temporary", "marketo_unavailable"),
        ("612", "Invalid Content Type", "defect", "marketo_request_faulty"),
        ("614", "Invalid Subscription", "temporary", "marketo_instance_unknown"),
        ("615", "Concurrent access limit reached", "throttled", "marketo_concurrent_calls"),
        ("616", "Invalid subscription type", "misconfigured", "marketo_subscription_type"),
        ("701", "firstName cannot be blank", "rejected", "marketo_blank_value"),
        ("702", "No data found for a given search scenario", "rejected", "marketo_nothing_found"),
        ("703", "The feature is not enabled for the subscription", "misconfigured", "marketo_feature_off"),
        ("704", "Invalid date format", "rejected", "marketo_date_refused"),
        ("709", "Business Rule Violation", "rejected", "marketo_business_rule"),
        ("710", "Parent Folder Not Found", "defect", "marketo_request_faulty"),
        ("711", "Incompatible Folder Type", "defect", "marketo_request_faulty"),
        ("712", "Merge to person Account operation is invalid", "defect", "marketo_request_faulty"),
        ("713", "Transient Error", "temporary", "marketo_unavailable"),
        ("719", "Lock wait timeout exception", "temporary", "marketo_unavailable"),
        ("502", "Bad Gateway", "temporary", "marketo_unavailable"),
        ("503", "Service Unavailable", "temporary", "marketo_unavailable"),
        ("699", "Something new", "misconfigured", "marketo_request_refused"),
        ("799", "Something new", "rejected", "marketo_lead_refused"),
        ("1003", "Invalid value for lookupField", "rejected", "marketo_value_refused"),
        ("1009", "Partition name must be provided", "misconfigured", "marketo_partition_needed"),
        ("1234", "Something new", "rejected", "marketo_lead_refused"),
        ("", "Something new", "misconfigured", "marketo_request_refused"),
        ("²", "Something new", "misconfigured", "marketo_request_refused"),
        ("9" * 5000, "Something new", "rejected", "marketo_lead_refused"),
    ],
)
def test_a_request_that_is_refused(code: str, message: str, kind: str, cause: str) -> None:
    failure = refused(code, message)
    assert (failure.kind, failure.cause, failure.code) == (kind, cause, code)
    assert (failure.detail, failure.http_status) == (message, 200)


def test_a_code_may_come_as_a_number() -> None:
    assert refused(606) == refused("606")


@pytest.mark.parametrize(("code", "seconds"), [("604", 90), ("606", 20), ("615", 10), ("611", None)])
def test_some_codes_say_when_to_come_back(code: str, seconds: int | None) -> None:
    assert refused(code).retry_after == (timedelta(seconds=seconds) if seconds else None)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 22, 6, 0, tzinfo=UTC), 24),
        (datetime(2026, 11, 22, 5, 59, tzinfo=UTC), 1 / 60),
        (datetime(2026, 7, 1, 0, 0, tzinfo=UTC), 5),
        (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), 22),  # the night in which the clock goes forward
        (datetime(2026, 11, 1, 5, 0, tzinfo=UTC), 25),
    ],
)
def test_the_daily_quota_returns_at_midnight_us_central_time(now: datetime, hours: float) -> None:
    assert until_quota_returns(now) == timedelta(hours=hours)


def test_only_an_unknown_instance_is_taken_for_good_after_some_tries() -> None:
    assert refused("614").escalates == Escalation(6, FailureKind.MISCONFIGURED)
    assert refused("611").escalates is None


def test_the_quota_used_up_holds_until_then() -> None:
    assert refused("607").retry_after == timedelta(hours=24)


def test_a_program_or_form_that_is_not_found_is_named() -> None:
    for code in ("610", "702"):
        failure = refused(code, "No data found", WITH_PROGRAM)
        assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "marketo_not_found")
        assert failure.params == {"asset": "Marketplace"}


def test_of_several_errors_the_one_that_stands_first_in_the_table_counts() -> None:
    errors = [{"code": "1003", "message": "c"}, {"code": "709", "message": "b"}, {"code": "603", "message": "a"}]
    failure = refusal_in({"success": False, "errors": errors}, AROUND, NOW)
    assert failure is not None
    assert (failure.code, failure.detail) == ("603", "a")


@pytest.mark.parametrize(
    "content",
    [{}, {"success": False}, {"success": False, "errors": []}, {"success": False, "errors": "603"}, [], None, "no", 7,
     {"success": False, "errors": ["603"]}],
)  # fmt: skip
def test_an_answer_without_a_reason_gives_none(content: Any) -> None:
    assert refusal_in(content, AROUND, NOW) is None
    assert entries_in(content, 1) is None


@pytest.mark.parametrize(
    ("code", "message", "kind", "cause", "params"),
    [
        ("1001", "Invalid value 'many'. Required of type 'Integer' for field 'seats'", "rejected",
         "marketo_value_type", {"field": "seats"}),
        ("1001", "Invalid value 'many'. Required of type 'Integer'", "rejected", "marketo_value_type", {}),
        ("1002", "Missing value for the required parameter 'email'", "rejected", "marketo_value_missing",
         {"field": "email"}),
        ("1003", "Invalid data\r\nemail [mina park] is not valid", "rejected", "marketo_value_refused",
         {"field": "email"}),
        ("1004", "Lead not found", "rejected", "marketo_person_not_found", {}),
        ("1006", "Field 'seats' not found", "misconfigured", "marketo_field_unknown", {"field": "seats"}),
        ("1007", "Multiple leads match the lookup criteria", "rejected", "marketo_several_people",
         {"lookup": "email"}),
        ("1008", "Access to partition denied: EMEA", "misconfigured", "marketo_partition_denied",
         {"partition": "EMEA"}),
        ("1009", "Partition name must be provided", "misconfigured", "marketo_partition_needed", {}),
        ("1010", "Partition update not allowed", "misconfigured", "marketo_partition_needed", {}),
        ("1011", "Lookup field 'email' unsupported", "misconfigured", "marketo_lookup_refused", {"lookup": "email"}),
        ("1021", "Company field(s) update not allowed", "rejected", "marketo_company_locked", {}),
        ("1036", "Duplicate object found in input", "rejected", "marketo_twice_in_call", {}),
        ("1080", "Something new", "rejected", "marketo_lead_refused", {}),
        ("611", "System error", "temporary", "marketo_unavailable", {}),
    ],
)  # fmt: skip
def test_a_record_that_is_skipped(code: str, message: str, kind: str, cause: str, params: dict[str, str]) -> None:
    result = skipped(code, message)
    assert isinstance(result, Failure)
    assert (result.kind, result.cause, result.code) == (kind, cause, code)
    assert result.detail == message
    assert result.params == params


def test_who_exists_already_and_is_to_be_spared_is_there() -> None:
    assert skipped("1005", "Lead already exists") == Delivered(Arrival.ALREADY_THERE)


@pytest.mark.parametrize(
    ("entry", "result"),
    [
        ({"id": 318581, "status": "created"}, Delivered(Arrival.CREATED, "318581")),
        ({"id": 318581, "status": "updated"}, Delivered(Arrival.UPDATED, "318581")),
        ({"id": 318581, "status": "updated", "reasons": []}, Delivered(Arrival.UPDATED, "318581")),
    ],
)
def test_a_record_that_was_taken(entry: dict[str, Any], result: Delivered) -> None:
    assert judged(entry, AROUND, NOW) == result


def test_reasons_without_a_status_are_a_refusal() -> None:
    result = judged({"reasons": [{"code": "1003", "message": "Invalid email"}]}, AROUND, NOW)
    assert isinstance(result, Failure)
    assert (result.kind, result.cause) == (FailureKind.REJECTED, "marketo_value_refused")


def test_skipped_without_reasons_is_a_refusal() -> None:
    result = judged({"status": "skipped"}, AROUND, NOW)
    assert isinstance(result, Failure)
    assert (result.kind, result.cause) == (FailureKind.REJECTED, "marketo_lead_refused")


@pytest.mark.parametrize(
    "entry",
    [{}, {"status": "created"}, {"id": 7}, {"id": 7, "status": "deleted"}, {"id": True, "status": "created"},
     {"id": "7", "status": "created"}, {"id": 7, "status": ["created"]}],
)  # fmt: skip
def test_what_is_neither_yes_nor_no_is_no_result(entry: dict[str, Any]) -> None:
    assert judged(entry, AROUND, NOW) is None


@pytest.mark.parametrize(
    ("content", "entries"),
    [
        ({"success": True, "result": [{"id": 1}]}, [{"id": 1}]),
        ({"success": True, "result": []}, None),
        ({"success": True, "result": [{}, {}]}, None),
        ({"success": True, "result": ["created"]}, None),
        ({"success": True, "result": {"id": 1}}, None),
        ({"success": True}, None),
        ({"success": "true", "result": [{"id": 1}]}, None),
        ({"result": [{"id": 1}]}, None),
    ],
)
def test_an_answer_counts_only_with_one_entry_for_each_record(content: Any, entries: Any) -> None:
    assert entries_in(content, 1) == entries


def test_a_persons_own_words_never_become_a_name() -> None:
    failure = skipped("1001", "Invalid value 'call me at night'. Required of type 'Integer'")
    assert isinstance(failure, Failure)
    assert failure.params == {}


def test_every_cause_has_words() -> None:
    causes = {cause for _kind, cause in answers._VERDICTS.values()}
    causes |= {cause for _kind, cause in (answers._LEAD_REFUSED, answers._REQUEST_REFUSED)}
    assert len(causes) == 29
    assert causes - set(CATALOGUE) == set()


def test_no_table_overlaps_the_other() -> None:
    assert set(answers._OF_REQUESTS) & set(answers._OF_RECORDS) == set()
