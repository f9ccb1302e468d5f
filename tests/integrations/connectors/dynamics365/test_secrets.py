"""A server that sends back all that it gets, as only Dataverse and Entra ID do: no secret comes out anywhere. Ways to
fail that all kinds have stand in the contract suite."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote_plus

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from tests.integrations.connectors.dynamics365.conftest import OpenConnector
from tests.integrations.far_end import FarEnd, Line, Received, Scene, answer
from tests.integrations.logged import in_log
from tests.integrations.records import RECORD, some
from tests.integrations.signing_certificates import pair

SECRET = "SENTINEL8Q~a/b+c&d"
TOKEN = "eyJ0SENTINEL.token-of.dataverse_1234567890"
GOOD_TOKEN = answer(200, json.dumps({"access_token": TOKEN, "expires_in": 3599}).encode())
SIGN_INS: dict[str, dict[str, Any]] = {
    "secret": {"client_secret": SECRET},
    "certificate": {"sign_in": "certificate", "client_secret": "", "certificate": pair().both},
}


def fields_in(request: Received) -> dict[str, list[str]]:
    return parse_qs(request.body.decode()) if "oauth2" in request.line else {}


def told_back(request: Received) -> str:
    """As it came, decoded, and as JSON writes it."""
    form = [value for values in fields_in(request).values() for value in values]
    parts = [request.header("authorization") or "", TOKEN if "oauth2" not in request.line else "", *form]
    raw = request.body.decode() if form else ""
    return " ".join([raw, *parts, *(json.dumps(part) for part in parts)])


def marks(requests: list[Received]) -> list[str]:
    assertions = [each for request in requests for each in fields_in(request).get("client_assertion", [])]
    return ["SENTINEL", quote_plus(SECRET), pair().key.splitlines()[3], *assertions]


def assert_clean(known: list[str], *texts: str) -> None:
    for text in texts:
        found = [mark for mark in known if mark.lower() in text.lower()]
        assert not found, f"{found} in {text}"


Ending = Callable[[Line, str], object]


def plain(status: int, **headers: str) -> Ending:
    return lambda line, text: line.send(answer(status, text.encode(), X_Echo=text, Set_Cookie=f"s={text}", **headers))


def in_json(status: int) -> Ending:
    def ending(line: Line, text: str) -> None:
        error = {"code": "0x80040265", "message": text}
        body = {"error": error, "error_description": f"AADSTS7000215: {text}", "error_codes": [7000215]}
        line.send(answer(status, json.dumps(body).encode()))

    return ending


def in_a_batch(line: Line, text: str) -> None:
    part = f"Content-Type: application/http\r\n\r\nHTTP/1.1 400 Bad\r\nREQ_ID: {text}\r\n\r\n{text}"
    body = f"--b\r\n{part}\r\n--b\r\n{part}\r\n--b--\r\n".encode()
    line.send(answer(200, body, Content_Type="multipart/mixed; boundary=b"))


ENDINGS: dict[str, Ending] = {
    **{f"{status} in JSON": in_json(status) for status in (400, 401, 403, 429, 500)},
    "batch": in_a_batch,
}


def failing_at(step: str, ending: Ending) -> Scene:
    def scene(line: Line) -> None:
        while request := line.read_request():
            if "oauth2" not in request.line or step == "sign-in":
                ending(line, told_back(request))
                return
            line.send(GOOD_TOKEN)

    return scene


def at(
    far_end: FarEnd, open_connectors: OpenConnector, sign_in: str, *, impatient: bool = True
) -> Dynamics365Connector:
    url = far_end.url("")
    given = {"environment_url": url, "token_authority": url, "unusual_host": True} | SIGN_INS[sign_in]
    return open_connectors(impatient=impatient, **given)


@pytest.mark.parametrize(("step", "sign_in"), [("sign-in", "secret"), ("sign-in", "certificate"), ("lead", "secret")])
@pytest.mark.parametrize("ending", ENDINGS)
def test_no_secret_comes_out_of_an_answer_or_a_fault(
    open_connectors: OpenConnector, far_end: FarEnd, caplog: pytest.LogCaptureFixture, ending: str, step: str,
    sign_in: str,
) -> None:  # fmt: skip
    far_end.plays(failing_at(step, ENDINGS[ending]))
    connector = at(far_end, open_connectors, sign_in)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        outcomes = [*connector.deliver([RECORD]), *connector.deliver(some(2))]
        report = connector.check()
    steps = [f"{each.label} {each.detail}" for each in report.steps]
    known = marks(far_end.requests)
    assert len(outcomes) == 3
    assert any("oauth2" in request.line for request in far_end.requests)
    assert_clean(known, *map(repr, outcomes), *steps, repr(report.fields), *in_log(caplog))


def test_the_server_has_really_seen_the_secrets(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    far_end.plays(failing_at("lead", plain(403)))
    for sign_in in SIGN_INS:
        at(far_end, open_connectors, sign_in, impatient=False).deliver([RECORD])
    by_secret, first_lead, by_certificate, second_lead = far_end.requests
    assert fields_in(by_secret)["client_secret"] == [SECRET]
    assert fields_in(by_certificate)["client_assertion"][0].count(".") == 2
    assert TOKEN in told_back(first_lead)
    assert second_lead.header("authorization") == f"Bearer {TOKEN}"


def test_no_secret_stands_in_a_preview(open_connectors: OpenConnector) -> None:
    assert_clean(marks([]), repr(open_connectors(client_secret=SECRET).preview(RECORD)))
