"""SIGTERM while leads are being sent: a new version comes, or the machine restarts."""

import os
import signal
import time

import pytest

from tests.faults import rows
from tests.faults.case import Case
from tests.faults.processes import another_worker
from tests.flows.test_killed_processes import wait_for_another

LEADS = 60


def lost_claims(case: Case) -> int:
    return rows.attempts(*(place.id for place in case.places)).filter(cause="claim_lost").count()


def fill(case: Case) -> None:
    """Work for some seconds, which a worker finds all at once."""
    for place in case.places:
        case.plays(place, "delay", delay=0.3, times=None)
    with case.work_kept_back():
        case.senders.post(LEADS)
    case.wait_for_requests(case.crm, 5)


def end_worker(case: Case) -> None:
    """Its calls are answered once another is there."""
    old = case.installation.process("worker")
    os.kill(old, signal.SIGTERM)
    wait_for_another(case.installation, "worker", old)
    case.plays_no_more()
    case.settle()


def prove_nothing_was_given_up(case: Case) -> None:
    case.says(f"{lost_claims(case)} lost claims")
    case.prove()
    assert lost_claims(case) == 0


@pytest.mark.quick
def test_a_worker_that_is_asked_to_end_finishes_its_calls_and_gives_back_the_rest(case: Case) -> None:
    """SIGTERM to the worker in the middle of its work."""
    fill(case)
    end_worker(case)
    prove_nothing_was_given_up(case)


def test_a_worker_may_end_while_its_successor_is_at_work_already(case: Case) -> None:
    """A second worker begins, then SIGTERM to the first: a new version with overlap."""
    fill(case)
    with another_worker(case.installation):
        end_worker(case)
    prove_nothing_was_given_up(case)


@pytest.mark.timeout(240)
def test_an_installation_that_is_ended_and_started_goes_on_without_lost_claims(case: Case) -> None:
    """SIGTERM to the supervisor in the middle of the work of all; then it is started again."""
    fill(case)
    began = time.monotonic()
    assert case.installation.end() == 0
    took = time.monotonic() - began
    case.installation.begin()
    case.installation.wait_until_ready()
    case.settle()
    case.says(f"{lost_claims(case)} lost claims; it ended after {took:.1f} s")
    case.prove()
    assert lost_claims(case) == 0
