"""Turns that take long keep nobody waiting."""

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from leads.delivery import room as rooms
from leads.delivery.room import Room

DEAD, OTHER_DEAD, HEALTHY = 1, 2, 3
LONGEST_SECONDS = 10.0


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set, it lets every turn that hangs go on."""
    monkeypatch.setattr(rooms, "PATIENCE_SECONDS", 0.01)
    event = threading.Event()
    yield event
    event.set()


def hanging(released: threading.Event) -> None:
    assert released.wait(LONGEST_SECONDS)


def eventually(done: list[str]) -> bool:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not done and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(done)


def test_a_turn_is_over_when_it_was_quick() -> None:
    done: list[str] = []
    assert Room().take(HEALTHY, lambda: done.append("turn")) is True
    assert done == ["turn"]


def test_one_that_hangs_is_left_to_its_thread_and_ends_there(released: threading.Event) -> None:
    room, done = Room(), list[str]()

    def turn() -> None:
        hanging(released)
        done.append("turn")

    assert room.take(DEAD, turn) is True
    assert done == []
    released.set()
    assert eventually(done)


def test_where_half_of_the_threads_hang_those_who_hang_get_no_more(
    released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_STUCK", 3)
    room, done = Room(), list[str]()
    for destination in (DEAD, DEAD, OTHER_DEAD):
        assert room.take(destination, lambda: hanging(released)) is True
    assert [room.take(destination, lambda: hanging(released)) for destination in (DEAD, OTHER_DEAD)] == [False, False]
    assert room.take(HEALTHY, lambda: done.append("turn")) is True
    assert done == ["turn"]


def test_for_those_in_doubt_and_those_that_hang_nobody_waits(
    released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room()
    assert room.take(DEAD, lambda: hanging(released)) is True
    monkeypatch.setattr(rooms, "PATIENCE_SECONDS", LONGEST_SECONDS)
    began = time.monotonic()
    assert room.take(DEAD, lambda: hanging(released)) is True
    assert room.take(OTHER_DEAD, lambda: hanging(released), is_in_doubt=True) is True
    assert not released.is_set()
    assert time.monotonic() - began < LONGEST_SECONDS


def test_what_came_loose_gets_its_turns_again(released: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MOST_STUCK", 1)
    room, done = Room(), list[str]()
    assert room.take(DEAD, lambda: hanging(released)) is True
    assert room.take(DEAD, lambda: hanging(released)) is False
    released.set()
    deadline = time.monotonic() + LONGEST_SECONDS
    while not done and time.monotonic() < deadline:
        room.take(DEAD, lambda: done.append("turn"))
    assert done


def test_a_turn_that_breaks_is_heard_of(caplog: pytest.LogCaptureFixture) -> None:
    def turn() -> None:
        raise ValueError("SECRET")

    with caplog.at_level(logging.ERROR):
        assert Room().take(HEALTHY, turn) is True
    assert "A turn ended early: ValueError" in caplog.text
    assert "SECRET" not in caplog.text
