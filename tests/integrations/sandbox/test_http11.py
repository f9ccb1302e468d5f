"""HTTP/1.1 on real sockets: framing, limits, and garbage that must not end the server."""

import json

import pytest

from integrations.sandbox.http11 import MAX_BODY, MAX_HEAD, MAX_LINE
from integrations.sandbox.messages import Answer
from integrations.sandbox.receiver import Receiver
from integrations.sandbox.wire import whole
from tests.integrations.sandbox.sender import LEAD, as_bytes, exchange, open_socket, post, send

BODY = as_bytes(LEAD)
LENGTH = f"Content-Length: {len(BODY)}"


def raw(*headers: str, line: str = "POST /hook HTTP/1.1", body: bytes = BODY, close: bool = True) -> bytes:
    lines = [
        line,
        "Host: localhost",
        "Content-Type: application/json",
        *headers,
        *(["Connection: close"] if close else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def bodies(sandbox: Receiver) -> list[dict[str, object]]:
    return [record["fields"]["body"] for record in sandbox.control("records")["records"]]


def test_one_connection_serves_many_requests(sandbox: Receiver) -> None:
    with open_socket(sandbox.url) as connection, connection.makefile("rb") as answers:
        for _ in range(3):
            connection.sendall(raw(LENGTH, close=False))
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
            lines = list(iter(answers.readline, b"\r\n"))
            [length] = [int(line.split()[1]) for line in lines if line.startswith(b"Content-Length")]
            assert set(json.loads(answers.read(length))) == {"id"}
    log = sandbox.control("requests")["requests"]
    assert len(log) == 3
    assert len({request["connection"] for request in log}) == 1


def test_requests_sent_in_one_go_are_answered_in_order(sandbox: Receiver) -> None:
    answers = exchange(sandbox.url, raw(LENGTH, close=False) + raw(line="GET /hook HTTP/1.1", body=b""))
    assert answers.index(b"HTTP/1.1 200 ") < answers.index(b"HTTP/1.1 405 ")


def test_a_chunked_body_is_put_together(sandbox: Receiver) -> None:
    answer = exchange(sandbox.url, raw("Transfer-Encoding: chunked", body=chunked(BODY[:10], BODY[10:])))
    assert status_of(answer) == 200
    assert bodies(sandbox) == [LEAD]


def test_chunk_extensions_and_trailers_are_read_over(sandbox: Receiver) -> None:
    body = b"%x;name=value\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (len(BODY), BODY)
    assert status_of(exchange(sandbox.url, raw("Transfer-Encoding: chunked", body=body))) == 200
    assert bodies(sandbox) == [LEAD]


def test_a_client_that_waits_for_100_continue_gets_it(sandbox: Receiver) -> None:
    with open_socket(sandbox.url) as connection, connection.makefile("rb") as answers:
        connection.sendall(raw(LENGTH, "Expect: 100-continue", body=b""))
        assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert answers.readline() == b"\r\n"
        connection.sendall(BODY)
        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"


def test_an_old_client_is_answered_and_disconnected(sandbox: Receiver) -> None:
    answer = exchange(sandbox.url, raw(LENGTH, line="POST /hook HTTP/1.0", close=False))
    assert status_of(answer) == 200
    assert b"\r\nConnection: close\r\n" in answer


def test_a_target_in_absolute_form_is_understood(sandbox: Receiver) -> None:
    assert status_of(exchange(sandbox.url, raw(LENGTH, line="POST http://localhost/hook HTTP/1.1"))) == 200


def test_head_gets_no_body(sandbox: Receiver) -> None:
    answer = exchange(sandbox.url, raw(line="HEAD /hook HTTP/1.1", body=b""))
    assert status_of(answer) == 405
    assert b"\r\nAllow: POST\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_the_answer_to_head_may_say_how_long_the_body_would_be() -> None:
    sent = whole(Answer(200, (("Content-Length", "40"),)), to_head=True)
    assert sent.count(b"Content-Length") == 1
    assert b"\r\nContent-Length: 40\r\n" in sent


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"\x00" * 100, 400),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /" + b"a" * MAX_LINE + b" HTTP/1.1\r\n\r\n", 414),
        (b"POST /hook HTTP/1.1\r\n\r\n", 400),
        (b"POST /hook HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"POST /hook HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        (b"POST /hook HTTP/1.1\r\nHost: a\r\nname : value\r\n\r\n", 400),
        (b"POST /hook HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        (b"POST /hook HTTP/1.1\r\nHost: a\r\nx: a\x00b\r\n\r\n", 400),
        (b"POST /hook HTTP/1.1\r\nHost: a\r\n" + b"x: %s\r\n" % (b"y" * 1000) * (MAX_HEAD // 1000 + 1), 431),
        (raw("Content-Length: x"), 400),
        (raw("Content-Length: -1"), 400),
        (raw(LENGTH, "Content-Length: 1"), 400),
        (raw(LENGTH, "Transfer-Encoding: chunked"), 400),
        (raw("Transfer-Encoding: gzip"), 501),
        (raw("Transfer-Encoding: chunked", body=b"zz\r\n"), 400),
        (raw("Transfer-Encoding: chunked", body=b"1\r\nabc\r\n"), 400),
        (raw(f"Content-Length: {MAX_BODY + 1}", body=b""), 413),
        (raw("Transfer-Encoding: chunked", body=b"%x\r\n" % (MAX_BODY + 1)), 413),
    ],
)
def test_what_cannot_be_read_is_turned_away_and_the_server_goes_on(sandbox: Receiver, sent: bytes, status: int) -> None:
    assert status_of(exchange(sandbox.url, sent)) == status
    assert bodies(sandbox) == []
    assert post(sandbox.url).status == 200


def test_a_body_far_too_large_still_gets_its_answer(sandbox: Receiver) -> None:
    assert send(sandbox.url, "POST", "/hook", b" " * (16 * MAX_BODY)).status == 413
    assert [request["findings"] for request in sandbox.control("requests")["requests"]] == [{"refused": "malformed"}]


def test_a_request_cut_off_in_its_body_is_not_kept(sandbox: Receiver) -> None:
    with open_socket(sandbox.url) as connection:
        connection.sendall(raw(LENGTH, body=BODY[:-1]))
        connection.shutdown(1)
        assert status_of(connection.recv(65536)) == 400
    assert bodies(sandbox) == []


def test_a_connection_that_says_nothing_and_one_that_leaves_do_no_harm(sandbox: Receiver) -> None:
    silent = open_socket(sandbox.url)
    open_socket(sandbox.url).close()
    assert post(sandbox.url).status == 200
    silent.close()
