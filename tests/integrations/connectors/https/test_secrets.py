"""What is particular about the secrets of an endpoint: its kinds of sign-in, its URL's query, its ids. Ways to fail
that all kinds have stand in the contract suite."""

import base64
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from integrations.connectors.https import HttpsConnector
from integrations.contract import Failure
from integrations.transport import CallFailed, Transport
from tests.integrations.certificates import Authority
from tests.integrations.conftest import IMPATIENT
from tests.integrations.far_end import FarEnd, Line, Scene, answer, answering
from tests.integrations.logged import in_log
from tests.integrations.records import RECORD

OpenConnector = Callable[..., HttpsConnector]
OpenFarEnd = Callable[..., FarEnd]

SENTINEL = "SENTINEL-7f3a/b+c&d"
IN_QUERY = "SENTINEL-query/1+2&3"
SIGNING = "whsec_" + base64.b64encode(b"SENTINEL-signing-key-0123456789").decode()
PREVIOUS = "whsec_" + base64.b64encode(b"SENTINEL-former--key-0123456789").decode()
BASIC = base64.b64encode(f"mina:{SENTINEL}".encode()).decode()
MARKS = ["SENTINEL", quote(SENTINEL, safe=""), SIGNING, SIGNING[6:], PREVIOUS, PREVIOUS[6:]]
ECHO = " ".join(
    [
        SENTINEL,
        quote(SENTINEL, safe=""),
        json.dumps(SENTINEL),
        SENTINEL.replace("&", "&amp;"),
        BASIC,
        SIGNING,
        PREVIOUS,
        IN_QUERY,
        quote(IN_QUERY, safe=""),
        f"code={quote(IN_QUERY, safe='')}",
    ]
).encode()

SIGN_INS: dict[str, dict[str, str]] = {
    "bearer": {"sign_in": "bearer", "bearer_token": SENTINEL},
    "basic": {"sign_in": "basic", "user_name": "mina", "password": SENTINEL},
    "headers": {"sign_in": "headers", "header_2_name": "X-Key", "header_2_value": SENTINEL},
}


def echo(status: int, **headers: str) -> Scene:
    return answering(answer(status, ECHO, X_Echo=ECHO.decode(), Set_Cookie=f"s={SENTINEL}", **headers))


def hang(line: Line) -> None:
    line.read_request()
    line.hang()


SCENES: dict[str, Scene] = {
    "refusal": echo(400),
    "redirect to a place that holds it": echo(307, Location=f"https://other.example/{SENTINEL}?t={SENTINEL}"),
    "unreadable Retry-After": echo(503, Retry_After=SENTINEL),
    "an id that holds it": answering(answer(201, json.dumps({"id": f"x {SENTINEL}"}).encode())),
    "broken headers": lambda line: line.send(b"HTTP/1.1 200 OK\r\nno colon " + ECHO + b"\r\n\r\n"),
    "packed": echo(400, Content_Encoding="gzip"),
}


def assert_clean(*texts: str) -> None:
    for text in texts:
        found = [mark for mark in MARKS if mark.lower() in text.lower()]
        assert not found, f"{found} in {text}"


def deliver(caplog: pytest.LogCaptureFixture, connector: HttpsConnector) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        (outcome,) = connector.deliver([RECORD])
    assert outcome.exchange is not None
    assert_clean(repr(outcome), *in_log(caplog))
    if connector.config["sign_in"] == "basic":
        assert BASIC not in repr(outcome)
    if isinstance(outcome.result, Failure):
        raised = CallFailed(outcome.result, outcome.exchange)
        assert_clean(str(raised), repr(raised))


@pytest.mark.parametrize("sign_in", SIGN_INS)
@pytest.mark.parametrize("scene", SCENES)
def test_no_secret_comes_out_of_an_answer_or_a_fault(
    connectors: OpenConnector, far_end: FarEnd, caplog: pytest.LogCaptureFixture, scene: str, sign_in: str
) -> None:
    far_end.plays(SCENES[scene])
    connector = connectors(
        far_end.url(f"/leads?code={quote(IN_QUERY, safe='')}"), impatient=True, answer_holds_id=True,
        signing_secret=SIGNING, previous_signing_secret=PREVIOUS, **SIGN_INS[sign_in],
    )  # fmt: skip
    deliver(caplog, connector)
    assert far_end.connections == 1


def test_no_secret_comes_out_of_a_call_that_never_began(
    connectors: OpenConnector, far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority,
    caplog: pytest.LogCaptureFixture, settings: Any,
) -> None:  # fmt: skip
    names |= {"receiver.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    expired, plain, gone = far_ends(trusted.context(days=-1)), far_ends(), far_ends()
    plain.plays(lambda line: line.send(answer(400)))
    gone.close()
    path = f"/leads?code={quote(IN_QUERY, safe='')}"
    urls = [
        f"https://nowhere.example{path}", f"https://inside.example{path}", gone.url(path),
        plain.url(path).replace("http:", "https:"), expired.url(path, host="receiver.example"), plain.url(path),
    ]  # fmt: skip
    made = [connectors(url, signing_secret=SIGNING, **SIGN_INS["bearer"]) for url in urls]
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False
    for connector in [*made, HttpsConnector(made[-1].config)]:
        deliver(caplog, connector)
        with caplog.at_level(logging.DEBUG):
            assert_clean(*(f"{step.label} {step.detail}" for step in connector.check().steps), *in_log(caplog))


def test_no_secret_comes_out_of_an_exception(far_end: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    far_end.plays(hang)
    url = far_end.url(f"/leads?code={SENTINEL}")
    headers = {"Authorization": f"Bearer {SENTINEL}"}
    transport = Transport(secrets=[SENTINEL], limits=IMPATIENT)
    with caplog.at_level(logging.DEBUG), pytest.raises(CallFailed) as failed:
        transport.send("POST", url, headers=headers, body=b"{}")
    assert (failed.value.__cause__, failed.value.__context__) == (None, None)
    assert_clean("".join(traceback.format_exception(failed.value)), repr(failed.value.exchange), *in_log(caplog))


def test_no_refusal_of_the_form_repeats_a_secret() -> None:
    form = HttpsConnector.Config.of(
        {
            "url": f"https://mina:{SENTINEL}@crm.example.com/", "sign_in": "headers", "header_1_name": "X",
            "header_1_value": f"{SENTINEL}\r\n", "header_2_value": f"ü{SENTINEL}", "bearer_token": f"ü{SENTINEL}",
            "signing_secret": f"whsec_{SENTINEL}",
        }
    )  # fmt: skip
    assert not form.is_valid()
    assert_clean(str(form.errors), repr(form.errors.as_data()))
