"""The common table of statuses, each row over a real socket; and Retry-After."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from integrations.contract import Failure, FailureKind
from integrations.transport import CallFailed, Transport
from integrations.transport.statuses import retry_after_in
from tests.integrations.far_end import FarEnd, answer, answering

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
OpenTransport = Callable[..., Transport]


def failure_of(transport: Transport, far_end: FarEnd, status: int, **headers: str) -> Failure:
    far_end.plays(answering(answer(status, b"their words", **headers)))
    got = transport.send("POST", far_end.url(), body=b"{}")
    assert (got.status, got.ok, got.body) == (status, False, b"their words")
    return got.failure()


ROWS = [
    *[(status, "misconfigured", "redirected") for status in (300, 301, 302, 303, 307, 308)],
    *[(status, "rejected", "record_refused") for status in (400, 405, 406, 415, 422)],
    (401, "misconfigured", "sign_in_refused"),
    *[(status, "misconfigured", "access_refused") for status in (402, 403, 451)],
    (404, "misconfigured", "address_not_found"),
    (410, "misconfigured", "address_gone"),
    *[(status, "temporary", "server_trouble") for status in (408, 425, 500, 502, 503, 504)],
    *[(status, "temporary", "server_trouble") for status in (*range(507, 512), *range(520, 528))],
    (409, "rejected", "conflict"),
    (412, "rejected", "conflict"),
    (413, "rejected", "record_too_large"),
    (429, "throttled", "throttled"),
    *[(status, "rejected", "record_refused") for status in (407, 418, 431, 499)],
    *[(status, "temporary", "server_trouble") for status in (501, 505, 506, 599)],
]


@pytest.mark.parametrize(("status", "kind", "cause"), ROWS)
def test_a_status_says_who_must_act(
    transports: OpenTransport, far_end: FarEnd, status: int, kind: str, cause: str
) -> None:
    failure = failure_of(transports(), far_end, status)
    detail = "" if kind == "misconfigured" and status < 400 else "their words"
    assert failure == Failure(kind=FailureKind(kind), cause=cause, detail=detail, http_status=status)


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520])
def test_trouble_with_retry_after_is_a_request_to_wait(transports: OpenTransport, far_end: FarEnd, status: int) -> None:
    failure = failure_of(transports(), far_end, status, Retry_After="7")
    assert (failure.kind, failure.cause) == (FailureKind.THROTTLED, "throttled")
    assert failure.retry_after == timedelta(seconds=7)


def test_throttling_carries_its_wait_when_there_is_a_usable_one(transports: OpenTransport, far_end: FarEnd) -> None:
    assert failure_of(transports(), far_end, 429, Retry_After="120").retry_after == timedelta(minutes=2)
    unusable = failure_of(transports(), far_end, 429, Retry_After="0")
    assert (unusable.kind, unusable.retry_after) == (FailureKind.THROTTLED, None)


def test_trouble_with_an_unusable_retry_after_stays_trouble(transports: OpenTransport, far_end: FarEnd) -> None:
    assert failure_of(transports(), far_end, 503, Retry_After="soon").kind is FailureKind.TEMPORARY


def test_retry_after_does_not_soften_a_refusal(transports: OpenTransport, far_end: FarEnd) -> None:
    failure = failure_of(transports(), far_end, 422, Retry_After="7")
    assert (failure.kind, failure.retry_after) == (FailureKind.REJECTED, None)


def test_a_system_may_mean_something_else_by_a_status(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(404)))
    got = transports().send("POST", far_end.url(), body=b"{}")
    assert got.failure({404: (FailureKind.REJECTED, "conflict")}).cause == "conflict"
    assert got.failure().cause == "address_not_found"


@pytest.mark.parametrize("body", [b"<html>We will be back</html>", b"", b"\xff\xfe", b'{"id": '])
def test_an_answer_that_is_not_json_is_temporary(transports: OpenTransport, far_end: FarEnd, body: bytes) -> None:
    far_end.plays(answering(answer(200, body)))
    got = transports().send("POST", far_end.url(), body=b"{}")
    with pytest.raises(CallFailed) as failed:
        got.json()
    assert (failed.value.failure.kind, failed.value.failure.cause) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert failed.value.failure.http_status == 200
    assert failed.value.exchange == got.exchange


def test_an_answer_in_json_is_read(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(201, '{"id": "Zoë"}'.encode())))
    assert transports().send("POST", far_end.url(), body=b"{}").json() == {"id": "Zoë"}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1), ("7", 7), (" 7 ", 7), ("86400", 86400), ("0007", 7),
        ("Sun, 22 Nov 2026 06:00:30 GMT", 30),
        ("Sunday, 22-Nov-26 06:00:30 GMT", 30),
        ("Sun Nov 22 06:00:30 2026", 30),
        ("Sun, 22 Nov 2026 06:00:30 -0000", 30),
        ("Mon, 23 Nov 2026 06:00:00 GMT", 86400),
    ],
)  # fmt: skip
def test_a_wait_from_one_second_to_a_day_is_honoured(header: str, seconds: int) -> None:
    assert retry_after_in(header, NOW) == timedelta(seconds=seconds)
    assert retry_after_in(header, NOW.astimezone(timezone(timedelta(hours=9)))) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "header",
    [
        None, "", "0", "-5", "86401", "1.5", "soon", "٣", "9" * 400, "1e3", "Mon, 01 Jan 99999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999", "Sun, 22 Nov 2026 06:00:00 GMT",
        "Sun, 22 Nov 2026 05:00:00 GMT", "Mon, 23 Nov 2026 06:00:01 GMT", "Sun, 99 Nov 2026 06:00:30 GMT",
    ],
)  # fmt: skip
def test_any_other_wait_is_not_honoured(header: str | None) -> None:
    assert retry_after_in(header, NOW) is None
