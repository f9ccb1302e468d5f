"""Keeps other web sites out of the control interface and the page.

A page in the same browser can post to 127.0.0.1 (cross-site request forgery) and can give its own name this address
(DNS rebinding). The first is told by `Origin`, the second by `Host`.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from integrations.sandbox.messages import Request


def intruder(request: Request) -> str | None:
    """The name of the header that shows the request comes from elsewhere; None when it may pass."""
    host = _parts(f"//{request.header('host') or ''}")
    if not _is_loopback(host.hostname or ""):
        return "Host"
    origin = request.header("origin")
    if origin is not None and _parts(origin).netloc.lower() != host.netloc.lower():
        return "Origin"
    return None


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
