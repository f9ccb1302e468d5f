"""A miniature checkout: the real start, the real broker, and stand-ins for the programs that take long to begin."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leadcrm import embedded
from leadcrm.start import programs
from tests.ports import free_row

STAND_INS = Path(__file__).with_name("stand_ins")
DEADLINE_SECONDS = 20.0


def eventually(fact: Callable[[], Any], what: str, seconds: float = DEADLINE_SECONDS) -> Any:
    """The first true value of ``fact``; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := fact():
            return value
        time.sleep(0.02)
    pytest.fail(f"not within {seconds:.0f} s: {what}")


def ask_web(port: int) -> dict[str, Any] | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return answer


class Start:
    """One run of ``python -m leadcrm.start``, in a session of its own so that nothing of it can hide."""

    def __init__(self, root: Path, environ: dict[str, str], words: list[str], terminal: int | None) -> None:
        self.screen = root / f"screen-{time.monotonic_ns()}"
        with self.screen.open("wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "leadcrm.start", *words],
                cwd=root,
                env=environ,
                stdout=terminal or screen,
                stderr=screen,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.screen.read_text()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        return self.process.wait(DEADLINE_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def family(self) -> dict[int, str]:
        """Every living process of this start: process id and command line."""
        members = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                pid, words = int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if words and os.getsid(pid) == self.process.pid:
                    members[pid] = words
        return members

    def kill_all(self) -> None:
        """Every process, the supervisor included, and those that it starts meanwhile."""
        while members := self.family():
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()


class Miniature:
    """A checkout in which ``leadcrm.start`` is real and the programs it starts are tiny."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / "var"
        self.ready_file = root / "ready.json"
        sandbox_ports = len(programs.sandbox_ports(0))
        self.sandbox_port = free_row(sandbox_ports + 1)
        self.port = self.sandbox_port + sandbox_ports
        self.starts: list[Start] = []
        (root / "leadcrm").mkdir(parents=True)
        (root / "leadcrm" / "settings.py").touch()
        (root / "integrations").mkdir()
        shutil.copytree(embedded.CHECKOUT / "leadcrm" / "start", root / "leadcrm" / "start")
        shutil.copy(embedded.CHECKOUT / "leadcrm" / "embedded.py", root / "leadcrm")
        for name in ("manage.py", "granian.py", "celery.py"):
            shutil.copy(STAND_INS / name, root)
        shutil.copy(STAND_INS / "sandbox.py", root / "integrations")

    def start(self, *words: str, terminal: int | None = None, **environ: str) -> Start:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("LEADCRM_", "DJANGO_"))}
        ports = ["--port", str(self.port), "--sandbox-port", str(self.sandbox_port)]
        start = Start(self.root, ours | environ, [*ports, "--ready-file", str(self.ready_file), *words], terminal)
        self.starts.append(start)
        return start

    def ready(self, start: Start) -> dict[str, Any]:
        """The facts in the ready file, once it is there."""
        eventually(lambda: self.ready_file.exists() or start.process.poll() is not None, "ready or ended")
        assert self.ready_file.exists(), start.said
        facts: dict[str, Any] = json.loads(self.ready_file.read_text())
        return facts

    def misbehave(self, name: str) -> None:
        self.state.mkdir(exist_ok=True)
        (self.state / name).touch()

    def log(self, name: str) -> str:
        return (self.state / "logs" / f"{name}.log").read_text()

    def clear_up(self) -> None:
        for start in self.starts:
            start.kill_all()


@pytest.fixture
def miniature(tmp_path: Path) -> Iterator[Miniature]:
    checkout = Miniature(tmp_path / "checkout")
    yield checkout
    checkout.clear_up()
