"""When nobody answers: the owner is warned, the leader told, somebody else gets the lead; each of it once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads import tasks
from leads.assignment import alarms
from leads.assignment.alarms import Alarmed
from leads.history.edits import By
from leads.models import AssignmentRule, Change, Edit, Lead, ServiceLevel, Team
from leads.roles import SALES
from leads.sales.owning import give
from leads.service_level.clock import Alarm
from leads.states import EditCause, Sharing, Stage
from tests.factories import make_absence, make_assignment_rule, make_lead, make_service_level, make_team, make_user
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def level() -> ServiceLevel:
    """Ten hours for an answer: five, ten and fifteen hours are the alarms."""
    ServiceLevel.objects.all().delete()
    return make_service_level(target_minutes=600)


@pytest.fixture
def mina() -> User:
    return make_user(SALES, username="mina")


@pytest.fixture
def tom() -> User:
    return make_user(SALES, username="tom")


@pytest.fixture
def uta() -> User:
    return make_user(SALES, username="uta")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def unanswered(owner: User | None, hours: float, **values: Any) -> Lead:
    """Since so many hours; the alarms that should have come by then came, except for the last."""
    opened = timezone.now() - HOUR * hours
    came = sum(hours >= limit for limit in (5, 10, 15)) - 1
    given = {"opened_at": opened, "answer_by": opened + 10 * HOUR, "alarm_at": opened + (5 + 5 * came) * HOUR}
    return make_lead(**given | {"owner": owner, "alarms": came, "action": "INS"} | values)


def ring() -> list[Alarmed]:
    return alarms.ring(alarms.due())


def test_halfway_to_the_target_the_owner_is_warned(mina: User) -> None:
    lead = unanswered(mina, 5.1)
    assert ring() == [Alarmed(Alarm.WARN, lead.id, None, mina.pk, mina.pk)]
    lead.refresh_from_db()
    assert lead.opened_at is not None
    assert (lead.alarms, lead.alarm_at, lead.owner) == (1, lead.opened_at + 10 * HOUR, mina)
    assert not Edit.objects.exists()
    assert ring() == []


def test_at_the_target_the_teams_leader_is_told(mina: User) -> None:
    team = make_team(mina)
    lead = unanswered(mina, 10.1, team=team)
    assert ring() == [Alarmed(Alarm.TELL, lead.id, team.pk, mina.pk, mina.pk)]
    lead.refresh_from_db()
    assert lead.opened_at is not None
    assert (lead.alarms, lead.alarm_at, lead.owner) == (2, lead.opened_at + 15 * HOUR, mina)


def test_then_somebody_else_gets_the_lead_by_the_rules_and_the_history_says_why(mina: User, tom: User) -> None:
    rule = make_assignment_rule(mina, tom, name="Everyone", team=make_team(mina, tom))
    lead = unanswered(mina, 15.1, seen_at=timezone.now())
    before = timezone.now()
    assert ring() == [Alarmed(Alarm.HAND_ON, lead.id, None, tom.pk, mina.pk)]
    lead.refresh_from_db()
    assert (lead.owner, lead.rule, lead.team, lead.seen_at, lead.alarms) == (tom, rule, rule.team, None, 3)
    assert lead.why_assigned == {"code": "clock", "rule": "Everyone"}
    assert lead.routed_at is not None
    assert lead.routed_at >= before
    assert lead.alarm_at is not None
    assert lead.alarm_at >= before + 15 * HOUR  # as much time as the first one had
    edit = Edit.objects.get()
    assert (edit.cause, edit.actor, edit.params) == (EditCause.CLOCK, None, {"rule": "Everyone"})
    change = edit.changes.get(field="owner_id")
    assert (change.lead_id, change.before, change.after) == (lead.id, mina.pk, tom.pk)


def test_it_never_goes_back_and_the_last_one_keeps_it(mina: User, tom: User, uta: User) -> None:
    make_assignment_rule(mina, tom, uta)
    lead, owners = unanswered(mina, 15.1), []
    for _n in range(4):
        Lead.objects.filter(alarm_at__isnull=False).update(alarm_at=timezone.now())
        owners += [(alarm.owner_before_id, alarm.owner_id) for alarm in ring()]
    assert owners == [(mina.pk, tom.pk), (tom.pk, uta.pk), (uta.pk, uta.pk)]
    lead.refresh_from_db()
    assert (lead.owner, lead.alarm_at) == (uta, None)


def test_who_gave_it_away_by_hand_does_not_get_it_back(mina: User, tom: User, uta: User) -> None:
    make_assignment_rule(mina, tom, uta)
    lead = unanswered(mina, 15.1)
    give(By(mina), [lead.id], tom)
    assert [alarm.owner_id for alarm in ring()] == [uta.pk]


def test_who_had_it_in_an_earlier_round_may_get_it_again(mina: User, tom: User) -> None:
    make_assignment_rule(mina, tom)
    lead = unanswered(mina, 15.1)
    give(By(mina), [lead.id], tom)
    Edit.objects.update(at=timezone.now() - timedelta(days=30))
    assert [alarm.owner_id for alarm in ring()] == [mina.pk]


def test_nobody_who_is_away_gets_it(mina: User, tom: User) -> None:
    make_assignment_rule(mina, tom)
    make_absence(tom)
    lead = unanswered(mina, 15.1)
    assert ring() == [Alarmed(Alarm.HAND_ON, lead.id, None, mina.pk, mina.pk)]
    lead.refresh_from_db()
    assert (lead.owner, lead.alarm_at) == (mina, None)
    assert not Edit.objects.exists()


def test_what_nobody_took_is_given_to_the_least_busy_of_its_rule(mina: User, tom: User) -> None:
    make_assignment_rule(mina, tom, name="Pool", sharing=Sharing.WHO_TAKES)
    make_lead(owner=mina)
    lead = unanswered(None, 15.1)
    assert ring() == [Alarmed(Alarm.HAND_ON, lead.id, None, tom.pk, None)]


def test_when_its_rule_has_nobody_else_the_next_one_gives_it(mina: User, tom: User) -> None:
    make_assignment_rule(mina)
    AssignmentRule.objects.get(is_catch_all=True).people.set([mina, tom])
    unanswered(mina, 15.1)
    assert [alarm.owner_id for alarm in ring()] == [tom.pk]


@pytest.mark.parametrize(
    "values",
    [
        {"contacted_at": timezone.now()},
        {"stage": Stage.LOST},
        {"is_dnc": True},
        {"is_test": True},
        {"alarm_at": timezone.now() + HOUR},
        {"alarm_at": None},
    ],
)
def test_nothing_rings_for_leads_that_nobody_waits_for(mina: User, values: dict[str, Any]) -> None:
    lead = unanswered(mina, 5.1, **values)
    assert alarms.due() == []
    assert alarms.ring([lead.id]) == []
    assert list(Lead.objects.values_list("alarms", flat=True)) == [0]


def test_a_lead_that_sleeps_rings_when_it_wakes(mina: User) -> None:
    lead = unanswered(mina, 5.1, snoozed_until=timezone.now() + 3 * HOUR)
    assert (alarms.due(), alarms.ring([lead.id])) == ([], [])
    Lead.objects.update(snoozed_until=timezone.now())
    assert [alarm.alarm for alarm in ring()] == [Alarm.WARN]


def test_without_a_service_level_by_now_nothing_rings_any_more(mina: User) -> None:
    lead = unanswered(mina, 5.1)
    ServiceLevel.objects.all().delete()
    assert ring() == []
    lead.refresh_from_db()
    assert lead.alarm_at is None


def test_a_level_that_only_warns_is_quiet_afterwards(mina: User, level: ServiceLevel) -> None:
    ServiceLevel.objects.update(tell_at=None, hand_on_at=None)
    lead = unanswered(mina, 5.1)
    assert [alarm.alarm for alarm in ring()] == [Alarm.WARN]
    lead.refresh_from_db()
    assert lead.alarm_at is None


def test_what_fails_half_way_has_not_happened(mina: User, tom: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_assignment_rule(mina, tom)
    lead = unanswered(mina, 15.1)

    def fail(*_arguments: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr("leads.assignment.handing_on.edit_leads", fail)
        with pytest.raises(ConnectionError):
            ring()
    lead.refresh_from_db()
    assert (lead.owner, lead.alarms) == (mina, 2)
    assert [alarm.owner_id for alarm in ring()] == [tom.pk]


def test_the_task_rings_a_page_and_starts_itself_again_while_there_are_more(
    mina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "PAGE", 2)
    started: list[str] = []
    monkeypatch.setattr(tasks.ring_alarms, "delay", lambda: started.append("again"))
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    for _n in range(3):
        unanswered(mina, 5.1)
    tasks.ring_alarms()
    assert (Lead.objects.filter(alarms=1).count(), started) == (2, ["again"])
    tasks.ring_alarms()
    assert (Lead.objects.filter(alarms=1).count(), started) == (3, ["again"])


def test_many_alarms_ask_no_more_than_few(mina: User, tom: User) -> None:
    make_assignment_rule(mina, tom)
    counts = []
    for leads in (2, 20):
        for _n in range(leads):
            unanswered(mina, 15.1)
            unanswered(mina, 10.1)
        with CaptureQueriesContext(connection) as captured:
            assert len(ring()) == 2 * leads
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[1] <= 32


def test_alarms_are_found_through_their_index(mina: User) -> None:
    Lead.objects.bulk_create(
        Lead(first_touch_at=timezone.now(), last_touch_at=timezone.now(), contacted_at=timezone.now())
        for _n in range(2000)
    )
    unanswered(mina, 5.1)
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE leads_lead")
    with query_plans() as plans:
        assert len(alarms.due()) == 1
    (plan,) = plans
    assert "lead_alarm" in plan.steps
    assert not reads_through(plan.steps, "leads_lead")


def test_a_team_that_is_gone_meanwhile_is_no_harm(mina: User) -> None:
    team = make_team(mina)
    unanswered(mina, 10.1, team=team)
    Team.objects.all().delete()
    assert [alarm.team_id for alarm in ring()] == [None]
    assert not Change.objects.exists()
