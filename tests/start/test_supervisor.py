"""The supervisor in this process, with shell commands for programs."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadcrm.start import child as child_module
from leadcrm.start import supervisor as supervisor_module
from leadcrm.start.child import Child, Program, how_it_ended
from leadcrm.start.last_will import LastWill
from leadcrm.start.stop_request import SIGNALS, StopRequest
from leadcrm.start.supervisor import Supervisor
from leadcrm.start.trouble import CannotStart, EndAsked, last_lines
from tests.start.conftest import eventually

# Writes its process id, then stays; ends at SIGTERM as programs do.
STAYS = '{ echo $$ > "{pid}"; while :; do sleep 0.05; done; }'
STUBBORN = "trap '' TERM; " + STAYS


class Stage:
    """A supervisor and a folder for what its programs write."""

    def __init__(self, folder: Path, stop: StopRequest) -> None:
        self.folder = folder
        self.stop = stop
        self.lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
        self.supervisor = Supervisor(stop, LastWill(self.lock), {"PATH": os.environ["PATH"]})

    def program(self, name: str, script: str, *, answers: bool = False) -> Program:
        text = script.replace("{pid}", str(self.folder / f"{name}.pid"))
        return Program(name, ("/bin/sh", "-c", text), self.folder / f"{name}.log", answers)

    def pid(self, name: str) -> int:
        path = self.folder / f"{name}.pid"
        return int(eventually(lambda: path.exists() and path.read_text(), f"{name} runs"))

    def ask_at(self, *numbers: signal.Signals, after: str) -> None:
        """Send signals to this process once a program runs."""

        def send() -> None:
            self.pid(after)
            for number in numbers:
                os.kill(os.getpid(), number)

        self.asking = threading.Thread(target=send)
        self.asking.start()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with StopRequest() as stop:
        made = Stage(tmp_path, stop)
        yield made
        made.supervisor.end_all()
        os.close(made.lock)
    for number, action in before.items():
        signal.signal(number, action)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_program_that_ends_at_once_waits_a_second_and_is_given_up_after_the_fifth_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(child_module, "WAIT_AFTER_QUICK_DEATH_SECONDS", 0.05)
    stage.supervisor.start(stage.program("worker", "echo I try; exit 3"))

    with pytest.raises(CannotStart) as reason:
        stage.supervisor.watch()

    log = stage.folder / "worker.log"
    assert log.read_text() == "I try\n" * 5
    assert str(reason.value) == (
        "worker ended 5 times right after its start, the last time ended with exit code 3. "
        f"The end of {log}:\n" + "\n".join(["    I try"] * 5)
    )
    said = capsys.readouterr().out
    assert said.count("worker ended with exit code 3 after 0.") == 4
    assert said.count("starting it again.") == 4


def test_a_program_that_lived_long_enough_starts_again_at_once_and_is_never_given_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_module, "QUICK_DEATH_SECONDS", 0.0)
    script = f'echo x >> "{stage.folder}/lives"; [ $(wc -l < "{stage.folder}/lives") -lt 9 ] || {STAYS}'
    stage.supervisor.start(stage.program("worker", script))
    stage.ask_at(signal.SIGTERM, after="worker")

    stage.supervisor.watch()

    assert (stage.folder / "lives").read_text() == "x\n" * 9


def test_an_errand_gives_its_answer_and_logs_only_what_it_complains(stage: Stage) -> None:
    answer = stage.supervisor.run_errand(stage.program("errand", "echo secret; echo note >&2", answers=True))

    assert answer == "secret\n"
    assert (stage.folder / "errand.log").read_text() == "note\n"


def test_an_errand_that_fails_tells_the_end_of_its_log(stage: Stage) -> None:
    with pytest.raises(CannotStart) as reason:
        stage.supervisor.run_errand(stage.program("errand", "seq 1 40; exit 1"))

    lines = str(reason.value).splitlines()
    assert lines[0] == f"errand ended with exit code 1. The end of {stage.folder / 'errand.log'}:"
    assert lines[1:] == [f"    {number}" for number in range(16, 41)]


def test_a_signal_during_an_errand_ends_it(stage: Stage) -> None:
    stage.ask_at(signal.SIGTERM, after="errand")

    with pytest.raises(EndAsked):
        stage.supervisor.run_errand(stage.program("errand", STAYS))

    assert lives(stage.pid("errand"))
    stage.supervisor.end_all()
    assert not lives(stage.pid("errand"))


def test_programs_are_looked_after_while_something_is_waited_for(stage: Stage) -> None:
    again = f'[ -e "{stage.folder}/once" ] && {STAYS}; touch "{stage.folder}/once"'
    program = stage.program("worker", again)
    stage.supervisor.start(program)

    stage.supervisor.wait_until((stage.folder / "worker.pid").exists, program, 10)

    assert lives(stage.pid("worker"))


def test_what_does_not_get_ready_in_time_is_named(stage: Stage) -> None:
    program = stage.program("web", "echo still thinking; " + STAYS)
    stage.supervisor.start(program)
    stage.pid("web")

    with pytest.raises(CannotStart) as reason:
        stage.supervisor.wait_until(lambda: False, program, 0.1)

    expected = f"web was not ready after 0 s. The end of {program.log}:\n    still thinking"
    assert str(reason.value) == expected


def test_programs_end_in_the_reverse_order_of_their_start(stage: Stage) -> None:
    said = stage.folder / "said"
    for name in ("broker", "worker", "web"):
        stage.supervisor.start(stage.program(name, f"trap 'echo {name} >> \"{said}\"; exit' TERM; {STAYS}"))
        stage.pid(name)

    stage.supervisor.end_all()

    assert said.read_text() == "web\nworker\nbroker\n"


def test_a_program_that_does_not_end_is_killed_and_the_others_still_end_in_order(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "ENDING_SECONDS", 0.2)
    said = stage.folder / "said"
    stage.supervisor.start(stage.program("broker", f"trap 'echo broker > \"{said}\"; exit' TERM; {STAYS}"))
    stage.supervisor.start(stage.program("worker", STUBBORN))
    broker, worker = stage.pid("broker"), stage.pid("worker")

    stage.supervisor.end_all()

    assert not lives(worker)
    assert not lives(broker)
    assert said.read_text() == "broker\n"


def test_the_family_of_a_dead_leader_is_killed(tmp_path: Path) -> None:
    member = tmp_path / "member"
    script = f"sh -c 'echo $$ > {member}; while :; do sleep 0.05; done' & exit 7"
    child = Child(Program("web", ("/bin/sh", "-c", script), tmp_path / "log"), {"PATH": os.environ["PATH"]})
    child.start()
    eventually(lambda: child.has_ended() and member.exists() and member.read_text(), "the leader is dead")
    pid = int(member.read_text())
    assert lives(pid)

    line = child.bury()

    assert line.startswith("web ended with exit code 7 after ")
    eventually(lambda: not lives(pid), "the member is gone")


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    child = Child(Program("broker", ("/no/such/server",), tmp_path / "log"), {})
    with pytest.raises(CannotStart, match=r"^broker does not start: No such file or directory: /no/such/server$"):
        child.start()


def test_a_long_log_is_moved_aside_and_the_program_writes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "LARGEST_LOG_BYTES", 5)
    log = tmp_path / "web.log"
    go = tmp_path / "go"
    script = f'echo before; while [ ! -e "{go}" ]; do sleep 0.02; done; echo after'
    child = Child(Program("web", ("/bin/sh", "-c", script), log), {"PATH": os.environ["PATH"]})
    child.start()
    eventually(lambda: log.read_text() == "before\n", "the first line")

    child.keep_log_small()
    go.touch()
    eventually(child.has_ended, "the end")
    child.kill()

    assert (tmp_path / "web.log.1").read_text() == "before\n"
    assert log.read_text() == "after\n"


def test_a_short_log_stays(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("short\n")
    Child(Program("web", (), log), {}).keep_log_small()
    assert log.read_text() == "short\n"
    assert [path.name for path in tmp_path.iterdir()] == ["web.log"]


def test_endings_are_told_in_words() -> None:
    assert how_it_ended(0) == "ended with exit code 0"
    assert how_it_ended(-9) == "was ended by SIGKILL"


def test_a_log_that_says_nothing_is_said_to(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none") == "    (it said nothing)"
