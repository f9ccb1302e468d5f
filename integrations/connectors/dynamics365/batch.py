"""Several requests in one: ``multipart/mixed`` as in Microsoft's "Execute batch operations using the Web API"; pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

MOST = 100
"""The service takes 1,000; a hundred creations end well within the time of one attempt."""

_LINE = b"\r\n"  # a bare line feed anywhere is refused
_BOUNDARY = re.compile(r"""^multipart/mixed\b.*?;\s*boundary=("?)([^";,\s]{1,200})\1""", re.IGNORECASE | re.DOTALL)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b")


class Part(NamedTuple):
    """One request of a batch. ``path`` from the root of the server."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """The answer to one request of a batch; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def headers_for(boundary: str) -> dict[str, str]:
    """Without ``continue-on-error`` the first failure would end the batch."""
    return {"Content-Type": f"multipart/mixed; boundary={boundary}", "Prefer": "odata.continue-on-error"}


def written(parts: Iterable[Part], boundary: str) -> bytes:
    lines: list[bytes] = []
    for part in parts:
        lines += [
            f"--{boundary}".encode(),
            b"Content-Type: application/http",
            b"Content-Transfer-Encoding: binary",
            b"",
        ]
        lines += [f"{part.method} {part.path} HTTP/1.1".encode()]
        lines += [f"{name}: {value}".encode() for name, value in part.headers.items()]
        lines += [b"", part.body]
    return _LINE.join([*lines, f"--{boundary}--".encode(), b""])


def replies_in(content_type: str, body: bytes) -> list[Reply] | None:
    """In the order of the requests; what follows a part that cannot be read is left out. ``None``: no batch at all."""
    found = _BOUNDARY.match(content_type.strip())
    if found is None:
        return None
    return list(_readable(_parts(body, found[2].encode(errors="replace"))))


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the boundaries. The end of an answer that broke off is not whole, and left out."""
    return (_LINE + body).split(_LINE + b"--" + boundary)[1:-1]


def _readable(parts: Iterable[bytes]) -> Iterator[Reply]:
    for part in parts:
        _own_headers, separator, inner = part.partition(_LINE * 2)
        reply = _reply(inner) if separator else None
        if reply is None:
            return
        yield reply


def _reply(content: bytes) -> Reply | None:
    head, _separator, body = content.partition(_LINE * 2)
    first, *lines = head.split(_LINE)
    status = _STATUS.match(first)
    if status is None:
        return None
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return Reply(int(status[1]), {name.strip().lower(): value.strip() for name, _colon, value in pairs}, body)
