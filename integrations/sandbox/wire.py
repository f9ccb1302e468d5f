"""Turns an answer into the bytes that are sent, whole or distorted."""

import zlib
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from integrations.sandbox.faults import Action, Fault
from integrations.sandbox.messages import BODILESS, Answer, Headers

PIECE = 64 * 1024

Wait = Callable[[float], object]


def whole(answer: Answer, *, to_head: bool = False, keep_alive: bool = True) -> bytes:
    """The answer as it should be; without its body when it answers a HEAD."""
    framed = answer.status in BODILESS or answer.header("content-length") is not None
    framing = () if framed else (("Content-Length", str(len(answer.body))),)
    head = encode_head(answer.status, (*answer.headers, *framing), keep_alive=keep_alive)
    return head if to_head or answer.status in BODILESS else head + answer.body


def distorted(answer: Answer, fault: Fault, wait: Wait) -> Iterator[bytes]:
    """The answer piece by piece, spoiled as the fault says; the connection must be closed after the last one."""
    match fault.action:
        case Action.TRUNCATE:
            return _truncated(answer)
        case Action.TRICKLE:
            return _trickled(answer, fault.delay, wait)
        case Action.OVERSIZE:
            return _endless(answer, fault.size)
        case Action.GZIP_BOMB:
            return _packed(answer, fault.size)
        case _:
            raise ValueError(f"{fault.action} does not distort the answer")


def encode_head(status: int, headers: Headers, *, keep_alive: bool) -> bytes:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    connection = "keep-alive" if keep_alive else "close"
    sent = (*headers, ("Date", formatdate(usegmt=True)), ("Connection", connection))
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in sent)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _truncated(answer: Answer) -> Iterator[bytes]:
    complete = whole(answer, keep_alive=False)
    missing = (len(answer.body) + 1) // 2 or len(complete) // 2
    yield complete[:-missing]


def _trickled(answer: Answer, pause: float, wait: Wait) -> Iterator[bytes]:
    complete = whole(answer, keep_alive=False)
    slow = len(answer.body) or len(complete)
    yield complete[:-slow]
    for byte in complete[-slow:]:
        wait(pause)
        yield bytes([byte])


def _endless(answer: Answer, size: int) -> Iterator[bytes]:
    yield encode_head(answer.status, answer.headers, keep_alive=False)
    yield answer.body
    for start in range(0, size, PIECE):
        yield b" " * min(PIECE, size - start)


def _packed(answer: Answer, size: int) -> Iterator[bytes]:
    bomb = _blanks_packed(size)
    headers = (*answer.headers, ("Content-Encoding", "gzip"), ("Content-Length", str(len(bomb))))
    yield encode_head(answer.status, headers, keep_alive=False)
    yield bomb


@lru_cache(maxsize=2)
def _blanks_packed(size: int) -> bytes:
    packer = zlib.compressobj(wbits=31)  # 31: with a gzip header
    pieces = [packer.compress(b" " * min(PIECE, size - start)) for start in range(0, size, PIECE)]
    return b"".join([*pieces, packer.flush()])
