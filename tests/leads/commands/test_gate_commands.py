"""Stopping destinations and letting them go on, and what is wrong, from the command line."""

import pytest

from leads.models import DestinationGate
from leads.states import DeliveryState, PausedBy
from tests.factories import make_delivery, make_destination
from tests.leads.commands.conftest import Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spool_dir")]


def test_pausing_says_which_ones_were_paused_already(run: Run) -> None:
    make_destination(name="A")
    make_destination(name="B", gate={"paused_at": "2026-03-02T12:00Z", "paused_by": PausedBy.PERSON})
    ran = run("pause_destinations", "A", "B")
    assert (ran.code, ran.out) == (1, "A: paused\nB: was paused by a person already\n")
    assert DestinationGate.objects.filter(paused_by=PausedBy.PERSON).count() == 2


def test_resuming_starts_what_waits(run: Run, hinted: list[str]) -> None:
    make_destination(name="A", gate={"paused_at": "2026-03-02T12:00Z", "paused_by": PausedBy.PERSON})
    ran = run("resume_destinations", "A", "--json")
    assert (ran.code, ran.json) == (0, {"destinations": {"A": True}})
    assert DestinationGate.objects.get().paused_at is None
    assert hinted == ["dispatch_due_deliveries"]
    assert run("resume_destinations", "A").out == "A: nothing kept leads from it\n"


@pytest.mark.parametrize("command", ["pause_destinations", "resume_destinations"])
def test_an_unknown_name_is_wrong_usage_and_nothing_is_done(run: Run, command: str) -> None:
    make_destination(name="A")
    ran = run(command, "A", "Q")
    assert (ran.code, ran.out) == (2, "")
    assert "There is no destination “Q”." in ran.err
    assert DestinationGate.objects.get().paused_at is None


def test_where_nothing_is_wrong_there_is_nothing_to_list(run: Run) -> None:
    ran = run("failures")
    assert (ran.code, ran.out) == (0, "Nothing is wrong.\n")


def test_failures_are_listed_by_destination_and_cause_with_what_to_do(run: Run) -> None:
    crm = make_destination(name="CRM")
    for _n in range(2):
        make_delivery(crm, state=DeliveryState.FAILED, reason="sign_in_refused")
    ran = run("failures")
    assert ran.code == 1
    assert ran.out == (
        "       2  CRM: The receiving system refused the sign-in. (sign_in_refused)\n"
        "          Enter the credentials anew, and check that they have not expired.\n"
    )
    (failure,) = run("failures", "--json").json["failures"]
    assert (failure["about"], failure["cause"], failure["count"]) == ("CRM", "sign_in_refused", 2)
