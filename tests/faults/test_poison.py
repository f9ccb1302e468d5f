"""A lead that ends every process which sends it."""

import threading

import pytest

from leads.states import DeliveryState
from tests.fault_proxy import FaultProxy, Turn
from tests.faults import rows
from tests.faults.case import Case
from tests.faults.processes import PATIENCE
from tests.flows.conftest import somebody
from tests.flows.test_killed_processes import kill, wait_for_another

OTHERS = 15
DEATHS = 3
IN_FLIGHT = 8
MANY = 1_000_000


class Poison:
    """Kills the worker as soon as it sends this lead."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.body, self.email = somebody()
        self.victims: list[int] = []
        self.works = threading.Semaphore(0)

    def __call__(self, turn: Turn) -> None:
        if self.email.encode() in turn.seen.body:
            self.victims.append(kill(self.case.installation, "worker"))
            self.works.release()
            turn.drop()
        else:
            turn.answer(turn.pass_on())


@pytest.mark.quick
@pytest.mark.timeout(240)
def test_a_lead_that_kills_its_worker_is_set_aside_and_the_others_arrive(case: Case, proxy: FaultProxy) -> None:
    """One lead among others ends every worker that sends it."""
    poison = Poison(case)
    proxy.plays(poison, path=case.crm.path, times=MANY)
    case.send_through(proxy.port)
    with case.work_kept_back():
        case.senders.post_this(poison.body, poison.email)
        case.senders.post(OTHERS)
    for _death in range(DEATHS):
        assert poison.works.acquire(timeout=PATIENCE)
        rows.let_claims_end(case.crm.id, case.form.id)
        wait_for_another(case.installation, "worker", poison.victims[-1])
    case.settle()

    set_aside = rows.deliveries(case.crm.id).exclude(state=DeliveryState.DELIVERED).get()
    assert set_aside.touch.email == poison.email
    assert (set_aside.state, set_aside.reason) == (DeliveryState.FAILED, "made_workers_stop")
    assert len(poison.victims) == DEATHS
    case.says(f"set aside after {DEATHS} workers died; the {OTHERS} others arrived")
    case.prove(repeats=DEATHS * IN_FLIGHT, for_people=1 + DEATHS * IN_FLIGHT)
