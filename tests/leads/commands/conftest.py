"""Commands as people and scripts run them: what they print, and their exit codes."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.sandbox.receiver import Receiver
from leads import hints


@dataclass
class Ran:
    """One run of a command. ``out`` and ``err`` are what it wrote, an error's line among the latter."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


type Run = Callable[..., Ran]


@pytest.fixture
def run() -> Run:
    def run(*words: str) -> Ran:
        out, err, code = io.StringIO(), io.StringIO(), 0
        try:
            call_command(*words, stdout=out, stderr=err)
        except SystemExit as ended:
            code = int(ended.code or 0)
        except CommandError as error:
            err.write(str(error))
            code = error.returncode
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(autouse=True)
def hinted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks hinted at, instead of messages to a broker."""
    names: list[str] = []
    monkeypatch.setattr(hints, "send", lambda task: names.append(task.name.rpartition(".")[2]))
    return names


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver.running() as receiver:
        yield receiver
