"""Prove a destination, stop it, let it go on: with the sandbox receiver as the other system."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.sandbox.receiver import Receiver
from leads.models import Destination, DestinationGate, Proof
from leads.roles import OPS, OWNER
from leads.states import DeliveryState, PausedBy, ProofKind
from tests.factories import make_delivery, make_destination, make_proof
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import SECRET, address_of, button_of, destination_with_secret, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import messages_of, pills_on
from tests.leads.delivery.asked import check_of, test_lead_of, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running_receiver() -> Iterator[Receiver]:
    with Receiver.running() as receiver:
        yield receiver


@pytest.fixture
def receiver(running_receiver: Receiver) -> Receiver:
    running_receiver.control("reset", {})
    return running_receiver


def proved_by(receiver: Receiver, **gate: Any) -> Destination:
    receiver.control("config", {"secrets": [SECRET]})
    destination = destination_with_secret(url=receiver.hook())
    DestinationGate.objects.filter(pk=destination.pk).update(**gate)
    return destination


def worked_off(client: Client, destination: Destination) -> str:
    """The destination's page once a worker has done what was asked for."""
    work_off()
    return client.get(page_of(destination)).text


def test_the_check_shows_its_steps_and_writes_nothing_over_there(
    ops: Client, receiver: Receiver, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    destination = proved_by(receiver)
    with django_capture_on_commit_callbacks(execute=True):
        ops.post(button_of(destination, "check_now"))
    assert hinted == ["prove_destinations"]
    page = worked_off(ops, destination)
    check = check_of(destination)
    assert check.steps
    for step in check.steps:
        assert step["label"] in page
    assert receiver.control("records")["records"] == []
    assert [text for _who, _row, text in log()] == ["Asked for a check."]


def test_while_it_is_under_way_the_page_asks_for_its_panel_again(ops: Client, receiver: Receiver) -> None:
    destination = proved_by(receiver)
    panel = address_of("leads_destination_panel", destination.pk)
    asks = f'hx-get="{panel}"'
    assert asks not in ops.get(page_of(destination)).text
    answer = ops.post(button_of(destination, "check_now"), follow=True)
    assert asks in answer.text
    assert "A worker takes it in a moment." in answer.text
    assert messages_of(answer) == ["Started. The result appears below."]
    Proof.objects.update(started_at=timezone.now())
    under_way = ops.get(panel).text
    assert asks in under_way
    assert "A system that does not answer is given a minute." in under_way
    Proof.objects.update(started_at=None)
    work_off()
    done = ops.get(panel).text
    assert asks not in done
    assert "Last check" in done


def test_pressed_twice_it_is_asked_for_once(ops: Client, receiver: Receiver) -> None:
    destination = proved_by(receiver)
    ops.post(button_of(destination, "test_lead"), follow=True)
    assert messages_of(ops.post(button_of(destination, "test_lead"), follow=True)) == ["It is under way already."]
    work_off()
    assert len(receiver.control("records")["records"]) == 1
    assert [text for _who, _row, text in log()] == ["Asked for a test lead."]


def test_what_no_worker_took_says_so(ops: Client) -> None:
    destination = make_destination()
    make_proof(destination, kind=ProofKind.CHECK, asked_at="2026-03-02T12:00Z", finished_at=None)
    assert "It was asked for and never ended" in ops.get(page_of(destination)).text


def test_a_check_that_fails_says_so_and_shows_where(ops: Client) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else gets the port, and nobody answers
        taken.bind(("127.0.0.1", 0))
        destination = destination_with_secret(url=f"http://127.0.0.1:{taken.getsockname()[1]}/")
        ops.post(button_of(destination, "check_now"))
        page = worked_off(ops, destination)
    assert pills_on(ops.get(address_of("leads_destination_changelist"))) == ["Check failed"]
    assert "Could not connect to the server." in page


def test_a_good_check_resumes_what_the_machine_paused(ops: Client, receiver: Receiver) -> None:
    paused = {"paused_at": "2026-03-02T12:00Z", "paused_by": PausedBy.MACHINE, "pause_cause": "sign_in_refused"}
    destination = proved_by(receiver, **paused)
    page = ops.get(page_of(destination)).text
    assert "The receiving system refused the sign-in." in page
    assert "when nothing fails it goes on" in page
    ops.post(button_of(destination, "check_now"))
    work_off()
    gate = DestinationGate.objects.get()
    assert (gate.paused_at, gate.paused_by) == (None, "")


def test_what_only_a_person_resumes_promises_no_check(ops: Client) -> None:
    paused = {"paused_at": "2026-03-02T12:00Z", "paused_by": PausedBy.MACHINE, "pause_cause": "receiver_asks_to_stop"}
    destination = make_destination(gate=paused | {"resumes_itself": False, "next_check_at": "2026-03-02T12:05Z"})
    page = ops.get(page_of(destination)).text
    assert "No check can prove that this is mended" in page
    assert "Checked again by itself" not in page


def test_the_test_lead_arrives_signed_and_marked(ops: Client, receiver: Receiver) -> None:
    destination = proved_by(receiver)
    ops.post(button_of(destination, "test_lead"))
    assert "It was taken." in worked_off(ops, destination)
    (record,) = receiver.control("records")["records"]
    assert record["fields"]["signature"] == "valid"
    assert record["fields"]["body"]["UserDetails"]["FirstName"] == "MSFT_TEST_1"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"action": "respond", "status": 401}, "The receiver refused the"),
        ({"action": "respond", "status": 503}, "The receiving system has trouble of its own."),
        ({"action": "respond", "status": 422}, "The receiving system refused this lead."),
        ({"action": "drop_before"}, "the connection ended without an answer"),
    ],
)
def test_a_test_lead_that_does_not_arrive_is_answered_with_what_to_do(
    ops: Client, receiver: Receiver, fault: dict[str, Any], said: str
) -> None:
    destination = proved_by(receiver)
    receiver.fail(fault)
    ops.post(button_of(destination, "test_lead"))
    page = worked_off(ops, destination)
    assert test_lead_of(destination).has_failed
    assert said in page


