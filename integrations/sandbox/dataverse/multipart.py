"""Takes a `$batch` body apart and puts its answer together (OData 4.0 Part 1, 11.7; RFC 2046, 5.1).

Microsoft's "Execute batch operations using the Web API": every line ends with CRLF, also the last one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from integrations.sandbox.dataverse.errors import bad_payload
from integrations.sandbox.messages import Answer, Headers, Request

CRLF = b"\r\n"

_BOUNDARY = re.compile(r"""multipart/mixed\s*;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*""", re.IGNORECASE)
_LONE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_END = re.compile(rb"--(?:\r\n)+")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S+) HTTP/1\.1")


@dataclass(frozen=True)
class Part:
    headers: Headers
    content: bytes

    def header(self, name: str) -> str | None:
        return next((value for header, value in self.headers if header.lower() == name), None)


def unreadable(reason: str = "Stream was not readable.") -> Exception:
    return bad_payload(reason, "batch")


def read_boundary(content_type: str | None) -> str | None:
    """The boundary of a `multipart/mixed`; None for any other media type."""
    found = _BOUNDARY.fullmatch(content_type or "")
    return (found[1] or found[2]) if found else None


def read_parts(body: bytes, boundary: str) -> list[Part]:
    """The parts in their order.

    Raises:
        ApiError: a line ends without CRLF, the closing boundary is missing, or a part is malformed.
    """
    if _LONE_LINE_FEED.search(body):
        raise unreadable()
    before, *parts = re.split(rb"\r\n--" + re.escape(boundary.encode()) + rb"(?=\r\n|--)", CRLF + body)
    if before or not parts or not _END.fullmatch(parts.pop()):
        raise unreadable()
    return [_read_part(part.removeprefix(CRLF)) for part in parts]


def _read_part(text: bytes) -> Part:
    head, separator, content = text.partition(CRLF + CRLF)
    if not separator:
        raise unreadable()
    return Part(_read_headers(head.split(CRLF)), content)


def _read_headers(lines: Iterable[bytes]) -> Headers:
    found = [_HEADER.fullmatch(line.decode("latin-1")) for line in lines]
    if not all(found):
        raise unreadable()
    return tuple((one[1], one[2]) for one in found if one)


def read_request(part: Part, connection: int) -> Request:
    """The request that a part of type `application/http` holds; its target as it stands there.

    Raises:
        ApiError: it holds none.
    """
    if (part.header("content-type") or "").lower() != "application/http":
        raise unreadable("The header with name 'Content-Type' of a batch part is not 'application/http'.")
    if (part.header("content-transfer-encoding") or "").lower() != "binary":
        raise unreadable("The header with name 'Content-Transfer-Encoding' of a batch part is not 'binary'.")
    head, _, body = part.content.partition(CRLF + CRLF)
    line, *headers = head.removesuffix(CRLF).split(CRLF)
    found = _REQUEST_LINE.fullmatch(line.decode("latin-1"))
    if found is None:
        raise unreadable("The request line of a batch operation is not valid.")
    return Request(found[1], found[2], _read_headers(headers), body, connection)


def answer_part(answer: Answer, content_id: str | None = None) -> bytes:
    """One answer as a part: its headers, status line, headers and body."""
    phrase = HTTPStatus(answer.status).phrase
    number = [f"Content-ID: {content_id}"] if content_id else []
    lines = [
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        *number,
        "",
        f"HTTP/1.1 {answer.status} {phrase}",
        *(f"{name}: {value}" for name, value in answer.headers),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1", "replace") + answer.body


def set_part(parts: Sequence[bytes], boundary: str) -> bytes:
    """The answers of a change set as one part."""
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode() + joined(parts, boundary)


def joined(parts: Sequence[bytes], boundary: str) -> bytes:
    opening, closing = f"--{boundary}\r\n".encode(), f"--{boundary}--\r\n".encode()
    return b"".join(opening + part + CRLF for part in parts) + closing
