"""HubSpot's limits: a rolling window of ten seconds, the day of the portal, and searches in a second."""

import uuid
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.hubspot.refusal import Refused
from integrations.sandbox.hubspot.settings import OAUTH, Settings, Token

WINDOW, DAY = 10.0, 86_400.0
ACCOUNT = ""  # whose window all OAuth apps share


class Limiter:
    """Counts requests by the simulator's clock; what is refused does not count."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._windows: defaultdict[str, deque[float]] = defaultdict(deque)
        self._searches: deque[float] = deque()
        self._day, self._today = 0, 0

    def admit(self, name: str, token: Token, settings: Settings, now: float) -> Mapping[str, str]:
        """Counts one request of a token; gives the headers of its answer. Raises Refused."""
        private = token.kind != OAUTH
        most = settings.limits.ten_seconds if private else settings.limits.oauth_ten_seconds
        window = self._windows[name if private else ACCOUNT]
        _forget(window, now, WINDOW)
        if private:
            self._turn_day(settings, now)
            if self._today >= settings.limits.day:
                raise self._refused("DAILY", settings, DAY - _of_day(settings, now), self._headers(0, most, settings))
        if len(window) >= most:
            wait = window[-most] + WINDOW - now
            raise self._refused("TEN_SECONDLY_ROLLING", settings, wait, self._headers(0, most, settings, private))
        window.append(now)
        self._today += private
        return self._headers(most - len(window), most, settings, private)

    def admit_search(self, settings: Settings, now: float) -> None:
        """Counts one search of the account. Raises Refused."""
        self._turn_day(settings, now)
        _forget(self._searches, now, 1.0)
        if self._today >= settings.limits.day:
            raise self._refused("DAILY", settings, DAY - _of_day(settings, now), {})
        if len(self._searches) >= settings.limits.searches:
            raise self._refused("SECONDLY", settings, 1.0, {})
        self._searches.append(now)
        self._today += 1

    def _turn_day(self, settings: Settings, now: float) -> None:
        day = int((now + settings.utc_offset * 60) // DAY)
        if day != self._day:
            self._day, self._today = day, 0

    def _headers(self, left: int, most: int, settings: Settings, private: bool = True) -> dict[str, str]:
        prefix = "X-HubSpot-RateLimit-"
        rolling = {
            f"{prefix}Interval-Milliseconds": f"{WINDOW * 1000:.0f}",
            f"{prefix}Max": str(most),
            f"{prefix}Remaining": str(left),
        }
        if not private:
            return rolling
        day = settings.limits.day
        return {f"{prefix}Daily": str(day), f"{prefix}Daily-Remaining": str(day - self._today), **rolling}

    def _refused(self, policy: str, settings: Settings, wait: float, headers: dict[str, str]) -> Refused:
        body: dict[str, Any] = {
            "message": f"You have reached your {policy.lower()} limit.",
            "errorType": "RATE_LIMIT",
            "policyName": policy,
            "requestId": str(uuid.uuid4()),
        }
        if settings.variants.retry_after:
            headers["Retry-After"] = str(int(-(-wait // 1)))
        return Refused(429, policy.lower(), body, headers)


def _forget(times: deque[float], now: float, seconds: float) -> None:
    """Drops what is too old, and what lies in the future since the clock was set back."""
    kept = [at for at in times if now - seconds < at <= now]
    times.clear()
    times.extend(kept)


def _of_day(settings: Settings, now: float) -> float:
    return (now + settings.utc_offset * 60) % DAY
