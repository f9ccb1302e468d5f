"""What befalls a call that writes, and how it is read unless a kind's own protocol says otherwise."""

from datetime import timedelta
from typing import NamedTuple

from integrations.contract import FailureKind
from tests.integrations.connectors.contract.far_side import Action, Expected, Fault

TEMPORARY, UNANSWERED, THROTTLED = FailureKind.TEMPORARY, FailureKind.UNANSWERED, FailureKind.THROTTLED
MISCONFIGURED, REJECTED = FailureKind.MISCONFIGURED, FailureKind.REJECTED
SEVEN_SECONDS = timedelta(seconds=7)


class Stimulus(NamedTuple):
    fault: Fault
    usually: Expected
    needs_impatience: bool = False


def _answer(status: int, kind: FailureKind, cause: str, *, asks_to_wait: bool = False) -> Stimulus:
    headers = {"Retry-After": "7"} if asks_to_wait else None
    fault = Fault(action=Action.RESPOND, status=status, headers=headers, body="not now", times=None)
    return Stimulus(fault, Expected(kind, cause, status, SEVEN_SECONDS if asks_to_wait else None))


STIMULI: dict[str, Stimulus] = {
    "400": _answer(400, REJECTED, "record_refused"),
    "401": _answer(401, MISCONFIGURED, "sign_in_refused"),
    "402": _answer(402, MISCONFIGURED, "access_refused"),
    "403": _answer(403, MISCONFIGURED, "access_refused"),
    "404": _answer(404, MISCONFIGURED, "address_not_found"),
    "408": _answer(408, TEMPORARY, "server_trouble"),
    "410": _answer(410, MISCONFIGURED, "address_gone"),
    "413": _answer(413, REJECTED, "record_too_large"),
    "422": _answer(422, REJECTED, "record_refused"),
    "429": _answer(429, THROTTLED, "throttled"),
    "429 and when": _answer(429, THROTTLED, "throttled", asks_to_wait=True),
    "451": _answer(451, MISCONFIGURED, "access_refused"),
    "500": _answer(500, TEMPORARY, "server_trouble"),
    "502": _answer(502, TEMPORARY, "server_trouble"),
    "503": _answer(503, TEMPORARY, "server_trouble"),
    "503 and when": _answer(503, THROTTLED, "throttled", asks_to_wait=True),
    "504": _answer(504, TEMPORARY, "server_trouble"),
    "redirect": Stimulus(Fault(action=Action.REDIRECT, times=None), Expected(MISCONFIGURED, "redirected", 307)),
    "dropped before": Stimulus(Fault(action=Action.DROP_BEFORE, times=None), Expected(UNANSWERED, "connection_lost")),
    "dropped after": Stimulus(
        Fault(action=Action.COMMIT_THEN_DROP, times=None), Expected(UNANSWERED, "connection_lost")
    ),
    "answered late": Stimulus(
        Fault(action=Action.DELAY, delay=2, times=None), Expected(UNANSWERED, "no_answer_in_time"), True
    ),
    "answered byte by byte": Stimulus(
        Fault(action=Action.TRICKLE, delay=0.05, times=None), Expected(UNANSWERED, "no_answer_in_time"), True
    ),
}
