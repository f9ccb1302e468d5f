"""The Azurite behind one system: begun when it is first needed, since it takes some 115 MB, and anew when it ended."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from integrations.sandbox.azure.account import Account
from integrations.sandbox.azure.azurite import Azurite, StartFailed, is_installed


class OutOfService(Exception):
    """There is no Azurite; `reason` is the last part of a text's name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Standby:
    """`folder` keeps what is stored; without one it is in memory, and `begins_empty` is called at every start."""

    def __init__(self, folder: Path | None, begins_empty: Callable[[], None]) -> None:
        self._folder = folder
        self._begins_empty = begins_empty
        self._lock = threading.Lock()  # who needs it while it starts waits here
        self._azurite: Azurite | None = None
        self._has_failed = False

    @property
    def forgets(self) -> bool:
        """Whether what is stored is gone when Azurite ends."""
        return self._folder is None

    def obstacle(self) -> str:
        """As `OutOfService.reason`; empty while nothing is known to be wrong."""
        if not is_installed():
            return "not_installed"
        return "does_not_start" if self._has_failed else ""

    def running(self, account: Account) -> Azurite:
        """One that takes the account's key.

        Raises:
            OutOfService: it is not installed, or does not start.
        """
        with self._lock:
            if self._azurite is None or self._azurite.has_ended:
                self._let_go()
                self._azurite = self._start(account)
            return self._azurite

    def end(self, *, empty: bool = False) -> None:
        """Until it is needed again; `empty`: nothing stored remains."""
        with self._lock:
            self._let_go()
            if empty and self._folder:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _let_go(self) -> None:
        if self._azurite:
            self._azurite.end()
            self._azurite = None

    def _start(self, account: Account) -> Azurite:
        if not is_installed():
            raise OutOfService("not_installed")
        try:
            azurite = Azurite.start(*self._place(), accounts=account.for_azurite)
        except (OSError, StartFailed) as problem:
            self._has_failed = True
            print(problem, flush=True)
            raise OutOfService("does_not_start") from problem
        self._has_failed = False
        return azurite

    def _place(self) -> tuple[str, ...]:
        if self._folder is None:
            self._begins_empty()
            return ("--inMemoryPersistence",)
        self._folder.mkdir(mode=0o700, exist_ok=True)  # it will hold personal data
        return ("--location", str(self._folder))
