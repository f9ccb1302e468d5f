"""Bare sockets: what clients do that no HTTP library would."""

import json
import socket
import time
from typing import Any, NamedTuple

from tests.flows.installation import PATIENCE, Installation


class Answer(NamedTuple):
    """Status 0: the server hung up without one."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def connect(installation: Installation) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", installation.port), PATIENCE)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def head(installation: Installation, *headers: str, version: str = "1.1") -> bytes:
    """Of a POST to the webhook that ends the connection."""
    first = f"POST {installation.webhook_path} HTTP/{version}"
    given = [first, f"Host: 127.0.0.1:{installation.port}", "Content-Type: application/json", "Connection: close"]
    return "\r\n".join([*given, *headers, "", ""]).encode()


def chunked(*pieces: bytes) -> list[bytes]:
    return [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b"")]


def say(installation: Installation, *pieces: bytes, pause: float = 0.0) -> Answer:
    """The answer to these pieces, sent one after the other with so many seconds between them."""
    with connect(installation) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(pause)  # the client's own slowness
        return read_answer(line)


def read_answer(line: socket.socket) -> Answer:
    """What comes until the server hangs up; of a chunked body only the single chunk that small answers have."""
    content = b""
    try:
        while received := line.recv(65536):
            content += received
    except ConnectionResetError:
        pass
    header, _blank, body = content.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in header.lower():
        body = body.partition(b"\r\n")[2].removesuffix(b"\r\n0\r\n\r\n")
    return Answer(int(header.split(b" ", 2)[1]) if header else 0, body)
