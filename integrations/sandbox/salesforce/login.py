"""The token endpoint: client credentials (RFC 6749, 4.4) and JWT bearer (RFC 7523)."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from integrations.sandbox.arrivals import Note
from integrations.sandbox.clock import Clock
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.salesforce.assertion import BadAssertion, read_assertion
from integrations.sandbox.salesforce.ids import long_id
from integrations.sandbox.salesforce.sessions import Sessions
from integrations.sandbox.salesforce.settings import App, Settings
from integrations.sandbox.salesforce.usage import Window

TOKEN = "/services/oauth2/token"  # noqa: S105 - a path
TOKENS = "tokens"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = {"https://login.salesforce.com", "https://test.salesforce.com"}
MOST_AHEAD = 180  # seconds that an assertion may be valid for
USER_ID = "0055a0000000001"

Form = dict[str, str]


class LoginRefused(Exception):
    """`error` and `description` are Salesforce's own."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.answer = Answer.json(status, {"error": error, "error_description": description})


@dataclass(frozen=True)
class Login:
    """Issues tokens. `url` is My Domain, which is also where the API is."""

    clock: Clock
    settings: Callable[[], Settings]
    sessions: Sessions
    logins: Window
    url: Callable[[], str]

    def respond(self, request: Request) -> tuple[Answer, Note]:
        try:
            return self._issued(request), Note(TOKENS, findings={"token": "issued"})
        except LoginRefused as refused:
            return refused.answer, Note(TOKENS, findings={"refused": refused.error})

    def _issued(self, request: Request) -> Answer:
        if request.method != "POST":
            raise LoginRefused("invalid_request", "must use HTTP POST")
        form = _read_form(request)
        match form.get("grant_type"):
            case "client_credentials":
                self._check_domain()
                self._check_credentials(request, form)
                self._check_flow()
            case grant if grant == JWT_BEARER and self.settings().app.key:
                self._check_assertion(form.get("assertion", ""))
            case _:
                raise LoginRefused("unsupported_grant_type", "grant type not supported")
        self._check_user()
        return self._token()

    def _check_domain(self) -> None:
        if not self.settings().org.my_domain:
            raise LoginRefused("invalid_grant", "request not supported on this domain")

    def _check_credentials(self, request: Request, form: Form) -> None:
        app = self.settings().app
        status = 401 if app.answers_401 else 400
        key, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        if not _same(key, app.consumer_key):
            raise LoginRefused("invalid_client_id", "client identifier invalid", status)
        if not _same(secret, app.consumer_secret):
            raise LoginRefused("invalid_client", "invalid client credentials", status)

    def _check_flow(self) -> None:
        app: App = self.settings().app
        if not app.client_credentials:
            raise LoginRefused("unsupported_grant_type", "grant type not supported")
        if not app.run_as:
            raise LoginRefused("invalid_grant", "no client credentials user enabled")

    def _check_assertion(self, assertion: str) -> None:
        settings, now = self.settings(), self.clock.now()
        try:
            claims = read_assertion(assertion, settings.app.key)
        except BadAssertion:
            raise LoginRefused("invalid_grant", "invalid assertion") from None
        ends = claims.get("exp")
        if claims.get("iss") != settings.app.consumer_key:
            raise LoginRefused("invalid_client_id", "client identifier invalid")
        if claims.get("aud") not in {*AUDIENCES, self.url()}:
            raise LoginRefused("invalid_grant", "audience is invalid")
        if isinstance(ends, bool) or not isinstance(ends, int | float) or ends > now + MOST_AHEAD:
            raise LoginRefused("invalid_grant", "invalid assertion")
        if ends <= now:
            raise LoginRefused("invalid_grant", "expired authorization code")
        if claims.get("sub") != settings.user.name:
            raise LoginRefused("invalid_grant", "user hasn't approved this consumer")
        if not settings.app.approved:
            raise LoginRefused("invalid_app_access", "user is not admin approved to access this app")

    def _check_user(self) -> None:
        settings = self.settings()
        if not settings.org.active:
            raise LoginRefused("inactive_org", "organization is inactive")
        if not settings.user.active:
            raise LoginRefused("inactive_user", "user is inactive")
        if settings.app.ip_restricted:
            raise LoginRefused("invalid_grant", "ip restricted")
        if self.logins.count() >= settings.limits.logins_per_hour:
            raise LoginRefused("invalid_grant", "login rate exceeded")

    def _token(self) -> Answer:
        self.logins.add()
        org = self.settings().org.id
        content = {
            "access_token": self.sessions.open(),
            "signature": base64.b64encode(secrets.token_bytes(32)).decode(),
            "scope": "api",
            "instance_url": self.url(),
            "id": f"https://login.salesforce.com/id/{long_id(org)}/{long_id(USER_ID)}",
            "token_type": "Bearer",
            "issued_at": str(int(self.clock.now() * 1000)),
            "api_instance_url": "https://api.salesforce.com",
        }
        return Answer.json(200, content, {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"})


def _read_form(request: Request) -> Form:
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    try:
        return dict(parse_qsl(request.body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return {}


def _basic(request: Request) -> tuple[str, str] | None:
    """Key and secret, where the request names them in its header."""
    scheme, _, credentials = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return key, secret


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
