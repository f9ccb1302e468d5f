"""Which URLs and addresses this installation lets a request go to. Pure rules against server-side request forgery."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple, Self

from django.conf import settings
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

Network = IPv4Network | IPv6Network

_PRINTABLE_WITHOUT_BLANKS = re.compile(r"[!-\[\]-~]+")  # and no backslash, which parsers of URLs read differently
_STANDARD_PORTS = {"https": 443, "http": 80}
_FIRST_FREE_PORT = 1024

# ``is_global`` alone lets pass 6to4, NAT64, multicast and others (seen with Python 3.11 and 3.12).
_NEVER_IPV4 = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's own platform service, on an address that looks public
    )
]  # fmt: skip
# IANA gives out public IPv6 addresses from this block only; what it keeps back inside it follows.
_PUBLIC_IPV6 = IPv6Network("2000::/3")
_NEVER_IPV6 = [ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


class DestinationBlocked(Exception):
    """The policy forbids this destination; nothing was dialled. ``cause`` is a key of ``integrations.diagnosis``.

    Not an ``OSError``: urllib3 and vendors' SDKs would wrap that, or try again.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Policy:
    """What the people who run this installation allow beyond public HTTPS."""

    allowed_networks: tuple[Network, ...] = ()
    allow_http: bool = False

    @classmethod
    def of_installation(cls) -> Self:
        return cls(tuple(settings.LEADCRM_ALLOWED_PRIVATE_NETWORKS), settings.LEADCRM_ALLOW_HTTP_DESTINATIONS)


class Target(NamedTuple):
    """A permitted URL in its parts; ``path`` with the query."""

    scheme: str
    host: str
    port: int
    path: str


@lru_cache(maxsize=256)  # a destination has few URLs and sends to them all day
def permitted_url(url: str, policy: Policy) -> Target:
    """Raises ``DestinationBlocked`` when the URL breaks a rule that needs no network to see."""
    if not url.isascii():
        raise DestinationBlocked("url_not_ascii")
    if not _PRINTABLE_WITHOUT_BLANKS.fullmatch(url):
        raise DestinationBlocked("url_unreadable")
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise DestinationBlocked("url_unreadable") from None
    if not parts.host or not parts.scheme:
        raise DestinationBlocked("url_unreadable")
    if parts.scheme != "https" and not (parts.scheme == "http" and policy.allow_http):
        raise DestinationBlocked("url_not_https")
    if parts.auth is not None:
        raise DestinationBlocked("url_has_user")
    if parts.fragment is not None:
        raise DestinationBlocked("url_has_fragment")
    return Target(parts.scheme, parts.host, _permitted_port(parts.scheme, parts.port), parts.request_uri)


def _permitted_port(scheme: str, port: int | None) -> int:
    standard = _STANDARD_PORTS[scheme]
    if port is None or port == standard:
        return standard
    if port < _FIRST_FREE_PORT:
        raise DestinationBlocked("url_port_not_allowed")
    return port


def permitted_address(text: str, policy: Policy) -> str:
    """The address to dial. Raises ``DestinationBlocked`` unless it is public or in an allowed network.

    An IPv4 address wrapped into IPv6 is judged and dialled as what it is.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in policy.allowed_networks if network.version == address.version):
        return str(address)
    if not _is_public(address):
        raise DestinationBlocked("address_not_public")
    return str(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        return address in _PUBLIC_IPV6 and address.is_global and not any(address in net for net in _NEVER_IPV6)
    return address.is_global and not any(address in net for net in _NEVER_IPV4)
