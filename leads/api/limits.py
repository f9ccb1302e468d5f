"""A cap on what one endpoint may fill the disk with. It counts per web process and lies far above real rates, because
a lead that is refused here is lost: the marketplace does not send it again."""

import time
from collections import Counter


class PerMinute:
    def __init__(self) -> None:
        self._minute = 0
        self._counted: Counter[int] = Counter()

    def exceeded(self, key: int, limit: int) -> bool:
        """Count one more for this key; True when it is over the limit of this minute. A limit of 0 is none."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counted = minute, Counter()
        self._counted[key] += 1
        return 0 < limit < self._counted[key]
