"""The access tokens that were issued and are still good."""

import base64
import json
import secrets
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Token:
    """Good for the environment `audience` until `expires_at` (Unix seconds)."""

    client_id: str
    audience: str
    expires_at: float


class IssuedTokens:
    """Safe to use from several threads. They do not outlive the process: a client asks anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._issued: dict[str, Token] = {}

    def issue(self, token: Token, now: float) -> str:
        """A text that stands for the token; it looks like a JSON Web Token and is as opaque."""
        claims = {"aud": token.audience, "appid": token.client_id, "exp": int(token.expires_at)}
        text = ".".join([_encoded({"typ": "JWT", "alg": "RS256"}), _encoded(claims), secrets.token_urlsafe(256)])
        with self._lock:
            self._issued = {one: known for one, known in self._issued.items() if known.expires_at > now}
            self._issued[text] = token
        return text

    def holder(self, text: str, now: float) -> Token | None:
        """The token this text stands for; None when it is unknown, revoked or expired."""
        with self._lock:
            token = self._issued.get(text)
        return token if token and token.expires_at > now else None

    def revoke(self) -> None:
        with self._lock:
            self._issued = {}


def _encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
