"""The process that delivers is killed at each step of its work; the receiver says when."""

import random
import threading
from collections.abc import Callable

import pytest

from tests.fault_proxy import FaultProxy, Turn
from tests.faults import rows
from tests.faults.case import Case
from tests.faults.processes import PATIENCE, kill_worker
from tests.flows.test_killed_processes import kill, wait_for_another

LEADS = 20
RANDOM_KILLS = 6
# Calls at once to one destination, and as many again whose answers came and are not yet recorded.
IN_FLIGHT = 8
MANY = 1_000_000
SLOWLY_SECONDS = 0.03

type Moment = Callable[["Killer", Turn], None]


def before_the_lead_arrives(killer: "Killer", turn: Turn) -> None:
    killer.kill()
    turn.drop()


def before_the_answer(killer: "Killer", turn: Turn) -> None:
    turn.pass_on()
    killer.kill()
    turn.drop()


def before_it_is_recorded(killer: "Killer", turn: Turn) -> None:
    reply = turn.pass_on()
    with killer.case.database.unwritable():
        turn.answer(reply)
        turn.over.wait(0.5)  # to take the answer in; to write it down is not possible meanwhile
        killer.kill()


class Killer:
    """Serves a place through a proxy, not too fast; once armed, it kills the worker in the middle of a call."""

    def __init__(self, case: Case, moment: Moment) -> None:
        self.case = case
        self._moment = moment
        self._calls_left = 0
        self._lock = threading.Lock()
        self._has_killed = threading.Event()
        self._victim = 0

    def __call__(self, turn: Turn) -> None:
        with self._lock:
            self._calls_left -= 1
            is_the_one = self._calls_left == 0
        if is_the_one:
            self._moment(self, turn)
            self._has_killed.set()
        else:
            turn.over.wait(SLOWLY_SECONDS)
            turn.answer(turn.pass_on())

    def arm(self, calls: int) -> None:
        """For the last of so many calls."""
        self._calls_left = calls

    def kill(self) -> None:
        self._victim = kill(self.case.installation, "worker")

    def wait(self) -> None:
        """Until it has killed, and another worker is there. What the dead one claimed may be taken at once."""
        assert self._has_killed.wait(PATIENCE), "the worker never came so far"
        rows.let_claims_end(*(place.id for place in self.case.places))
        wait_for_another(self.case.installation, "worker", self._victim)


@pytest.mark.quick
@pytest.mark.parametrize("moment", [before_the_lead_arrives, before_the_answer, before_it_is_recorded])
def test_a_worker_killed_in_the_middle_of_a_call_costs_a_repeat_or_a_question(
    case: Case, proxy: FaultProxy, moment: Moment
) -> None:
    case.tell("fault", f"The worker is killed {moment.__name__.replace('_', ' ')}, once for each destination.")
    case.send_through(proxy.port)
    at_crm, at_form = Killer(case, moment), Killer(case, moment)
    proxy.plays(at_crm, path=case.crm.path, times=MANY)
    proxy.plays(at_form, path=case.form.path, times=MANY)
    at_crm.arm(calls=4)
    with case.work_kept_back():
        case.senders.post(LEADS)
    at_crm.wait()
    at_form.arm(calls=2)
    at_form.wait()
    case.settle()
    case.prove(repeats=2 * IN_FLIGHT, for_people=2 * IN_FLIGHT)


@pytest.mark.timeout(240)
def test_a_worker_killed_at_random_moments_loses_and_doubles_nothing(case: Case) -> None:
    """The worker is killed at random moments while leads are posted and the receiver takes its time."""
    for place in case.places:
        case.plays(place, "delay", delay=0.15, times=None)
    with case.senders.storm(per_second=8):
        for _kill in range(RANDOM_KILLS):
            seen = len(case.requests(case.crm))
            case.wait_for_requests(case.crm, seen + random.randint(3, 15))
            kill_worker(case.installation)
    case.plays_no_more()
    case.settle()
    case.says(f"{RANDOM_KILLS} kills")
    case.prove(repeats=RANDOM_KILLS * IN_FLIGHT, for_people=RANDOM_KILLS * IN_FLIGHT)
