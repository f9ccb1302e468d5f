"""The sessions that access tokens stand for."""

import secrets
import threading
from collections.abc import Callable

from integrations.sandbox.clock import Clock
from integrations.sandbox.salesforce.ids import ALPHABET
from integrations.sandbox.salesforce.settings import Settings

_CHARACTERS = f"{ALPHABET}._"


class Sessions:
    """Each lasts as long as the user's session policy says, begun anew with each use. Safe to use from threads."""

    def __init__(self, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._used_at: dict[str, float] = {}

    def open(self) -> str:
        """A new access token."""
        token = f"{self._settings().org.id}!AQ{''.join(secrets.choice(_CHARACTERS) for _ in range(94))}"
        with self._lock:
            self._used_at[token] = self._clock.now()
        return token

    def use(self, token: str) -> bool:
        """Whether the token is good; then its time begins anew."""
        settings, now = self._settings(), self._clock.now()
        with self._lock:
            used_at = self._used_at.pop(token, None)
            good = used_at is not None and now - used_at < settings.limits.session_seconds
            if good:
                self._used_at[token] = now
        return good and settings.user.active and settings.org.active

    def close_all(self) -> None:
        with self._lock:
            self._used_at.clear()
