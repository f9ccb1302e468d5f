"""The other side of the wire: sends requests to a sandbox over real sockets, well formed or not."""

import base64
import hashlib
import hmac
import http.client
import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + base64.b64encode(b"an old secret of 30 bytes long").decode()
LEAD: dict[str, Any] = {
    "UserDetails": {
        "FirstName": "Mina",
        "LastName": "Park",
        "Email": "mina.park@fabrikam.example",
        "Company": "Fabrikam",
    },
    "LeadSource": "AzureMarketplace-INS|contoso.fw",
    "ActionCode": "INS",
    "OfferTitle": "Contoso Firewall",
    "Description": "Need a quote for 20 seats",
}
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


def send(
    url: str, method: str, path: str, body: bytes = b"", headers: Headers | None = None, timeout: float = 5
) -> Reply:
    """One request on a connection of its own; header names of the reply in lower case."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        with connection.getresponse() as answer:
            content = answer.read()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)
    finally:
        connection.close()


def post(
    url: str, content: Any = LEAD, path: str = "/hook", headers: Headers | None = None, timeout: float = 5
) -> Reply:
    """A lead as JSON; bytes are sent as they are."""
    return send(url, "POST", path, as_bytes(content), {"Content-Type": "application/json", **(headers or {})}, timeout)


def post_signed(
    url: str, content: Any = LEAD, path: str = "/hook", message_id: str = "msg-1", headers: Headers | None = None
) -> Reply:
    signed = sign(message_id, int(time.time()), as_bytes(content))
    return post(url, content, path, {**signed, **(headers or {})})


def as_bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()


def sign(message_id: str, sent_at: int, body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The three headers of the Standard Webhooks specification."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": signature(message_id, sent_at, body, secret),
    }


def signature(message_id: str, sent_at: int, body: bytes, secret: str = SECRET) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{sent_at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def open_socket(url: str, timeout: float = 5) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=timeout)


def exchange(url: str, sent: bytes) -> bytes:
    """Sends bytes as they are and reads until the other side closes."""
    with open_socket(url) as connection:
        connection.sendall(sent)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    while piece := connection.recv(65536):
        received += piece
    return bytes(received)


def wait_until(reached: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "the awaited state was not reached in time"
        time.sleep(0.005)
