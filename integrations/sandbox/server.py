"""Connections: reads requests from sockets, lets a simulator answer them, sends the answers, well or badly."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any, cast

from integrations.sandbox.arrivals import Note
from integrations.sandbox.faults import DISTORTS, Action, Fault
from integrations.sandbox.http11 import Head, Malformed, read_body, read_head
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.wire import distorted, whole

if TYPE_CHECKING:
    from integrations.sandbox.simulator import Simulator

IDLE = 60.0  # seconds a connection may stay silent
LINGER = 1.0  # seconds in which a peer may finish sending what nobody will read

Site = Callable[[Request], Answer]


class SandboxServer(ThreadingMixIn, TCPServer):
    """One listening socket, one thread for each connection.

    `site_for` says who answers a path outside the play (control interface, page); None: the simulator plays its part.
    """

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        simulator: "Simulator",
        site_for: Callable[[str], Site | None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.simulator = simulator
        self.site_for = site_for
        self.stopping = threading.Event()
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._connections = 0
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Connection)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def next_connection(self) -> int:
        with self._lock:
            self._connections += 1
            return self._connections

    def finish_request(self, request: Any, client_address: Any) -> None:
        connection = cast(socket.socket, request)
        with suppress(OSError):
            if self._tls:
                self._finish_encrypted(self._tls, connection, client_address)
                return
            with self._tracked(connection):
                super().finish_request(connection, client_address)

    def _finish_encrypted(self, tls: ssl.SSLContext, connection: socket.socket, client_address: Any) -> None:
        # Greeted in the connection's own thread: a peer that never finishes its greeting holds up nobody else.
        connection.settimeout(IDLE)
        wrapped = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with wrapped as encrypted, self._tracked(encrypted):
            if not self.stopping.is_set():
                encrypted.do_handshake()
                super().finish_request(encrypted, client_address)

    @contextmanager
    def _tracked(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)

    def stop(self) -> None:
        """Ends the loop and every connection; returns when all their threads have ended."""
        self.stopping.set()
        self.simulator.faults.close()
        self.shutdown()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class Connection(StreamRequestHandler):
    """One connection: one request after the other until either side has had enough."""

    server: SandboxServer
    rfile: BufferedReader
    timeout = IDLE
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.number = self.server.next_connection()
        try:
            while not self.server.stopping.is_set() and self.exchange():
                pass
        except Malformed as problem:
            self.turn_away(problem)

    def exchange(self) -> bool:
        """One request and its answer; False when the connection is to be closed."""
        head = read_head(self.rfile)
        if head is None:
            return False
        site = self.server.site_for(head.path)
        if site is None:
            return self.play(head)
        return self.send(site(self.read_request(head)), head)

    def play(self, head: Head) -> bool:
        """The simulator's answer, or what was asked to happen in its place."""
        simulator = self.server.simulator
        with simulator.traffic.one_more(simulator.lane(head.request(b"", self.number))):
            fault = simulator.faults.take(head.method, head.path)
            if fault and fault.action is Action.DROP_BEFORE:
                simulator.log_dropped(head.request(b"", self.number), fault)
                simulator.faults.pause(fault.delay)
                return self.drop(reset=True)
            answer = simulator.take_in(self.read_played(head), fault)
            if fault and not self.survive(fault, answer):
                return False
        # No longer counted: who has this answer may ask again before this thread gets another turn.
        return self.send(answer, head)

    def survive(self, fault: Fault, answer: Answer) -> bool:
        """Plays the fault; False when there is nothing left to answer."""
        pause = self.server.simulator.faults.pause
        if fault.action is not Action.TRICKLE:  # whose pauses are between the bytes
            pause(fault.delay)
        if fault.action is Action.COMMIT_THEN_DROP:
            return self.drop(reset=fault.reset)
        if fault.action in DISTORTS:
            for piece in distorted(answer, fault, pause):
                self.wfile.write(piece)
            return False
        return not self.server.stopping.is_set()

    def read_request(self, head: Head) -> Request:
        if head.expects_continue:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return head.request(read_body(self.rfile, head, self.server.simulator.largest_body), self.number)

    def read_played(self, head: Head) -> Request:
        try:
            return self.read_request(head)
        except Malformed as problem:
            cut = head.request(b"", self.number)
            self.server.simulator.arrivals.add(cut, Note(findings={"refused": "malformed"}), problem.status, None)
            raise

    def send(self, answer: Answer, head: Head) -> bool:
        self.wfile.write(whole(answer, to_head=head.method == "HEAD", keep_alive=head.keep_alive))
        return head.keep_alive

    def drop(self, *, reset: bool) -> bool:
        """Leaves the request without an answer: closes the connection, or resets it."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.connection.close()
        return False

    def turn_away(self, problem: Malformed) -> None:
        self.wfile.write(whole(Answer.json(problem.status, {"error": problem.reason}), keep_alive=False))
        self.linger()

    def linger(self) -> None:
        """Reads on for a moment: closing with unread bytes would reset the connection and destroy the answer."""
        until = time.monotonic() + LINGER
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(LINGER)
        while time.monotonic() < until and self.rfile.read1():
            pass
