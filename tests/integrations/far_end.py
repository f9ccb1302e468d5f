"""The far end of the wire: a server made of bare sockets that plays scenes, the rude ones included."""

import contextlib
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

_PATIENCE = 10.0


@dataclass(frozen=True)
class Received:
    """One request as it came. Header names in lower case, in their order."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int

    def header(self, name: str) -> str | None:
        values = [value for found, value in self.headers if found == name]
        assert len(values) < 2, f"{name} was sent {len(values)} times"
        return values[0] if values else None


class Line:
    """One connection, from the server's side."""

    def __init__(self, sock: socket.socket, number: int, far_end: "FarEnd") -> None:
        self.sock = sock
        self.number = number
        self.far_end = far_end
        self._reader = sock.makefile("rb")

    def read_request(self) -> Received | None:
        first = self._reader.readline().decode().strip()
        if not first:
            return None
        headers = []
        while line := self._reader.readline().decode().strip():
            name, _colon, value = line.partition(":")
            headers.append((name.lower(), value.strip()))
        body = self._reader.read(int(dict(headers).get("content-length", "0")))
        received = Received(first, headers, body, self.number)
        self.far_end.requests.append(received)
        return received

    def send(self, content: bytes) -> None:
        self.sock.sendall(content)

    def trickle(self, content: Iterator[bytes]) -> None:
        """A piece now and then, until the other side has had enough or the test is over."""
        for piece in content:
            if self.far_end.over.wait(0.02):
                return
            self.send(piece)

    def hang(self) -> None:
        self.far_end.over.wait(_PATIENCE)

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._reader.close()
        self.sock.close()

    def close(self) -> None:
        self._reader.close()
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


Scene = Callable[[Line], object]


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer. ``Retry_After="7"`` becomes the header ``Retry-After: 7``."""
    lines = [f"HTTP/1.1 {status} As scripted", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(*answers: bytes) -> Scene:
    """Answers each request with the next of these, the last one for ever."""

    def scene(line: Line) -> None:
        waiting = deque(answers)
        while line.read_request():
            line.send(waiting.popleft() if len(waiting) > 1 else waiting[0])

    return scene


@dataclass
class FarEnd:
    """Each connection gets the next scene; after the last one, that one again."""

    scenes: deque[Scene] = field(default_factory=deque)
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.over = threading.Event()
        self.lines_ended = threading.Semaphore(0)
        self._server = socket.create_server(
            (self.host, 0), family=socket.AF_INET6 if ":" in self.host else socket.AF_INET
        )
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def url(self, path: str = "/leads", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def plays(self, *scenes: Scene) -> Self:
        self.scenes = deque(scenes)
        return self

    def wait_for_end_of_line(self) -> None:
        """Until one more connection has been closed from this side."""
        assert self.lines_ended.acquire(timeout=_PATIENCE), "no connection ended"

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._accepting.join(_PATIENCE)
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._server.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            scene = self.scenes.popleft() if len(self.scenes) > 1 else self.scenes[0]
            thread = threading.Thread(target=self._serve, args=(sock, self.connections, scene), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int, scene: Scene) -> None:
        sock.settimeout(_PATIENCE)
        line: Line | None = None
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self._open.append(sock)
            line = Line(sock, number, self)
            scene(line)
        except OSError:
            pass  # the client has gone, which many scenes are there to make happen
        finally:
            line.close() if line else sock.close()
            self.lines_ended.release()
