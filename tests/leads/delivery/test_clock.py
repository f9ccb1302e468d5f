"""A worker whose clock is wrong sends nothing early and nothing twice: the queue goes by the database's clock alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import leads

ROOT = Path(leads.__file__).parent
QUEUE = sorted(path for room in ("delivery", "pacing") for path in (ROOT / room).rglob("*.py"))
# The touch of a test lead is made up here; it says when that was, and nothing waits for it.
MAY_ASK = {ROOT / "delivery" / "test_lead.py"}
CLOCKS = {"timezone.now", "datetime.now", "datetime.utcnow", "date.today", "time.time", "timezone.localdate"}


def clocks_asked(source: str) -> Iterator[str]:
    """The calls that read the clock of this process. ``time.monotonic`` measures and knows no hour."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) in CLOCKS:
            yield f"{name} in line {node.lineno}"


@pytest.mark.parametrize("path", QUEUE, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_times_the_queue_asks_the_clock_of_its_process(path: Path) -> None:
    asked = list(clocks_asked(path.read_text()))
    assert bool(asked) == (path in MAY_ASK), asked


def test_a_clock_that_is_asked_would_be_seen() -> None:
    assert list(clocks_asked("x = 1\ny = timezone.now() + x")) == ["timezone.now in line 2"]
