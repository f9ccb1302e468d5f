import os
import signal
from collections.abc import Iterator

import pytest

from leadcrm.start.stop_request import SIGNALS, StopRequest


@pytest.fixture
def stop() -> Iterator[StopRequest]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with StopRequest() as request:
        yield request
    for number, action in before.items():
        signal.signal(number, action)


@pytest.mark.parametrize(
    ("numbers", "pause", "hurried"),
    [
        ([signal.SIGINT], 0.0, False),
        ([signal.SIGTERM, signal.SIGTERM], 0.0, False),
        ([signal.SIGTERM, signal.SIGINT], 0.0, True),
        ([signal.SIGINT, signal.SIGINT], 0.0, True),
        ([signal.SIGINT, signal.SIGINT], 60.0, False),  # the echo of the same key press
        ([signal.SIGINT, signal.SIGTERM], 0.0, False),
    ],
)
def test_only_a_later_ctrl_c_is_in_a_hurry(
    stop: StopRequest,
    monkeypatch: pytest.MonkeyPatch,
    numbers: list[signal.Signals],
    pause: float,
    hurried: bool,
) -> None:
    monkeypatch.setattr("leadcrm.start.stop_request.ECHO_SECONDS", pause)
    for number in numbers:
        os.kill(os.getpid(), number)
        stop.wait(10)
    assert (stop.asked, stop.hurried) == (True, hurried)


def test_the_end_of_a_child_ends_the_waiting_and_asks_for_nothing(stop: StopRequest) -> None:
    os.kill(os.getpid(), signal.SIGCHLD)
    stop.wait(60)
    assert (stop.asked, stop.hurried) == (False, False)


def test_nohup_is_respected() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with StopRequest() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            stop.wait(0)
            assert not stop.asked
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
