"""What the network may do to a call, each row of the common table over a real socket."""

import logging
import socket
import traceback
from collections.abc import Callable

import pytest

from integrations.contract import Failure, FailureKind
from integrations.transport import CallFailed, Transport
from tests.integrations.certificates import Authority
from tests.integrations.far_end import FarEnd, Line, Scene, answer, answering

OpenTransport = Callable[..., Transport]
OpenFarEnd = Callable[..., FarEnd]


def after_request(rest: Callable[[Line], object]) -> Scene:
    def scene(line: Line) -> None:
        line.read_request()
        rest(line)

    return scene


def reset_unread(line: Line) -> None:
    line.sock.recv(1, socket.MSG_PEEK)
    line.reset()


def fault(transport: Transport, url: str, body: bytes = b"{}") -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        transport.send("POST", url, body=body)
    return failed.value


AFTER_SENDING: dict[str, tuple[Scene, str]] = {
    "reset before the request is read": (reset_unread, "connection_lost"),
    "reset after the request": (after_request(lambda line: line.reset()), "connection_lost"),
    "closed without an answer": (after_request(lambda line: line.close()), "connection_lost"),
    "closed inside the status line": (after_request(lambda line: line.send(b"HTTP/1.")), "answer_not_http"),
    "closed inside the body": (
        after_request(lambda line: line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour")),
        "answer_cut_off",
    ),
    "closed inside a chunk": (
        after_request(lambda line: line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nfour")),
        "answer_cut_off",
    ),
    "closed before the last chunk": (
        after_request(lambda line: line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n")),
        "answer_cut_off",
    ),
    "something that is not HTTP": (after_request(lambda line: line.send(b"220 mail ready\r\n")), "answer_not_http"),
    "a change of protocol nobody asked for": (
        after_request(lambda line: line.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")),
        "answer_not_http",
    ),
    "a header without end": (
        after_request(lambda line: line.send(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n")),
        "answer_not_http",
    ),
}


@pytest.mark.parametrize("name", AFTER_SENDING)
def test_what_goes_wrong_after_sending_is_unanswered(transports: OpenTransport, far_end: FarEnd, name: str) -> None:
    scene, cause = AFTER_SENDING[name]
    far_end.plays(scene)
    failure = fault(transports(), far_end.url()).failure
    assert failure == Failure(kind=FailureKind.UNANSWERED, cause=cause)


def test_nothing_is_tried_twice(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(after_request(lambda line: line.close()))
    fault(transports(), far_end.url())
    far_end.wait_for_end_of_line()
    assert (far_end.connections, len(far_end.requests)) == (1, 1)


def test_an_answer_that_breaks_off_leaves_what_came_of_it(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(after_request(lambda line: line.send(b"HTTP/1.1 201 Made\r\nX-Id: 7\r\nContent-Length: 9\r\n\r\nfo")))
    exchange = fault(transports(), far_end.url()).exchange
    assert exchange is not None
    assert (exchange.response_status, exchange.response_headers["x-id"]) == (201, "7")


def test_an_early_answer_counts_though_the_body_is_not_taken(transports: OpenTransport, far_end: FarEnd) -> None:
    def refuse_early(line: Line) -> None:
        line.send(answer(413, b"too large", Connection="close"))
        line.sock.shutdown(socket.SHUT_WR)
        while line.sock.recv(65536):
            pass

    far_end.plays(refuse_early)
    assert transports().send("POST", far_end.url(), body=b"a" * 3_000_000).status == 413


HANDSHAKES_CUT_OFF: dict[str, tuple[Scene, str]] = {
    "reset": (reset_unread, "cannot_connect"),
    "closed": (lambda line: line.sock.recv(9999), "tls_failed"),
    "plain HTTP on this port": (lambda line: line.send(answer(400)), "tls_failed"),
    "an alert": (lambda line: line.send(b"\x15\x03\x03\x00\x02\x02\x28"), "tls_failed"),
}


@pytest.mark.parametrize("name", HANDSHAKES_CUT_OFF)
def test_a_handshake_that_fails_is_temporary_because_nothing_was_sent(
    transports: OpenTransport, far_end: FarEnd, name: str
) -> None:
    scene, cause = HANDSHAKES_CUT_OFF[name]
    far_end.plays(scene)
    failure = fault(transports(), far_end.url().replace("http:", "https:")).failure
    assert failure == Failure(kind=FailureKind.TEMPORARY, cause=cause)


def test_an_end_of_tls_after_sending_is_unanswered(
    transports: OpenTransport, far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority
) -> None:
    far_end = far_ends(trusted.context()).plays(after_request(lambda line: line.reset()))
    names["receiver.example"] = ["127.0.0.1"]
    failure = fault(transports(), far_end.url(host="receiver.example")).failure
    assert failure == Failure(kind=FailureKind.UNANSWERED, cause="connection_lost")


def test_the_precise_reason_is_logged_and_shown_to_nobody(
    transports: OpenTransport, far_end: FarEnd, caplog: pytest.LogCaptureFixture
) -> None:
    far_end.close()
    with caplog.at_level(logging.DEBUG):
        failed = fault(transports(), far_end.url("/leads?code=hidden"))
    assert [record.getMessage() for record in caplog.records] == [
        "POST 127.0.0.1: cannot_connect (NewConnectionError < ConnectionRefusedError[111])"
    ]
    assert str(failed) == "cannot_connect"
    assert "Refused" not in "".join(traceback.format_exception(failed))


def test_a_defect_of_ours_is_not_taken_for_a_fault_of_theirs(transports: OpenTransport, far_end: FarEnd) -> None:
    with pytest.raises(ValueError, match="Invalid header value"):
        transports().send("POST", far_end.url(), headers={"X-Broken": "a\r\nb: c"}, body=b"{}")
    assert far_end.requests == []


def test_a_connection_the_server_closed_in_between_is_replaced(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(after_request(lambda line: line.send(answer())))
    transport = transports()
    for _ in range(2):
        assert transport.send("POST", far_end.url(), body=b"{}").status == 200
        far_end.wait_for_end_of_line()
    assert far_end.connections == 2


def test_a_connection_is_used_again(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(), answer(500, b"oh"), answer(204), answer()))
    transport = transports()
    statuses = [transport.send("POST", far_end.url(), body=b"{}").status for _ in range(4)]
    assert statuses == [200, 500, 204, 200]
    assert far_end.connections == 1


def test_without_keep_alive_every_call_has_a_connection_of_its_own(transports: OpenTransport, far_end: FarEnd) -> None:
    transport = transports(keep_alive=False)
    for _ in range(3):
        assert transport.send("POST", far_end.url(), body=b"{}").status == 200
        far_end.wait_for_end_of_line()
    assert far_end.connections == 3
    assert [request.header("connection") for request in far_end.requests] == ["close"] * 3


def test_a_fork_opens_connections_of_its_own(
    transports: OpenTransport, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = transports()
    transport.send("POST", far_end.url(), body=b"{}")
    monkeypatch.setattr("integrations.transport.client.os.getpid", lambda: -1)
    transport.send("POST", far_end.url(), body=b"{}")
    assert far_end.connections == 2


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
    ],
)
def test_interim_answers_are_not_the_answer(transports: OpenTransport, far_end: FarEnd, interim: bytes) -> None:
    far_end.plays(answering(interim + answer(201, b"first"), answer(202, b"second")))
    transport = transports()
    got = [transport.send("POST", far_end.url(), body=b"{}") for _ in range(2)]
    assert [(each.status, each.body) for each in got] == [(201, b"first"), (202, b"second")]
    assert far_end.connections == 1


def test_chunked_answers_are_read(transports: OpenTransport, far_end: FarEnd) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n3\r\nsix\r\n0\r\n\r\n"
    far_end.plays(answering(chunked))
    transport = transports()
    assert [transport.send("POST", far_end.url(), body=b"{}").body for _ in range(2)] == [b"foursix"] * 2
    assert far_end.connections == 1


def test_an_answer_that_ends_with_the_connection_is_whole(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(after_request(lambda line: line.send(b"HTTP/1.0 200 OK\r\n\r\nold style")))
    assert transports().send("POST", far_end.url(), body=b"{}").body == b"old style"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, identity"])
def test_an_encoded_answer_is_not_read(transports: OpenTransport, far_end: FarEnd, encoding: str) -> None:
    far_end.plays(answering(answer(200, b"\x1f\x8b" + b"\x00" * 500, Content_Encoding=encoding)))
    transport = transports()
    for _ in range(2):
        got = transport.send("POST", far_end.url(), body=b"{}")
        assert (got.status, got.body) == (200, b"")
    assert far_end.connections == 2
    assert [request.header("accept-encoding") for request in far_end.requests] == ["identity"] * 2


def test_the_body_is_sent_as_it_is_with_its_length(transports: OpenTransport, far_end: FarEnd) -> None:
    body = '{"name": "Zoë 김민아 🚀 عربي"}'.encode()
    transports().send("PUT", far_end.url("/leads?x=1%20y"), headers={"content-type": "application/json"}, body=body)
    (request,) = far_end.requests
    assert request.line == "PUT /leads?x=1%20y HTTP/1.1"
    assert request.body == body
    assert request.header("content-length") == str(len(body))
    assert request.header("transfer-encoding") is None


def test_headers_given_replace_our_own_whatever_their_case(transports: OpenTransport, far_end: FarEnd) -> None:
    transports().send("GET", far_end.url(), headers={"user-agent": "theirs", "ACCEPT": "application/json"})
    assert far_end.requests[0].header("user-agent") == "theirs"
    assert far_end.requests[0].header("accept") == "application/json"
    assert far_end.requests[0].header("content-length") is None


def test_the_exchange_shows_what_went_over_the_wire(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(201, '{"id":"Zoë"}'.encode(), X_Request_Id="r-1")))
    exchange = transports().send("POST", far_end.url(), headers={"webhook-id": "m-1"}, body=b'{"a":1}').exchange
    assert (exchange.method, exchange.url, exchange.request_body) == ("POST", far_end.url(), '{"a":1}')
    assert exchange.request_headers["webhook-id"] == "m-1"
    assert exchange.response_status == 201
    assert exchange.response_headers["x-request-id"] == "r-1"
    assert exchange.response_body == '{"id":"Zoë"}'


FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
POSTED = b"last_name=%EA%B9%80%EB%AF%BC&description=20+seats%0A%26+more&retURL=&client_secret=s%2Fcr%26t%20x&b=1&b=2"
READ = "last_name: 김민\ndescription: 20 seats\n& more\nretURL: \nclient_secret: [redacted]\nb: 1\nb: 2"


def test_a_form_is_kept_and_shown_as_people_read_it_and_sent_as_it_is(
    transports: OpenTransport, far_end: FarEnd
) -> None:
    transport = transports(secrets=["s/cr&t x"])
    exchange = transport.send("POST", far_end.url(), headers=FORM, body=POSTED).exchange
    assert far_end.requests[0].body == POSTED
    assert exchange.request_body == READ
    assert transport.preview("POST", far_end.url(), headers=FORM, body=POSTED).request_body == READ


def test_what_only_looks_like_a_form_is_kept_as_it_was_sent(transports: OpenTransport, far_end: FarEnd) -> None:
    exchange = (
        transports().send("POST", far_end.url(), headers={"content-type": "text/plain"}, body=b"a=%20&b").exchange
    )
    assert exchange.request_body == "a=%20&b"


def test_what_no_database_could_keep_is_not_in_the_exchange(transports: OpenTransport, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(400, b"zero \x00 and \xff\xfe", X_Odd="a\x01b")))
    exchange = transports().send("POST", far_end.url(), body=b"\x00\xff").exchange
    assert exchange.response_body == "zero  and \ufffd\ufffd"
    assert exchange.response_headers["x-odd"] == "ab"
    assert exchange.request_body == "\ufffd"
