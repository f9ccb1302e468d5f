"""The identity service: one access token for each client until it expires."""

import hmac
import math
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qsl

from integrations.sandbox.marketo.errors import TurnedAway, html_page
from integrations.sandbox.marketo.settings import Settings
from integrations.sandbox.messages import Answer, Request

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Token:
    """`expires_at` in Unix seconds."""

    value: str
    expires_at: float


class Tokens:
    """Not safe to use from several threads."""

    def __init__(self) -> None:
        self.revoke()

    def revoke(self) -> None:
        self._current: dict[str, Token] = {}
        self._issued: dict[str, Token] = {}

    def issue(self, client_id: str, now: float, seconds: int) -> Token:
        """The same token as before while it lives, else a new one."""
        token = self._current.get(client_id)
        if token is None or token.expires_at <= now:
            token = Token(f"{uuid.uuid4()}:int", now + seconds)
            self._current[client_id] = self._issued[token.value] = token
        return token

    def problem(self, value: str, now: float) -> str | None:
        """The code of the error that a call with this token gets; None for a good one."""
        if not value:
            return "600"
        token = self._issued.get(value)
        if token is None:
            return "601"
        return "602" if token.expires_at <= now else None


def token_of(request: Request) -> str:
    """The token of a REST call, "" where it has none. One in the address counts as none, whatever else is there."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and "access_token" not in request.query else ""


def answer_identity(request: Request, tokens: Tokens, settings: Settings, now: float) -> Answer:
    """A token in exchange for client id and secret, from the query or a form.

    Raises:
        TurnedAway: there is none for this request.
    """
    if request.method not in {"GET", "POST"}:
        raise TurnedAway("method", html_page(405, "Method Not Allowed"))
    given = _parameters(request)
    grant = given.get("grant_type", "")
    if grant != "client_credentials":
        raise _refused(400, "unsupported_grant_type", f"Unsupported grant type: {grant}")
    if not _same(given.get("client_id", ""), settings.client_id):
        raise _refused(401, "unauthorized", f"No client with requested id: {given.get('client_id', '')}")
    if not _same(given.get("client_secret", ""), settings.client_secret):
        raise _refused(401, "invalid_client", "Bad client credentials")
    token = tokens.issue(settings.client_id, now, settings.token_seconds)
    left = math.floor(token.expires_at - now)
    content = {"access_token": token.value, "token_type": "bearer", "expires_in": left, "scope": settings.api_user}
    return Answer.json(200, content, {"Cache-Control": "no-store"})


def _parameters(request: Request) -> dict[str, str]:
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    posted = request.body.decode("utf-8", "replace") if request.method == "POST" and media_type == FORM else ""
    return {**request.query, **dict(parse_qsl(posted, keep_blank_values=True))}


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _refused(status: int, error: str, description: str) -> TurnedAway:
    answer = Answer.json(status, {"error": error, "error_description": description}, {"Cache-Control": "no-store"})
    return TurnedAway("credentials", answer)
