"""Ports of this machine for the servers that tests start as processes of their own."""

import os
import re
import socket
from contextlib import ExitStack, suppress
from itertools import count

# Below those that systems hand out by themselves: what another test opens at "any port" can never be one of these.
_FIRST, _SPAN = 12_000, 5_000
_WORKER = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "0")))
_numbers = count(os.getpid() % 1_000)


def free_port() -> int:
    return free_row(1)


def free_row(length: int) -> int:
    """The first of so many free ports in a row. No row is given twice by one worker, and workers have rows apart."""
    while True:
        first = _FIRST + _WORKER % 4 * _SPAN + next(_numbers) * 10 % _SPAN
        with ExitStack() as row, suppress(OSError):
            for port in range(first, first + length):
                row.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
