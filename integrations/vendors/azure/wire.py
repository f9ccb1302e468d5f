"""What lies below the SDK: its requests go through the guarded session, and come back as answers or as ``CallFailed``.

The only module that needs the SDK when it is imported.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken, AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport

from integrations.contract import Exchange
from integrations.tokens import Token
from integrations.transport import Answer, CallFailed, Transport, guarded_session
from integrations.transport.faults import FAULTS, failure_from, precise
from integrations.vendors.azure.account import Account

logger = logging.getLogger(__name__)

# It tells each request and its headers, at INFO; what is worth knowing is kept with the attempt.
logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)

_KEPT_HEADERS = ("date", "retry-after", "x-ms-error-code", "x-ms-request-id", "location")
_LONGEST_HEADER = 500

type Judge = Callable[[Answer], CallFailed]


class Wire(RequestsTransport):  # type: ignore[misc]  # the SDK offers it through a lazy module
    """For one SDK client, used by one thread at a time. ``answer`` is the latest one.

    Every answer that is no success is raised as what ``judge`` makes of it, below all of the SDK's own readings,
    retries and redirects.
    """

    def __init__(self, transport: Transport, judge: Judge) -> None:
        super().__init__(session=guarded_session(), session_owner=False)
        self._transport = transport
        self._judge = judge
        self.answer: Answer | None = None

    def send(self, request: Any, **options: Any) -> Any:
        self.answer = None
        response, error, failure = None, None, None
        limits = self._transport.limits
        options |= {"stream": True, "connection_timeout": limits.connect, "read_timeout": limits.read}
        with self._transport.call() as call:
            try:
                response = super().send(request, **options)
                body: bytes = response.internal_response.content  # read so, it can be streamed once more by the SDK
            except (AzureError, *FAULTS) as raised:
                error = getattr(raised, "inner_exception", None) or raised
                failure = failure_from(error, sent=call.sent, answered=response is not None)
                logger.info("%s %s: %s (%s)", request.method, _host(request), failure.cause, precise(error))
        if failure:
            raise CallFailed(failure, self._exchange(request))
        assert response is not None
        self.answer = Answer(response.status_code, response.headers, body, self._exchange(request, response, body))
        if not self.answer.ok:
            raise self._judge(self.answer)
        return response

    def end(self) -> None:
        """Close its connections; the SDK closes none that it did not open."""
        self.session.close()

    def _exchange(self, request: Any, response: Any = None, body: bytes = b"") -> Exchange:
        """As it may be kept. The service writes a signature that it refuses back into its answer."""
        transport, limit = self._transport, self._transport.limits.kept_characters
        if signature := request.headers.get("Authorization", "").partition(":")[2]:
            transport.learn(signature)
        sent = transport.unsent(request.method, request.url, headers=request.headers, body=_body_of(request))
        if response is None:
            return sent
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        if location := headers.get("location"):
            headers["location"] = transport.unsent("GET", location).url  # without its query
        return replace(
            sent,
            response_status=response.status_code,
            response_headers={name: transport.kept(value, _LONGEST_HEADER) for name, value in headers.items()},
            response_body=transport.kept(body.decode(errors="replace"), limit),
        )


class EntraCredential:
    """A ``TokenCredential`` of the SDK. What is kept, and for how long, is our matter: it is asked for each request."""

    token: Token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self.token.value, int(time.time()))


type Credential = AzureNamedKeyCredential | AzureSasCredential | EntraCredential


def credential_of(account: Account) -> Credential:
    if account.key:
        return AzureNamedKeyCredential(account.name, account.key)
    return AzureSasCredential(account.sas.token) if account.sas else EntraCredential()


def _body_of(request: Any) -> bytes:
    content = request.content
    return content if isinstance(content, bytes) else str(content or "").encode()


def _host(request: Any) -> str:
    return urlsplit(str(request.url)).hostname or ""
