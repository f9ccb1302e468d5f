"""No server holds a worker longer than the limits say, and none fills its memory."""

import socket
import threading
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from time import monotonic

import pytest

from integrations.contract import Failure, FailureKind
from integrations.transport import CallFailed, Limits, Transport, certificate_end
from integrations.transport.call import current_call
from tests.integrations.certificates import Authority
from tests.integrations.conftest import IMPATIENT, LOOPBACK_ALLOWED
from tests.integrations.far_end import FarEnd, Line, Scene, answer, answering

OpenTransport = Callable[..., Transport]
OpenFarEnd = Callable[..., FarEnd]

LIMIT_WITH_ROOM = 1.5  # seconds; no test allows more than 1.0 in all


def bytes_of(text: bytes) -> Iterator[bytes]:
    return (bytes((byte,)) for byte in text)


def failure_in_time(transport: Transport, url: str, body: bytes = b"{}") -> Failure:
    began = monotonic()
    with pytest.raises(CallFailed) as failed:
        transport.send("POST", url, body=body)
    assert monotonic() - began < LIMIT_WITH_ROOM
    return failed.value.failure


def after_request(rest: Callable[[Line], None]) -> Callable[[Line], None]:
    def scene(line: Line) -> None:
        line.read_request()
        rest(line)

    return scene


HEAD = b"HTTP/1.1 200 OK\r\n"
NEVER_ENDING_ANSWERS = {
    "silence": lambda line: line.hang(),
    "trickling status line": lambda line: line.trickle(bytes_of(b"HTTP/1.1 200 " + b"O" * 1000)),
    "trickling headers": lambda line: line.trickle(chain([HEAD], bytes_of(b"X-Slow: " + b"a" * 1000))),
    "one header after the other": lambda line: line.trickle(chain([HEAD], repeat(b"X-Slow: yes\r\n", 90))),
    "interim answers": lambda line: line.trickle(repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 1000)),
    "trickling body": lambda line: line.trickle(chain([HEAD, b"Content-Length: 1000\r\n\r\n"], repeat(b"a", 1000))),
    "trickling chunks": lambda line: line.trickle(
        chain([HEAD, b"Transfer-Encoding: chunked\r\n\r\n"], repeat(b"1\r\na\r\n", 1000))
    ),
    "body without end": lambda line: line.trickle(chain([HEAD, b"\r\n"], repeat(b"a", 1000))),
}


@pytest.mark.parametrize("name", NEVER_ENDING_ANSWERS)
def test_an_answer_that_never_ends_is_given_up_in_time(transports: OpenTransport, far_end: FarEnd, name: str) -> None:
    far_end.plays(after_request(NEVER_ENDING_ANSWERS[name]))
    failure = failure_in_time(transports(limits=IMPATIENT), far_end.url())
    assert (failure.kind, failure.cause) == (FailureKind.UNANSWERED, "no_answer_in_time")
    assert len(far_end.requests) == 1


def test_the_same_holds_under_tls(
    transports: OpenTransport, far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority
) -> None:
    far_end = far_ends(trusted.context()).plays(after_request(NEVER_ENDING_ANSWERS["trickling headers"]))
    names["receiver.example"] = ["127.0.0.1"]
    failure = failure_in_time(transports(limits=IMPATIENT), far_end.url(host="receiver.example"))
    assert (failure.kind, failure.cause) == (FailureKind.UNANSWERED, "no_answer_in_time")


HANDSHAKES_WITHOUT_END = {
    "silence": lambda line: line.hang(),
    "a record that trickles in": lambda line: line.trickle(chain([b"\x16\x03\x03\x40\x00"], repeat(b"\x02", 1000))),
}


@pytest.mark.parametrize("name", HANDSHAKES_WITHOUT_END)
def test_a_handshake_that_never_ends_is_given_up_in_time_and_nothing_was_sent(
    transports: OpenTransport, far_end: FarEnd, name: str
) -> None:
    far_end.plays(HANDSHAKES_WITHOUT_END[name])
    url = far_end.url().replace("http:", "https:")
    failure = failure_in_time(transports(limits=IMPATIENT), url)
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "cannot_connect")
    assert far_end.requests == []


def test_a_handshake_gets_no_more_than_the_call_has_left(
    transports: OpenTransport, far_end: FarEnd, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["slow.example"] = ["127.0.0.1"]
    known, never = socket.getaddrinfo, threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **given: (never.wait(0.9), known(*args, **given))[1])
    far_end.plays(HANDSHAKES_WITHOUT_END["silence"])
    url = far_end.url(host="slow.example").replace("http:", "https:")
    failure = failure_in_time(transports(limits=Limits(total=1.0)), url)
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "cannot_connect")
    assert far_end.connections == 1


