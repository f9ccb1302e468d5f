"""My tasks: overdue, today, later, done."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.admin.sales import my_tasks
from leads.models import Profile, Task
from leads.roles import OPS, SALES
from tests.factories import make_lead, make_task, make_team, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of
from tests.leads.admin.shown import messages_of, undo_on

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def seller(db: None) -> User:
    return make_user(SALES, is_staff=True)


@pytest.fixture
def tom(enter: Enter, seller: User) -> Client:
    return enter(user=seller)


def tasks_of(client: Client) -> dict[str, list[str]]:
    sections = client.get(address_of("leads_my_tasks")).context["sections"]
    return {section.name: [task.text for task in section.tasks] for section in sections}


def end_of_today() -> datetime:
    return timezone.localtime().replace(hour=23, minute=59, second=59)


def test_tasks_stand_where_they_are_due(tom: Client, seller: User) -> None:
    now = timezone.now()
    for text, due_at in (
        ("yesterday", now - DAY),
        ("just now", now - MINUTE),
        ("tonight", end_of_today()),
        ("next week", now + 7 * DAY),
        ("tomorrow", now + DAY),
    ):
        make_task(text=text, due_at=due_at, assignee=seller)
    make_task(text="done", assignee=seller, done_at=now)
    make_task(text="done long ago", assignee=seller, done_at=now - 8 * DAY)
    make_task(text="of a colleague", assignee=make_user())
    assert tasks_of(tom) == {
        "overdue": ["yesterday", "just now"],
        "today": ["tonight"],
        "later": ["tomorrow", "next week"],
        "done": ["done"],
    }


def test_today_ends_by_the_persons_own_clock(tom: Client, seller: User) -> None:
    zone = "Pacific/Kiritimati"
    Profile.objects.create(user=seller, time_zone=zone)
    make_task(text="soon", assignee=seller, due_at=timezone.now() + 25 * timedelta(hours=1))
    assert tasks_of(tom) == {"today": [], "later": ["soon"]}


def test_an_empty_page_says_that_nothing_is_due(tom: Client) -> None:
    assert "Nothing more is due today." in tom.get(address_of("leads_my_tasks")).text


def test_a_task_is_finished_where_it_stands_and_undone(tom: Client, seller: User) -> None:
    page = address_of("leads_my_tasks")
    task = make_task(text="Send the list", assignee=seller)
    answer = tom.post(button_of(task.lead, "finish-task"), {"task": task.pk, "next": page}, follow=True)
    assert answer.request["PATH_INFO"] == page
    assert messages_of(answer) == ["Done: Send the list."]
    address, fields = undo_on(answer)
    tom.post(address, fields)
    assert Task.objects.get().done_at is None


def test_the_sidebar_counts_what_is_due(tom: Client, seller: User) -> None:
    make_task(assignee=seller, due_at=timezone.now() - DAY)
    make_task(assignee=seller, due_at=end_of_today())
    make_task(assignee=seller, due_at=timezone.now() + 3 * DAY)
    make_task(assignee=seller, due_at=timezone.now(), done_at=timezone.now())
    assert my_tasks.due_of(seller).count() == 2


def test_many_are_cut_and_said_so(tom: Client, seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(3):
        make_task(assignee=seller, due_at=timezone.now() - DAY)
    monkeypatch.setattr(my_tasks._section, "__defaults__", (2,))
    assert "2+" in tom.get(address_of("leads_my_tasks")).text


def test_a_name_that_is_held_back_is_not_told(tom: Client, seller: User) -> None:
    make_task(make_lead(first_name="Zaphodina", company="Betelgeuse", is_private=True), assignee=seller)
    page = tom.get(address_of("leads_my_tasks")).text
    assert "Held back by a privacy rule" in page
    assert "Zaphodina" not in page
    assert "Betelgeuse" not in page


def test_names_and_texts_do_no_harm(tom: Client, seller: User) -> None:
    make_task(make_lead(first_name='"><script>alert(1)</script>'), text="<img src=x>", assignee=seller)
    page = tom.get(address_of("leads_my_tasks")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_it_asks_no_more_for_many_than_for_few(tom: Client, seller: User) -> None:
    counts = []
    for _few_or_many in range(2):
        for _number in range(8):
            for when in (-DAY, timedelta(0), DAY):
                make_task(assignee=seller, due_at=timezone.now() + when)
            make_task(assignee=seller, done_at=timezone.now())
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            tom.get(address_of("leads_my_tasks"))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_who_works_on_no_leads_has_no_tasks(enter: Enter) -> None:
    assert enter(OPS).get(address_of("leads_my_tasks")).status_code == 403


def test_a_step_of_a_lead_that_somebody_no_longer_sees_is_not_shown(tom: Client, seller: User) -> None:
    other = make_user(SALES)
    make_team(seller)
    make_team(other)
    make_task(make_lead(owner=other), assignee=seller, text="Theirs")
    make_task(make_lead(owner=other), assignee=seller, text="Theirs, done", done_at=timezone.now())
    make_task(make_lead(owner=seller), assignee=seller, text="Ours", due_at=timezone.now() + 9 * DAY)
    assert tasks_of(tom) == {"today": [], "later": ["Ours"]}


def test_what_somebody_wrote_of_a_person_who_is_held_back_is_not_shown(tom: Client, seller: User) -> None:
    make_task(make_lead(owner=seller, is_private=True), assignee=seller, text="Call Max Muster", due_at=timezone.now())
    page = tom.get(address_of("leads_my_tasks")).text
    assert "Max Muster" not in page
    assert "<strong>Call</strong>" in page
