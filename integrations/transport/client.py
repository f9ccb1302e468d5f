"""Sends one request and says what came of it: an ``Answer``, or ``CallFailed`` with the reason."""

import json
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, Timeout

from integrations.contract import Escalation, Exchange, Failure, FailureKind
from integrations.transport.bodies import readable
from integrations.transport.call import Call, calling
from integrations.transport.connection import guarded_pools
from integrations.transport.faults import FAULTS, failure_from, precise
from integrations.transport.policy import Policy, permitted_url
from integrations.transport.redaction import Redactor
from integrations.transport.statuses import Verdict, retry_after_in, verdict_on

logger = logging.getLogger(__name__)

# At DEBUG, and in one warning, urllib3's pool writes whole URLs, whose queries may hold secrets.
logging.getLogger("urllib3.connectionpool").addFilter(lambda _record: False)
logging.getLogger("urllib3.connection").addFilter(lambda _record: False)

_LONGEST_NAME = 100
_OWN_HEADERS = {"User-Agent": "Lead-CRM", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds, bytes and characters. ``total`` bounds a whole call, whatever the other side does."""

    connect: float = 5
    read: float = 30
    total: float = 120
    answer_bytes: int = 1024 * 1024
    kept_characters: int = 2000


class CallFailed(Exception):
    """No usable answer. Its text is the cause alone, so that it may be logged."""

    def __init__(self, failure: Failure, exchange: Exchange | None = None) -> None:
        super().__init__(failure.cause)
        self.failure = failure
        self.exchange = exchange


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. ``body`` ends at the limit, and is empty where it was encoded against our wish."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    exchange: Exchange

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Raises ``CallFailed`` when the body is not JSON, as on maintenance pages and captive proxies."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        raise CallFailed(self.unreadable(), self.exchange)

    def unreadable(self) -> Failure:
        """A success by its status, whose body is not what this kind of system answers."""
        return Failure(
            kind=FailureKind.TEMPORARY,
            cause="unreadable_answer",
            detail=self.exchange.response_body,
            http_status=self.status,
            escalates=Escalation(3, FailureKind.MISCONFIGURED),
        )

    def failure(self, refined: Mapping[int, Verdict] | None = None) -> Failure:
        """Why this is not a success, by the common table or by what this system means by the status."""
        retry_after = retry_after_in(self.headers.get("retry-after"), datetime.now(UTC))
        kind, cause = verdict_on(self.status, retry_after, refined or {})
        detail = self.exchange.response_body
        if 300 <= self.status < 400:
            detail = self.exchange.response_headers.get("location", "")
        return Failure(
            kind=kind, cause=cause, detail=detail, http_status=self.status,
            retry_after=retry_after if kind is FailureKind.THROTTLED else None,
        )  # fmt: skip


@dataclass(slots=True)
class _Heard:
    """What came back so far. Status 0: nothing."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Transport:
    """All HTTP of one destination: guarded, bounded in time and size, without redirects, retries, proxies or cookies.

    Safe to use from several threads; connections are opened on first use and never shared across a fork.
    ``secrets`` are the destination's own: none appears in what comes out of here. With ``keep_alive`` off, every call
    has a connection of its own, so that one the server closed meanwhile cannot look like "no answer".
    """

    def __init__(
        self,
        *,
        secrets: Iterable[str] = (),
        limits: Limits | None = None,
        policy: Policy | None = None,
        keep_alive: bool = True,
    ) -> None:
        self.limits = limits or Limits()
        self.policy = policy or Policy.of_installation()
        self._redactor = Redactor(secrets)
        self._learning = threading.Lock()
        self._keep_alive = keep_alive
        self._timeout = Timeout(connect=self.limits.connect, read=self.limits.read)
        self._kept_pools: tuple[int, PoolManager] | None = None

    def send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """The answer, whatever its status. Raises ``CallFailed`` when there is none."""
        sent_headers = self._headers_to_send(headers or {}, body)
        heard = _Heard()
        failure = self._converse(heard, method, url, sent_headers, body)
        exchange = self._exchange(heard, method, url, sent_headers, body)
        if failure:
            raise CallFailed(failure, exchange)
        return Answer(heard.status, heard.headers, heard.body, exchange)

    @contextmanager
    def call(self) -> Iterator[Call]:
        """Bounds several requests that make one attempt, or an SDK's own ones, as a whole."""
        with calling(self.policy, self.limits.total, self.limits.answer_bytes) as call:
            yield call

    def kept(self, text: str, limit: int) -> str:
        """The other side's text as it may be kept and shown: redacted, then cut to ``limit`` characters."""
        return self._redactor.cut(text, limit)

    def kept_failure(self, failure: Failure) -> Failure:
        """With the other side's own words as they may be kept and shown."""
        return replace(
            failure,
            detail=self.kept(failure.detail, self.limits.kept_characters),
            code=self.kept(failure.code, _LONGEST_NAME),
            params={name: self.kept(value, _LONGEST_NAME) for name, value in failure.params.items()},
        )

    def learn(self, secret: str) -> None:
        """A secret that came to be later, as an access token: from now on it does not appear either."""
        with self._learning:
            self._redactor = self._redactor.with_secret(secret)

    def unsent(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Exchange:
        """A request as it is kept, of which nothing is known to have been sent: for what went in other ways."""
        return self._exchange(_Heard(), method, url, self._headers_to_send(headers or {}, body), body)

    def preview(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Exchange:
        """What ``send`` would send, redacted and uncut: people look at all of it. Nothing is sent."""
        whole = self._redactor.text(readable(headers or {}, body))
        return replace(self.unsent(method, url, headers=headers, body=body), request_body=whole)

    def close(self) -> None:
        if self._kept_pools:
            self._kept_pools[1].clear()
            self._kept_pools = None

    def _headers_to_send(self, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        given = {name.lower() for name in headers}
        ours = {name: value for name, value in _OWN_HEADERS.items() if name.lower() not in given}
        if body:
            ours["Content-Length"] = str(len(body))
        if not self._keep_alive:
            ours["Connection"] = "close"
        return ours | dict(headers)

    def _converse(
        self, heard: _Heard, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Failure | None:
        with self.call() as call, self._pools() as pools:
            try:
                target = permitted_url(url, self.policy)
                pool = pools.connection_from_host(target.host, target.port, target.scheme)
                response = pool.urlopen(
                    method,
                    target.path,
                    body=body or None,
                    headers=headers,
                    timeout=self._timeout,
                    redirect=False,
                    assert_same_host=False,
                    preload_content=False,
                    decode_content=False,
                )
                heard.status, heard.headers = response.status, response.headers
                heard.body = self._read(response)
            except FAULTS as error:
                failure = failure_from(error, sent=call.sent, answered=heard.status > 0)
                logger.info("%s %s: %s (%s)", method, urlsplit(url).hostname, failure.cause, precise(error))
                return failure
        return None

    def _read(self, response: BaseHTTPResponse) -> bytes:
        """At most the limit; what is encoded not at all, since nobody asked for it and it may be a bomb."""
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            response.close()
            return b""
        content, limit = b"", self.limits.answer_bytes
        while piece := response.read(limit + 1 - len(content)):  # only a read that finds nothing sees a broken end
            content += piece
            if len(content) > limit:
                response.close()
                return content[:limit]
        return content

    @contextmanager
    def _pools(self) -> Iterator[PoolManager]:
        if self._keep_alive:
            yield self._pools_of_this_process()
            return
        pools = guarded_pools()
        try:
            yield pools
        finally:
            pools.clear()

    def _pools_of_this_process(self) -> PoolManager:
        """Two processes on one connection would read each other's answers."""
        process = os.getpid()
        if self._kept_pools is None or self._kept_pools[0] != process:
            self._kept_pools = (process, guarded_pools())
        return self._kept_pools[1]

    def _exchange(self, heard: _Heard, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Exchange:
        redact, limit = self._redactor, self.limits.kept_characters
        return Exchange(
            method=method,
            url=redact.url(url),
            request_headers=redact.request_headers(headers),
            request_body=redact.cut(readable(headers, body), limit),
            response_status=heard.status or None,
            response_headers=redact.response_headers(heard.headers),
            response_body=redact.cut(heard.body.decode(errors="replace"), limit),
        )
