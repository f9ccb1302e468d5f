"""What the token endpoint answers (Salesforce's "OAuth 2.0 Client Credentials Flow" and "OAuth Error Codes"); pure."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from integrations.contract import Failure, FailureKind

LOG_IN_RATE_WAIT = timedelta(minutes=10)

_BY_ERROR: Mapping[str, str] = {
    "invalid_client": "salesforce_consumer_secret_wrong",
    "invalid_client_id": "salesforce_consumer_key_unknown",
    "app_not_found": "salesforce_consumer_key_unknown",
    "invalid_app_access": "salesforce_app_not_permitted",
    "unsupported_grant_type": "salesforce_flow_disabled",
    "inactive_user": "salesforce_user_inactive",
    "inactive_org": "salesforce_org_inactive",
}
# ``invalid_grant`` has many causes: only the description tells them apart.
_BY_DESCRIPTION = (
    (re.compile(r"no client credentials user", re.IGNORECASE), "salesforce_no_run_as_user"),
    (re.compile(r"not supported on this domain", re.IGNORECASE), "salesforce_not_my_domain"),
    (re.compile(r"ip restricted", re.IGNORECASE), "salesforce_ip_refused"),
    (re.compile(r"not admin approved|approved this consumer", re.IGNORECASE), "salesforce_app_not_permitted"),
)
_TROUBLE_OF_THEIRS = frozenset(("server_error", "unknown_error", "temporarily_unavailable"))
_RETRY = re.compile(r"retry your request", re.IGNORECASE)
_TOO_MANY = re.compile(r"login rate exceeded", re.IGNORECASE)


class Grant(NamedTuple):
    """A token, and where it is to be used: empty where the answer does not say."""

    token: str
    instance: str


def read_grant(content: Any) -> Grant | None:
    """``None`` for what is no grant."""
    token = content.get("access_token") if isinstance(content, dict) else None
    if not isinstance(token, str) or not token:
        return None
    instance = content.get("instance_url")
    return Grant(token, instance.rstrip("/").lower() if isinstance(instance, str) else "")


def judge(status: int, content: Any) -> Failure | None:
    """Why there is no token; ``None`` where the status alone must tell. Never the lead's fault."""
    error, description = (_text(content, name) for name in ("error", "error_description"))
    said = f"{error} {description}"
    if status == 429 or _TOO_MANY.search(said):
        return _failure(FailureKind.THROTTLED, "salesforce_log_in_rate", error, description, LOG_IN_RATE_WAIT)
    if not error or status >= 500:
        return None
    if error in _TROUBLE_OF_THEIRS or _RETRY.search(said):
        return _failure(FailureKind.TEMPORARY, "server_trouble", error, description)
    cause = _BY_ERROR.get(error) or _cause_in(description)
    return _failure(FailureKind.MISCONFIGURED, cause, error, description)


def _cause_in(description: str) -> str:
    found = (cause for pattern, cause in _BY_DESCRIPTION if pattern.search(description))
    return next(found, "salesforce_sign_in_refused")


def _failure(
    kind: FailureKind, cause: str, error: str, description: str, retry_after: timedelta | None = None
) -> Failure:
    detail = f"{error}: {description}" if description else error
    return Failure(kind=kind, cause=cause, code=error, detail=detail, retry_after=retry_after)


def _text(content: Any, name: str) -> str:
    value = content.get(name) if isinstance(content, dict) else None
    return value if isinstance(value, str) else ""
