"""What is done to the processes of an installation, and what they have to be like afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadcrm.embedded import CHECKOUT
from leadcrm.start.readiness import ask_broker
from tests.flows.installation import Installation
from tests.flows.test_killed_processes import kill, wait_for_another
from tests.start.conftest import eventually

PATIENCE = 60.0


def kill_worker(installation: Installation) -> None:
    """SIGKILL, whatever it is doing. The supervisor starts another."""
    old = kill(installation, "worker")
    wait_for_another(installation, "worker", old)


def kill_everything(installation: Installation) -> None:
    """The supervisor too: as when somebody pulls the plug of the machine, only that the disk keeps what it was told."""
    installation.start.kill_all()
    installation.ready_file.unlink(missing_ok=True)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """It lives and does nothing: SIGSTOP, and SIGCONT at the end."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def another_worker(installation: Installation) -> Iterator[int]:
    """A second worker with a timetable of its own, as on a second machine; its process id."""
    words = ["-m", "celery", "-A", "leadcrm", "worker", "-B", "--pool", "threads", "-c", "4", "--without-gossip"]
    words += ["--without-mingle", "--pidfile=", "-n", "another@%h", "-s", str(installation.state / "another-timetable")]
    environ = installation.environ | {"DJANGO_SETTINGS_MODULE": "leadcrm.settings"}
    with open(installation.state / "logs" / "another.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=CHECKOUT, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        eventually(lambda: b"another@" in log_of(installation, "another") and waits(installation), "waits", PATIENCE)
        yield process.pid
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(PATIENCE)


def log_of(installation: Installation, name: str) -> bytes:
    return Path(installation.state / "logs" / f"{name}.log").read_bytes()


def tell_broker(installation: Installation, command: str) -> bytes:
    return ask_broker(installation.state / "broker.sock", command.encode())


def waits(installation: Installation) -> bool:
    """Whether somebody waits for work at the broker."""
    return b" cmd=brpop " in tell_broker(installation, "CLIENT LIST")
