"""Set up a destination, prove it, stop it, let it go on: with the sandbox receiver as the other system."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from integrations.sandbox.receiver import Receiver
from leads.models import Destination, DestinationGate, Route
from leads.roles import OPS, OWNER
from leads.states import DeliveryState, PausedBy
from tests.factories import make_delivery, make_destination, make_route
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.rows import all_rows, log

pytestmark = pytest.mark.django_db

ADD = "/admin/leads/destination/add/"
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
OTHER_KEY = "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="


@pytest.fixture(scope="module")
def running_receiver() -> Iterator[Receiver]:
    with Receiver.running() as receiver:
        yield receiver


@pytest.fixture
def receiver(running_receiver: Receiver) -> Receiver:
    running_receiver.control("reset", {})
    return running_receiver


def entered(**changes: Any) -> dict[str, Any]:
    """The form of an HTTPS destination, filled in as a person would."""
    filled = {
        "name": "CRM",
        "enabled": "on",
        "config_url": "https://crm.example.com/leads",
        "config_method": "POST",
        "config_body_shape": "documented",
        "config_sign_in": "none",
        "config_signed": "on",
        "config_recognises_repeats": "on",
        "calls_at_once": "4",
    }
    return {name: value for name, value in (filled | changes).items() if value is not None}


def messages_of(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def errors_of(answer: Any) -> dict[str, list[str]]:
    return {name: [str(error) for error in errors] for name, errors in answer.context["adminform"].form.errors.items()}


def add(client: Client, **changes: Any) -> Any:
    return client.post(ADD, entered(**changes), follow=True)


def made(**settings: Any) -> Destination:
    """A destination with a secret, as it was saved earlier."""
    plain = {"method": "POST", "body_shape": "documented", "sign_in": "none", "signed": True}
    plain |= {"url": "https://crm.example.com/leads", "recognises_repeats": True} | settings
    destination = make_destination(name="CRM", settings=plain)
    destination.write_secrets({"signing_secret": SECRET})
    destination.save()
    return destination


def proved_by(receiver: Receiver, **gate: Any) -> Destination:
    receiver.control("config", {"secrets": [SECRET]})
    destination = made(url=receiver.hook())
    DestinationGate.objects.filter(pk=destination.pk).update(**gate)
    return destination


# --- adding -----------------------------------------------------------------------------------------------------------


def test_a_new_destination_has_its_gate_its_route_and_its_secret(owner: Client) -> None:
    answer = add(owner, send_everything="on", calls_at_once="2")
    destination = Destination.objects.get()
    assert answer.redirect_chain == [(page_of(destination), 302)]
    assert (destination.name, destination.kind, destination.enabled) == ("CRM", "https", True)
    assert destination.settings["url"] == "https://crm.example.com/leads"
    assert destination.gate.calls_at_once == 2
    assert [(route.destination, route.enabled, route.sources) for route in Route.objects.all()] == [
        (destination, True, [])
    ]
    secret = destination.read_secrets()["signing_secret"]
    assert messages_of(answer) == [
        f"Signing secret, shown only this once: {secret}",
        "Saved. Press “Check” now, then “Send a test lead”.",
    ]


def test_a_made_secret_is_shown_once_and_never_again(owner: Client) -> None:
    add(owner)
    destination = Destination.objects.get()
    secret = destination.read_secrets()["signing_secret"]
    for address in (page_of(destination), address_of("index"), page_of(destination).replace("change", "history")):
        assert secret not in owner.get(address).text
    assert secret not in str(all_rows())


def test_no_route_is_made_when_none_is_asked_for(owner: Client) -> None:
    add(owner)
    assert Route.objects.count() == 0


def test_the_kind_in_the_address_chooses_the_form(owner: Client) -> None:
    form = owner.get(ADD, {"kind": "https"}).context["adminform"].form
    assert form.kind == "https"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"config_url": ""}, "config_url", "This field is required."),
        ({"config_url": "ftp://crm.example.com"}, "config_url", "The URL does not begin with https://."),
        ({"config_url": "https://me:pass@crm.example.com"}, "config_url", "The URL holds a user name or password."),
        ({"config_sign_in": "bearer"}, "config_bearer_token", "enter the token, or choose another sign-in"),
        ({"config_sign_in": "basic", "config_user_name": "me"}, "config_password", "Password: enter it"),
        ({"config_sign_in": "headers", "config_header_1_name": "X Y"}, "config_header_1_name", "blanks"),
        ({"config_signing_secret": "hunter2"}, "config_signing_secret", "enter whsec_ followed by"),
        ({"config_already_there_statuses": "nine"}, "config_already_there_statuses", "enter numbers such as 409"),
        ({"calls_at_once": "0"}, "calls_at_once", "greater than or equal to 1"),
        ({"calls_at_once": "33"}, "calls_at_once", "less than or equal to 32"),
        ({"config_method": "BREW"}, "config_method", "not one of the available choices"),
    ],
)
def test_a_wrong_entry_is_answered_beside_its_field(
    owner: Client, changes: dict[str, str], field: str, message: str
) -> None:
    answer = add(owner, **changes)
    assert list(errors_of(answer)) == [field]
    assert message in errors_of(answer)[field][0]
    assert len(errors_of(answer)[field]) == 1
    assert Destination.objects.count() == 0


def test_a_refused_form_keeps_what_was_entered_but_no_secret(owner: Client) -> None:
    answer = add(owner, config_url="ftp://crm.example.com", config_signing_secret=SECRET, config_bearer_token="t0ken")
    assert 'value="ftp://crm.example.com"' in answer.text
    assert SECRET not in answer.text
    assert "t0ken" not in answer.text


def test_two_destinations_cannot_have_the_same_name(owner: Client) -> None:
    add(owner)
    answer = add(owner)
    assert errors_of(answer) == {"name": ["Destination with this Name already exists."]}


# --- changing ---------------------------------------------------------------------------------------------------------


def change(client: Client, destination: Destination, **changes: Any) -> Any:
    return client.post(page_of(destination), entered(**changes), follow=True)


def test_an_empty_secret_keeps_the_stored_one(owner: Client) -> None:
    destination = made()
    answer = change(owner, destination, config_url="https://new.example.com/", calls_at_once="7")
    destination.refresh_from_db()
    assert answer.redirect_chain[-1][1] == 302
    assert destination.settings["url"] == "https://new.example.com/"
    assert destination.read_secrets() == {"signing_secret": SECRET}
    assert destination.gate.calls_at_once == 7


def test_a_new_secret_takes_the_place_of_the_stored_one_which_stays_valid_beside_it(owner: Client) -> None:
    destination = made()
    newer = "whsec_" + "eHl6" * 8
    change(owner, destination, config_signing_secret=newer)
    destination.refresh_from_db()
    assert destination.read_secrets() == {"signing_secret": newer, "previous_signing_secret": SECRET}


def test_a_stored_secret_is_in_no_page_and_its_field_says_that_it_is_set(owner: Client) -> None:
    destination = made()
    page = owner.get(page_of(destination)).text
    assert SECRET not in page
    assert SECRET.removeprefix("whsec_") not in page
    field = re.search(r'<input[^>]*name="config_signing_secret"[^>]*>', page)
    assert field is not None
    assert "set; leave empty to keep it" in field[0]
    assert "value=" not in field[0]
    token = re.search(r'<input[^>]*name="config_bearer_token"[^>]*>', page)
    assert token is not None
    assert "set; leave empty" not in token[0]


def test_saving_writes_names_of_fields_into_the_log_and_no_values(owner: Client) -> None:
    destination = made()
    change(owner, destination, config_sign_in="bearer", config_bearer_token="t0ken-value")
    assert [(row, "Bearer token" in text) for _who, row, text in log()] == [("CRM", True)]
    assert "t0ken-value" not in str(all_rows())
    assert destination.gate is not None


def test_a_secret_that_no_key_opens_is_asked_for_again(owner: Client) -> None:
    destination = made(sign_in="bearer")
    destination.write_secrets({"bearer_token": "t0ken", "signing_secret": SECRET})
    destination.save()
    with override_settings(LEADCRM_FIELD_KEYS=[OTHER_KEY]):
        page = owner.get(page_of(destination))
        assert "set; leave empty" not in page.text
        answer = change(owner, destination, config_sign_in="bearer")
        assert errors_of(answer) == {
            "config_bearer_token": ["Bearer token: enter the token, or choose another sign-in."]
        }
        change(owner, destination, config_sign_in="bearer", config_bearer_token="anew")
        destination.refresh_from_db()
        assert destination.read_secrets()["bearer_token"] == "anew"


def test_a_destination_that_has_deliveries_cannot_be_deleted(owner: Client) -> None:
    destination = make_delivery().destination
    page = owner.get(page_of(destination))
    assert f"/{destination.pk}/delete/" not in page.text
    answer = owner.post(page_of(destination).replace("change", "delete"), {"post": "yes"})
    assert answer.status_code == 403
    assert Destination.objects.filter(pk=destination.pk).exists()


def test_a_destination_without_deliveries_is_deleted_with_its_routes(owner: Client) -> None:
    destination = make_destination()
    make_route(destination)
    owner.post(page_of(destination).replace("change", "delete"), {"post": "yes"})
    assert (Destination.objects.count(), Route.objects.count()) == (0, 0)


# --- whoever may not change it ------------------------------------------------------------------------------------------


def test_ops_see_the_settings_in_words_and_of_secrets_only_that_they_are_set(ops: Client) -> None:
    destination = made(sign_in="basic", user_name="robot")
    destination.write_secrets({"signing_secret": SECRET, "password": "hunter2"})
    destination.save()
    answer = ops.get(page_of(destination))
    shown = dict(answer.context["settings"])
    assert shown["URL"] == "https://crm.example.com/leads"
    assert shown["Sign-in"] == "User name and password (Basic)"
    assert shown["User name"] == "robot"
    assert shown["Password"] == shown["Signing secret"] == "set"
    assert shown["Sign each request"] == "yes"
    assert "Bearer token" not in shown
    assert "hunter2" not in answer.text
    assert SECRET not in answer.text
    assert "Send a test lead" in answer.text


def test_ops_change_nothing_by_posting_the_form(ops: Client) -> None:
    destination = made()
    before = all_rows()
    ops.post(page_of(destination), entered(config_url="https://evil.example/"))
    assert all_rows() == before


def test_sales_see_a_destination_without_its_buttons(sales: Client) -> None:
    page = sales.get(page_of(made())).text
    assert "https://crm.example.com/leads" in page
    for label in ("Send a test lead", "Check", "Pause"):
        assert f">{label}<" not in page
    assert 'class="lc-act"' not in page


def test_a_kind_that_this_version_does_not_know_is_shown_and_stays_as_it_is(owner: Client) -> None:
    destination = make_destination(kind="fax", settings={"number": "12"})
    before = all_rows()
    assert "This version of Lead CRM does not know this kind" in owner.get(page_of(destination)).text
    owner.post(page_of(destination), entered())
    assert all_rows() == before
    assert "fax" in owner.get(address_of("leads_destination_changelist")).text


# --- the buttons --------------------------------------------------------------------------------------------------------


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
        destination = made(url=f"http://127.0.0.1:{taken.getsockname()[1]}/")
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
    assert record["fields"]["body"]["UserDetails"]["FirstName"] == "TEST"
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
    for number in range(3):
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
    ("gate", "enabled", "light"),
    [
        ({}, True, "Not proved yet"),
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
        page = enter(group).get(address_of("leads_destination_changelist")).text
        assert re.findall(r'<span class="lc-pill[^>]*>([^<]*)</span>', page) == [light]
