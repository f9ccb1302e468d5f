"""The receiver behind TLS: good, expired and wrongly named certificates, and peers that never greet."""

import http.client
import ssl
import time

import pytest

from integrations.sandbox.receiver import Receiver
from tests.integrations.certificates import Authority
from tests.integrations.sandbox.sender import LEAD, as_bytes, open_socket


def post_over_tls(sandbox: Receiver, authority: Authority) -> int:
    trusting = ssl.create_default_context(cafile=str(authority.file))
    port = int(sandbox.url.rpartition(":")[2])
    connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=trusting)
    try:
        connection.request("POST", "/hook", as_bytes(LEAD), {"Content-Type": "application/json"})
        with connection.getresponse() as answer:
            answer.read()
            return answer.status
    finally:
        connection.close()


def test_a_good_certificate_is_served(authority: Authority) -> None:
    with Receiver.running(tls=authority.context("localhost")) as sandbox:
        assert sandbox.url.startswith("https://127.0.0.1:")
        assert post_over_tls(sandbox, authority) == 200
        assert sandbox.control("records")["count"] == 1


@pytest.mark.parametrize(
    ("host", "days", "reason"),
    [("localhost", -1, "certificate has expired"), ("other.example", 90, "Hostname mismatch")],
)
def test_a_bad_certificate_keeps_the_lead_from_being_sent(
    authority: Authority, host: str, days: float, reason: str
) -> None:
    with Receiver.running(tls=authority.context(host, days)) as sandbox:
        with pytest.raises(ssl.SSLCertVerificationError, match=reason):
            post_over_tls(sandbox, authority)
        assert sandbox.control("requests")["count"] == 0


def test_peers_that_do_not_speak_tls_hold_up_nobody(authority: Authority) -> None:
    with Receiver.running(tls=authority.context("localhost")) as sandbox:
        peers = [open_socket(sandbox.url) for _ in range(2)]
        peers[0].sendall(b"POST /hook HTTP/1.1\r\n\r\n")
        assert post_over_tls(sandbox, authority) == 200
        assert sandbox.control("records")["count"] == 1
        started = time.monotonic()
    stopped = time.monotonic()
    for peer in peers:
        peer.close()
    assert stopped - started < 2


@pytest.mark.parametrize("action", ["commit_then_drop", "drop_before"])
def test_connections_are_dropped_behind_tls_too(authority: Authority, action: str) -> None:
    with Receiver.running(tls=authority.context("localhost")) as sandbox:
        sandbox.control("faults", {"action": action})
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, ssl.SSLEOFError)):
            post_over_tls(sandbox, authority)
        assert sandbox.control("records")["count"] == (1 if action == "commit_then_drop" else 0)
