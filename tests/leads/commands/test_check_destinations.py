from typing import Any

import pytest

from integrations.sandbox.receiver import Receiver
from leads.models import Destination, Proof
from leads.states import PausedBy
from tests.factories import NOON, make_destination
from tests.leads.commands.conftest import Run

pytestmark = pytest.mark.django_db

CONNECTION = {"label": "Connection", "result": "passed", "detail": ""}
CERTIFICATE = {"label": "Certificate", "result": "warning", "detail": "Plain HTTP: leads travel in clear text."}
ACCEPTANCE = {
    "label": "Acceptance of leads",
    "result": "unproven",
    "detail": "Only a test lead shows whether the receiver takes leads.",
}


def at(url: str, **values: Any) -> Destination:
    return make_destination(settings={"url": url, "body_shape": "event", "method": "POST", "sign_in": "none"}, **values)


def test_every_enabled_destination_is_checked_and_its_steps_are_shown(
    run: Run, receiver: Receiver, hinted: list[str]
) -> None:
    at(receiver.hook(), name="CRM")
    off = at(receiver.hook(), name="Old CRM", enabled=False)
    ran = run("check_destinations")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "CRM (https)\n"
        "  passed: Connection\n"
        "  look at it: Certificate: Plain HTTP: leads travel in clear text.\n"
        "  could not be proved: Acceptance of leads: Only a test lead shows whether the receiver takes leads.\n"
    )
    assert not off.proofs.exists()
    assert receiver.control("requests")["requests"] == []
    assert hinted == ["dispatch_due_deliveries"]


def test_one_that_fails_decides_the_exit_code_and_the_others_are_checked_too(run: Run, receiver: Receiver) -> None:
    at("http://127.0.0.1:9999/hook", name="A")
    at(receiver.hook(), name="B")
    Destination.objects.filter(name="A").update(settings={"url": "nonsense"})
    ran = run("check_destinations", "--json")
    broken, good = ran.json["destinations"]
    assert ran.code == 1
    assert (broken["destination"], broken["kind"], broken["passed"]) == ("A", "https", False)
    assert [step["result"] for step in broken["steps"]] == ["failed"]
    assert good == {
        "destination": "B",
        "kind": "https",
        "passed": True,
        "steps": [CONNECTION, CERTIFICATE, ACCEPTANCE],
    }


def test_named_ones_are_checked_in_this_order_even_if_disabled(run: Run, receiver: Receiver) -> None:
    for name in ("A", "B", "C"):
        at(receiver.hook(), name=name, enabled=name != "C")
    ran = run("check_destinations", "C", "A", "C", "--json")
    assert [checked["destination"] for checked in ran.json["destinations"]] == ["C", "A"]
    assert not Proof.objects.filter(destination__name="B").exists()


def test_an_unknown_name_is_wrong_usage_and_nothing_is_checked(run: Run, receiver: Receiver) -> None:
    at(receiver.hook(), name="CRM")
    ran = run("check_destinations", "CRM", "CRN")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "There is no destination “CRN”. These there are: CRM"
    assert not Proof.objects.exists()


def test_one_that_the_machine_paused_resumes_when_it_passes(run: Run, receiver: Receiver) -> None:
    paused = at(receiver.hook(), gate={"paused_at": NOON, "paused_by": PausedBy.MACHINE, "pause_cause": "redirected"})
    assert run("check_destinations").code == 0
    paused.gate.refresh_from_db()
    assert (paused.gate.paused_at, paused.gate.paused_by) == (None, "")


def test_without_destinations_nothing_failed(run: Run, hinted: list[str]) -> None:
    ran = run("check_destinations")
    assert (ran.code, ran.out, hinted) == (0, "No destination is enabled.\n", [])
    assert run("check_destinations", "--json").json == {"destinations": []}
