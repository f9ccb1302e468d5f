"""What a fault of the network says about the record: pure."""

import http.client
import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError

from integrations.contract import Failure, FailureKind
from integrations.transport.policy import DestinationBlocked

FAULTS = (DestinationBlocked, HTTPError, http.client.HTTPException, OSError)
"""What a call may raise because of the world outside. Anything else is a defect of ours and is let through."""


def failure_from(error: Exception, *, sent: bool, answered: bool) -> Failure:
    """``sent``: a byte of the request may have left. ``answered``: status and headers had come already."""
    if isinstance(error, DestinationBlocked):
        return Failure(kind=FailureKind.MISCONFIGURED, cause=error.cause)
    reasons = list(_reasons(error))
    for reason in reasons:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Failure(kind=FailureKind.MISCONFIGURED, cause="tls_untrusted", detail=reason.verify_message)
    if sent:
        return Failure(kind=FailureKind.UNANSWERED, cause=_cause_after_sending(reasons, answered))
    return Failure(kind=FailureKind.TEMPORARY, cause=_cause_before_sending(reasons))


def _cause_before_sending(reasons: list[BaseException]) -> str:
    """Refused, filtered and unreachable are one cause on purpose: telling them apart would scan ports for the asker."""
    if any(isinstance(reason, (NameResolutionError, socket.gaierror)) for reason in reasons):
        return "name_unknown"
    if any(isinstance(reason, ssl.SSLError) for reason in reasons):
        return "tls_failed"
    return "cannot_connect"


def _cause_after_sending(reasons: list[BaseException], answered: bool) -> str:
    if any(isinstance(reason, (TimeoutError, ReadTimeoutError)) for reason in reasons):
        return "no_answer_in_time"
    if answered:
        return "answer_cut_off"
    if any(_is_not_http(reason) for reason in reasons):
        return "answer_not_http"
    return "connection_lost"


def _is_not_http(reason: BaseException) -> bool:
    return isinstance(reason, http.client.HTTPException) and not isinstance(reason, http.client.RemoteDisconnected)


def precise(error: Exception) -> str:
    """For the log only: kinds of error and the system's numbers. No texts, which may quote the URL."""
    return " < ".join(
        type(reason).__name__ + (f"[{reason.errno}]" if isinstance(reason, OSError) and reason.errno else "")
        for reason in _reasons(error)
    )


def _reasons(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: urllib3 keeps the origin in an argument, Python in ``__cause__``."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        reason = waiting.pop(0)
        if id(reason) in seen:
            continue
        seen.add(id(reason))
        yield reason
        inner = (*reason.args, getattr(reason, "reason", None), reason.__cause__, reason.__context__)
        waiting += [found for found in inner if isinstance(found, BaseException)]
