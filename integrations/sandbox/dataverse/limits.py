"""Service protection limits of one user (Microsoft's "Service protection API limits")."""

import math
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from integrations.sandbox.dataverse.errors import ApiError
from integrations.sandbox.inputs import Fields

MOST = 1_000_000_000
PAUSE = 2  # seconds asked for when too many calls run at one time


@dataclass(frozen=True)
class Limits:
    """`window` in seconds. Each call counts as `call_milliseconds` of execution, however long it really takes.

    The call that is the `concurrent`th at one time is refused.
    """

    requests: int = 6000
    window: int = 300
    execution_milliseconds: int = 1_200_000
    call_milliseconds: int = 100
    concurrent: int = 52

    def merged(self, fields: Fields) -> "Limits":
        """These limits with the given ones in their place.

        Raises:
            BadInput: a field is unknown or out of range.
        """
        present = asdict(self)
        merged = Limits(**{name: fields.whole(name, 1, MOST, value) for name, value in present.items()})
        fields.finish()
        return merged

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def calls_by_time(self) -> int:
        """How many calls use up the execution time."""
        return self.execution_milliseconds // self.call_milliseconds


class Protection:
    """The calls of the last minutes. Refused ones count too: who goes on during the pause lengthens it."""

    def __init__(self) -> None:
        self._calls: deque[float] = deque()

    def reset(self) -> None:
        self._calls.clear()

    def admit(self, limits: Limits, now: float, under_way: int) -> None:
        """Counts one more call. `now` in Unix seconds, `under_way` with the call itself.

        Raises:
            ApiError: 429, the call is one too many.
        """
        self._prune(limits, now)
        self._calls.append(now)
        if under_way >= limits.concurrent:
            text = f"Number of concurrent requests exceeded the limit of {limits.concurrent}."
            raise _too_many("0x80072326", text, PAUSE)
        if len(self._calls) > limits.requests:
            text = (
                f"Number of requests exceeded the limit of {limits.requests} over time window of {limits.window} "
                "seconds."
            )
            raise _too_many("0x80072322", text, self._pause(limits.requests, limits.window, now))
        if len(self._calls) > limits.calls_by_time:
            text = (
                "Combined execution time of incoming requests exceeded limit of "
                f"{limits.execution_milliseconds:,} milliseconds over time window of {limits.window} seconds. Decrease "
                "number of concurrent requests or reduce the duration of requests and try again later."
            )
            raise _too_many("0x80072321", text, self._pause(limits.calls_by_time, limits.window, now))

    def remaining(self, limits: Limits) -> tuple[tuple[str, str], ...]:
        """The headers that tell how much is left; for diagnosis."""
        seconds = max(0, limits.execution_milliseconds - len(self._calls) * limits.call_milliseconds) / 1000
        return (
            ("x-ms-ratelimit-burst-remaining-xrm-requests", str(max(0, limits.requests - len(self._calls)))),
            ("x-ms-ratelimit-time-remaining-xrm-requests", f"{seconds:,.2f}"),
        )

    def _prune(self, limits: Limits, now: float) -> None:
        while self._calls and (self._calls[0] <= now - limits.window or self._calls[0] > now):
            self._calls.popleft()

    def _pause(self, limit: int, window: int, now: float) -> int:
        """Seconds until one more call would be within the limit."""
        leaves = self._calls[len(self._calls) - limit] if limit else now
        return max(1, math.ceil(leaves + window - now))


def _too_many(code: str, text: str, pause: int) -> ApiError:
    return ApiError(429, code, text, "limit", headers={"Retry-After": str(pause)})
