"""The webhook behind the web server that production runs, over real sockets: what no test client can imitate."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from leads.models import InboundRequest
from leads.states import InboundState
from tests.factories import make_secret, text_of
from tests.ports import free_port

LEAD = b'{"LeadSource": "AzureMarketplace"}'
PATIENCE = 20.0
CHECKOUT = Path(__file__).parents[3]


def database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].replace("/leadcrm?", f"/{name}?")


@contextmanager
def serving(**environment: str) -> Iterator[int]:
    """The port of a server with the test database. Its broker does not exist, unless ``environment`` names one."""
    port = free_port()
    words = f"-m granian --interface wsgi --host 127.0.0.1 --port {port} --no-ws leadcrm.wsgi:application".split()
    ours = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "leadcrm.settings", "LEADCRM_LOG_LEVEL": "ERROR"}
    server = subprocess.Popen([sys.executable, *words], env=os.environ | ours | environment, cwd=CHECKOUT)
    try:
        _wait_until_alive(port)
        yield port
    finally:
        server.terminate()
        server.wait(PATIENCE)


@pytest.fixture(scope="module")
def port(django_db_setup: None) -> Iterator[int]:
    with serving() as port:
        yield port


def _wait_until_alive(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            assert exchange(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(
                b"HTTP/1.1 200"
            )
            return
        except OSError:
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)


def exchange(port: int, sent: bytes, *, hang_up: bool = False) -> bytes:
    """The whole answer to these bytes. ``hang_up`` ends our side first, as a client that went away does."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
        line.sendall(sent)
        if hang_up:
            line.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := line.recv(65536):
            answer += piece
        return answer


@pytest.fixture
def head(transactional_db: None, port: int) -> bytes:
    secret = make_secret()
    return (
        f"POST /webhooks/{text_of(secret)} HTTP/1.1\r\nHost: leads.example.com\r\nConnection: close\r\n"
        "Content-Type: application/json\r\n"
    ).encode()


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def kept_request() -> InboundRequest:
    deadline = time.monotonic() + PATIENCE
    while not (kept := InboundRequest.objects.first()):
        assert time.monotonic() < deadline, "nothing was kept"
        time.sleep(0.02)
    return kept


def test_an_announced_body_arrives_whole(port: int, head: bytes) -> None:
    answer = exchange(port, head + b"Content-Length: %d\r\n\r\n" % len(LEAD) + LEAD)
    assert status_of(answer) == 200
    assert bytes(InboundRequest.objects.get().body) == LEAD


def test_a_chunked_body_arrives_whole(port: int, head: bytes) -> None:
    body = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(LEAD[:10], LEAD[10:], b"")
    assert status_of(exchange(port, body)) == 200
    assert bytes(InboundRequest.objects.get().body) == LEAD


def test_of_a_chunked_body_that_is_too_large_the_first_part_is_kept(port: int, head: bytes) -> None:
    body = b" " * 100_000
    answer = exchange(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(*[body] * 11, b""))
    assert status_of(answer) == 413
    kept = InboundRequest.objects.get()
    assert (len(kept.body), kept.body_size, kept.reason) == (65_536, 1_048_577, "too_large")


def test_of_an_announced_body_that_is_too_large_the_first_part_is_kept(port: int, head: bytes) -> None:
    answer = exchange(port, head + b"Content-Length: 2000000\r\n\r\n" + b" " * 2_000_000)
    assert status_of(answer) == 413
    kept = InboundRequest.objects.get()
    assert (len(kept.body), kept.body_size, kept.reason) == (65_536, 2_000_000, "too_large")


def test_an_announced_body_that_is_cut_off_is_kept_as_far_as_it_came(port: int, head: bytes) -> None:
    exchange(port, head + b"Content-Length: 500\r\n\r\n" + LEAD, hang_up=True)
    kept = kept_request()
    assert bytes(kept.body) == LEAD
    assert (kept.state, kept.reason) == (InboundState.REJECTED, "cut_off")


def test_a_chunked_body_that_is_cut_off_is_kept_as_far_as_it_came(port: int, head: bytes) -> None:
    exchange(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(LEAD[:20]), hang_up=True)
    kept = kept_request()
    assert bytes(kept.body) == LEAD[:20]
    # The server does not say that the end is missing, so it is the JSON that shows it.
    assert (kept.state, kept.reason) == (InboundState.REJECTED, "not_json")


def test_headers_that_are_no_text_cost_no_lead(port: int, head: bytes) -> None:
    garbage = b"User-Agent: caf\xe9 \xff" + b"x" * 10_000 + b"\r\nContent-Length: %d\r\n\r\n" % len(LEAD)
    assert status_of(exchange(port, head + garbage + LEAD)) == 200
    kept = InboundRequest.objects.get()
    assert bytes(kept.body) == LEAD
    assert len(kept.user_agent) <= 300


def test_a_broker_that_accepts_and_never_answers_costs_a_request_nothing(head: bytes) -> None:
    posted = head + b"Content-Length: %d\r\n\r\n" % len(LEAD) + LEAD
    with (
        socket.create_server(("127.0.0.1", 0)) as hung,
        serving(CELERY_BROKER_URL=f"redis://127.0.0.1:{hung.getsockname()[1]}/0") as port,
    ):
        started = time.monotonic()
        assert [status_of(exchange(port, posted)) for _post in range(8)] == [200] * 8
        # Waiting for the broker even once a request would take a second for each at least.
        assert time.monotonic() - started < 4
        hung.settimeout(PATIENCE)
        hung.accept()[0].close()  # the hint was tried, beside the requests
    assert InboundRequest.objects.filter(state=InboundState.RECEIVED).count() == 8
