"""Whatever a client sends or leaves out, what came is kept and the next lead is taken."""

import socket
import struct

import pytest

from tests.flows import wire
from tests.flows.conftest import Lead
from tests.flows.installation import Installation
from tests.start.conftest import eventually

ONE_MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def _the_next_lead_is_taken(installation: Installation, lead: Lead) -> None:
    """Before the test it serves as the proof that the test before did no harm."""
    body, email = lead
    installation.arrives_once(installation.post(body), email)


def kept_with(installation: Installation, reason: str) -> list[str]:
    found = installation.admin.api("inbound-requests", reason=reason, state__in="rejected")["results"]
    return [request["id"] for request in found]


def test_a_body_that_is_announced_as_too_large_is_kept_in_part(installation: Installation) -> None:
    large = b" " * (2 * ONE_MEGABYTE)
    answer = wire.say(installation, wire.head(installation, f"Content-Length: {len(large)}"), large)
    assert (answer.status, answer.json["reason"]) == (413, "too_large")
    kept = installation.admin.api(f"inbound-requests/{answer.json['receipt']}")
    assert (kept["state"], kept["body_size"], kept["is_cut"]) == ("rejected", len(large), True)


def test_a_chunked_body_that_grows_too_large_is_kept_in_part(installation: Installation) -> None:
    pieces = wire.chunked(*[b" " * 100_000] * 11)
    answer = wire.say(installation, wire.head(installation, "Transfer-Encoding: chunked"), *pieces)
    assert (answer.status, answer.json["reason"]) == (413, "too_large")
    kept = installation.admin.api(f"inbound-requests/{answer.json['receipt']}")
    assert (kept["state"], kept["body_size"], kept["is_cut"]) == ("rejected", ONE_MEGABYTE + 1, True)


def test_a_client_that_goes_away_in_the_middle_leaves_what_it_sent(installation: Installation, lead: Lead) -> None:
    body = lead[0]
    before = kept_with(installation, "cut_off")
    with wire.connect(installation) as line:
        line.sendall(wire.head(installation, f"Content-Length: {len(body)}") + body[:150])
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, not a polite end
    [receipt] = eventually(lambda: set(kept_with(installation, "cut_off")) - set(before), "kept")
    assert installation.admin.api(f"inbound-requests/{receipt}")["body_text"] == body[:150].decode()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS greeting
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /webhooks/\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"\r\n" * 50,
        b"A" * 100_000,
    ],
    ids=["tls", "version", "path", "blank", "long"],
)
def test_what_is_no_request_is_turned_away(installation: Installation, garbage: bytes) -> None:
    with wire.connect(installation) as line:
        try:
            line.sendall(garbage)
            line.shutdown(socket.SHUT_WR)
        except OSError:  # it had enough before all was sent
            pass
        answer = wire.read_answer(line)
    assert answer.status in (0, 400, 404, 414, 431)
    assert installation.is_healthy()


def test_many_that_never_finish_their_request_keep_nobody_else_waiting(installation: Installation, lead: Lead) -> None:
    body, _email = lead
    idle = [wire.connect(installation) for _number in range(20)]
    try:
        for line in idle:
            line.sendall(b"POST /webhooks/")
        assert wire.say(installation, wire.head(installation, f"Content-Length: {len(body)}"), body).status == 200
    finally:
        for line in idle:
            line.close()
