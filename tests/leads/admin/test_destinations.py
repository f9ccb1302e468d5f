"""Prove a destination, stop it, let it go on: with the sandbox receiver as the other system."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from integrations.sandbox.receiver import Receiver
from leads.models import Destination, DestinationGate
from leads.roles import OPS, OWNER
from leads.states import DeliveryState, PausedBy
from tests.factories import make_delivery, make_destination
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import SECRET, address_of, button_of, destination_with_secret, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import messages_of, pills_on

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


def test_the_check_shows_its_steps_and_writes_nothing_over_there(ops: Client, receiver: Receiver) -> None:
    destination = proved_by(receiver)
    answer = ops.post(button_of(destination, "check_now"), follow=True)
    assert messages_of(answer) == ["Nothing failed. See the steps below."]
    destination.refresh_from_db()
    assert destination.checked_at is not None
    assert destination.check_steps
    for step in destination.check_steps:
        assert step["label"] in answer.text
    assert receiver.control("records")["records"] == []
    assert [text for _who, _row, text in log()] == ["Checked."]


def test_a_check_that_fails_says_so_and_shows_where(ops: Client) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else gets the port, and nobody answers
        taken.bind(("127.0.0.1", 0))
        destination = destination_with_secret(url=f"http://127.0.0.1:{taken.getsockname()[1]}/")
        answer = ops.post(button_of(destination, "check_now"), follow=True)
    assert messages_of(answer) == ["Something failed: see below."]
    assert "Could not connect to the server." in answer.text


def test_a_good_check_resumes_what_the_machine_paused(ops: Client, receiver: Receiver, hinted: list[str]) -> None:
    paused = {"paused_at": "2026-03-02T12:00Z", "paused_by": PausedBy.MACHINE, "pause_cause": "sign_in_refused"}
    destination = proved_by(receiver, **paused)
    assert "The receiving system refused the sign-in." in ops.get(page_of(destination)).text
    ops.post(button_of(destination, "check_now"))
    gate = DestinationGate.objects.get()
    assert (gate.paused_at, gate.paused_by) == (None, "")


def test_the_test_lead_arrives_signed_and_marked(ops: Client, receiver: Receiver) -> None:
    destination = proved_by(receiver)
    answer = ops.post(button_of(destination, "test_lead"), follow=True)
    assert [text.partition(":")[0] for text in messages_of(answer)] == ["The test lead arrived"]
    (record,) = receiver.control("records")["records"]
    assert record["fields"]["signature"] == "valid"
    assert record["fields"]["body"]["UserDetails"]["FirstName"] == "MSFT_TEST_1"
    assert [text for _who, _row, text in log()] == ["Test lead sent."]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"action": "respond", "status": 401}, "The receiving system refused the sign-in."),
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
    answer = ops.post(button_of(destination, "test_lead"), follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]
    assert said in messages_of(answer)[0]


def test_a_wrong_secret_is_found_by_the_test_lead(ops: Client, receiver: Receiver) -> None:
    destination = proved_by(receiver)
    receiver.control("config", {"secrets": ["whsec_" + "eHl6" * 8]})
    answer = ops.post(button_of(destination, "test_lead"), follow=True)
    assert "The receiving system refused the sign-in." in messages_of(answer)[0]
    assert SECRET not in answer.text


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


@pytest.mark.parametrize(("second", "light"), [("unproven", "Check passed"), ("failed", "Not proved yet")])
def test_before_the_first_lead_a_check_is_worth_saying(ops: Client, second: str, light: str) -> None:
    steps = [{"result": result, "label": "Step", "detail": ""} for result in ("passed", second)]
    make_destination(check_steps=steps)
    assert pills_on(ops.get(address_of("leads_destination_changelist"))) == [light]


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
