"""Which addresses are an organisation's own ones: pure."""

import re
from urllib.parse import urlsplit

_MY_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)?\.my\.salesforce\.com")
_SHARED_LOG_IN = re.compile(r"(?:login|test|www)\.salesforce\.com|salesforce\.com")
# What a person sees in the browser's address line: Lightning pages, setup pages, Visualforce pages.
_PAGES = re.compile(r"\.(?:lightning\.force\.com|my\.salesforce-setup\.com)$")
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def as_url(typed: str) -> str:
    """What a person typed or copied from the address line."""
    return (typed if _HAS_SCHEME.match(typed) else f"https://{typed}").partition("#")[0]


def of_my_domain(origin: str) -> str:
    """With the My Domain host for that of a page."""
    return _PAGES.sub(".my.salesforce.com", origin)


def is_my_domain(origin: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "https" and bool(_MY_DOMAIN.fullmatch(parts.netloc))


def is_shared_log_in(origin: str) -> bool:
    """Where all organisations log in, which the client credentials flow does not serve."""
    return bool(_SHARED_LOG_IN.fullmatch(urlsplit(origin).hostname or ""))


def is_trusted(instance: str, origin: str) -> bool:
    """Whether a token may be sent to the instance that the sign-in named: Salesforce's own, or the configured host."""
    return instance == origin or is_my_domain(instance) or _is_salesforce(instance)


def _is_salesforce(instance: str) -> bool:
    parts = urlsplit(instance)
    return parts.scheme == "https" and bool(re.fullmatch(r"[a-z0-9.-]+\.salesforce\.com", parts.netloc))
