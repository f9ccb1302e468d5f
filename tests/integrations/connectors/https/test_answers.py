"""Every answer a receiver may give, over a real socket."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest

from integrations.connectors.https import HttpsConnector
from integrations.contract import Arrival, Delivered, Failure, FailureKind
from integrations.diagnosis import diagnose
from integrations.notes import NO_SIGN_OF_ACCEPTANCE
from tests.integrations.far_end import FarEnd, Line, answer, answering
from tests.integrations.records import RECORD

OpenConnector = Callable[..., HttpsConnector]


def result_of(connector: HttpsConnector) -> Delivered | Failure:
    (outcome,) = connector.deliver([RECORD])
    return outcome.result


def failure_of(connector: HttpsConnector) -> Failure:
    result = result_of(connector)
    assert isinstance(result, Failure)
    return result


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204, 206, 208, 226, 299])
def test_any_2xx_is_accepted_and_not_confirmed(connectors: OpenConnector, far_end: FarEnd, status: int) -> None:
    far_end.plays(answering(answer(status, b"" if status == 204 else b'{"id":"r-1"}')))
    assert result_of(connectors(far_end.url())) == Delivered(Arrival.UNCONFIRMED)


def test_an_id_in_the_answer_confirms_where_the_setting_says_so(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(201, '{"id":"r-Zoë","more":1}'.encode())))
    assert result_of(connectors(far_end.url(), answer_holds_id=True)) == Delivered(Arrival.CREATED, "r-Zoë")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"thanks", b"<html></html>", b"null", b"[]", b'["id"]', b'"id"', b"7", b'{"id":7}', b'{"id":null}',
        b'{"id":""}', b'{"ID":"r"}', b'{"id":', b"\xff\xfe", b"[" * 60_000,
    ],
)  # fmt: skip
def test_an_answer_without_the_expected_id_is_not_counted_as_delivered(
    connectors: OpenConnector, far_end: FarEnd, body: bytes
) -> None:
    far_end.plays(answering(answer(200, body)))
    failure = failure_of(connectors(far_end.url(), answer_holds_id=True))
    assert (failure.kind, failure.cause, failure.http_status) == (FailureKind.TEMPORARY, "unreadable_answer", 200)


def test_without_an_id_nothing_is_sent_twice_to_a_receiver_that_cannot_tell(
    connectors: OpenConnector, far_end: FarEnd
) -> None:
    far_end.plays(answering(answer(200, b"thanks")))
    connector = connectors(far_end.url(), answer_holds_id=True, recognises_repeats=False)
    (outcome,) = connector.deliver([RECORD])
    assert outcome.result == Delivered(Arrival.DOUBTFUL)
    assert outcome.notes == (NO_SIGN_OF_ACCEPTANCE,)


def test_an_id_that_nobody_could_keep_is_cut_and_cleaned(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(200, b'{"id":"\\u0000' + b"x" * 5000 + b'"}')))
    assert result_of(connectors(far_end.url(), answer_holds_id=True)) == Delivered(Arrival.CREATED, "x" * 199 + "…")


ROWS = [
    *[(status, "misconfigured", "redirected") for status in (300, 301, 302, 303, 304, 307, 308)],
    *[(status, "rejected", "record_refused") for status in (400, 406, 415, 422)],
    (402, "misconfigured", "access_refused"),
    (404, "misconfigured", "address_not_found"),
    (405, "misconfigured", "method_refused"),
    (407, "misconfigured", "proxy_sign_in"),
    (409, "rejected", "conflict"),
    (413, "rejected", "record_too_large"),
    *[(status, "temporary", "server_trouble") for status in (408, 425, 500, 502, 503, 504, 507, 520, 599)],
    (429, "throttled", "throttled"),
    (501, "misconfigured", "not_supported"),
    (505, "misconfigured", "not_supported"),
]


@pytest.mark.parametrize(("status", "kind", "cause"), ROWS)
def test_a_status_says_who_must_act(
    connectors: OpenConnector, far_end: FarEnd, status: int, kind: str, cause: str
) -> None:
    far_end.plays(answering(answer(status, b"" if status == 304 else b"their words")))
    detail = "" if status < 400 else "their words"
    assert failure_of(connectors(far_end.url())) == Failure(
        kind=FailureKind(kind), cause=cause, detail=detail, http_status=status
    )


SIGN_INS: dict[str, dict[str, str]] = {
    "none": {},
    "bearer": {"bearer_token": "t0ken"},
    "basic": {"user_name": "robot", "password": "hunter2"},
    "headers": {
        "header_1_name": "X-Api-Key",
        "header_1_value": "k",
        "header_3_name": "X-Tenant",
        "header_3_value": "t",
    },
}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("sign_in", "signed", "cause", "params"),
    [
        ("none", False, "https_sign_in_missing", {}),
        ("none", True, "https_signature_refused", {}),
        ("bearer", False, "https_token_refused", {}),
        ("bearer", True, "https_token_or_signature_refused", {}),
        ("basic", False, "https_password_refused", {}),
        ("basic", True, "https_password_or_signature_refused", {}),
        ("headers", False, "https_headers_refused", {"headers": "X-Api-Key, X-Tenant"}),
        ("headers", True, "https_headers_or_signature_refused", {"headers": "X-Api-Key, X-Tenant"}),
    ],
)
def test_who_is_not_let_in_is_told_of_what_is_set_up_and_of_nothing_else(
    connectors: OpenConnector,
    far_end: FarEnd,
    status: int,
    sign_in: str,
    signed: bool,
    cause: str,
    params: dict[str, str],
) -> None:
    far_end.plays(answering(answer(status, b"their words")))
    connector = connectors(far_end.url(), sign_in=sign_in, signed=signed, **SIGN_INS[sign_in])
    assert failure_of(connector) == Failure(
        kind=FailureKind.MISCONFIGURED, cause=cause, detail="their words", http_status=status, params=params
    )


@pytest.mark.parametrize("cause", ["https_signature_refused", "https_token_or_signature_refused"])
def test_where_requests_are_signed_the_remedy_speaks_of_the_signing_secret(cause: str) -> None:
    assert "signing secret" in str(diagnose(cause).remedy)


@pytest.mark.parametrize("cause", ["https_sign_in_missing", "https_token_refused", "https_password_refused"])
def test_where_none_are_it_does_not(cause: str) -> None:
    assert "signing secret" not in str(diagnose(cause).remedy)


PAGE = b"<!DOCTYPE html><title>Welcome</title><h1>It works!</h1>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PAGE, "text/html; charset=utf-8"),
        (PAGE, "text/plain"),
        (b"\xef\xbb\xbf\r\n" + PAGE, "application/octet-stream"),
        (b"<!-- made by hand -->\n<HTML lang=en><body>Sign in", "text/plain"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "application/xml"),
        (b"<h1>Down for maintenance</h1>", "Text/HTML"),
        (b"<p>Hello</p>", "application/xhtml+xml"),
    ],
)
def test_a_web_page_counts_as_delivered_with_a_note(
    connectors: OpenConnector, far_end: FarEnd, body: bytes, content_type: str
) -> None:
    far_end.plays(answering(answer(200, body, Content_Type=content_type)))
    (outcome,) = connectors(far_end.url()).deliver([RECORD])
    assert outcome.result == Delivered(Arrival.DOUBTFUL)
    assert outcome.notes == (NO_SIGN_OF_ACCEPTANCE,)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "text/html"),
        (b"ok", "text/html; charset=utf-8"),
        (b'{"page":"<!doctype html>"}', "application/json"),
        (b"<ok/>", "application/xml"),
        (b"thanks for <html>", "text/plain"),
    ],
)
def test_what_a_receiver_says_in_its_own_way_needs_no_note(
    connectors: OpenConnector, far_end: FarEnd, body: bytes, content_type: str
) -> None:
    """Web frameworks call an answer HTML that is two letters long, unless they are told otherwise."""
    far_end.plays(answering(answer(200, body, Content_Type=content_type)))
    (outcome,) = connectors(far_end.url()).deliver([RECORD])
    assert outcome.notes == ()


def test_410_stops_the_destination_until_a_person_resumes_it(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(410, b"we have moved on")))
    assert failure_of(connectors(far_end.url())) == Failure(
        kind=FailureKind.MISCONFIGURED,
        cause="receiver_asks_to_stop",
        detail="we have moved on",
        http_status=410,
        resumes_itself=False,
    )


def test_409_is_already_there_where_the_setting_says_so(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(409, b'{"id":"r-1"}')))
    connector = connectors(far_end.url(), already_there_statuses="409, 422")
    assert result_of(connector) == Delivered(Arrival.ALREADY_THERE)


@pytest.mark.parametrize("status", [429, 502, 503, 504, 408, 425])
def test_retry_after_holds_the_destination(connectors: OpenConnector, far_end: FarEnd, status: int) -> None:
    far_end.plays(answering(answer(status, b"slow down", Retry_After="30")))
    assert failure_of(connectors(far_end.url())) == Failure(
        kind=FailureKind.THROTTLED, cause="throttled", detail="slow down", http_status=status,
        retry_after=timedelta(seconds=30),
    )  # fmt: skip


def test_a_redirect_shows_where_to_without_the_query(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(307, Location="https://user:pw@other.example/leads?token=hidden#x")))
    failure = failure_of(connectors(far_end.url()))
    assert failure.detail == "https://other.example/leads?[redacted]"
    assert len(far_end.requests) == 1


def test_a_packed_answer_is_judged_by_its_status_and_never_unpacked(connectors: OpenConnector, far_end: FarEnd) -> None:
    bomb = gzip.compress(b'{"id":"r-1"}' + b" " * 10_000_000)
    far_end.plays(answering(answer(200, bomb, Content_Encoding="gzip")))
    (outcome,) = connectors(far_end.url()).deliver([RECORD])
    assert outcome.result == Delivered(Arrival.UNCONFIRMED)
    assert outcome.exchange is not None
    assert outcome.exchange.response_body == ""


def test_an_endless_answer_is_judged_by_its_status_and_read_to_64_kib(
    connectors: OpenConnector, far_end: FarEnd
) -> None:
    sent: list[int] = []

    def flood(line: Line) -> None:
        line.read_request()
        line.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.send(b"a" * 8192)
            sent.append(8192)

    far_end.plays(flood)
    assert result_of(connectors(far_end.url())) == Delivered(Arrival.UNCONFIRMED)
    far_end.wait_for_end_of_line()
    assert far_end.connections == 1
    assert HttpsConnector.limits.answer_bytes == 64 * 1024


@pytest.mark.parametrize("recognises_repeats", [True, False])
def test_silence_is_unanswered_in_bounded_time_whoever_receives(
    connectors: OpenConnector, far_end: FarEnd, recognises_repeats: bool
) -> None:
    def silence(line: Line) -> None:
        line.read_request()
        line.hang()

    far_end.plays(silence)
    began = monotonic()
    failure = failure_of(connectors(far_end.url(), impatient=True, recognises_repeats=recognises_repeats))
    assert monotonic() - began < 1.5
    assert (failure.kind, failure.cause) == (FailureKind.UNANSWERED, "no_answer_in_time")
    assert len(far_end.requests) == 1


def test_the_time_limits_are_those_of_a_webhook() -> None:
    assert (HttpsConnector.limits.connect, HttpsConnector.limits.total) == (5, 20)


def test_a_server_that_is_away_is_temporary_and_nothing_was_sent(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.close()
    failure = failure_of(connectors(far_end.url()))
    assert failure == Failure(kind=FailureKind.TEMPORARY, cause="cannot_connect")
