"""What is done from the card of a lead, and undone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leads.models import Activity, Edit, Lead, Task
from leads.roles import OPS, SALES
from leads.states import CallOutcome, CloseReason, Stage, TaskKind
from tests.factories import NOON, make_lead, make_task, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import button_of, page_of
from tests.leads.admin.shown import messages_of, undo_on

pytestmark = pytest.mark.django_db

WICKED = '"><script>alert(1)</script>'


@pytest.fixture
def seller(db: None) -> User:
    return make_user(SALES, is_staff=True, first_name="Tom", last_name="Becker")


@pytest.fixture
def tom(enter: Enter, seller: User) -> Client:
    return enter(user=seller)


def press(client: Client, lead: Lead, button: str, **posted: Any) -> Any:
    answer = client.post(button_of(lead, button), posted, follow=True)
    lead.refresh_from_db()
    return answer


def undo(client: Client, lead: Lead, answer: Any) -> Any:
    address, fields = undo_on(answer)
    undone = client.post(address, fields, follow=True)
    lead.refresh_from_db()
    return undone


# --- stages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.LOST, Stage.DISCARDED])
def test_a_lead_is_given_up_with_its_reason_and_undone(tom: Client, stage: Stage) -> None:
    lead = make_lead()
    answer = press(tom, lead, "move", stage=stage, close_reason=CloseReason.NOT_FITTING)
    assert (lead.stage, lead.close_reason) == (stage, CloseReason.NOT_FITTING)
    assert "Does not fit our offer" in answer.text
    assert messages_of(undo(tom, lead, answer)) == ["Undone: 1 lead is as it was."]
    assert (lead.stage, lead.close_reason) == (Stage.NEW, "")


@pytest.mark.parametrize("reason", [{}, {"close_reason": ""}, {"close_reason": "bored"}])
def test_no_lead_is_given_up_without_a_reason(tom: Client, reason: dict[str, str]) -> None:
    lead = make_lead()
    assert messages_of(press(tom, lead, "move", stage="lost", **reason)) == ["Say why the lead is given up."]
    assert (lead.stage, Edit.objects.count()) == (Stage.NEW, 0)


# --- whose it is ------------------------------------------------------------------------------------------------------


def test_a_lead_is_taken_by_one_of_two(tom: Client, seller: User, enter: Enter) -> None:
    lead = make_lead()
    answer = press(tom, lead, "take")
    assert messages_of(answer) == ["The lead is yours."]
    assert (lead.owner, lead.why_assigned) == (seller, {"code": "by_hand"})
    assert messages_of(press(enter(SALES), lead, "take")) == ["Somebody else was quicker."]
    assert lead.owner == seller
    undo(tom, lead, answer)
    assert lead.owner is None


def test_a_lead_and_its_next_steps_are_given_to_a_colleague(tom: Client, seller: User) -> None:
    colleague, lead = make_user(SALES, first_name="Mina"), make_lead(owner=seller)
    task, done = make_task(lead, assignee=seller), make_task(lead, assignee=seller, done_at=NOON)
    answer = press(tom, lead, "give", to=colleague.pk)
    assert messages_of(answer) == ["Given to Mina."]
    task.refresh_from_db()
    done.refresh_from_db()
    assert (lead.owner, task.assignee, done.assignee) == (colleague, colleague, seller)
    undo(tom, lead, answer)
    task.refresh_from_db()
    assert (lead.owner, task.assignee) == (seller, seller)


def test_that_the_new_owner_has_looked_at_it_keeps_nobody_from_undoing(tom: Client, enter: Enter) -> None:
    colleague, lead = make_user(SALES, is_staff=True), make_lead()
    answer = press(tom, lead, "give", to=colleague.pk)
    enter(user=colleague).post(f"/admin/leads/lead/{lead.pk}/seen/")
    undo(tom, lead, answer)
    assert lead.owner is None


def test_a_lead_is_given_back(tom: Client, seller: User) -> None:
    lead = make_lead(owner=seller)
    assert messages_of(press(tom, lead, "give", to="")) == ["Given back: the lead is nobody's now."]
    assert lead.owner is None
    assert messages_of(press(tom, lead, "give", to="")) == ["Nothing changed: the lead was theirs already."]


@pytest.mark.parametrize("to", ["0", "x", "99999999999999999999999", "\0"])
def test_a_lead_is_given_to_nobody_who_is_not_there(tom: Client, to: str) -> None:
    lead = make_lead()
    assert messages_of(press(tom, lead, "give", to=to)) == ["This person works on leads no more."]
    assert lead.owner is None


def test_only_who_works_on_leads_is_given_one(tom: Client) -> None:
    lead = make_lead()
    for user in (make_user(OPS), make_user(), make_user(SALES, is_active=False)):
        press(tom, lead, "give", to=user.pk)
        assert lead.owner is None


# --- what was done ----------------------------------------------------------------------------------------------------


def test_a_note_is_written_and_undone(tom: Client, seller: User) -> None:
    lead = make_lead()
    answer = press(tom, lead, "compose", kind="note", text=f"Wants a quote {WICKED}")
    assert messages_of(answer) == ["Note saved."]
    assert [(one.kind, one.author) for one in Activity.objects.all()] == [("note", seller)]
    assert "Wants a quote &quot;&gt;&lt;script&gt;" in answer.text
    assert WICKED not in answer.text
    undo(tom, lead, answer)
    assert Activity.objects.count() == 0


@pytest.mark.parametrize(("kind", "said"), [("mail", "E-mail saved."), ("meeting", "Meeting saved.")])
def test_a_mail_or_meeting_that_took_place_elsewhere_is_a_contact(tom: Client, kind: str, said: str) -> None:
    lead = make_lead()
    assert messages_of(press(tom, lead, "compose", kind=kind, text="Sent the price list")) == [said]
    assert (lead.stage, lead.contacted_at is None) == (Stage.CONTACTED, False)


def test_a_call_is_saved_at_once_with_its_next_step_and_undone_as_a_whole(tom: Client, seller: User) -> None:
    lead = make_lead(owner=seller)
    answer = press(tom, lead, "compose", kind="call", outcome="voicemail")
    task = Task.objects.get()
    assert re.fullmatch(r"Call saved: Left a message\. Next: Call, [\d/]+ .+\.", messages_of(answer)[0])
    assert (lead.stage, task.kind, task.assignee, lead.next_task_at) == ("contacted", "call", seller, task.due_at)
    assert task.due_at > timezone.now()
    assert task.due_at.minute % 15 == 0
    undo(tom, lead, answer)
    assert (lead.stage, lead.contacted_at, lead.next_task_at) == (Stage.NEW, None, None)
    assert Activity.objects.count() == Task.objects.count() == 0


def test_a_call_ignores_the_time_that_is_meant_for_tasks(tom: Client) -> None:
    lead = make_lead()
    press(tom, lead, "compose", kind="call", outcome="reached", due_at="2030-01-01T09:00")
    assert Task.objects.get().due_at < timezone.now() + timedelta(days=8)


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"kind": "note", "text": "  "}, "Write something first."),
        ({"kind": "call"}, "Say how the call went."),
        ({"kind": "call", "outcome": "great"}, "Select a valid choice. great is not one of the available choices."),
        ({"kind": "task", "text": "x"}, "Say when it is due."),
        ({"kind": "task", "due_at": "soon"}, "Enter a valid date/time."),
        (
            {"kind": "task", "due_at": "2030-01-01T09:00", "text": "x" * 201},
            "A task takes 200 characters. Write a note for more.",
        ),
        ({"kind": "note", "text": "x" * 10_001}, "Ensure this value has at most 10000 characters (it has 10001)."),
        ({"kind": "hand_over", "text": "x"}, "Select a valid choice. hand_over is not one of the available choices."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_saved(tom: Client, posted: dict[str, str], said: str) -> None:
    lead = make_lead()
    assert messages_of(press(tom, lead, "compose", **posted))[0].startswith(said)
    assert (Activity.objects.count(), Task.objects.count(), Edit.objects.count()) == (0, 0, 0)


# --- what is next -----------------------------------------------------------------------------------------------------


def test_a_task_is_planned_and_undone(tom: Client, seller: User) -> None:
    lead = make_lead()
    answer = press(tom, lead, "compose", kind="task", task_kind="meeting", text=WICKED, due_at="2030-01-02T09:30")
    task = Task.objects.get()
    assert (task.kind, task.text, task.assignee) == (TaskKind.MEETING, WICKED, seller)
    assert task.due_at == lead.next_task_at == datetime(2030, 1, 2, 9, 30, tzinfo=UTC)
    assert WICKED not in answer.text
    undo(tom, lead, answer)
    assert Task.objects.count() == 0
    assert Lead.objects.get().next_task_at is None


def test_a_task_is_finished_in_one_press_and_undone(tom: Client) -> None:
    task = make_task(text="Send the price list")
    answer = press(tom, task.lead, "finish-task", task=task.pk)
    task.refresh_from_db()
    assert messages_of(answer) == ["Done: Send the price list."]
    assert task.done_at is not None
    undo(tom, task.lead, answer)
    assert list(Task.objects.values_list("done_at", "lead__next_task_at")) == [(None, task.due_at)]


def test_a_task_is_put_off_and_undone(tom: Client) -> None:
    task = make_task(due_at=NOON)
    answer = press(tom, task.lead, "put-off-task", task=task.pk, until="tomorrow")
    task.refresh_from_db()
    assert timezone.now() < task.due_at == task.lead.next_task_at
    undo(tom, task.lead, answer)
    task.refresh_from_db()
    assert task.due_at == task.lead.next_task_at == NOON


@pytest.mark.parametrize("until", [{}, {"due_at": "2020-01-01T09:00"}, {"due_at": "x"}, {"until": "never"}])
def test_nothing_is_put_off_to_the_past(tom: Client, until: dict[str, str]) -> None:
    task = make_task(due_at=NOON)
    assert messages_of(press(tom, task.lead, "put-off-task", task=task.pk, **until)) == ["Choose a time to come."]
    assert messages_of(press(tom, task.lead, "snooze", **until)) == ["Choose a time to come."]
    task.refresh_from_db()
    assert (task.due_at, task.lead.snoozed_until) == (NOON, None)


@pytest.mark.parametrize("button", ["finish-task", "reopen-task", "put-off-task", "drop-task"])
@pytest.mark.parametrize("key", ["", "x", "\0", "other"])
def test_a_task_of_another_lead_is_left_alone(tom: Client, button: str, key: str) -> None:
    other, lead = make_task(), make_lead()
    task = str(other.pk) if key == "other" else key
    assert messages_of(press(tom, lead, button, task=task, until="tomorrow")) == [
        "Nothing changed: it is otherwise by now."
    ]
    before = other.due_at
    other.refresh_from_db()
    assert (other.due_at, other.done_at) == (before, None)


def test_a_lead_sleeps_wakes_and_both_are_undone(tom: Client) -> None:
    lead = make_lead()
    slept = press(tom, lead, "snooze", until="next_week")
    until = lead.snoozed_until
    assert until is not None
    assert until.weekday() == 0
    assert until > timezone.now()
    assert "Out of the queue until" in slept.text
    woken = press(tom, lead, "wake")
    assert lead.snoozed_until is None
    undo(tom, lead, woken)
    assert lead.snoozed_until == until


def test_a_lead_sleeps_until_a_day_of_choice(tom: Client) -> None:
    lead = make_lead()
    undone = undo(tom, lead, press(tom, lead, "snooze", due_at="2030-01-02T09:30"))
    assert messages_of(undone) == ["Undone: 1 lead is as it was."]
    assert lead.snoozed_until is None


# --- undo -------------------------------------------------------------------------------------------------------------


def test_nobody_undoes_what_somebody_else_did(tom: Client, enter: Enter) -> None:
    lead = make_lead()
    address, _fields = undo_on(press(tom, lead, "move", stage="contacted"))
    assert enter(SALES).post(address).status_code == 404
    assert enter(OPS).post(address).status_code == 403
    lead.refresh_from_db()
    assert lead.stage == Stage.CONTACTED


def test_after_ten_minutes_nothing_is_undone(tom: Client) -> None:
    lead = make_lead()
    answer = press(tom, lead, "compose", kind="call", outcome=CallOutcome.REACHED)
    Edit.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert messages_of(undo(tom, lead, answer)) == ["Nothing was undone: that is possible once, within ten minutes."]
    assert (lead.stage, Activity.objects.count()) == (Stage.CONTACTED, 1)


# --- seen -------------------------------------------------------------------------------------------------------------


def test_the_page_of_its_owner_tells_that_it_was_seen_and_a_look_alone_does_not(tom: Client, seller: User) -> None:
    lead = make_lead(owner=seller)
    beacon = f'hx-post="/admin/leads/lead/{lead.pk}/seen/"'
    assert beacon in tom.get(page_of(lead)).text
    lead.refresh_from_db()
    assert lead.seen_at is None
    assert tom.post(f"/admin/leads/lead/{lead.pk}/seen/").status_code == 204
    lead.refresh_from_db()
    assert (lead.seen_at is None, lead.version) == (False, 0)
    assert beacon not in tom.get(page_of(lead)).text


def test_a_look_of_somebody_else_is_no_look_of_the_owner(tom: Client) -> None:
    lead = make_lead(owner=make_user())
    assert "/seen/" not in tom.get(page_of(lead)).text
    tom.post(f"/admin/leads/lead/{lead.pk}/seen/")
    lead.refresh_from_db()
    assert lead.seen_at is None


# --- what a touch says otherwise --------------------------------------------------------------------------------------


def test_a_later_touch_suggests_its_value_and_a_press_takes_it(tom: Client) -> None:
    lead = make_lead(phone="1", kept_fields={"phone": NOON.isoformat()})
    touch = make_touch(lead, phone="2")
    assert "Phone in this touch: 2" in tom.get(page_of(lead)).text
    answer = press(tom, lead, "take-value", touch=touch.pk, field="phone")
    assert lead.phone == "2"
    assert "Phone in this touch" not in answer.text
    undo(tom, lead, answer)
    assert lead.phone == "1"


@pytest.mark.parametrize("field", ["email", "stage", "owner_id", ""])
def test_only_what_is_suggested_is_taken(tom: Client, field: str) -> None:
    lead = make_lead(phone="1", kept_fields={"phone": NOON.isoformat()})
    touch = make_touch(lead, phone="2", email="other@contoso.example")
    press(tom, lead, "take-value", touch=touch.pk, field=field)
    assert (lead.phone, lead.email, lead.version) == ("1", "mina@fabrikam.example", 0)
