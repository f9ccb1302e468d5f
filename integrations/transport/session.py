"""A ``requests`` session over the same guard, for vendors' SDKs that bring their own requests."""

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from integrations.transport.connection import guarded_pools


class _GuardedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = guarded_pools()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Whatever an SDK asks for: certificates are verified, and no proxy stands between us and the guard."""
        return super().send(request, **(kwargs | {"verify": True, "cert": None, "proxies": None}))


class _NeverRedirected(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def guarded_session() -> requests.Session:
    """For use by one thread, inside ``Transport.call``. No redirects, retries, proxies, ``.netrc`` or cookies."""
    session = _NeverRedirected()
    session.trust_env = False
    session.headers["Accept-Encoding"] = "identity"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, _GuardedAdapter(max_retries=0))
    return session
