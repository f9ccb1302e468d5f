"""A whole Lead CRM as ``make run`` starts it, in a folder and on ports of its own, and what people see of it."""

import json
import os
import re
import signal
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from integrations.sandbox.systems import SYSTEMS
from leadcrm.embedded import CHECKOUT
from tests.flows.person import Person
from tests.ports import free_row
from tests.start.conftest import Start, eventually

PATIENCE = 30.0
SANDBOX_PORTS = len(SYSTEMS)
FOREIGN = ("LEADCRM_", "DJANGO_", "DATABASE_", "CELERY_", "TEST_")
# The programs of a start by a word of their command lines.
PROGRAMS = {"broker": "valkey-server", "worker": "celery", "web": "granian", "sandbox": "integrations.sandbox"}


class Installation:
    """``settings`` are environment variables. Retries come at once, as far as the timetable lets them."""

    def __init__(self, root: Path, settings: dict[str, str]) -> None:
        self.root, self.state, self.ready_file = root, root / "var", root / "ready.json"
        self.sandbox_port = free_row(SANDBOX_PORTS + 1)
        self.port = self.sandbox_port + SANDBOX_PORTS
        self.starts: list[Start] = []
        self.password = ""
        root.mkdir(parents=True, exist_ok=True)
        ours = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        own = {"PYTHONPATH": str(CHECKOUT), "LEADCRM_STATE_DIR": str(self.state), "LEADCRM_RETRY_WAITS": "1,1,1,1,1"}
        self.environ = ours | own | settings

    @property
    def start(self) -> Start:
        return self.starts[-1]

    def begin(self) -> Start:
        """Start it without waiting."""
        ports = ["--port", str(self.port), "--sandbox-port", str(self.sandbox_port)]
        words = [*ports, "--ready-file", str(self.ready_file)]
        self.starts.append(Start(self.root, self.environ, words, terminal=None))
        return self.start

    def wait_until_ready(self) -> None:
        eventually(lambda: self.ready_file.exists() or self.start.process.poll() is not None, "a start", 90)
        assert self.ready_file.exists(), self.start.said
        if found := re.search(r"^ +Password +(\S+)$", self.start.said, re.MULTILINE):
            self.password = found[1]

    def end(self) -> int:
        """As Ctrl-C in a terminal does; the exit code."""
        self.start.signal(signal.SIGTERM)
        return self.start.ended()

    def clear_up(self) -> None:
        if "admin" in vars(self):
            self.admin.sign_out()
        for start in self.starts:
            start.kill_all()

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.ready_file.read_text())
        return facts

    @property
    def webhook(self) -> str:
        return str(self.facts["endpoint_url"])

    @property
    def webhook_path(self) -> str:
        return urlsplit(self.webhook).path

    @cached_property
    def admin(self) -> Person:
        """The first user, signed in."""
        return Person(f"http://127.0.0.1:{self.port}", "admin", self.password)

    def post(self, body: bytes) -> str:
        """Post a lead as the marketplace does; its receipt."""
        headers = {"Content-Type": "application/json"}
        answer = requests.post(self.webhook, data=body, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["receipt"])

    def arrives_once(self, receipt: str, email: str) -> dict[str, Any]:
        """The delivery, once it is delivered and the receiver has exactly one record of the person, signed."""
        eventually(lambda: self.admin.is_delivered(receipt), "delivered", PATIENCE)
        [record] = self.records_of(email)
        delivery = self.admin.delivery(receipt)
        assert record["key"] == delivery["touch"]
        assert record["fields"]["signature"] == "valid"
        return delivery

    def process(self, name: str) -> int:
        """The process id of a program's leader; 0 when it does not live."""
        living = self.start.family().items()
        return next((pid for pid, words in living if PROGRAMS[name] in words and _group_of(pid) == pid), 0)

    def group(self, leader: int) -> set[int]:
        """The living processes of a leader's group, itself included."""
        return {pid for pid in self.start.family() if _group_of(pid) == leader}

    def is_healthy(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=PATIENCE).status_code == 200
        except requests.ConnectionError:
            return False

    def receiver(self, call: str, content: Any = None, method: str | None = None) -> Any:
        """A control call of the sandbox receiver: reads, or writes ``content``."""
        url = f"http://127.0.0.1:{self.sandbox_port}/_control/{call}"
        method = method or ("GET" if content is None else "POST")
        answer = requests.request(method, url, json=content, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def requests_at_receiver(self) -> list[dict[str, Any]]:
        arrived: list[dict[str, Any]] = self.receiver("requests")["requests"]
        return arrived

    def records_of(self, email: str) -> list[dict[str, Any]]:
        """What the receiver keeps of a person."""
        return [record for record in self.receiver("records")["records"] if email in json.dumps(record["fields"])]

    def log_tails(self) -> list[tuple[str, str]]:
        screens = [(f"terminal {number}", start.said) for number, start in enumerate(self.starts, 1)]
        logs = sorted((self.state / "logs").glob("*.log"))
        return screens + [(log.name, log.read_text(errors="replace")[-3000:]) for log in logs]


def add_logs(report: pytest.TestReport, installations: Iterable[Installation]) -> None:
    """To what a failed test shows."""
    if report.failed:
        for installation in installations:
            report.sections += installation.log_tails()


def in_time(seconds: float) -> float:
    """What a machine with nothing else to do needs ``seconds`` for may take this long on one that is busy."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
