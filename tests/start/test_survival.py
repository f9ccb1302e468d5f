"""What ends and what goes on when processes are asked to end or killed. Real processes, a real broker."""

import os
import signal
from typing import Any

import pytest

from tests.start.conftest import Miniature, ask_web, eventually


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_process_and_is_no_failure(miniature: Miniature, number: signal.Signals) -> None:
    start = miniature.start()
    miniature.ready(start)
    names = " ".join(start.family().values())
    for part in ("leadcrm.start", "valkey-server", "granian", "celery", "integrations.sandbox", "last_will.sh"):
        assert part in names

    start.signal(number)

    assert start.ended() == 0
    assert start.family() == {}
    assert "web ended in order" in miniature.log("web")
    assert ask_web(miniature.port) is None


def test_a_second_ctrl_c_does_not_wait_for_a_program_that_does_not_end(miniature: Miniature) -> None:
    miniature.misbehave("worker.stubborn")
    start = miniature.start()
    miniature.ready(start)

    start.signal(signal.SIGINT)
    eventually(lambda: ask_web(miniature.port) is None, "the web server has ended")
    while start.process.poll() is None:  # a person who goes on pressing
        start.signal(signal.SIGINT)

    assert start.ended() == 0
    assert start.family() == {}


def test_sigterm_to_the_whole_group_counts_once(miniature: Miniature) -> None:
    start = miniature.start()
    miniature.ready(start)

    os.killpg(start.process.pid, signal.SIGTERM)
    start.signal(signal.SIGTERM)

    assert start.ended() == 0
    assert "web ended in order" in miniature.log("web")


def test_a_killed_web_server_takes_its_workers_along_and_a_new_one_serves(miniature: Miniature) -> None:
    start = miniature.start()
    miniature.ready(start)
    old = ask_web(miniature.port)
    assert old

    os.kill(old["leader"], signal.SIGKILL)

    def another() -> dict[str, Any] | None:
        web = ask_web(miniature.port)
        return web if web and web["leader"] != old["leader"] else None

    new = eventually(another, "another web server serves")
    assert new["leader"] in start.family()
    assert {old["leader"], old["worker"]} & set(start.family()) == set()
    eventually(lambda: "web was ended by SIGKILL after" in start.said, "it is said")


def test_a_killed_worker_and_a_killed_broker_are_started_again(miniature: Miniature) -> None:
    start = miniature.start()
    miniature.ready(start)
    worker = int((miniature.state / "worker.pid").read_text())
    (broker,) = (pid for pid, words in start.family().items() if "valkey-server" in words)

    os.kill(worker, signal.SIGKILL)
    os.kill(broker, signal.SIGKILL)

    eventually(lambda: "worker begins" in miniature.log("worker").partition("worker begins")[2], "a second worker")
    eventually(lambda: any("valkey-server" in words for words in start.family().values()), "a second broker")
    assert {worker, broker} & set(start.family()) == set()


def test_nothing_survives_a_killed_supervisor_and_the_next_start_is_ready(miniature: Miniature) -> None:
    killed = miniature.start()
    miniature.ready(killed)

    killed.signal(signal.SIGKILL)
    next_start = miniature.start()  # at once: it has to wait for what is still there
    miniature.ready_file.unlink()

    eventually(lambda: killed.family() == {}, "every process of the killed start is gone")
    miniature.ready(next_start)


def test_the_executor_of_the_last_will_is_replaced_when_it_is_killed(miniature: Miniature) -> None:
    start = miniature.start()
    miniature.ready(start)
    (executor,) = (pid for pid, words in start.family().items() if "last_will.sh" in words)

    os.kill(executor, signal.SIGKILL)
    os.kill(int((miniature.state / "worker.pid").read_text()), signal.SIGKILL)
    eventually(lambda: "worker begins" in miniature.log("worker").partition("worker begins")[2], "a second worker")
    start.signal(signal.SIGKILL)

    eventually(lambda: start.family() == {}, "every process is gone")


def test_a_closed_terminal_does_not_keep_it_from_ending_in_order(miniature: Miniature) -> None:
    read, write = os.pipe()
    start = miniature.start(terminal=write)
    os.close(write)
    miniature.ready(start)

    os.close(read)
    start.signal(signal.SIGTERM)

    assert start.ended() == 0
    assert start.family() == {}
    assert "web ended in order" in miniature.log("web")
