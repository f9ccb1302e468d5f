"""Reads HTTP/1.1 requests from a stream, strictly, and with a limit on everything (RFC 9110, RFC 9112)."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedIOBase, BufferedReader
from urllib.parse import urlsplit

from integrations.sandbox.messages import Headers, Request

MAX_LINE = 8 * 1024
MAX_HEAD = 64 * 1024
MAX_BODY = 1024 * 1024

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/1\.([01])")
_CONTROL_CHARACTER = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;.*)?")


class Malformed(Exception):
    """The stream holds no acceptable request. The status says why; the connection cannot be used any further."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Head:
    """Request line and headers. `minor` is the 1 of HTTP/1.1."""

    method: str
    target: str
    minor: int
    headers: Headers

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def request(self, body: bytes, connection: int) -> Request:
        return Request(self.method, self.target, self.headers, body, connection)

    def values(self, name: str) -> list[str]:
        return [value for header, value in self.headers if header.lower() == name]

    @property
    def keep_alive(self) -> bool:
        options = {option.strip().lower() for value in self.values("connection") for option in value.split(",")}
        return "close" not in options and (self.minor == 1 or "keep-alive" in options)

    @property
    def expects_continue(self) -> bool:
        return self.minor == 1 and any(value.lower() == "100-continue" for value in self.values("expect"))


def read_head(stream: BufferedReader) -> Head | None:
    """The next request's head; None when the peer closed or stayed idle before one began.

    Raises:
        Malformed: what came is not a request.
    """
    try:
        first = stream.peek(1)[:1]
    except (TimeoutError, ConnectionError):
        return None
    if not first:
        return None
    if not _TOKEN.match(first) and first not in b"\r\n":  # a TLS greeting, say: do not wait for a line that never ends
        raise Malformed(HTTPStatus.BAD_REQUEST, "this is not HTTP")
    line = _line(stream, HTTPStatus.REQUEST_URI_TOO_LONG) or _line(stream, HTTPStatus.REQUEST_URI_TOO_LONG)
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise Malformed(HTTPStatus.BAD_REQUEST, "the request line is malformed")
    head = Head(found[1].decode(), _origin_form(found[2].decode()), int(found[3]), _read_headers(stream))
    if head.minor == 1 and len(head.values("host")) != 1:
        raise Malformed(HTTPStatus.BAD_REQUEST, "exactly one Host header is needed")
    return head


def read_body(stream: BufferedIOBase, head: Head, limit: int = MAX_BODY) -> bytes:
    """The bytes of the body, unpacked when they came in chunks.

    Raises:
        Malformed: more than `limit` bytes, lengths that contradict each other, or the peer stopped in the middle.
    """
    lengths = head.values("content-length")
    codings = [value.strip().lower() for value in head.values("transfer-encoding")]
    if codings:
        if lengths:
            raise Malformed(HTTPStatus.BAD_REQUEST, "Content-Length and Transfer-Encoding contradict each other")
        if codings != ["chunked"] or head.minor == 0:
            raise Malformed(HTTPStatus.NOT_IMPLEMENTED, "only chunked transfer coding is understood")
        return _read_chunks(stream, limit)
    if not lengths:
        return b""
    if len(set(lengths)) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
        raise Malformed(HTTPStatus.BAD_REQUEST, "Content-Length is not one whole number")
    return _exactly(stream, _within(int(lengths[0]), limit))


def _origin_form(target: str) -> str:
    """Path and query, also of a target in absolute form (RFC 9112, 3.2.2)."""
    if target.startswith("/") or target == "*":
        return target
    try:
        parts = urlsplit(target)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"}:
        raise Malformed(HTTPStatus.BAD_REQUEST, "the request target is malformed")
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _read_headers(stream: BufferedIOBase) -> Headers:
    headers: list[tuple[str, str]] = []
    size = 0
    while line := _line(stream, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE):
        size += len(line)
        if size > MAX_HEAD:
            raise Malformed(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large")
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not _TOKEN.fullmatch(name) or _CONTROL_CHARACTER.search(value):
            raise Malformed(HTTPStatus.BAD_REQUEST, "a header is malformed")
        headers.append((name.decode(), value.decode("latin-1")))
    return tuple(headers)


def _read_chunks(stream: BufferedIOBase, limit: int) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream):
        _within(len(body) + size, limit)
        body += _exactly(stream, size)
        if _line(stream, HTTPStatus.BAD_REQUEST):
            raise Malformed(HTTPStatus.BAD_REQUEST, "a chunk is longer than it says")
    _read_headers(stream)  # trailers
    return bytes(body)


def _chunk_size(stream: BufferedIOBase) -> int:
    found = _CHUNK_SIZE.fullmatch(_line(stream, HTTPStatus.BAD_REQUEST))
    if found is None:
        raise Malformed(HTTPStatus.BAD_REQUEST, "a chunk has no size")
    return int(found[1], 16)


def _within(size: int, limit: int) -> int:
    if size > limit:
        raise Malformed(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {limit} bytes")
    return size


def _line(stream: BufferedIOBase, too_long: HTTPStatus) -> bytes:
    """One line without its end."""
    try:
        line = stream.readline(MAX_LINE)
    except TimeoutError:
        raise Malformed(HTTPStatus.REQUEST_TIMEOUT, "the request did not come in time") from None
    if line.endswith(b"\n"):
        return line.removesuffix(b"\n").removesuffix(b"\r")
    raise Malformed(too_long if len(line) == MAX_LINE else HTTPStatus.BAD_REQUEST, "a line does not end")


def _exactly(stream: BufferedIOBase, size: int) -> bytes:
    try:
        body = stream.read(size)
    except TimeoutError:
        raise Malformed(HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time") from None
    if len(body) < size:
        raise Malformed(HTTPStatus.BAD_REQUEST, "the body is shorter than it says")
    return body