def test_a_check_is_bounded_as_well(far_end: FarEnd) -> None:
    far_end.plays(HANDSHAKES_WITHOUT_END["a record that trickles in"])
    began = monotonic()
    with pytest.raises(CallFailed) as failed:
        certificate_end(far_end.url().replace("http:", "https:"), LOOPBACK_ALLOWED, IMPATIENT)
    assert monotonic() - began < LIMIT_WITH_ROOM
    assert failed.value.failure.cause == "cannot_connect"


def test_a_name_server_that_never_answers_is_given_up_in_time(
    transports: OpenTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def never(*_args: object, **_kwargs: object) -> list[object]:
        over.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    failure = failure_in_time(transports(limits=IMPATIENT), "http://slow.example:8080/")
    over.set()
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "cannot_connect")


def test_a_host_that_drops_every_packet_is_given_up_in_time(transports: OpenTransport) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):  # with its queue full, the kernel drops further requests to connect
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        failure = failure_in_time(transports(limits=IMPATIENT), f"http://127.0.0.1:{full.getsockname()[1]}/")
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "cannot_connect")


def sip(line: Line) -> None:
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    while not line.far_end.over.wait(0.02):
        line.sock.recv(50_000)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("scene", [Line.hang, sip])
def test_a_server_that_does_not_take_the_body_is_given_up_in_time(
    transports: OpenTransport, far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority,
    tls: bool, scene: Scene,
) -> None:  # fmt: skip
    far_end = far_ends(trusted.context() if tls else None).plays(scene)
    names["receiver.example"] = ["127.0.0.1"]
    url = far_end.url(host="receiver.example")
    failure = failure_in_time(transports(limits=Limits(total=0.6)), url, b"a" * 16_000_000)
    assert (failure.kind, failure.cause) == (FailureKind.UNANSWERED, "no_answer_in_time")


def test_several_requests_of_one_call_share_its_time(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(answering(answer()), after_request(lambda line: line.hang()))
    transport = transports(limits=Limits(total=0.6), keep_alive=False)
    began = monotonic()
    with transport.call():
        assert transport.send("POST", far_end.url(), body=b"{}").status == 200
        with pytest.raises(CallFailed):
            transport.send("POST", far_end.url(), body=b"{}")
        with pytest.raises(CallFailed) as too_late:
            transport.send("POST", far_end.url(), body=b"{}")
    assert monotonic() - began < LIMIT_WITH_ROOM
    assert too_late.value.failure.kind is FailureKind.TEMPORARY
    assert len(far_end.requests) == 2


def test_nothing_of_the_transport_works_outside_a_call() -> None:
    with pytest.raises(LookupError):
        current_call()


def test_a_large_answer_is_read_up_to_the_limit_and_its_status_stands(
    transports: OpenTransport, far_end: FarEnd
) -> None:
    far_end.plays(answering(answer(200, b"a" * 5000)))
    transport = transports(limits=Limits(answer_bytes=1000))
    for _ in range(2):
        large = transport.send("POST", far_end.url(), body=b"{}")
        assert (large.status, large.body) == (200, b"a" * 1000)
    assert far_end.connections == 2  # what was not read is never taken for the next answer


def test_an_answer_as_large_as_the_limit_is_whole_and_the_connection_lives_on(
    transports: OpenTransport, far_end: FarEnd
) -> None:
    far_end.plays(answering(answer(200, b"a" * 1000)))
    transport = transports(limits=Limits(answer_bytes=1000))
    for _ in range(2):
        assert transport.send("POST", far_end.url(), body=b"{}").body == b"a" * 1000
    assert far_end.connections == 1


def test_an_endless_answer_ends_at_the_limit(transports: OpenTransport, far_end: FarEnd) -> None:
    def flood(line: Line) -> None:
        line.read_request()
        line.send(HEAD + b"\r\n")
        while True:
            line.send(b"a" * 65536)

    far_end.plays(flood)
    assert transports(limits=Limits(answer_bytes=1000)).send("POST", far_end.url(), body=b"{}").body == b"a" * 1000


def test_a_flood_of_headers_ends_the_call(transports: OpenTransport, far_end: FarEnd) -> None:
    def flood(line: Line) -> None:
        line.read_request()
        line.send(HEAD)
        for number in range(99):
            line.send(b"X-%d: " % number + b"a" * 60_000 + b"\r\n")

    far_end.plays(flood)
    failure = failure_in_time(transports(limits=Limits(answer_bytes=1000)), far_end.url())
    assert (failure.kind, failure.cause) == (FailureKind.UNANSWERED, "connection_lost")
