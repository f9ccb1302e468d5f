"""One line for each attempt: ids by which its way can be followed, and nothing of the person."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from integrations.contract import Arrival, Delivered, Exchange, Failure, FailureKind, Outcome
from leadcrm.logs import JsonFormatter, PlainFormatter
from leads.delivery import noting, recording
from leads.delivery.claiming import claim_batch
from leads.delivery.recording import record
from leads.delivery.sending import Sent
from leads.delivery.settling import settle_expired_claims
from leads.delivery.turn import deliver_next_batch
from leads.models import Attempt, Delivery, Destination
from leads.models.ids import new_id
from tests.factories import make_attempt, make_delivery
from tests.leads.delivery.scripted import YES, FarEnd

REFUSED = Failure(kind=FailureKind.REJECTED, cause="record_refused", detail="No Mina Park", code="E42", http_status=422)


@pytest.fixture(autouse=True)
def everything_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    return [
        (record.levelname, {name: fact for name, fact in vars(record)["facts"].items() if fact not in (None, "")})
        for record in caplog.records
        if record.message == "attempt"
    ]


def ids(delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    return {
        "destination": delivery.destination_id,
        "kind": "scripted",
        "receipt": delivery.touch.inbound_request_id,
        "lead": delivery.touch.lead_id,
        "touch": delivery.touch_id,
        "delivery": delivery.id,
        "attempt": attempt.id,
        "claim": attempt.claim_id,
    }


def test_one_that_arrived(destination: Destination, far_end: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    exchange = Exchange(method="POST", url="https://crm.example.com", response_status=201)
    far_end.answer = lambda record: Outcome(record.key, Delivered(Arrival.CREATED), exchange)
    delivery = make_delivery(destination)
    deliver_next_batch(destination)
    attempt = Attempt.objects.get()
    outcome = {"result": "delivered", "http_status": 201, "duration_ms": attempt.duration_ms}
    assert lines(caplog) == [("INFO", outcome | ids(delivery, attempt))]


def test_one_that_failed_is_a_warning_with_its_cause(
    destination: Destination, far_end: FarEnd, caplog: pytest.LogCaptureFixture
) -> None:
    far_end.answers(REFUSED)
    delivery = make_delivery(destination)
    deliver_next_batch(destination)
    attempt = Attempt.objects.get()
    outcome = {"result": "rejected", "cause": "record_refused", "http_status": 422, "duration_ms": attempt.duration_ms}
    assert lines(caplog) == [("WARNING", outcome | ids(delivery, attempt))]


def test_each_of_a_batch_has_its_line(destination: Destination, caplog: pytest.LogCaptureFixture) -> None:
    expected = {make_delivery(destination).id for _n in range(5)}
    deliver_next_batch(destination)
    found = [facts["delivery"] for _level, facts in lines(caplog)]
    assert (set(found), len(found)) == (expected, 5)


@pytest.mark.parametrize("formatter", [PlainFormatter("%(message)s"), JsonFormatter()])
def test_no_line_knows_the_person_or_the_words_of_the_answer(
    destination: Destination, far_end: FarEnd, caplog: pytest.LogCaptureFixture, formatter: logging.Formatter
) -> None:
    far_end.answers(YES, REFUSED)
    for _n in range(2):
        make_delivery(destination)
    deliver_next_batch(destination)
    text = "\n".join(formatter.format(record) for record in caplog.records)
    assert text.count("attempt") >= 2
    for personal in ("Mina", "Park", "fabrikam", "Contoso", "there-1", "E42"):
        assert personal not in text


def test_what_came_after_its_claim_had_ended_says_so(
    destination: Destination, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = make_delivery(destination)
    claim = claim_batch(destination.pk, batch_limit=1)
    assert claim is not None
    Delivery.objects.update(claim_id=new_id())
    record(claim, [Sent(delivery, Outcome(delivery.touch_id, REFUSED), 1, 0.25)], recognises_repeats=True)
    ((_level, facts),) = lines(caplog)
    assert (facts["is_late"], facts["duration_ms"], facts["claim"]) == (True, 250, claim.id)


def test_what_could_not_be_recorded_at_first_has_one_line_when_it_is(
    destination: Destination, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [OperationalError("away")]

    def note_calls(*arguments: Any) -> None:
        if faults:
            raise faults.pop()
        noting.note_calls(*arguments)

    monkeypatch.setattr(recording, "note_calls", note_calls)
    monkeypatch.setattr(recording, "close_old_connections", lambda: None)
    monkeypatch.setattr(recording, "DATABASE_PAUSE_SECONDS", 0)
    make_delivery(destination)
    deliver_next_batch(destination)
    assert [facts["result"] for _level, facts in lines(caplog)] == ["delivered"]


def test_one_whose_worker_vanished_has_its_line_when_it_is_missed(
    destination: Destination, caplog: pytest.LogCaptureFixture
) -> None:
    claim_id = UUID(int=7)
    claimed: dict[str, Any] = {"state": "sending", "claim_id": claim_id, "claimed_until": Now() - timedelta(seconds=1)}
    delivery = make_delivery(destination, **claimed)
    make_attempt(delivery)
    settle_expired_claims()
    settle_expired_claims()
    facts = {"result": "unanswered", "cause": "claim_lost", "claim": claim_id, "kind": "scripted"}
    way = {"destination": destination.pk, "delivery": delivery.id, "touch": delivery.touch_id}
    assert lines(caplog) == [("WARNING", facts | way)]