def test_a_wrong_secret_is_found_by_the_test_lead(ops: Client, receiver: Receiver) -> None:
    destination = proved_by(receiver)
    receiver.control("config", {"secrets": ["whsec_" + "eHl6" * 8]})
    ops.post(button_of(destination, "test_lead"))
    page = worked_off(ops, destination)
    assert test_lead_of(destination).has_failed
    assert SECRET not in page


def test_paused_it_waits_and_resumed_it_goes_on(
    ops: Client, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    destination = make_destination()
    for _number in range(3):
        make_delivery(destination)
    answer = ops.post(button_of(destination, "pause"), follow=True)
    assert messages_of(answer) == ["Paused. Leads wait; none is lost."]
    assert "Waiting" in answer.text
    assert DestinationGate.objects.get().paused_by == PausedBy.PERSON
    with django_capture_on_commit_callbacks(execute=True):
        answer = ops.post(button_of(destination, "resume"), follow=True)
    assert messages_of(answer) == ["Resumed. What waited is sent now."]
    assert DestinationGate.objects.get().paused_at is None
    assert hinted == ["dispatch_due_deliveries"]
    assert [text for _who, _row, text in log()] == ["Paused.", "Resumed."]


def test_the_page_says_how_many_wait(ops: Client) -> None:
    destination = make_destination()
    for _number in range(3):
        make_delivery(destination)
    make_delivery(destination, state=DeliveryState.DELIVERED)
    assert ops.get(page_of(destination)).context["waiting"] == "3"


@pytest.mark.parametrize(
    ("second", "last_success_at", "light"),
    [
        ("unproven", None, "Check passed"),
        ("failed", None, "Check failed"),
        ("failed", "2026-03-02T11:00Z", "Check failed"),
        ("failed", "2026-03-02T13:00Z", "Working"),
        ("unproven", "2026-03-02T11:00Z", "Working"),
    ],
)
def test_the_light_knows_the_last_check_until_a_lead_got_through(
    ops: Client, second: str, last_success_at: str | None, light: str
) -> None:
    destination = make_destination(gate={"last_success_at": last_success_at})
    make_proof(destination, "passed", second, finished_at="2026-03-02T12:00Z")
    assert pills_on(ops.get(address_of("leads_destination_changelist"))) == [light]


def test_the_last_failure_says_why_and_leads_to_its_deliveries(ops: Client) -> None:
    failed = {"last_failure_at": "2026-03-02T12:00Z", "last_failure_cause": "record_refused"}
    page = ops.get(page_of(make_destination(gate=failed))).text
    assert "The receiving system refused this lead." in page
    assert "&reason=record_refused" in page


@pytest.mark.parametrize(
    ("gate", "enabled", "light"),
    [
        ({}, True, "Not proved yet"),
        ({"last_failure_at": "2026-03-02T13:00Z"}, True, "Last try failed"),
        ({"last_success_at": "2026-03-02T12:00Z"}, True, "Working"),
        ({"last_success_at": "2026-03-02T12:00Z", "last_failure_at": "2026-03-02T13:00Z"}, True, "Last try failed"),
        ({"last_success_at": "2026-03-02T12:00Z", "last_failure_at": "2026-03-02T11:00Z"}, True, "Working"),
        ({"held_until": "2126-03-02T12:00Z"}, True, "Told to slow down"),
        ({"paused_at": "2026-03-02T12:00Z", "paused_by": "person"}, True, "Paused"),
        ({"last_success_at": "2026-03-02T12:00Z"}, False, "Disabled"),
    ],
)
def test_the_list_says_in_one_word_whether_leads_get_through(
    enter: Enter, gate: dict[str, Any], enabled: bool, light: str
) -> None:
    make_destination(gate=gate, enabled=enabled)
    for group in (OPS, OWNER):
        assert pills_on(enter(group).get(address_of("leads_destination_changelist"))) == [light]
