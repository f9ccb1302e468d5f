"""Waking the workers: never before the commit, never for a rollback, and a broker in trouble costs nothing."""

import threading
import time
from typing import Any

import pytest
from django.db import transaction

from leads import hints
from leads.hints import _Messenger, after_commit
from leads.tasks import interpret_inbound

PATIENCE = 10.0


class Broker:
    """Stands where a task's message would leave the process."""

    def __init__(self, name: str = "task", trouble: Exception | None = None) -> None:
        self.name, self.trouble = name, trouble
        self.sent: list[dict[str, Any]] = []
        self.threads: set[str] = set()
        self.arrived = threading.Event()

    def apply_async(self, **options: Any) -> None:
        self.threads.add(threading.current_thread().name)
        self.sent.append(options)
        self.arrived.set()
        if self.trouble:
            raise self.trouble


def wait_until(happened: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def messenger(monkeypatch: pytest.MonkeyPatch) -> _Messenger:
    messenger = _Messenger()
    monkeypatch.setattr(hints, "_messenger", messenger)
    return messenger


def test_a_hint_is_sent_by_a_thread_of_its_own(messenger: _Messenger) -> None:
    broker = Broker()
    messenger.want(broker)  # type: ignore[arg-type]
    assert broker.arrived.wait(PATIENCE)
    assert broker.threads == {"hints"}
    assert broker.sent == [{"retry": False}]


def test_a_burst_costs_a_few_messages_and_its_last_hint_is_sent_too(
    messenger: _Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "SECONDS_BETWEEN", 0.02)
    broker, other = Broker(), Broker("other")
    for _n in range(500):
        messenger.want(broker)  # type: ignore[arg-type]
    messenger.want(other)  # type: ignore[arg-type]
    assert other.arrived.wait(PATIENCE)
    wait_until(lambda: not messenger.wanted)
    assert 1 <= len(broker.sent) < 50
    before = len(broker.sent)
    messenger.want(broker)  # type: ignore[arg-type]
    wait_until(lambda: len(broker.sent) == before + 1)


@pytest.mark.parametrize("trouble", [ConnectionRefusedError("no"), TimeoutError(), ValueError("a broken address")])
def test_a_broker_in_trouble_stops_neither_the_thread_nor_the_request(
    messenger: _Messenger, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = Broker(trouble=trouble), Broker()
    messenger.want(broken)  # type: ignore[arg-type]
    assert broken.arrived.wait(PATIENCE)
    thread = messenger.thread
    messenger.want(sound)  # type: ignore[arg-type]
    assert sound.arrived.wait(PATIENCE)
    assert messenger.thread is thread
    assert f"The broker does not answer ({type(trouble).__name__}); work waits for the timetable" in caplog.messages


@pytest.mark.django_db(transaction=True)
def test_a_hint_waits_for_the_commit_and_dies_with_a_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[object] = []
    monkeypatch.setattr(hints._messenger, "want", wanted.append)
    with transaction.atomic():
        after_commit(interpret_inbound)
        assert wanted == []
    assert wanted == [interpret_inbound]
    with transaction.atomic():
        after_commit(interpret_inbound)
        transaction.set_rollback(True)
    assert wanted == [interpret_inbound]
    after_commit(interpret_inbound)
    assert wanted == [interpret_inbound] * 2


@pytest.mark.django_db(transaction=True)
def test_a_hint_that_fails_after_the_commit_does_not_fail_the_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_thread_left(_task: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(hints._messenger, "want", no_thread_left)
    with transaction.atomic():
        after_commit(interpret_inbound)
    assert "can't start new thread" in caplog.text
