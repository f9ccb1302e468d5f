"""Calls to one organisation: signed in once, and anew when the session has ended."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from integrations.connectors.salesforce import sign_in_answers
from integrations.connectors.salesforce.addresses import is_trusted
from integrations.contract import Exchange, Failure, FailureKind
from integrations.json_bodies import as_json, content_of
from integrations.tokens import Token, TokenSource, of_sign_in
from integrations.transport import Answer, CallFailed, Limits, Transport

_REFUSED, _UNANSWERED = "salesforce_sign_in_refused", "salesforce_sign_in_unanswered"
_SIGN_IN_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class Org:
    """``config`` is the cleaned data of ``SalesforceConfig``. Safe to use from several threads."""

    def __init__(self, config: Mapping[str, Any], limits: Limits, *, keep_alive: bool) -> None:
        self._config = config
        self.origin: str = config["my_domain"]
        self._version = f"/services/data/v{config['api_version']}"
        self._transport = Transport(secrets=[config["consumer_secret"]], limits=limits, keep_alive=keep_alive)
        self._tokens = TokenSource(
            key=("salesforce", self.origin, config["consumer_key"]), secret=config["consumer_secret"], ask=self._ask
        )

    def attempt(self) -> AbstractContextManager[object]:
        """Bounds all calls inside as one."""
        return self._transport.call()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Answer, Token]:
        """The answer, whatever its status, and the token it came with. ``path`` below the API version.

        A session that has ended is renewed once. Raises ``CallFailed``.
        """  # fmt: skip
        used = self._token()
        answer = self._send(method, path, body, headers or {}, used)
        if answer.status != 401:
            return answer, used
        self._tokens.refused(used)
        renewed = self._token()
        return self._send(method, path, body, headers or {}, renewed), renewed

    def preview(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Exchange:
        sent = _JSON_HEADERS | {"Authorization": "Bearer"} | dict(headers)
        return self._transport.preview(method, self._url(self.origin, path), headers=sent, body=as_json(body))

    def sign_in(self) -> None:
        """With a new token: one that is kept would prove the credentials of an hour ago. Raises ``CallFailed``."""
        self._tokens.renewed()

    def kept_failure(self, failure: Failure) -> Failure:
        return self._transport.kept_failure(failure)

    def kept_text(self, text: str) -> str:
        return self._transport.kept(text, self._transport.limits.kept_characters)

    def close(self) -> None:
        self._transport.close()

    def _send(self, method: str, path: str, body: Any, headers: Mapping[str, str], token: Token) -> Answer:
        sent = {**_JSON_HEADERS, "Authorization": f"Bearer {token.value}", **headers}
        return self._transport.send(method, self._url(token.address, path), headers=sent, body=as_json(body))

    def _url(self, instance: str, path: str) -> str:
        return f"{instance}{self._version}{path}"

    def _token(self) -> Token:
        token = self._tokens.get()
        self._transport.learn(token.value)
        return token

    def _ask(self) -> Token:
        """Raises ``CallFailed``, which is never ``UNANSWERED``: no record was sent."""
        url, body = f"{self.origin}/services/oauth2/token", self._credentials()
        try:
            return self._token_in(self._transport.send("POST", url, headers=_SIGN_IN_HEADERS, body=body))
        except CallFailed as failed:
            failure = of_sign_in(failed.failure, refused=_REFUSED, unanswered=_UNANSWERED)
            raise CallFailed(self.kept_failure(failure), failed.exchange) from None

    def _credentials(self) -> bytes:
        return urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": self._config["consumer_key"],
                "client_secret": self._config["consumer_secret"],
            }
        ).encode()

    def _token_in(self, answer: Answer) -> Token:
        if not answer.ok:
            raise CallFailed(_why_not(answer), answer.exchange)
        grant = sign_in_answers.read_grant(answer.json())
        if grant is None:
            raise CallFailed(answer.unreadable(), answer.exchange)
        self._transport.learn(grant.token)
        instance = grant.instance or self.origin
        if not is_trusted(instance, self.origin):
            failure = Failure(
                kind=FailureKind.MISCONFIGURED, cause="salesforce_foreign_instance", params={"host": instance}
            )
            raise CallFailed(failure, answer.exchange)
        return Token(grant.token, address=instance)


def _why_not(answer: Answer) -> Failure:
    judged = sign_in_answers.judge(answer.status, content_of(answer))
    return replace(judged, http_status=answer.status) if judged else answer.failure()
