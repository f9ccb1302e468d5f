"""The token in what only HubSpot says: categories, properties, entries. Ways to fail that all kinds have stand in the
contract suite."""

import json
import logging
from typing import Any
from urllib.parse import quote

import pytest

from integrations.connectors.hubspot import HubSpotConnector
from integrations.contract import CheckReport, Outcome
from tests.integrations.connectors.hubspot.conftest import (
    WITH_KEY,
    OpenConnector,
    nameless,
)
from tests.integrations.far_end import FarEnd, answer, answering
from tests.integrations.logged import in_log
from tests.integrations.records import RECORD

SENTINEL = "pat-eu1-5e971e15-5e97-4e15-8e97-5e971e155e97"
CORE = "5e971e15-5e97-4e15-8e97-5e971e155e97"
ECHO = " ".join([SENTINEL, quote(SENTINEL, safe=""), json.dumps(SENTINEL), f"Bearer {SENTINEL}", SENTINEL.upper()])


def error(**members: Any) -> dict[str, Any]:
    return {"status": "error", "message": ECHO, "correlationId": SENTINEL, "category": "VALIDATION_ERROR"} | members


def named(name: str, value: str) -> dict[str, Any]:
    return error(errors=[{"message": ECHO, "code": value, "context": {name: [SENTINEL]}}])


ANSWERS: dict[str, tuple[int, Any]] = {
    **{f"{status} of its own": (status, error()) for status in (400, 401, 403, 404, 409, 423, 429, 477, 500)},
    "a scope": (403, named("requiredGranularScopes", "X") | {"category": "MISSING_SCOPES"}),
    "a property": (400, named("propertyName", "PROPERTY_DOESNT_EXIST")),
    "a code": (400, named("propertyName", SENTINEL)),
    "a category": (400, error(category=SENTINEL)),
    "a conflict": (409, error(category="CONFLICT")),
    "no entries": (200, {"results": [], "links": ECHO}),
    "an entry": (207, {"results": [], "errors": [error()]}),
    "a contact": (200, {"results": [{"id": SENTINEL}]}),
    "a success": (200, {"results": [{"id": "512", "url": ECHO}]}),
}


def assert_clean(*texts: str) -> None:
    for text in texts:
        assert CORE not in text.lower(), text


def words(report: CheckReport) -> str:
    return " ".join(f"{step.label} {step.detail}" for step in report.steps)


def shown(outcome: Outcome) -> list[str]:
    return [repr(outcome), repr(outcome.exchange), repr(outcome.result)]


@pytest.mark.parametrize("name", ANSWERS)
def test_no_token_comes_out_of_an_answer(
    far_end: FarEnd, connectors: OpenConnector, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    status, content = ANSWERS[name]
    body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    far_end.plays(answering(answer(status, body, X_Echo=ECHO, Location=f"https://x.example/{SENTINEL}?t={SENTINEL}")))
    connector = connectors(far_end.url(""), access_token=SENTINEL, fields=WITH_KEY)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        outcomes = connector.deliver([RECORD, nameless()])
        report = connector.check()
        preview = connector.preview(RECORD)
    assert_clean(*(text for outcome in outcomes for text in shown(outcome)), words(report), repr(preview))
    assert_clean(*in_log(caplog))


@pytest.mark.parametrize("token", [f"{SENTINEL} {SENTINEL}", CORE, f"{SENTINEL}0"])
def test_no_refusal_of_the_form_repeats_a_token(token: str) -> None:
    form = HubSpotConnector.Config.of({"access_token": token})
    assert not form.is_valid()
    assert_clean(str(form.errors), repr(form.errors.as_data()))
