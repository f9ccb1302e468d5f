"""Stands before a server on loopback, passes everything on, and can be told to be rude about it.

Signatures of Azure Storage cover the path, not host and port, so that nothing changes for a client.
"""

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PATIENCE = 10.0
_OWN_HEADERS = frozenset(("connection", "keep-alive", "transfer-encoding", "content-length"))


@dataclass(frozen=True)
class Seen:
    """One request as it came. Header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Turn:
    """One request and what may be done with it."""

    def __init__(self, proxy: "FaultProxy", handler: "_Handler", seen: Seen) -> None:
        self.seen = seen
        self.over = proxy.over
        self._proxy = proxy
        self._handler = handler

    def pass_on(self) -> Reply:
        connection = HTTPConnection("127.0.0.1", self._proxy.behind, timeout=_PATIENCE)
        with contextlib.closing(connection):
            connection.request(self.seen.method, self.seen.path, self.seen.body, self.seen.headers)
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())

    def answer(self, reply: Reply, *, cut_at: int | None = None) -> None:
        handler = self._handler
        handler.send_response_only(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in _OWN_HEADERS:
                handler.send_header(name, value)
        length = reply.headers.get("content-length", "0") if self.seen.method == "HEAD" else str(len(reply.body))
        handler.send_header("Content-Length", length)
        handler.end_headers()
        if self.seen.method != "HEAD":
            handler.wfile.write(reply.body[:cut_at])
        handler.close_connection = handler.close_connection or cut_at is not None

    def trickle(self, content: bytes) -> None:
        for byte in content:
            if self.over.wait(0.05):
                break
            self._handler.wfile.write(bytes([byte]))
        self.drop()

    def drop(self) -> None:
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.close_connection = True


Fault = Callable[[Turn], None]


def drops(turn: Turn) -> None:
    """The request never arrives behind the proxy."""
    turn.drop()


def commits_then_drops(turn: Turn) -> None:
    """What is behind does its work, and nobody hears of it."""
    turn.pass_on()
    turn.drop()


def cuts_the_answer(turn: Turn) -> None:
    reply = turn.pass_on()
    turn.answer(Reply(reply.status, reply.headers, reply.body or b"x" * 100), cut_at=10)


def hangs(turn: Turn) -> None:
    turn.over.wait(_PATIENCE)
    turn.drop()


def trickles(turn: Turn) -> None:
    """A piece of the answer now and then, without an end."""
    turn.pass_on()
    turn.trickle(b"HTTP/1.1 200 OK\r\n" + b"X-More: x\r\n" * 1000)


def answers(status: int, body: bytes = b"", /, **headers: str) -> Fault:
    """``Retry_After="7"`` becomes the header ``Retry-After: 7``."""
    reply = Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
    return lambda turn: turn.answer(reply)


@dataclass
class _Waiting:
    fault: Fault
    method: str
    path: str
    times: int

    def matches(self, seen: Seen) -> bool:
        return seen.method.startswith(self.method) and self.path in seen.path


class FaultProxy:
    def __init__(self, behind: int) -> None:
        self.behind = behind
        self.over = threading.Event()
        self.requests: list[Seen] = []
        self._faults: deque[_Waiting] = deque()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self._server.daemon_threads = True
        self._serving = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._serving.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def plays(self, fault: Fault, *, method: str = "", path: str = "", times: int = 1) -> None:
        """For the next ``times`` requests that fit."""
        self._faults.append(_Waiting(fault, method, path, times))

    def serve(self, turn: Turn) -> None:
        with self._lock:
            self.requests.append(turn.seen)
            fault = self._fault_for(turn.seen)
        if fault:
            fault(turn)
        else:
            turn.answer(turn.pass_on())

    def forget(self) -> None:
        """As new; whoever is held up goes on."""
        self._faults.clear()
        self.requests.clear()
        self.over.set()
        self.over = threading.Event()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._serving.join(_PATIENCE)

    def _fault_for(self, seen: Seen) -> Fault | None:
        for waiting in self._faults:
            if waiting.times and waiting.matches(seen):
                waiting.times -= 1
                return waiting.fault
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are written one after the other
    proxy: FaultProxy

    def serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        with contextlib.suppress(OSError):  # the client has gone, which many faults are there to make happen
            self.proxy.serve(Turn(self.proxy, self, Seen(self.command, self.path, headers, body)))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_MERGE = serve  # noqa: N815

    def log_message(self, *_args: Any) -> None:
        """Not a word: the run's own output is for its findings."""


@contextmanager
def proxy_before(port: int) -> Iterator[FaultProxy]:
    proxy = FaultProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
