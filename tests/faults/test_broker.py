"""The broker forgets, hangs or dies. It holds nothing that has to be kept, and no post waits for it."""

from collections.abc import Callable

import pytest

from tests.faults.case import Case
from tests.faults.processes import frozen, tell_broker
from tests.faults.senders import percentile
from tests.flows.installation import Installation, in_time
from tests.flows.test_killed_processes import kill, wait_for_another

POSTS = 100
SLOWER_AT_MOST = 0.1

type Trouble = Callable[[Installation], object]


def forgets_everything(installation: Installation) -> None:
    assert tell_broker(installation, "FLUSHALL") == b"+OK\r\n"


def is_killed(installation: Installation) -> None:
    old = kill(installation, "broker")
    wait_for_another(installation, "broker", old)


@pytest.mark.quick
@pytest.mark.parametrize("trouble", [forgets_everything, is_killed])
def test_a_broker_that_loses_its_messages_loses_no_lead(case: Case, trouble: Trouble) -> None:
    case.tell("fault", f"The broker {trouble.__name__.replace('_', ' ')}, 5 times while leads are posted.")
    worker = case.installation.process("worker")
    with case.senders.storm():
        for _time in range(5):
            answered = len(case.senders.answered)
            case.wait_for_answers(answered + 20)
            trouble(case.installation)
    case.settle()
    assert case.senders.unanswered == []
    case.prove()
    assert case.installation.process("worker") == worker


def test_a_broker_that_hangs_keeps_no_post_waiting(case: Case) -> None:
    """The broker is frozen: it takes connections and answers nothing, while leads are posted."""
    usual = slow_post(case)
    with frozen(case.installation.process("broker")):
        meanwhile = slow_post(case)
    case.settle()
    case.says(f"p95 of a post {usual * 1000:.0f} ms, meanwhile {meanwhile * 1000:.0f} ms")
    assert case.senders.unanswered == []
    case.prove()
    assert meanwhile < usual + in_time(SLOWER_AT_MOST)


def slow_post(case: Case) -> float:
    """The 95th percentile of the seconds that posts take now."""
    before = len(case.senders.seconds)
    with case.senders.storm(per_second=20):
        case.wait_for_answers(len(case.senders.answered) + POSTS)
    return percentile(case.senders.seconds[before:], 0.95)
