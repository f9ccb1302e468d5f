"""Secrets in what only Marketo says: codes, entries, reasons. Ways to fail that all kinds have stand in the contract
suite."""

import json
import logging
from typing import Any
from urllib.parse import quote

import pytest

from integrations.contract import CheckReport, Outcome
from integrations.sandbox.marketo import Marketo
from integrations.transport import CallFailed
from tests.integrations.connectors.marketo.conftest import (
    CLIENT_ID,
    OpenConnector,
    answers_with,
)
from tests.integrations.far_end import FarEnd, answer, answering
from tests.integrations.logged import in_log
from tests.integrations.records import RECORD, failure_of

SENTINEL = "SENTINEL-7f3a/b+c&d"
TOKEN = "SENTINEL-token-0001:int"
ECHO = " ".join([SENTINEL, quote(SENTINEL, safe=""), json.dumps(SENTINEL), "{TOKEN}"])
SIGNED_IN = {"access_token": TOKEN, "expires_in": 3599}


def refusal(code: str) -> dict[str, Any]:
    return {"requestId": SENTINEL, "success": False, "errors": [{"code": code, "message": ECHO}]}


ANSWERS: dict[str, tuple[int, Any]] = {
    **{code: (200, refusal(code)) for code in ("601", "603", "604", "606", "609", "610", "611", "614", "709", "1003")},
    "a code that holds it": (200, refusal(SENTINEL)),
    "no entries": (200, {"success": True, "result": [], "warnings": [ECHO]}),
    "reasons": (
        200,
        {"success": True, "result": [{"status": "skipped", "reasons": [{"code": "1003", "message": ECHO}]}]},
    ),
}


def assert_clean(*texts: str) -> None:
    for text in texts:
        assert "sentinel" not in text.lower(), text


def words(report: CheckReport) -> str:
    return " ".join(f"{step.label} {step.detail}" for step in report.steps)


def shown(outcome: Outcome) -> list[str]:
    raised = CallFailed(failure_of(outcome), outcome.exchange)
    return [repr(outcome), repr(outcome.exchange), str(raised), repr(raised)]


def body(content: Any) -> bytes:
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("at_sign_in", [True, False])
def test_no_secret_comes_out_of_an_answer(
    far_end: FarEnd, connectors: OpenConnector, caplog: pytest.LogCaptureFixture, name: str, at_sign_in: bool
) -> None:
    status, content = ANSWERS[name]
    echoed = body(content).replace(b"{TOKEN}", b"" if at_sign_in else TOKEN.encode())
    echo = answer(status, echoed, X_Echo=ECHO, Location=f"https://x.example/{SENTINEL}?t={SENTINEL}")
    far_end.plays(answering(*([] if at_sign_in else [answer(200, body(SIGNED_IN))]), echo))
    connector = connectors(far_end.url(""), client_secret=SENTINEL)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        (outcome,) = connector.deliver([RECORD])
        far_end.plays(answering(answer(200, body(SIGNED_IN)), echo))
        report = connector.check()
    assert_clean(*shown(outcome), words(report), *in_log(caplog))


@pytest.mark.parametrize("code", ["1003", "1008"])
def test_no_secret_comes_out_of_a_probe(server: Marketo, connectors: OpenConnector, code: str) -> None:
    server.control("config", {"client_secret": SENTINEL})
    reasons = [{"code": code, "message": ECHO}]
    answers_with(server, {"success": True, "result": [{"status": "skipped", "reasons": reasons}]})
    report = connectors(server.url, client_secret=SENTINEL).check()
    assert report.steps[-1].label == "Permission to write people"
    assert_clean(words(report))


def test_no_refusal_of_the_form_repeats_a_secret(connectors: OpenConnector) -> None:
    config = connectors("123-PQR-789").Config.of(
        {"account": "123-PQR-789", "client_id": CLIENT_ID, "client_secret": f"{SENTINEL} {SENTINEL}"}
    )
    assert not config.is_valid()
    assert_clean(str(config.errors), repr(config.errors.as_data()))
