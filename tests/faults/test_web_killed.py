"""The processes that take leads are killed while leads are posted."""

import os
import random
import signal
from pathlib import Path

import pytest

from tests.faults.case import Case
from tests.flows.installation import PATIENCE, Installation
from tests.start.conftest import eventually

KILLS = 20
PROCESSES = 2


@pytest.mark.timeout(240)
def test_what_was_answered_is_kept_however_often_the_web_server_loses_a_process(case: Case) -> None:
    """A process of the web server is killed during a storm of posts, 20 times at random moments."""
    installation, senders = case.installation, case.senders
    begun = times_begun(installation)
    with senders.storm():
        for kill in range(KILLS):
            eventually(lambda: times_begun(installation) >= begun + kill, "both serve", PATIENCE)  # noqa: B023
            case.wait_for_answers(len(senders.answered) + random.randint(3, 20))
            os.kill(one_that_serves(installation), signal.SIGKILL)
    case.settle()
    case.says(f"{KILLS} kills")
    case.prove()


def times_begun(installation: Installation) -> int:
    """How often a process of the server began to serve."""
    return (installation.state / "logs" / "web.log").read_text().count("Started worker")


def one_that_serves(installation: Installation) -> int:
    """The older one: a server whose process dies twice within seconds ends, and nobody serves for a while."""
    leader = installation.process("web")
    return min(installation.group(leader) - {leader}, key=started_at)


def started_at(pid: int) -> int:
    """In the kernel's ticks since it was booted (``proc(5)``); numbers of processes begin anew some time."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
