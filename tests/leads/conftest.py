"""What every test of the product takes for granted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class Here:
    """What has threads of its own runs in the test's thread, whose transaction it sees."""

    def take(self, _destination_id: int, turn: Callable[[], None], *, is_in_doubt: bool) -> bool:
        turn()
        return True

    def result_of[Result](self, work: Callable[[], Result]) -> Result:
        return work()


@pytest.fixture(autouse=True)
def turns_and_requests_stay_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leads.tasks.room", Here())
    monkeypatch.setattr("leads.api.webhook.patience", Here())


@pytest.fixture
def spool_dir(tmp_path: Path, settings: Any) -> Path:
    settings.LEADCRM_SPOOL_DIR = tmp_path / "spool"
    return tmp_path / "spool"
