"""Who posts leads, and what they know of them afterwards."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.flows.conftest import somebody

PATIENCE = 30.0


class Senders:
    """Post leads of ever new people as the marketplace does: each once, on a connection of its own."""

    def __init__(self, webhook: str) -> None:
        self._address = urlsplit(webhook)
        self.answered: dict[str, str] = {}
        """Receipts of what was answered 200, and the e-mail address in it."""
        self.unanswered: list[str] = []
        """Addresses in what got no answer. It may have been kept or not."""
        self.refused: list[int] = []
        """The statuses of all other answers."""
        self.seconds: list[float] = []
        """How long each answer took."""

    def post(self, number: int = 1) -> None:
        for _number in range(number):
            body, email = somebody()
            self.post_this(body, email)

    def post_this(self, body: bytes, email: str) -> None:
        began = time.monotonic()
        try:
            status, content = self._ask(body)
        except (OSError, http.client.HTTPException):
            self.unanswered.append(email)
            return
        self.seconds.append(time.monotonic() - began)
        if status == 200:
            self.answered[json.loads(content)["receipt"]] = email
        else:
            self.refused.append(status)

    def _ask(self, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=PATIENCE)
        try:
            connection.request("POST", self._address.path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    @contextmanager
    def storm(self, per_second: float = 25.0, at_once: int = 4) -> Iterator[None]:
        """Keep posting at this pace, so many at a time, until the block ends."""
        over = threading.Event()

        def keep_posting() -> None:
            while not over.wait(at_once / per_second):  # the senders' own pace
                self.post()

        threads = [threading.Thread(target=keep_posting) for _number in range(at_once)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()


def percentile(seconds: list[float], part: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
