"""Signing in at Entra ID as an application, with a client secret or a certificate.

As in Microsoft's "OAuth 2.0 client credentials flow on the Microsoft identity platform".
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from integrations.contract import Failure, FailureKind
from integrations.diagnosis.microsoft_texts import cause_of, sign_in_cause
from integrations.json_bodies import fields_of, text_in, words_of
from integrations.tokens import Token, TokenSource, of_sign_in
from integrations.transport import Answer, CallFailed, Transport, Verdict
from integrations.vendors.entra.client_assertion import ASSERTION_TYPE, SigningCertificate

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_CODE = re.compile(r"AADSTS(\d{4,9})")
_WORD = re.compile(r"[a-z_]{1,40}")
_UNKNOWN_RESOURCE = (500011, 70011, 1002012)
_PASSING: dict[int, Verdict] = {
    50196: (FailureKind.THROTTLED, "throttled"),
    90055: (FailureKind.THROTTLED, "throttled"),
    90033: (FailureKind.TEMPORARY, "server_trouble"),
}
_PASSING_ERRORS = ("temporarily_unavailable", "server_error")
_REFUSED, _UNANSWERED = "entra_sign_in_refused", "entra_sign_in_unanswered"
_LONGEST_LIFETIME = 86_400


class SignInFailed(CallFailed):
    """No token, so nothing was sent to the system itself."""


@dataclass(frozen=True, slots=True)
class Application:
    """``authority`` without a slash at its end. ``scope`` names what the token is for; ``unknown_resource`` is the
    cause when the directory does not know that. Either ``secret`` or ``certificate``, which is PEM with its key."""

    authority: str
    tenant_id: str
    client_id: str
    scope: str
    secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    unknown_resource: str = ""

    @property
    def token_url(self) -> str:
        return f"{self.authority}/{quote(self.tenant_id, safe='')}/oauth2/v2.0/token"

    def token_request(self, now: datetime) -> dict[str, str]:
        """The fields of the form. ``now`` is aware."""
        fields = {"grant_type": "client_credentials", "client_id": self.client_id, "scope": self.scope}
        if self.secret:
            return fields | {"client_secret": self.secret}
        signed = SigningCertificate.from_pem(self.certificate)
        assertion = signed.assertion(client_id=self.client_id, audience=self.token_url, now=now)
        return fields | {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


class EntraSignIn:
    """The access token of one application. Safe to use from several threads."""

    def __init__(self, application: Application, transport: Transport) -> None:
        self._application = application
        self._transport = transport
        self._tokens = TokenSource(
            key=("entra", application.token_url, application.client_id, application.scope),
            secret=application.secret or application.certificate,
            ask=self._ask,
        )

    def token(self) -> Token:
        """Raises ``SignInFailed``, which is never ``UNANSWERED``: no record was sent."""
        return self._learnt(self._tokens.get())

    def renewed(self) -> Token:
        """A new one, whatever is kept: for a check. Raises ``SignInFailed``."""
        return self._learnt(self._tokens.renewed())

    def refused(self, token: Token) -> None:
        self._tokens.refused(token)

    def _learnt(self, token: Token) -> Token:
        self._transport.learn(token.value)
        return token

    def _ask(self) -> Token:
        fields = self._application.token_request(datetime.now(UTC))
        if assertion := fields.get("client_assertion"):
            self._transport.learn(assertion)
        url, body = self._application.token_url, urlencode(fields).encode()
        try:
            answer = self._transport.send("POST", url, headers=_HEADERS, body=body)
            return token_in(answer, self._application.unknown_resource)
        except CallFailed as failed:
            failure = of_sign_in(failed.failure, refused=_REFUSED, unanswered=_UNANSWERED)
            raise SignInFailed(failure, failed.exchange) from None


def token_in(answer: Answer, unknown_resource: str = "") -> Token:
    """Raises ``SignInFailed`` when the answer holds none."""
    if not answer.ok:
        raise SignInFailed(refusal(answer, unknown_resource), answer.exchange)
    content = fields_of(answer)
    value = text_in(content, "access_token")
    if not value or not value.isascii() or not value.isprintable():
        raise SignInFailed(answer.unreadable(), answer.exchange)
    return Token(value, _lifetime(content.get("expires_in")))


def refusal(answer: Answer, unknown_resource: str = "") -> Failure:
    """Numbers and texts choose the words; a 400 or 401 nobody knows is a matter of the settings all the same."""
    failure = replace(answer.failure(), params={"code": str(answer.status)})
    if answer.status not in (400, 401):
        return failure
    error, description, number = _error(answer)
    code = f"AADSTS{number}" if number else error
    failure = replace(failure, code=code, detail=words_of(answer, "error_description"))
    if number in _PASSING or error in _PASSING_ERRORS:
        kind, cause = _PASSING.get(number, (FailureKind.TEMPORARY, "server_trouble"))
        return replace(failure, kind=kind, cause=cause)
    cause = _cause_of(number, description, unknown_resource)
    params = {"code": code or str(answer.status)}
    return replace(failure, kind=FailureKind.MISCONFIGURED, cause=cause, params=params)


def _cause_of(number: int, description: str, unknown_resource: str) -> str:
    if unknown_resource and number in _UNKNOWN_RESOURCE:
        return unknown_resource
    match = cause_of(description)
    return sign_in_cause(number) or (match.cause if match else _REFUSED)


def _lifetime(seconds: object) -> timedelta | None:
    """``None`` where Entra ID does not say: then the token is used until it is refused."""
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():
        seconds = int(seconds[:9])
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
        return timedelta(seconds=min(seconds, _LONGEST_LIFETIME))
    return None


def _error(answer: Answer) -> tuple[str, str, int]:
    """Word, description and number; empty and 0 where the body has none, as that of a proxy."""
    content = fields_of(answer)
    error, description = text_in(content, "error"), text_in(content, "error_description")
    codes = content.get("error_codes")
    given = [code for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
    written = _CODE.search(description)
    number = given[0] if given else int(written[1]) if written else 0
    return error if _WORD.fullmatch(error) else "", description, number if 0 < number < 10**9 else 0
