"""What an HTTP status and ``Retry-After`` say about the record: pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from integrations.contract import FailureKind

Verdict = tuple[FailureKind, str]
"""Who must act, and the cause: a key of ``integrations.diagnosis``."""

VERDICTS: dict[int, Verdict] = {
    401: (FailureKind.MISCONFIGURED, "sign_in_refused"),
    402: (FailureKind.MISCONFIGURED, "access_refused"),
    403: (FailureKind.MISCONFIGURED, "access_refused"),
    404: (FailureKind.MISCONFIGURED, "address_not_found"),
    408: (FailureKind.TEMPORARY, "server_trouble"),
    409: (FailureKind.REJECTED, "conflict"),
    410: (FailureKind.MISCONFIGURED, "address_gone"),
    412: (FailureKind.REJECTED, "conflict"),
    413: (FailureKind.REJECTED, "record_too_large"),
    425: (FailureKind.TEMPORARY, "server_trouble"),
    429: (FailureKind.THROTTLED, "throttled"),
    451: (FailureKind.MISCONFIGURED, "access_refused"),
}
REDIRECTED: Verdict = (FailureKind.MISCONFIGURED, "redirected")
OTHER_CLIENT_ERROR: Verdict = (FailureKind.REJECTED, "record_refused")
OTHER_STATUS: Verdict = (FailureKind.TEMPORARY, "server_trouble")
ASKED_TO_WAIT: Verdict = (FailureKind.THROTTLED, "throttled")

_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(hours=24)


def verdict_on(status: int, retry_after: timedelta | None, refined: Mapping[int, Verdict]) -> Verdict:
    """``refined`` is what one system means by a status, where that differs from the common table.

    A server in trouble that says when to come back is a server that asks to wait.
    """
    verdict = refined.get(status) or VERDICTS.get(status) or _verdict_on_class(status)
    return ASKED_TO_WAIT if verdict[0] is FailureKind.TEMPORARY and retry_after else verdict


def _verdict_on_class(status: int) -> Verdict:
    if 300 <= status < 400:
        return REDIRECTED
    return OTHER_CLIENT_ERROR if 400 <= status < 500 else OTHER_STATUS


def retry_after_in(header: str | None, now: datetime) -> timedelta | None:
    """The wait asked for, as seconds or as a date (RFC 9110, "Retry-After"), if it is from 1 second to 24 hours.

    ``now`` is aware. Anything else is None: the sender's own waits apply.
    """
    wait = _wait(header.strip(), now) if header else None
    return wait if wait is not None and _SHORTEST_WAIT <= wait <= _LONGEST_WAIT else None


def _wait(text: str, now: datetime) -> timedelta | None:
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text)) if len(text) <= 9 else None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a year or a zone beyond all bounds
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
