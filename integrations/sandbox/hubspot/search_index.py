"""The search index of a portal, which sees every change some seconds late."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.sandbox.records import Record

MANY = 1000

Properties = Mapping[str, Any]


class SearchIndex:
    """Remembers how contacts were before changes that search does not see yet; None: not there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        with self._lock:
            self._before: dict[str, list[tuple[float, Properties | None]]] = {}
            self._many = MANY

    def will_lag(self, key: str, before: Properties | None, now: float, delay: float) -> None:
        """Search goes on seeing the contact as it was before, for `delay` seconds."""
        with self._lock:
            self._before.setdefault(key, []).append((now + delay, before))
            if len(self._before) > self._many:
                self._drop_seen(now)
                self._many = max(MANY, 2 * len(self._before))

    def lagging(self, now: float) -> list[str]:
        """The contacts that search sees as they were."""
        with self._lock:
            self._drop_seen(now)
            return list(self._before)

    def seen(self, contacts: Iterable[Record], now: float) -> list[Properties]:
        """The contacts as search sees them now."""
        with self._lock:
            self._drop_seen(now)
            versions = [self._before[one.key][0][1] if one.key in self._before else one.fields for one in contacts]
        return [version for version in versions if version is not None]

    def _drop_seen(self, now: float) -> None:
        waiting = {key: [one for one in versions if one[0] > now] for key, versions in self._before.items()}
        self._before = {key: versions for key, versions in waiting.items() if versions}
