"""Calls of Marketo's REST API under an access token, which is asked for once and renewed once where it is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from integrations.connectors.marketo.answers import INSTANCE_UNKNOWN, TOKEN_REFUSED, Surroundings, refusal_in
from integrations.contract import Failure, FailureKind
from integrations.tokens import Token, TokenSource
from integrations.transport import Answer, CallFailed, Transport

_UNKNOWN_AT_MOST = 5
_ENDING = timedelta(seconds=60)
_LONGEST_LIFE = 24 * 3600
_LONGEST_CODE = 40
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
        self._unknown_in_a_row = 0

    def url(self, path: str) -> str:
        return f"{self._origin}{path}"

    def sign_in(self) -> Token:
        """Raises ``CallFailed``."""
        try:
            token = self._tokens.get()
        except CallFailed as failed:
            raise CallFailed(self._about_account(failed.failure), failed.exchange) from None
        self._transport.learn(token.value)
        return token

    def call(self, method: str, path: str, body: bytes = b"", around: Surroundings | None = None) -> Reply:
        """Raises ``CallFailed``, also for what Marketo refuses as a whole."""
        refused: Token | None = None
        while True:
            token = self.sign_in()
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

    def _call_with(self, token: Token, method: str, path: str, body: bytes, around: Surroundings) -> Reply:
        try:
            answer = self._transport.send(method, self.url(path), headers=self.headers(token.value), body=body)
        except CallFailed as failed:
            raise CallFailed(self._about_account(failed.failure), failed.exchange) from None
        if not answer.ok:
            raise CallFailed(_failure_of_status(answer), answer.exchange)
        content = answer.json()
        if isinstance(content, dict) and content.get("success") is True:
            self._unknown_in_a_row = 0
            return Reply(answer, content)
        failure = refusal_in(content, around, datetime.now(UTC)) or answer.unreadable()
        raise CallFailed(self.kept(self._counted(failure)), answer.exchange)

    def _counted(self, failure: Failure) -> Failure:
        """An instance that Marketo does not know is mostly away for a moment; if it stays so, somebody has to look."""
        self._unknown_in_a_row = self._unknown_in_a_row + 1 if failure.code == INSTANCE_UNKNOWN else 0
        is_lasting = self._unknown_in_a_row > _UNKNOWN_AT_MOST
        return replace(failure, kind=FailureKind.MISCONFIGURED) if is_lasting else failure

    def kept(self, failure: Failure) -> Failure:
        """With Marketo's own texts as they may be kept and shown."""
        detail = self._transport.kept(failure.detail, self._transport.limits.kept_characters)
        return replace(failure, detail=detail, code=self._transport.kept(failure.code, _LONGEST_CODE))

    def _about_account(self, failure: Failure) -> Failure:
        """Each account has a host of its own, so a host that does not exist is an account that does not."""
        if failure.cause != "name_unknown" or "://" in self._config["account"]:
            return failure
        return self._account_unknown(failure)

    def _account_unknown(self, failure: Failure) -> Failure:
        return replace(
            failure, kind=FailureKind.MISCONFIGURED, cause="marketo_account_unknown",
            params={"account": self._config["account"]},
        )  # fmt: skip

    def _ask_for_token(self) -> Token:
        """With POST, so that the secret stays out of access logs."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": self._config["client_id"],
            "client_secret": self._config["client_secret"],
        }
        answer = self._transport.send("POST", self._identity, headers=_FORM, body=urlencode(fields).encode())
        if not answer.ok:
            raise CallFailed(self._identity_failure(answer), answer.exchange)
        content = answer.json()
        value = content.get("access_token") if isinstance(content, dict) else None
        if not isinstance(value, str) or not value:
            raise CallFailed(answer.unreadable(), answer.exchange)
        return Token(value, _lifetime(content.get("expires_in")))

    def _identity_failure(self, answer: Answer) -> Failure:
        failure = answer.failure()
        if answer.status == 404:
            return self._account_unknown(failure)
        if answer.status != 401 and not (answer.status in (400, 403) and _error_in(answer)):
            return failure
        refused = replace(
            failure, kind=FailureKind.MISCONFIGURED, cause="marketo_client_refused", code=_error_in(answer)
        )
        return self.kept(refused)


def _lifetime(seconds: Any) -> timedelta | None:
    return timedelta(seconds=seconds) if isinstance(seconds, int) and 0 <= seconds <= _LONGEST_LIFE else None


def _error_in(answer: Answer) -> str:
    try:
        content = answer.json()
    except CallFailed:
        return ""
    return str(content.get("error", "")) if isinstance(content, dict) else ""


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
