"""What time brings: alarms tell the owner, the leader, and who had the lead before; tasks; and the morning."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from leads import tasks
from leads.models import Lead, Profile, SalesNotice, ServiceLevel, Task
from leads.notices import due
from leads.notices.due import note_morning, note_tasks
from leads.roles import OWNER, SALES, SALES_LEAD
from leads.sales.steps import put_off
from leads.states import Quiet, SalesKind
from leads.telling import event_of
from tests.factories import (
    make_absence,
    make_assignment_rule,
    make_lead,
    make_service_level,
    make_task,
    make_team,
    make_user,
)
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
CHAT = "https://hooks.slack.com/services/T0/B0/x"
MONDAY_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def level() -> ServiceLevel:
    """Ten hours for an answer: five, ten and fifteen hours are the alarms."""
    ServiceLevel.objects.all().delete()
    return make_service_level(target_minutes=600)


@pytest.fixture(autouse=True)
def connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # it would end the test's transaction


@pytest.fixture
def mina() -> User:
    return make_user(SALES, username="mina")


@pytest.fixture
def tom() -> User:
    return make_user(SALES, username="tom")


@pytest.fixture
def uta() -> User:
    return make_user(SALES_LEAD, username="uta")


def unanswered(owner: User | None, hours: float, **values: Any) -> Lead:
    """Since so many hours; the alarms that should have come by then came, except for the last."""
    opened = timezone.now() - HOUR * hours
    came = sum(hours >= limit for limit in (5, 10, 15)) - 1
    given = {"opened_at": opened, "answer_by": opened + 10 * HOUR, "alarm_at": opened + (5 + 5 * came) * HOUR}
    return make_lead(**given | {"owner": owner, "alarms": came, "action": "INS"} | values)


def noted() -> list[tuple[str, Any]]:
    rows = SalesNotice.objects.select_related("user", "team")
    return sorted((str(row.kind), str(row.user or row.team)) for row in rows)


# --- alarms -----------------------------------------------------------------------------------------------------------


def test_halfway_to_the_target_the_owner_is_told(mina: User, uta: User) -> None:
    lead = unanswered(mina, 5.1, team=make_team(mina, leader=uta))
    tasks.ring_alarms()
    notice = SalesNotice.objects.get()
    assert (notice.kind, notice.user, notice.lead, notice.event) == (SalesKind.DUE_SOON, mina, lead, event_of(lead))
    tasks.ring_alarms()
    assert len(noted()) == 1


def test_of_a_lead_that_is_nobodys_its_team_is_told_and_without_one_everybody(mina: User, tom: User) -> None:
    unanswered(None, 5.1, team=make_team(mina))
    tasks.ring_alarms()
    assert noted() == [("due_soon", "mina")]
    unanswered(None, 5.1)
    tasks.ring_alarms()
    assert noted() == [("due_soon", "mina")] * 2 + [("due_soon", "tom")]


def test_at_the_target_the_leader_is_told(mina: User, uta: User) -> None:
    make_user(SALES_LEAD, username="another")
    unanswered(mina, 10.1, team=make_team(mina, leader=uta))
    tasks.ring_alarms()
    assert noted() == [("overdue", "uta")]


def test_without_a_leader_all_sales_leads_are_told_and_without_any_the_owners(mina: User) -> None:
    make_user(OWNER, username="boss")
    unanswered(mina, 10.1, team=make_team(mina, leader=make_user(is_active=False)))
    tasks.ring_alarms()
    assert noted() == [("overdue", "boss")]
    make_user(SALES_LEAD, username="uta")
    unanswered(mina, 10.1)
    tasks.ring_alarms()
    assert noted() == [("overdue", "boss"), ("overdue", "uta")]


def test_when_somebody_else_gets_it_both_are_told(mina: User, tom: User, uta: User) -> None:
    make_assignment_rule(mina, tom)
    unanswered(mina, 15.1)
    tasks.ring_alarms()
    assert noted() == [("given", "tom"), ("handed_on", "mina")]


def test_when_nobody_else_is_there_the_leader_is_told_again(mina: User, uta: User) -> None:
    make_assignment_rule(mina)
    lead = unanswered(mina, 10.1, team=make_team(mina, leader=uta))
    tasks.ring_alarms()
    Lead.objects.update(alarm_at=timezone.now())
    uta.groups.clear()  # or she would get the lead
    tasks.ring_alarms()
    assert noted() == [("overdue", "uta")] * 2
    events = set(SalesNotice.objects.values_list("event", flat=True))
    assert events == {event_of(lead), f"{event_of(lead)} nobody_else"}


def test_the_chat_of_the_team_hears_what_it_wants_to(mina: User) -> None:
    team = make_team(mina, name="DACH", chat_kinds=["due_soon", "handed_on"])
    team.chat_url = CHAT
    team.save()
    unanswered(mina, 5.1, team=team)
    unanswered(mina, 10.1, team=team)
    tasks.ring_alarms()
    assert noted() == [("due_soon", "DACH"), ("due_soon", "mina")]


def test_many_alarms_cost_no_more_statements_than_few(
    mina: User, uta: User, django_assert_max_num_queries: Any
) -> None:
    team = make_team(mina, leader=uta)
    for _n in range(20):
        unanswered(mina, 5.1, team=team)
        unanswered(None, 5.1, team=team)
        unanswered(mina, 10.1, team=team)
    with django_assert_max_num_queries(24):
        tasks.ring_alarms()
    assert len(noted()) == 80  # of what is nobody's the leader hears, too


# --- tasks ------------------------------------------------------------------------------------------------------------


def test_a_task_that_is_due_is_told_once_to_who_is_to_do_it(mina: User) -> None:
    now = timezone.now()
    lead = make_lead()
    task = make_task(lead, assignee=mina, due_at=now - HOUR)
    make_task(lead, assignee=mina, due_at=now + HOUR)
    make_task(lead, assignee=mina, due_at=now - HOUR, done_at=now)
    make_task(lead, due_at=now - HOUR)
    assert [note_tasks(now), note_tasks(now)] == [False, False]
    notice = SalesNotice.objects.get()
    assert (notice.kind, notice.user, notice.lead) == (SalesKind.TASK_DUE, mina, lead)
    assert notice.event == f"{task.pk} {task.due_at.isoformat()}"


def test_a_task_that_was_put_off_is_told_again(mina: User) -> None:
    now = timezone.now()
    task = make_task(assignee=mina, due_at=now - HOUR)
    note_tasks(now)
    put_off(task, now + HOUR)
    note_tasks(now)
    assert len(noted()) == 1
    note_tasks(now + 2 * HOUR)
    assert noted() == [("task_due", "mina")] * 2


def test_a_task_of_a_person_who_must_not_be_contacted_is_not_told(mina: User) -> None:
    make_task(make_lead(is_dnc=True), assignee=mina, due_at=timezone.now() - HOUR)
    note_tasks(timezone.now())
    assert noted() == []
    assert Task.objects.get().is_told


def test_tasks_are_told_in_pages(mina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "PAGE", 2)
    lead = make_lead()
    for _n in range(3):
        make_task(lead, assignee=mina, due_at=timezone.now() - HOUR)
    assert [note_tasks(timezone.now()) for _n in range(3)] == [True, False, False]
    assert len(noted()) == 3


def test_tasks_are_found_by_an_index(mina: User) -> None:
    lead = make_lead()
    long_ago = timezone.now() - 9 * HOUR
    Task.objects.bulk_create(
        [Task(lead=lead, kind="call", due_at=long_ago, done_at=long_ago, is_told=True) for _n in range(5_000)]
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE leads_task")
    make_task(lead, assignee=mina, due_at=long_ago)
    with query_plans() as plans:
        note_tasks(timezone.now())
    steps = [plan.steps for plan in plans if plan.reads("leads_task")]
    assert len(steps) == 3
    assert [one for one in steps if reads_through(one, "leads_task")] == []


# --- the morning ------------------------------------------------------------------------------------------------------


def test_who_leads_sales_people_is_told_once_every_working_day(uta: User) -> None:
    leader = make_user(username="leader")
    make_team(leader=leader)
    make_user(SALES)
    make_user(SALES_LEAD, is_active=False)
    days = (-6 * HOUR, -HOUR, timedelta(0), HOUR, 24 * HOUR, 25 * HOUR)
    counts = []
    for after in days:
        note_morning(MONDAY_MORNING + after)
        counts.append(len(noted()))
    assert counts == [0, 0, 2, 2, 4, 4]
    assert set(noted()) == {("unattended", "leader"), ("unattended", "uta")}
    assert set(SalesNotice.objects.values_list("event", flat=True)) == {"2026-03-02", "2026-03-03"}


def test_not_at_the_weekend_and_not_while_they_are_away(uta: User) -> None:
    note_morning(MONDAY_MORNING - timedelta(days=1))
    make_absence(uta, begins_at=MONDAY_MORNING - HOUR, ends_at=timezone.now() + HOUR)
    note_morning(MONDAY_MORNING)
    assert noted() == []


def test_the_morning_is_that_of_their_own_clock_and_working_hours(uta: User) -> None:
    Profile.objects.create(user=uta, time_zone="Asia/Seoul", quiet=Quiet.NEVER, quiet_from=time(1))
    note_morning(MONDAY_MORNING - 9 * HOUR - timedelta(seconds=1))
    assert noted() == []
    note_morning(MONDAY_MORNING - 9 * HOUR)
    assert noted() == [("unattended", "uta")]


def test_who_does_not_want_it_is_not_asked(uta: User) -> None:
    Profile.objects.create(user=uta, ways={"unattended": "not"})
    note_morning(MONDAY_MORNING)
    assert noted() == []
