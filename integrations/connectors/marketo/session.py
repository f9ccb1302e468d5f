"""Calls of Marketo's REST API under an access token, which is asked for once and renewed once where it is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from integrations.connectors.marketo.answers import TOKEN_REFUSED, Surroundings, refusal_in
from integrations.contract import Escalation, Failure, FailureKind
from integrations.json_bodies import fields_of, text_in
from integrations.tokens import Token, TokenSource, of_sign_in
from integrations.transport import Answer, CallFailed, Transport

_ENDING = timedelta(seconds=60)
_LONGEST_LIFE = 24 * 3600
_UNKNOWN_FOR_GOOD = Escalation(3, FailureKind.MISCONFIGURED)
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Reply(NamedTuple):
    """An answer that Marketo gave of its own: JSON, and not a refusal."""

    answer: Answer
    content: dict[str, Any]


def origin_of_account(account: str) -> str:
    """``account`` is a Munchkin id, or the origin of an unusual host."""
    return account if "://" in account else f"https://{account.lower()}.mktorest.com"


class Session:
    """Safe to use from several threads."""

    def __init__(self, config: Mapping[str, Any], transport: Transport) -> None:
        self._config = config
        self._transport = transport
        self._origin = origin_of_account(config["account"])
        self._identity = f"{self._origin}/identity/oauth/token"
        self._tokens = TokenSource(
            key=("marketo", self._identity, config["client_id"]),
            secret=config["client_secret"],
            ask=self._ask_for_token,
            early=_ENDING,
        )

    def url(self, path: str) -> str:
        return f"{self._origin}{path}"

    def sign_in(self) -> Token:
        """A new token, whatever is kept. Raises ``CallFailed``, which is never ``UNANSWERED``: no record was sent."""
        return self._learnt(self._tokens.renewed())

    def call(self, method: str, path: str, body: bytes = b"", around: Surroundings | None = None) -> Reply:
        """Raises ``CallFailed``, also for what Marketo refuses as a whole."""
        refused: Token | None = None
        while True:
            token = self._learnt(self._tokens.get())
            try:
                return self._call_with(token, method, path, body, around or Surroundings())
            except CallFailed as failed:
                if not _is_about_token(failed.failure):
                    raise
                if refused:
                    raise CallFailed(_refused_again(failed.failure, refused, token), failed.exchange) from None
            refused = token
            self._tokens.refused(token)

    def headers(self, token: str = "") -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}

    def _learnt(self, token: Token) -> Token:
        self._transport.learn(token.value)
        return token

    def _call_with(self, token: Token, method: str, path: str, body: bytes, around: Surroundings) -> Reply:
        try:
            answer = self._transport.send(method, self.url(path), headers=self.headers(token.value), body=body)
        except CallFailed as failed:
            raise CallFailed(self._about_account(failed.failure), failed.exchange) from None
        if not answer.ok:
            raise CallFailed(_failure_of_status(answer), answer.exchange)
        content = answer.json()
        if isinstance(content, dict) and content.get("success") is True:
            return Reply(answer, content)
        failure = refusal_in(content, around, datetime.now(UTC)) or answer.unreadable()
        raise CallFailed(self._transport.kept_failure(failure), answer.exchange)

    def _about_account(self, failure: Failure) -> Failure:
        """Each account has a host of its own, so a host that does not exist is an account that does not. But one
        look-up that fails proves little."""
        if failure.cause != "name_unknown" or "://" in self._config["account"]:
            return failure
        return replace(self._account_unknown(failure), escalates=_UNKNOWN_FOR_GOOD)

    def _account_unknown(self, failure: Failure) -> Failure:
        return replace(failure, cause="marketo_account_unknown", params={"account": self._config["account"]})

    def _ask_for_token(self) -> Token:
        try:
            return self._new_token()
        except CallFailed as failed:
            failure = of_sign_in(
                failed.failure, refused="marketo_sign_in_refused", unanswered="marketo_sign_in_unanswered"
            )
            raise CallFailed(self._about_account(failure), failed.exchange) from None

    def _new_token(self) -> Token:
        """With POST, so that the secret stays out of access logs."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": self._config["client_id"],
            "client_secret": self._config["client_secret"],
        }
        answer = self._transport.send("POST", self._identity, headers=_FORM, body=urlencode(fields).encode())
        if not answer.ok:
            raise CallFailed(self._identity_failure(answer), answer.exchange)
        content = fields_of(answer)
        value = text_in(content, "access_token")
        if not value or not value.isascii() or not value.isprintable():
            raise CallFailed(answer.unreadable(), answer.exchange)
        return Token(value, _lifetime(content.get("expires_in")))

    def _identity_failure(self, answer: Answer) -> Failure:
        failure, error = answer.failure(), text_in(fields_of(answer), "error")
        if answer.status == 404:
            return self._account_unknown(failure)
        if answer.status != 401 and not (answer.status in (400, 403) and error):
            return failure
        refused = replace(failure, kind=FailureKind.MISCONFIGURED, cause="marketo_client_refused", code=error)
        return self._transport.kept_failure(refused)


def _lifetime(seconds: Any) -> timedelta | None:
    return timedelta(seconds=seconds) if isinstance(seconds, int) and 0 <= seconds <= _LONGEST_LIFE else None


def _failure_of_status(answer: Answer) -> Failure:
    failure = answer.failure()
    if answer.status == 401:
        return replace(failure, cause="marketo_token_refused")
    if answer.status == 414:
        return replace(failure, kind=FailureKind.DEFECT, cause="marketo_request_faulty")
    return failure


def _is_about_token(failure: Failure) -> bool:
    return failure.code in TOKEN_REFUSED or failure.cause == "marketo_token_refused"


def _refused_again(failure: Failure, refused: Token, renewed: Token) -> Failure:
    """Asked before a token's end, Marketo gives out the same one again, which may be over a moment later."""
    left = renewed.lifetime
    if refused.value == renewed.value and left is not None and left < _ENDING:
        return Failure(
            kind=FailureKind.THROTTLED, cause="marketo_token_ending", code=failure.code,
            http_status=failure.http_status, retry_after=left + timedelta(seconds=1),
        )  # fmt: skip
    return failure
