"""A web request -> what was posted: bytes, size and where it came from."""

import ipaddress
from typing import BinaryIO, cast

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.utils import timezone

from leads.intake.receiving import KEPT_OF_TOO_LARGE, LARGEST_BODY, PostedRequest

CHUNK = 64 * 1024


def posted_request(request: HttpRequest) -> PostedRequest:
    """Read the body up to the largest size; of a larger one only the first part is kept. Never raises for a client
    that sends less than it announced: what came is kept."""
    announced = _announced_length(request) or 0
    body, is_broken = _read(request, KEPT_OF_TOO_LARGE if announced > LARGEST_BODY else LARGEST_BODY + 1)
    size = announced if announced > LARGEST_BODY else len(body)
    return PostedRequest(
        body=body[:KEPT_OF_TOO_LARGE] if size > LARGEST_BODY else body,
        size=size,
        is_complete=size >= announced and not is_broken,
        received_at=timezone.now(),
        source_address=client_address(request),
        content_type=_printable(request.META.get("CONTENT_TYPE", "")),
        user_agent=_printable(request.META.get("HTTP_USER_AGENT", "")),
    )


def _printable(text: str) -> str:
    """WSGI hands headers over as Latin-1; whatever was in them, the database must take it."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _announced_length(request: HttpRequest) -> int | None:
    """``None`` for a chunked body, whose end is told by the body itself."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    try:
        return max(int(request.META.get("CONTENT_LENGTH") or 0), 0)
    except ValueError:
        return 0


def _stream(request: HttpRequest) -> BinaryIO:
    # Django limits its stream to Content-Length, which is 0 for a chunked body: the lead would be read as empty.
    chunked = _announced_length(request) is None
    return cast(BinaryIO, cast(WSGIRequest, request).environ["wsgi.input"] if chunked else request)


def _read(request: HttpRequest, most: int) -> tuple[bytes, bool]:
    """What came, and whether the connection broke before its end."""
    stream, body = _stream(request), bytearray()
    try:
        while len(body) < most and (piece := stream.read(min(most - len(body), CHUNK))):
            body += piece
    except OSError:  # the client went away; Django's own UnreadablePostError is one too
        return bytes(body), True
    return bytes(body), False


def client_address(request: HttpRequest) -> str | None:
    """Who posted, seen through as many proxies as the installation says it trusts; ``None`` when it cannot be told."""
    candidate = request.META.get("REMOTE_ADDR", "")
    if settings.LEADCRM_PROXY_COUNT:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        candidate = hops[-settings.LEADCRM_PROXY_COUNT] if len(hops) >= settings.LEADCRM_PROXY_COUNT else candidate
    try:
        address = ipaddress.ip_address(_without_port(candidate))
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address).partition("%")[0]  # no database takes a zone


def _without_port(hop: str) -> str:
    """Some proxies write ``address:port``, Azure's Application Gateway among them."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
