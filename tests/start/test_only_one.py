"""Who holds a state folder is named rightly, also while the holder changes."""

import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from leadcrm.start import only_one as module
from leadcrm.start.only_one import only_one
from leadcrm.start.trouble import CannotStart


def signature(pid: int) -> str:
    return json.dumps({"pid": pid, "since": "2026-11-22 12:00:00", "address": "http://127.0.0.1:8000"})


def dead() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def refused(state: Path) -> str:
    with pytest.raises(CannotStart) as caught, only_one(state, "http://127.0.0.1:8100"):
        pass
    return str(caught.value)


def test_the_holder_is_named_once_it_has_signed_and_never_the_killed_one_before(tmp_path: Path) -> None:
    lock, killed = tmp_path / "start.lock", dead()
    lock.write_text(signature(killed))
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        signing = threading.Timer(0.3, lock.write_text, [signature(os.getpid())])
        signing.start()
        said = refused(tmp_path)
        signing.join()
    assert f"process {os.getpid()}, since 2026-11-22 12:00:00, at http://127.0.0.1:8000" in said
    assert str(killed) not in said


@pytest.mark.parametrize("written", ["", "{", "[]", '{"pid": "1"}', signature(2**22 + 1)])  # beyond all process ids
def test_a_holder_that_does_not_sign_is_not_guessed(
    tmp_path: Path, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SIGNING_SECONDS", 0.1)
    lock = tmp_path / "start.lock"
    lock.write_text(written)
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "process ?, since ?, at ?" in refused(tmp_path)
