"""The bounds of one call over the network, and the sockets that keep to them."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

from integrations.transport.policy import Policy

_ROOM_FOR_HEADERS = 256 * 1024


class AnswerTooLarge(OSError):
    """More came than one call may bring."""


class Call:
    """What one call may take, and how far it came."""

    __slots__ = ("bytes_left", "ends_at", "policy", "sent")

    def __init__(self, policy: Policy, ends_at: float, bytes_left: int) -> None:
        self.policy = policy
        self.ends_at = ends_at
        self.bytes_left = bytes_left
        self.sent = False
        """True once a byte of the request may have left. Before that, the other side cannot have the record."""

    def time_left(self, at_most: float | None) -> float:
        """Seconds, never more than ``at_most``. Raises ``TimeoutError`` when the call's time is over."""
        left = self.ends_at - monotonic()
        if left <= 0:
            raise TimeoutError("the call's time is over")
        return left if at_most is None else min(at_most, left)

    def take(self, count: int) -> None:
        """Count bytes that came in. Raises ``AnswerTooLarge``."""
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise AnswerTooLarge("the answer is too large")


_open_call: ContextVar[Call] = ContextVar("open_call")


def current_call() -> Call:
    """Raises ``LookupError`` outside a call: nothing in this package touches the network without bounds."""
    return _open_call.get()


@contextmanager
def calling(policy: Policy, seconds: float, answer_bytes: int) -> Iterator[Call]:
    """Bound everything inside to ``seconds`` in all. A call inside a call never outlasts the outer one."""
    ends_at = monotonic() + seconds
    outer = _open_call.get(None)
    call = Call(policy, min(ends_at, outer.ends_at) if outer else ends_at, answer_bytes + _ROOM_FOR_HEADERS)
    token = _open_call.set(call)
    try:
        yield call
    finally:
        _open_call.reset(token)


class TimedSocket(socket.socket):
    """Never waits past the end of the current call.

    A socket's own timeout starts anew with each piece, so a server that sends a byte now and then could hold a worker
    for ever, while HTTP parsing asks for one line more. Here each wait gets what is left of the call.
    """

    _patience: float | None = None

    def settimeout(self, value: float | None) -> None:
        self._patience = value
        super().settimeout(value)

    def _allot(self) -> None:
        super().settimeout(current_call().time_left(self._patience))

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._allot()
        count = super().recv_into(*args, **kwargs)
        current_call().take(count)
        return count

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._allot()
        return super().send(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._allot()
        super().sendall(*args, **kwargs)


class TimedTLSSocket(TimedSocket, ssl.SSLSocket):
    """The same under TLS: one handshake, read or write keeps to its timeout as a whole, however many pieces come."""

    def do_handshake(self, block: bool = False) -> None:
        self._allot()
        super().do_handshake(block)
