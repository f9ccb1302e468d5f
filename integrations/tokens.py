"""Access tokens of the client-credentials kind, kept in this process: asked for once, used by all threads.

Never stored or logged. The key holds a hash of the secret, so that a corrected secret takes effect at once.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic

from integrations.contract import Failure, FailureKind

LONGEST_WAIT_SECONDS = 10.0
EARLY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Token:
    """``lifetime`` from now; ``None`` when the system does not say: then it is used until it is refused.

    ``address`` is where the system wants to be called with it, for those that say so.
    """

    value: str
    lifetime: timedelta | None = None
    address: str = ""


@dataclass(slots=True)
class _Slot:
    """One key's token. ``asking`` is held by the thread that asks for a new one; ``asked`` counts how often one was
    asked for, and ``error`` is what came of the last time, where that was no token."""

    token: Token | None = None
    useful_until: float | None = None
    asking: threading.Lock = field(default_factory=threading.Lock)
    asked: int = 0
    error: Exception | None = None

    def usable(self) -> Token | None:
        if self.token is None or (self.useful_until is not None and monotonic() >= self.useful_until):
            return None
        return self.token


_slots: dict[tuple[str, ...], _Slot] = {}


class TokenSource:
    """The token of one set of credentials. ``ask`` fetches a new one, and may raise ``CallFailed``.

    ``early`` is how long before its end a token is not used any more; of one that lives shorter than twice that, half
    its life.
    """

    def __init__(
        self, *, key: tuple[str, ...], secret: str, ask: Callable[[], Token], early: timedelta = EARLY
    ) -> None:
        self._ask = ask
        self._early = early
        self._slot = _slots.setdefault((*key, hashlib.sha256(secret.encode()).hexdigest()), _Slot())

    def get(self) -> Token:
        """The kept token, else a new one. Only one thread asks; the others wait for it, but not for ever, and share
        what comes of it."""
        if token := self._slot.usable():
            return token
        asked_before = self._slot.asked
        has_turn = self._slot.asking.acquire(timeout=LONGEST_WAIT_SECONDS)
        try:
            if self._slot.asked != asked_before and self._slot.error:
                raise self._slot.error
            return self._slot.usable() or self._renewed()
        finally:
            if has_turn:
                self._slot.asking.release()

    def renewed(self) -> Token:
        """A new one, whatever is kept: for a check, which is to prove that the credentials are still good."""
        with self._slot.asking:
            return self._renewed()

    def refused(self, token: Token) -> None:
        """Forget this token, unless another thread has replaced it already."""
        if self._slot.token is token:
            self._slot.token = None

    def _renewed(self) -> Token:
        try:
            token = self._ask()
        except Exception as error:
            self._slot.error = error
            raise
        finally:
            self._slot.asked += 1
        self._slot.error = None
        self._slot.useful_until = self._end_of(token)
        self._slot.token = token
        return token

    def _end_of(self, token: Token) -> float | None:
        if token.lifetime is None:
            return None
        early = min(self._early, token.lifetime / 2)
        return monotonic() + (token.lifetime - early).total_seconds()


def of_sign_in(failure: Failure, *, refused: str, unanswered: str) -> Failure:
    """The failure of a call for a token, in which no record was sent: none can be refused by it, nor have arrived.

    ``refused`` and ``unanswered`` are the causes that take the place of those that speak of a record.
    """
    match failure.kind:
        case FailureKind.REJECTED:
            return replace(failure, kind=FailureKind.MISCONFIGURED, cause=refused)
        case FailureKind.UNANSWERED:
            return replace(failure, kind=FailureKind.TEMPORARY, cause=unanswered)
    return failure


def forget_all() -> None:
    """For tests: as in a process that starts afresh."""
    _slots.clear()
