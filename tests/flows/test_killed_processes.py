"""Kill anything at any moment: the supervisor starts it again, every accepted lead arrives, none twice."""

import os
import signal
from typing import Any

from leadcrm.start.readiness import ask_broker
from tests.flows.conftest import Lead, somebody
from tests.flows.installation import PATIENCE, Installation
from tests.start.conftest import eventually

# A claim of a worker that died ends after 15 s; the timetable looks for such every 5 s.
CLAIM_PATIENCE = 45.0


def kill(installation: Installation, name: str) -> int:
    """The process id that was killed with SIGKILL."""
    pid = installation.process(name)
    assert pid, f"no {name}"
    os.kill(pid, signal.SIGKILL)
    return pid


def wait_for_another(installation: Installation, name: str, old: int) -> None:
    eventually(lambda: installation.process(name) not in (0, old), f"another {name}")


def asked(installation: Installation) -> list[dict[str, Any]]:
    return [request for request in installation.requests_at_receiver() if request["fault"] == "delay"]


def test_a_worker_killed_between_claim_and_record_costs_a_repeat_and_no_second_record(
    installation: Installation, lead: Lead
) -> None:
    body, email = lead
    before = len(asked(installation))
    installation.receiver("faults", {"action": "delay", "delay": 60})
    receipt = installation.post(body)
    eventually(lambda: len(asked(installation)) > before, "the receiver has it and does not answer")
    assert installation.admin.delivery(receipt)["state"] == "sending"
    old = kill(installation, "worker")
    installation.receiver("faults", method="DELETE")
    wait_for_another(installation, "worker", old)
    eventually(lambda: installation.records_of(email)[0]["times_received"] == 2, "sent again", CLAIM_PATIENCE)
    delivery = installation.arrives_once(receipt, email)
    assert [(attempt["result"], attempt["cause"]) for attempt in delivery["attempts"]] == [
        ("delivered", ""),
        ("unanswered", "claim_lost"),
    ]


def test_flushing_the_broker_while_leads_wait_loses_none(installation: Installation) -> None:
    people = [somebody() for _number in range(5)]
    worker = installation.process("worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        receipts = [installation.post(body) for body, _email in people]
        assert ask_broker(installation.state / "broker.sock", b"FLUSHALL") == b"+OK\r\n"
    finally:
        os.kill(worker, signal.SIGCONT)
    for receipt, (_body, email) in zip(receipts, people, strict=True):
        installation.arrives_once(receipt, email)


def test_without_a_broker_leads_are_taken_and_arrive_when_it_is_back(installation: Installation) -> None:
    people = [somebody() for _number in range(3)]
    old = kill(installation, "broker")
    receipts = [installation.post(body) for body, _email in people]
    wait_for_another(installation, "broker", old)
    for receipt, (_body, email) in zip(receipts, people, strict=True):
        installation.arrives_once(receipt, email)


def test_of_a_killed_web_server_nothing_lives_on_and_another_takes_leads(
    installation: Installation, lead: Lead
) -> None:
    body, email = lead
    family = installation.group(installation.process("web"))
    assert len(family) == 3, "the server and its two workers"
    old = kill(installation, "web")
    eventually(lambda: not family & set(installation.start.family()), "all of it is gone")
    wait_for_another(installation, "web", old)
    eventually(installation.is_healthy, "healthy again")
    installation.arrives_once(installation.post(body), email)


def test_a_killed_process_of_the_web_server_is_replaced(installation: Installation, lead: Lead) -> None:
    body, email = lead
    leader = installation.process("web")
    before = installation.group(leader)
    os.kill(max(before - {leader}), signal.SIGKILL)
    eventually(lambda: len(installation.group(leader) - before) == 1, "a new one", PATIENCE)
    eventually(installation.is_healthy, "healthy again")
    installation.arrives_once(installation.post(body), email)


def test_a_killed_receiver_is_only_waited_for(installation: Installation, lead: Lead) -> None:
    body, email = lead
    old = kill(installation, "sandbox")
    receipt = installation.post(body)
    wait_for_another(installation, "sandbox", old)
    installation.arrives_once(receipt, email)
