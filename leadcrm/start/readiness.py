"""Is it there yet? Questions that cost nothing and never fail."""

import http.client
import socket
from pathlib import Path

PATIENCE_SECONDS = 2.0


def answers_ok(port: int, path: str) -> bool:
    """Whether a GET on the loopback address is answered 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def accepts(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True


def broker_answers(path: Path) -> bool:
    return ask_broker(path, b"PING") == b"+PONG\r\n"


def worker_waits_for_tasks(path: Path) -> bool:
    """Whether a worker is blocked in BRPOP at the broker, which is how Celery waits for its next message."""
    return b" cmd=brpop " in ask_broker(path, b"CLIENT LIST")


def ask_broker(path: Path, command: bytes) -> bytes:
    """The answer to an inline command (Redis serialization protocol specification); empty if there is none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(command + b"\r\nQUIT\r\n")
            with connection.makefile("rb") as answer:
                return answer.read().removesuffix(b"+OK\r\n")
        except OSError:
            return b""
