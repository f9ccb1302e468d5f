"""Sentinel secrets are pushed through every way to fail, and come out nowhere."""

import base64
import logging
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from integrations.connectors.azure_blob import AzureBlobConnector
from integrations.connectors.azure_table import AzureTableConnector
from integrations.contract import Connector, Failure
from tests.integrations.conftest import IMPATIENT
from tests.integrations.far_end import FarEnd, Line, Scene, answer, answering
from tests.integrations.records import RECORD

KEY = base64.b64encode(b"SENTINEL-account-key-of-64-bytes/".ljust(64, b"+")).decode()
SIGNATURE = "SENTINEL/signature+of=the&SAS"
MARKS = ["SENTINEL", KEY[:24], quote(KEY, safe="")]


class ImpatientTable(AzureTableConnector):
    limits = IMPATIENT


class ImpatientBlob(AzureBlobConnector):
    limits = IMPATIENT


def by_key(port: int) -> str:
    url = f"http://127.0.0.1:{port}/acme"
    return f"AccountName=acme;AccountKey={KEY};TableEndpoint={url};BlobEndpoint={url}"


def by_sas(port: int) -> str:
    return f"http://127.0.0.1:{port}/acme?sv=2023-11-03&ss=bt&srt=sco&sp=racw&sig={quote(SIGNATURE, safe='')}"


def told(secret: str) -> bytes:
    return f"AccountKey={secret} {secret} {quote(secret, safe='')} {quote(secret)} sig={quote(secret)}".encode()


def echo(status: int, **headers: str) -> Callable[[str], Scene]:
    return lambda secret: answering(answer(status, told(secret), X_Echo=told(secret).decode(), **headers))


def hang(line: Line) -> None:
    line.read_request()
    line.hang()


def tells_all(secret: str) -> Scene:
    """As the service does with a signature that is not the one it expected."""

    def scene(line: Line) -> None:
        while request := line.read_request():
            signed = request.header("authorization") or ""
            body = f"The MAC signature '{signed}' in {request.line}".encode() + told(secret)
            line.send(answer(403, body, x_ms_error_code="AuthenticationFailed"))

    return scene


def break_off(secret: str) -> Scene:
    def scene(line: Line) -> None:
        line.read_request()
        line.send(b"HTTP/1.1 500 " + told(secret) + b"\r\nX-Echo: " + told(secret) + b"\r\n")
        line.send(b"Content-Length: 99999\r\n\r\n" + told(secret))

    return scene


SCENES: dict[str, Callable[[str], Scene]] = {
    **{str(status): echo(status) for status in (200, 201, 202, 302, 400, 401, 403, 404, 409, 412, 413, 429, 500, 503)},
    "a code that holds it": lambda secret: answering(answer(400, x_ms_error_code=f"x{secret}")),
    "an XML that holds it": lambda secret: answering(
        answer(400, f"<Error><Code>A</Code><Message>{secret}</Message></Error>".encode())
    ),
    "a redirect to a place that holds it": lambda secret: answering(
        answer(307, Location=f"https://other.example/{secret}?t={secret}")
    ),
    "unreadable Retry-After": lambda secret: answering(answer(503, Retry_After=secret)),
    "the signature told": tells_all,
    "reset": lambda _secret: lambda line: line.reset(),
    "closed": lambda _secret: lambda line: line.close(),
    "silence": lambda _secret: hang,
    "broken off": break_off,
    "not HTTP": lambda secret: lambda line: line.send(told(secret) + b"\r\n\r\n"),
}


def assert_clean(*texts: str) -> None:
    for text in texts:
        found = [mark for mark in MARKS if mark.lower() in text.lower()]
        assert not found, f"{found} in {text}"


@pytest.fixture(params=[(ImpatientTable, {}), (ImpatientBlob, {}), (ImpatientBlob, {"layout": "csv"})])
def connectors(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Connector]]:
    kind, given = request.param
    opened: list[Connector] = []

    def open_connector(connection: str) -> Connector:
        place = {"table": "Leads", "container": "leads", "unusual_host": True}
        form = kind.Config.of(place | {"connection": connection} | given)
        assert form.is_valid(), form.errors
        opened.append(kind(form.cleaned_data))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()


@pytest.mark.parametrize(("connection", "secret"), [(by_key, KEY), (by_sas, SIGNATURE)])
@pytest.mark.parametrize("scene", SCENES)
def test_no_secret_comes_out_of_an_answer_or_a_fault(
    connectors: Callable[[str], Connector], far_end: FarEnd, caplog: pytest.LogCaptureFixture, scene: str,
    connection: Callable[[int], str], secret: str,
) -> None:  # fmt: skip
    far_end.plays(SCENES[scene](secret))
    connector = connectors(connection(far_end.port))
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="azure"):
        (outcome,) = connector.deliver([RECORD])
        report = connector.check()
        preview = connector.preview(RECORD)
    logged = [f"{logging.Formatter().format(record)} {record.args!r}" for record in caplog.records]
    steps = [f"{step.label} {step.detail}" for step in report.steps]
    assert_clean(repr(outcome), repr(preview), *steps, *logged)
    if scene == "the signature told":
        assert isinstance(outcome.result, Failure)
        assert "SharedKey acme:[redacted]" in outcome.result.detail or connection is by_sas
