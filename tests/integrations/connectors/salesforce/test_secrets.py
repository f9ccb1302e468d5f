"""Secrets in what only Salesforce says: codes, fields, entries, instances. Ways to fail that all kinds have stand in
the contract suite."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from integrations.connectors.salesforce import SalesforceConnector
from tests.integrations.connectors.salesforce.conftest import TOKEN_PATH
from tests.integrations.far_end import FarEnd, Line, answer
from tests.integrations.logged import in_log
from tests.integrations.records import some

OpenConnector = Callable[..., SalesforceConnector]

SECRET = "SENTINELsecret7f3a"  # could pass for a field's name, an error code or a lead's ID
ODD_SECRET = "SENTINEL/b+c&d<e>"
TOKEN = "00DSENTINELtoken!AQcAQ.xyz"
ECHO = " ".join((SECRET, ODD_SECRET, quote(ODD_SECRET, safe=""), quote_plus(ODD_SECRET), TOKEN, quote(TOKEN, safe="")))

REFUSED: list[dict[str, Any]] = [
    {
        "errorCode": code,
        "message": f"{ECHO} (max length=4) '{SECRET}' [{SECRET}] {SECRET} duplicates value",
        "fields": f,
    }
    for code in ("STRING_TOO_LONG", "INVALID_FIELD", "REQUIRED_FIELD_MISSING", "DUPLICATE_VALUE", SECRET)
    for f in ([], [SECRET], ["Company"])
]


def saying(status: int, content: Any, **headers: str) -> Callable[[bytes], bytes]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda _body: answer(status, body, X_Echo=ECHO, Set_Cookie=f"s={TOKEN}", **headers)


SCENES: dict[str, Callable[[bytes], bytes]] = {
    **{f"{one['errorCode'][:8]} {one['fields']}": saying(400, [one]) for one in REFUSED},
    "entries": saying(200, [{"success": False, "errors": [one]} for one in REFUSED[:2]]),
    "odd entries": saying(200, [{"id": ECHO, "success": True}, {"id": SECRET, "success": True}]),
    "an id": saying(201, {"id": SECRET, "success": True, "errors": []}),
}
GRANT = answer(200, json.dumps({"access_token": TOKEN, "token_type": "Bearer"}).encode())
SIGN_INS: dict[str, Callable[[bytes], bytes]] = {
    "error": saying(400, {"error": SECRET, "error_description": ECHO}),
    "instance": saying(200, {"access_token": TOKEN, "instance_url": f"https://{SECRET}.example"}),
    "token of another type": saying(200, {"access_token": [TOKEN, SECRET]}),
}


def playing(sign_in: Callable[[bytes], bytes] | None, api: Callable[[bytes], bytes]) -> Callable[[Line], None]:
    def scene(line: Line) -> None:
        while request := line.read_request():
            respond = api if "oauth2" not in request.line else sign_in
            line.send(respond(request.body) if respond else GRANT)

    return scene


def assert_clean(*texts: str) -> None:
    for text in texts:
        assert "sentinel" not in text.lower(), text


def try_everything(connector: SalesforceConnector, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        outcomes = [*connector.deliver(some(1)), *connector.deliver(some(2))]
        steps = connector.check().steps
    assert len(outcomes) == 3
    assert_clean(*map(repr, outcomes), *(f"{step.label} {step.detail}" for step in steps), *in_log(caplog))
    assert_clean(repr(connector.preview(some(1)[0])))


@pytest.mark.parametrize("secret", [SECRET, ODD_SECRET])
@pytest.mark.parametrize("scene", SCENES)
def test_no_secret_comes_out_of_an_answer_or_a_fault(
    connectors: OpenConnector, far_end: FarEnd, caplog: pytest.LogCaptureFixture, scene: str, secret: str
) -> None:
    other = ODD_SECRET if secret == SECRET else SECRET
    far_end.plays(playing(None, lambda body: without(other, SCENES[scene](body))))
    try_everything(connectors(far_end.url(""), consumer_secret=secret), caplog)
    assert len(far_end.requests) >= 3


@pytest.mark.parametrize("secret", [SECRET, ODD_SECRET])
@pytest.mark.parametrize("scene", SIGN_INS)
def test_no_secret_comes_out_of_a_sign_in(
    connectors: OpenConnector, far_end: FarEnd, caplog: pytest.LogCaptureFixture, scene: str, secret: str
) -> None:
    other = ODD_SECRET if secret == SECRET else SECRET
    respond = SIGN_INS[scene]
    far_end.plays(playing(lambda body: without(TOKEN, without(other, respond(body))), SCENES["an id"]))
    try_everything(connectors(far_end.url(""), consumer_secret=secret), caplog)
    assert {request.line for request in far_end.requests} == {f"POST {TOKEN_PATH} HTTP/1.1"}


def without(text: str, said: bytes) -> bytes:
    """The answer without what the connector was never told, in as many bytes."""
    for form in (text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]):
        said = said.replace(form.encode(), b"x" * len(form))
    return said


def test_no_refusal_of_the_form_repeats_a_secret() -> None:
    form = SalesforceConnector.Config.of(
        {"my_domain": "https://x", "consumer_key": "3MVG9", "consumer_secret": "3MVGSENTINEL", "api_version": "x"}
    )
    assert not form.is_valid()
    assert_clean(str(form.errors), repr(form.errors.as_data()))
