"""The time a simulator believes in, which tests shift or stop."""

import time

from integrations.sandbox.inputs import Fields

CENTURY = 100 * 366 * 24 * 3600


class Clock:
    """Unix seconds: the real time plus an offset, or one fixed moment."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._offset = 0.0
        self._at: float | None = None

    def now(self) -> float:
        return time.time() + self._offset if self._at is None else self._at

    def set(self, fields: Fields) -> None:
        """Takes `offset` (seconds) or `at` (Unix seconds, stops the clock); a later call replaces an earlier one."""
        at = fields.number("at", 0, 100 * CENTURY, 0) if "at" in fields else None
        offset = fields.number("offset", -CENTURY, CENTURY, 0)
        fields.finish()
        self._offset, self._at = offset, at

    def state(self) -> dict[str, float | None]:
        return {"now": self.now(), "offset": self._offset, "at": self._at}
