"""What the answer to a form means; pure.

The form answers 200 whatever becomes of the lead; a header tells whether it was taken into the queue (seen in practice,
not documented).
"""

import re
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from integrations.contract import Arrival, Delivered, Escalation, Failure, FailureKind, Note
from integrations.notes import NO_SIGN_OF_ACCEPTANCE
from integrations.transport import Answer

_SIGN = "is-processed"
_SALESFORCE = re.compile(r"(?:[a-z0-9.-]+\.)?salesforce\.com")
_PACE = (408, 425, 429)
_MOVED_FOR_GOOD = Escalation(6, FailureKind.MISCONFIGURED)  # before, it may be maintenance


class Meaning(NamedTuple):
    result: Delivered | Failure
    notes: tuple[Note, ...] = ()


def judge(answer: Answer) -> Meaning:
    """A check posts no form, so that it can prove the end of nothing that is said here."""
    said = (answer.headers.get(_SIGN) or "").strip().lower()
    if not answer.ok or "exception" in said:
        return Meaning(replace(_failure(answer), resumes_itself=False))
    if said.startswith("true"):
        return Meaning(Delivered(Arrival.UNCONFIRMED), ())
    return Meaning(Delivered(Arrival.DOUBTFUL), (NO_SIGN_OF_ACCEPTANCE,))


def _failure(answer: Answer) -> Failure:
    if answer.ok:
        return Failure(
            kind=FailureKind.MISCONFIGURED, cause="salesforce_form_refused",
            detail=answer.exchange.response_headers.get(_SIGN, ""), http_status=answer.status,
        )  # fmt: skip
    failure = answer.failure()
    if _is_moved(answer):
        kind, cause = FailureKind.TEMPORARY, "salesforce_form_moved"
        return replace(failure, kind=kind, cause=cause, escalates=_MOVED_FOR_GOOD)
    if 300 <= answer.status < 500 and answer.status not in _PACE:
        # Of the lead it says nothing: the form takes everything.
        return replace(failure, kind=FailureKind.MISCONFIGURED, cause="salesforce_form_address")
    return failure


def _is_moved(answer: Answer) -> bool:
    """Whether it points to an address of Salesforce."""
    try:
        host = urlsplit(answer.headers.get("location") or "").hostname
    except ValueError:
        return False
    return 300 <= answer.status < 400 and bool(_SALESFORCE.fullmatch(host or ""))
