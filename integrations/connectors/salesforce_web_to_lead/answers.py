"""What the answer to a form means; pure.

The form answers 200 whatever becomes of the lead; a header tells whether it was taken into the queue (seen in practice,
not documented).
"""

import re
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from integrations.contract import Arrival, Delivered, Failure, FailureKind, Note
from integrations.transport import Answer

_SIGN = "is-processed"
_SALESFORCE = re.compile(r"(?:[a-z0-9.-]+\.)?salesforce\.com")
_PACE = (408, 425, 429)


class Verdict(NamedTuple):
    result: Delivered | Failure
    notes: tuple[Note, ...] = ()


def judge(answer: Answer, *, was_moved: bool) -> Verdict:
    """``was_moved``: the answer before this one pointed to another address of Salesforce, too."""
    if answer.ok:
        return _accepted(answer)
    if is_moved(answer):
        kind = FailureKind.MISCONFIGURED if was_moved else FailureKind.TEMPORARY
        return Verdict(replace(answer.failure(), kind=kind, cause="salesforce_form_moved"))
    if 400 <= answer.status < 500 and answer.status not in _PACE:
        # Of the lead it says nothing: the form takes everything.
        return Verdict(replace(answer.failure(), kind=FailureKind.MISCONFIGURED, cause="salesforce_form_address"))
    return Verdict(answer.failure())


def is_moved(answer: Answer) -> bool:
    """Whether it points to an address of Salesforce."""
    try:
        host = urlsplit(answer.headers.get("location") or "").hostname
    except ValueError:
        return False
    return 300 <= answer.status < 400 and bool(_SALESFORCE.fullmatch(host or ""))


def _accepted(answer: Answer) -> Verdict:
    said = answer.headers.get(_SIGN) or ""
    if "exception" in said.lower():
        return Verdict(
            Failure(
                kind=FailureKind.MISCONFIGURED, cause="salesforce_form_refused",
                detail=answer.exchange.response_headers.get(_SIGN, ""), http_status=answer.status,
            )
        )  # fmt: skip
    is_taken = said.strip().lower().startswith("true")
    return Verdict(Delivered(Arrival.UNCONFIRMED), () if is_taken else (Note("no_sign_of_acceptance", {}),))
