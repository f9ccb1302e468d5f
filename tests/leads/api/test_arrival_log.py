"""Each post to an address has one line in the log, and an id by which its way can be followed."""

import logging
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from leads.api import webhook
from leads.delivery.turn import deliver_next_batch
from leads.intake.interpreting import interpret_waiting
from leads.models import InboundRequest
from tests.factories import make_destination, make_route, make_secret, text_of
from tests.ports import free_port

pytestmark = pytest.mark.django_db

LEAD = b'{"LeadSource": "AzureMarketplace", "UserDetails": {"Email": "mina@fabrikam.example"}}'


@pytest.fixture
def address() -> str:
    return f"/webhooks/{text_of(make_secret())}"


@pytest.fixture(autouse=True)
def everything_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture, message: str = "posted") -> list[tuple[str, dict[str, Any]]]:
    return [(record.levelname, vars(record)["facts"]) for record in caplog.records if record.message == message]


def test_a_kept_lead_has_one_line_and_its_receipt_is_the_id_of_the_request(
    client: Client, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.generic("POST", address, LEAD)
    kept = InboundRequest.objects.get()
    facts = {"status": 200, "receipt": kept.id, "request_id": str(kept.id), "bytes": len(LEAD)}
    assert lines(caplog) == [("INFO", facts)]
    assert answer["X-Request-ID"] == str(kept.id)


@pytest.mark.parametrize(
    "given", ["7f9c2ba4e88f827d616045507605853e", "1-67891233-abcdef012345678912345678", "a" * 128]
)
def test_an_id_that_a_proxy_gave_is_kept_beside_the_receipt(
    client: Client, address: str, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    answer = client.generic("POST", address, LEAD, headers={"X-Request-ID": given})
    ((_level, facts),) = lines(caplog)
    assert (answer["X-Request-ID"], facts["request_id"]) == (given, given)
    assert str(facts["receipt"]) == answer.json()["receipt"] != given


@pytest.mark.parametrize("given", ["", "two words", "mina@fabrikam.example", "a" * 129, 'x"', "x%0ay", "\x80"])
def test_an_id_that_is_none_is_not_repeated(
    client: Client, address: str, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    answer = client.generic("POST", address, LEAD, headers={"X-Request-ID": given})
    ((_level, facts),) = lines(caplog)
    assert answer["X-Request-ID"] == facts["request_id"] == answer.json()["receipt"]


def test_what_holds_no_lead_is_a_warning(client: Client, address: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.generic("POST", address, b"no lead")
    ((level, facts),) = lines(caplog)
    assert (level, facts["status"], facts["bytes"]) == ("WARNING", HTTPStatus.BAD_REQUEST, 7)
    assert answer["X-Request-ID"] == answer.json()["receipt"]


def test_what_was_not_kept_has_a_line_too(
    client: Client, address: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook._limit, "exceeded", lambda *_arguments: True)
    answer = client.generic("POST", address, LEAD)
    ((level, facts),) = lines(caplog)
    assert (level, facts["status"]) == ("WARNING", HTTPStatus.TOO_MANY_REQUESTS)
    assert answer["X-Request-ID"] == facts["request_id"]
    assert not InboundRequest.objects.exists()


def test_an_address_that_does_not_exist_gets_neither_line_nor_id(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.generic("POST", "/webhooks/guess", LEAD, headers={"X-Request-ID": "x"})
    assert (answer.status_code, answer.has_header("X-Request-ID"), lines(caplog)) == (404, False, [])


def test_from_the_line_of_an_attempt_the_post_is_found(
    client: Client, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/hook"
    plain = {"body_shape": "documented", "method": "POST", "sign_in": "none", "signed": False}
    destination = make_destination(settings=plain | {"url": nobody})
    make_route(destination)
    answer = client.generic("POST", address, LEAD)
    interpret_waiting()
    deliver_next_batch(destination)
    ((_level, facts),) = lines(caplog, "attempt")
    assert str(facts["receipt"]) == answer["X-Request-ID"]
    assert facts["result"] == "temporary"
