"""What is kept of a call holds no secret: not as it was given, nor as another system may have written it back."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, urlsplit

REDACTED = "[redacted]"

_SHORTEST_SECRET = 4  # shorter ones would black out half of every text and could be guessed from what remains
_LONGEST_HEADER = 500
_LEARNT_KEPT = 8
_LONGEST_GUESS = 64
_ROOM = 8  # a large body is not searched to its end for the sake of its first lines
_NEVER_KEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # databases refuse some of these
_SHOWN_REQUEST_HEADERS = frozenset(
    (
        "accept", "accept-encoding", "connection", "content-length", "content-type", "if-match", "if-none-match",
        "odata-maxversion", "odata-version", "prefer", "user-agent", "webhook-id", "webhook-timestamp",
    )
)  # fmt: skip
_SECRET_RESPONSE_HEADER = re.compile(r"auth|cookie|token|key|secret|signature|password|credential")
_NAMED_SECRET = re.compile(
    r"\b(client_secret|client_assertion|access_token|refresh_token|AccountKey|SharedAccessSignature|sig)"
    r"""(["']?\s*[=:]\s*["']?)[^\s"'&;,<>]+""",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/-]{16,}=*", re.IGNORECASE)
_USER_IN_URL = re.compile(r"(https?://)[^\s/@]+@", re.IGNORECASE)


class Redactor:
    """Takes a destination's secrets, and what looks like one, out of texts that are kept or shown."""

    def __init__(self, secrets: Iterable[str] = (), learnt: Iterable[str] = ()) -> None:
        self._given, self._learnt = tuple(secrets), tuple(learnt)
        known = (*self._given, *self._learnt)
        forms = {form for secret in known if len(secret) >= _SHORTEST_SECRET for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None
        self._torn_end = max(len(longest_first[0]) if forms else 0, _LONGEST_GUESS)

    def with_secret(self, secret: str) -> "Redactor":
        """Also without this one. Of such only the latest: access tokens come anew every hour."""
        if secret in self._given or secret in self._learnt:
            return self
        return Redactor(self._given, (*self._learnt, secret)[-_LEARNT_KEPT:])

    def text(self, text: str) -> str:
        text = _NEVER_KEPT.sub("", text)
        if self._secrets:
            text = self._secrets.sub(REDACTED, text)
        text = _NAMED_SECRET.sub(rf"\1\2{REDACTED}", text)
        text = _SIGN_IN.sub(rf"\1 {REDACTED}", text)
        return _USER_IN_URL.sub(rf"\1{REDACTED}@", text)

    def cut(self, text: str, limit: int) -> str:
        """Redacted first, so that no half of a secret survives the cut. ``limit`` in characters."""
        start = text[: _ROOM * limit]
        redacted = self.text(start)
        if len(start) < len(text):
            redacted = redacted[: -self._torn_end]  # where ``start`` ends, a secret may be torn and not be recognised
        return redacted if len(redacted) <= limit and len(start) == len(text) else redacted[: limit - 1] + "…"

    def url(self, url: str) -> str:
        """Without user-info, query and fragment. Relative references, as in ``Location``, are welcome."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return REDACTED
        host = parts.netloc.rpartition("@")[2]
        bare = parts._replace(netloc=host, query="", fragment="").geturl()
        return self.text(bare) + (f"?{REDACTED}" if parts.query else "")

    def request_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Only headers known to be harmless show their values: custom ones exist to carry secrets."""
        return {
            name: self.text(value) if name.lower() in _SHOWN_REQUEST_HEADERS else REDACTED
            for name, value in headers.items()
        }

    def response_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """With names in lower case."""
        return {self.text(name.lower()): self._response_header(name.lower(), headers[name]) for name in headers}

    def _response_header(self, name: str, value: str) -> str:
        if _SECRET_RESPONSE_HEADER.search(name):
            return REDACTED
        return self.url(value) if name == "location" else self.cut(value, _LONGEST_HEADER)


def _forms(secret: str) -> set[str]:
    """The secret as it is, and as URLs, JSON and HTML write it."""
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
    }
