"""Why the token endpoint gives no token.

Source: Microsoft's "Microsoft Entra authentication and authorization error codes".
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from integrations.sandbox.messages import Answer

NEVER_STORED = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}


class TokenRefused(Exception):
    """`code` is the number behind AADSTS, `error` the one of OAuth 2.0; `slug` says on the page why."""

    def __init__(
        self, code: int, error: str, text: str, slug: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.code = code
        self.error = error
        self.text = text
        self.slug = slug
        self.status = status
        self.headers = headers or {}

    def answer(self, now: float) -> Answer:
        """The error as JSON; `now` in Unix seconds."""
        moment = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S}Z"
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        content = {
            "error": self.error,
            "error_description": (
                f"AADSTS{self.code}: {self.text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {moment}"
            ),
            "error_codes": [self.code],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.code}",
        }
        return Answer.json(self.status, content, {**NEVER_STORED, **self.headers})


def wrong_client(code: int, text: str, slug: str) -> TokenRefused:
    return TokenRefused(code, "invalid_client", text, slug, 401)
