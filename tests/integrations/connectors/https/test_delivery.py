"""What is sent, byte by byte, and how often."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from time import time
from typing import Any
from uuid import uuid4

import pytest

from integrations.connectors.https import HttpsConnector
from integrations.connectors.https.body import camel_case, documented, event
from integrations.contract import Arrival, Delivered, Failure, FailureKind, Outcome, Record
from tests.integrations.far_end import FarEnd, Line, Received, answer, answering
from tests.integrations.records import RECORD
from tests.integrations.webhook_verifier import accepts

OpenConnector = Callable[..., HttpsConnector]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PREVIOUS = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def sent(far_end: FarEnd) -> Received:
    (request,) = far_end.requests
    return request


def is_signed_with(secret: str, request: Received) -> bool:
    headers = dict(request.headers)
    identity, timestamp, signatures = (headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    return accepts(secret, identity, timestamp, signatures, request.body)


def test_a_record_goes_out_as_one_signed_json_request(connectors: OpenConnector, far_end: FarEnd) -> None:
    connector = connectors(far_end.url("/leads?code=abc"), signing_secret=SECRET)
    (outcome,) = connector.deliver([RECORD])
    request = sent(far_end)
    assert outcome.key == RECORD.key
    assert outcome.result == Delivered(Arrival.UNCONFIRMED)
    assert request.line == "POST /leads?code=abc HTTP/1.1"
    assert json.loads(request.body) == documented(RECORD)
    assert request.header("content-type") == "application/json"
    assert request.header("content-length") == str(len(request.body))
    assert request.header("webhook-id") == "1f81eb52-5198-4599-803e-771906343485"
    assert abs(int(request.header("webhook-timestamp") or 0) - time()) < 5
    assert is_signed_with(SECRET, request)
    assert not is_signed_with(PREVIOUS, request)


@pytest.mark.parametrize(("shape", "body"), [("documented", documented), ("camel_case", camel_case), ("event", event)])
def test_the_body_has_the_chosen_shape(
    connectors: OpenConnector, far_end: FarEnd, shape: str, body: Callable[[Record], Any]
) -> None:
    test = replace(RECORD, is_test=True)
    connectors(far_end.url(), body_shape=shape).deliver([test])
    assert json.loads(sent(far_end).body) == body(test)
    assert (b'"test":true' in sent(far_end).body) is (shape == "event")


def test_letters_of_all_scripts_arrive_as_utf8(connectors: OpenConnector, far_end: FarEnd) -> None:
    names = replace(RECORD, first_name="Zoë", last_name="김민아", company="🚀 عربي", description='a\u2028b "c" \\ d\ne')
    connectors(far_end.url(), signing_secret=SECRET).deliver([names])
    details = json.loads(sent(far_end).body.decode())["UserDetails"]
    assert json.loads(sent(far_end).body)["Description"] == names.description
    assert (details["FirstName"], details["LastName"], details["Company"]) == ("Zoë", "김민아", "🚀 عربي")
    assert "김민아".encode() in sent(far_end).body
    assert not sent(far_end).body.startswith(b"\xef\xbb\xbf")
    assert is_signed_with(SECRET, sent(far_end))


def test_put_is_sent_where_it_is_chosen(connectors: OpenConnector, far_end: FarEnd) -> None:
    connectors(far_end.url(), method="PUT").deliver([RECORD])
    assert sent(far_end).line == "PUT /leads HTTP/1.1"


def test_both_secrets_sign_during_a_change(connectors: OpenConnector, far_end: FarEnd) -> None:
    connectors(far_end.url(), signing_secret=SECRET, previous_signing_secret=PREVIOUS).deliver([RECORD])
    assert is_signed_with(SECRET, sent(far_end))
    assert is_signed_with(PREVIOUS, sent(far_end))


def test_without_signing_the_id_is_sent_all_the_same(connectors: OpenConnector, far_end: FarEnd) -> None:
    connectors(far_end.url(), signed=False).deliver([RECORD])
    assert sent(far_end).header("webhook-id") == str(RECORD.key)
    assert sent(far_end).header("webhook-signature") is None


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({"sign_in": "none"}, {"authorization": None}),
        ({"sign_in": "bearer", "bearer_token": "abc.def"}, {"authorization": "Bearer abc.def"}),
        (
            {"sign_in": "basic", "user_name": "zoë", "password": "pä:ss"},
            {"authorization": "Basic " + base64.b64encode("zoë:pä:ss".encode()).decode()},
        ),
        (
            {
                "sign_in": "headers", "header_1_name": "X-Key", "header_1_value": "one two",
                "header_5_name": "Authorization", "header_5_value": "Token x",
            },
            {"x-key": "one two", "authorization": "Token x"},
        ),
    ],
)  # fmt: skip
def test_the_sign_in_travels_in_its_headers(
    connectors: OpenConnector, far_end: FarEnd, given: dict[str, str], headers: dict[str, str | None]
) -> None:
    connectors(far_end.url(), **given).deliver([RECORD])
    assert {name: sent(far_end).header(name) for name in headers} == headers


def test_each_record_gets_its_own_request_and_outcome(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(200), answer(422, b"no"), answer(200)))
    records = [replace(RECORD, key=uuid4()) for _ in range(3)]
    outcomes = connectors(far_end.url()).deliver(records)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    assert [request.header("webhook-id") for request in far_end.requests] == [str(record.key) for record in records]
    assert [type(outcome.result) for outcome in outcomes] == [Delivered, Failure, Delivered]
    assert far_end.connections == 1


def test_nothing_is_sent_for_no_records(connectors: OpenConnector, far_end: FarEnd) -> None:
    assert connectors(far_end.url()).deliver([]) == []
    assert far_end.connections == 0


def test_a_repeat_has_the_same_id_and_body_and_a_time_of_its_own(
    connectors: OpenConnector, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connectors(far_end.url(), body_shape="event", signing_secret=SECRET)
    for moment in (1795327200.9, 1795327260.1):
        monkeypatch.setattr("integrations.connectors.https.connector.time", lambda moment=moment: moment)
        connector.deliver([RECORD])
    first, second = far_end.requests
    assert first.body == second.body
    assert first.header("webhook-id") == second.header("webhook-id")
    assert [request.header("webhook-timestamp") for request in far_end.requests] == ["1795327200", "1795327260"]
    assert is_signed_with(SECRET, first)
    assert is_signed_with(SECRET, second)


def test_an_answer_lost_after_the_record_was_kept_is_unanswered_and_a_repeat_brings_the_same_id(
    connectors: OpenConnector, far_end: FarEnd
) -> None:
    def keep_and_drop(line: Line) -> None:
        line.read_request()

    far_end.plays(keep_and_drop, answering(answer(200)))
    connector = connectors(far_end.url())
    (lost,) = connector.deliver([RECORD])
    assert isinstance(lost.result, Failure)
    assert lost.result.kind is FailureKind.UNANSWERED
    assert len(far_end.requests) == 1
    (again,) = connector.deliver([RECORD])
    assert again.result == Delivered(Arrival.UNCONFIRMED)
    assert {request.header("webhook-id") for request in far_end.requests} == {str(RECORD.key)}


def test_a_receiver_that_does_not_recognise_repeats_gets_a_connection_for_each_request(
    connectors: OpenConnector, far_end: FarEnd
) -> None:
    connector = connectors(far_end.url(), recognises_repeats=False)
    assert connector.recognises_repeats is False
    for _ in range(2):
        connector.deliver([RECORD])
    assert far_end.connections == 2
    assert [request.header("connection") for request in far_end.requests] == ["close", "close"]


def test_a_receiver_that_recognises_repeats_keeps_its_connection(connectors: OpenConnector, far_end: FarEnd) -> None:
    connector = connectors(far_end.url())
    assert connector.recognises_repeats is True
    for _ in range(2):
        connector.deliver([RECORD])
    assert far_end.connections == 1


def test_closing_gives_the_connection_back(connectors: OpenConnector, far_end: FarEnd) -> None:
    with connectors(far_end.url()) as connector:
        connector.deliver([RECORD])
    far_end.wait_for_end_of_line()
    assert far_end.connections == 1


def test_the_outcome_shows_what_went_over_the_wire(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(400, "ä".encode() * 1500, X_Request_Id="r-1")))
    (outcome,) = connectors(far_end.url("/leads?code=abc")).deliver([RECORD])
    exchange = outcome.exchange
    assert exchange is not None
    assert exchange.url == far_end.url("/leads?[redacted]")
    assert json.loads(exchange.request_body) == documented(RECORD)
    assert exchange.response_headers["x-request-id"] == "r-1"
    assert exchange.response_body == "ä" * 999 + "…"
    assert isinstance(outcome.result, Failure)
    assert outcome.result.detail == exchange.response_body


def test_outcomes_are_equal_when_they_say_the_same(connectors: OpenConnector, far_end: FarEnd) -> None:
    (outcome,) = connectors(far_end.url()).deliver([RECORD])
    assert outcome == Outcome(RECORD.key, Delivered(Arrival.UNCONFIRMED), outcome.exchange)
