"""What the answer to a form means; pure.

The form answers 200 whatever becomes of the lead; a header tells whether it was taken into the queue (seen in practice,
not documented).
"""

import re
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from integrations.contract import Arrival, Delivered, Escalation, Failure, FailureKind, Note
from integrations.transport import Answer

_SIGN = "is-processed"
_SALESFORCE = re.compile(r"(?:[a-z0-9.-]+\.)?salesforce\.com")
_PACE = (408, 425, 429)
_MOVED_FOR_GOOD = Escalation(2, FailureKind.MISCONFIGURED)  # the first time it may be maintenance


class Meaning(NamedTuple):
    result: Delivered | Failure
    notes: tuple[Note, ...] = ()


def judge(answer: Answer) -> Meaning:
    if answer.ok:
        return _accepted(answer)
    if _is_moved(answer):
        failure, kind, cause = answer.failure(), FailureKind.TEMPORARY, "salesforce_form_moved"
        return Meaning(replace(failure, kind=kind, cause=cause, escalates=_MOVED_FOR_GOOD))
    if 400 <= answer.status < 500 and answer.status not in _PACE:
        # Of the lead it says nothing: the form takes everything.
        return Meaning(replace(answer.failure(), kind=FailureKind.MISCONFIGURED, cause="salesforce_form_address"))
    return Meaning(answer.failure())


def _is_moved(answer: Answer) -> bool:
    """Whether it points to an address of Salesforce."""
    try:
        host = urlsplit(answer.headers.get("location") or "").hostname
    except ValueError:
        return False
    return 300 <= answer.status < 400 and bool(_SALESFORCE.fullmatch(host or ""))


def _accepted(answer: Answer) -> Meaning:
    said = answer.headers.get(_SIGN) or ""
    if "exception" in said.lower():
        return Meaning(
            Failure(
                kind=FailureKind.MISCONFIGURED, cause="salesforce_form_refused",
                detail=answer.exchange.response_headers.get(_SIGN, ""), http_status=answer.status,
            )
        )  # fmt: skip
    is_taken = said.strip().lower().startswith("true")
    return Meaning(Delivered(Arrival.UNCONFIRMED), () if is_taken else (Note("no_sign_of_acceptance", {}),))
