"""New leads become somebody's, with a clock and a score; whoever had a lead keeps it when the person comes again."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.assignment.assigning import Assigned, assign_waiting
from leads.intake.interpreting import interpret_waiting
from leads.models import AssignmentRule, Change, CountryGroup, Edit, Lead, Profile, ScoreRule, ServiceLevel
from leads.roles import OWNER, SALES, SALES_LEAD
from leads.states import EditCause, Sharing, Stage
from tests.factories import (
    lead_json,
    make_absence,
    make_assignment_rule,
    make_calendar,
    make_inbound,
    make_lead,
    make_offer,
    make_task,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def waiting(**values: Any) -> Lead:
    return make_lead(**{"needs_assignment": True, "opened_at": timezone.now(), "action": "INS"} | values)


def owners(assigned: Assigned) -> list[int | None]:
    return [lead.owner_id for lead in assigned.leads]


@pytest.fixture
def mina() -> User:
    return make_user(SALES, username="mina")


@pytest.fixture
def tom() -> User:
    return make_user(SALES, username="tom")


@pytest.fixture
def uta() -> User:
    return make_user(SALES_LEAD, username="uta")


def test_a_new_lead_has_an_owner_a_clock_and_a_score_and_its_history_says_why(mina: User) -> None:
    ScoreRule.objects.create(trait=ScoreRule.Trait.ACTION, value="INS", points=20)
    rule = make_assignment_rule(mina, name="Germany", countries=["DE"], team=make_team(mina))
    make_inbound(lead_json(Country="DE"))
    interpret_waiting()
    assert Lead.objects.get().needs_assignment
    (lead,) = assign_waiting().leads
    lead.refresh_from_db()
    assert (lead.owner, lead.team, lead.rule, lead.needs_assignment) == (mina, rule.team, rule, False)
    assert lead.why_assigned == {"code": "in_turn", "rule": "Germany"}
    assert (lead.score, lead.score_reasons) == (20, [{"trait": "action", "value": "INS", "points": 20}])
    assert lead.opened_at is not None
    assert lead.answer_by == lead.opened_at + timedelta(days=1)
    assert lead.alarm_at == lead.opened_at + timedelta(hours=12)
    change = Change.objects.select_related("edit").get()
    assert (change.lead_id, change.field, change.before, change.after) == (lead.id, "owner_id", None, mina.pk)
    assert (change.edit.cause, change.edit.actor, change.edit.params) == (EditCause.RULE, None, {"rule": "Germany"})


def test_by_a_rule_without_a_team_a_lead_is_of_its_owners_team_where_that_is_clear(mina: User, tom: User) -> None:
    team = make_team(mina, tom)
    make_team(tom)
    make_assignment_rule(mina, tom)
    leads = [waiting(), waiting()]
    assign_waiting()
    assert list(
        Lead.objects.filter(pk__in=[lead.pk for lead in leads]).order_by("pk").values_list("owner", "team")
    ) == [
        (mina.pk, team.pk),
        (tom.pk, None),
    ]


def test_leads_are_given_in_turn_and_the_next_batch_goes_on_there(mina: User, tom: User, uta: User) -> None:
    rule = make_assignment_rule(mina, tom, uta)
    for _n in range(4):
        waiting()
    assert owners(assign_waiting()) == [mina.pk, tom.pk, uta.pk, mina.pk]
    waiting()
    assert owners(assign_waiting(limit=1)) == [tom.pk]
    rule.refresh_from_db()
    assert rule.last_given_to == tom


def test_the_least_busy_counts_open_leads_and_those_of_the_same_batch(mina: User, tom: User) -> None:
    make_assignment_rule(mina, tom, sharing=Sharing.LEAST_BUSY)
    for _n in range(2):
        make_lead(owner=mina)
    make_lead(owner=tom, stage=Stage.LOST)
    make_lead(owner=tom, is_test=True)
    for _n in range(4):
        waiting()
    assert owners(assign_waiting()) == [tom.pk, tom.pk, mina.pk, tom.pk]


def test_what_whoever_takes_it_may_have_keeps_its_team_and_has_no_owner(mina: User) -> None:
    team = make_team(mina)
    make_assignment_rule(name="Pool", team=team, sharing=Sharing.WHO_TAKES)
    waiting()
    (lead,) = assign_waiting().leads
    lead.refresh_from_db()
    assert (lead.owner, lead.team, lead.routed_at) == (None, team, None)
    assert lead.why_assigned == {"code": "who_takes", "rule": "Pool"}
    assert not Edit.objects.exists()


def test_conditions_are_met_by_offers_countries_groups_sources_and_actions(mina: User, tom: User) -> None:
    offer = make_offer()
    rule = make_assignment_rule(mina, offers=[offer], sources=["SPZA"], actions=["PLT"], countries=["CH"])
    rule.country_groups.set([CountryGroup.objects.create(name="DACH", countries=["DE", "AT"])])
    make_assignment_rule(tom)
    fitting: dict[str, Any] = {"offer": offer, "source": "spza", "action": "plt", "country_code": "AT"}
    misses: dict[str, Any] = {"offer": make_offer(), "source": "AzurePortal", "action": "INS", "country_code": "FR"}
    waiting(**fitting)
    waiting(**fitting | {"country_code": "CH"})
    for name, value in misses.items():
        waiting(**fitting | {name: value})
    assert owners(assign_waiting()) == [mina.pk, mina.pk] + [tom.pk] * 4


def test_a_disabled_rule_gives_nothing(mina: User, tom: User) -> None:
    make_assignment_rule(mina, enabled=False)
    make_assignment_rule(tom)
    waiting()
    assert owners(assign_waiting()) == [tom.pk]


def test_a_team_without_named_people_is_all_of_its_members(mina: User, tom: User, uta: User) -> None:
    make_assignment_rule(team=make_team(mina, uta))
    for _n in range(3):
        waiting()
    assert owners(assign_waiting()) == [mina.pk, uta.pk, mina.pk]


def test_without_a_team_it_is_everybody_who_works_on_leads(mina: User, tom: User) -> None:
    make_user(OWNER)
    make_user(SALES, is_active=False)
    make_assignment_rule()
    for _n in range(3):
        waiting()
    assert owners(assign_waiting()) == [mina.pk, tom.pk, mina.pk]


def test_where_nobody_is_in_sales_the_owner_gets_them() -> None:
    boss = make_user(OWNER, is_superuser=True)
    waiting()
    assert owners(assign_waiting()) == [boss.pk]


def test_who_is_absent_unwilling_or_gone_gets_nothing(mina: User, tom: User, uta: User) -> None:
    away, unwilling, gone = (make_user(SALES) for _n in range(3))
    make_absence(away)
    make_absence(tom, ends_at=timezone.now() - timedelta(minutes=1))  # back again
    make_absence(uta, begins_at=timezone.now() + timedelta(minutes=30))  # not yet
    Profile.objects.create(user=unwilling, takes_leads=False)
    gone.is_active = False
    gone.save()
    make_assignment_rule(mina, tom, uta, away, unwilling, gone)
    for _n in range(4):
        waiting()
    assert owners(assign_waiting()) == [mina.pk, tom.pk, uta.pk, mina.pk]


def test_who_is_at_work_goes_before_who_is_not(mina: User, tom: User) -> None:
    never = make_calendar("", time_zone="Asia/Seoul")
    Profile.objects.create(user=mina, calendar=never)
    make_assignment_rule(mina, tom)
    for _n in range(2):
        waiting()
    assert owners(assign_waiting()) == [tom.pk, tom.pk]


def test_at_night_when_nobody_is_at_work_everybody_has_their_turn(mina: User, tom: User) -> None:
    never = make_calendar("")
    for user in (mina, tom):
        Profile.objects.create(user=user, calendar=never)
    make_assignment_rule(mina, tom)
    for _n in range(2):
        waiting()
    assert owners(assign_waiting()) == [mina.pk, tom.pk]


def test_when_nobody_of_a_rule_is_there_the_next_rule_is_asked(mina: User, tom: User) -> None:
    make_absence(mina)
    make_assignment_rule(mina)
    make_assignment_rule(tom, name="Second")
    waiting()
    (lead,) = assign_waiting().leads
    assert (lead.owner_id, lead.why_assigned["rule"]) == (tom.pk, "Second")


def test_the_catch_all_comes_last_and_leaves_nothing_to_nobody(mina: User, tom: User) -> None:
    catch_all = AssignmentRule.objects.get(is_catch_all=True)
    catch_all.people.set([mina])
    make_assignment_rule(tom, countries=["FR"], position=99)
    waiting(country_code="FR")
    waiting(country_code="DE")
    assert owners(assign_waiting()) == [tom.pk, mina.pk]


def test_the_catch_all_gives_to_others_when_its_people_are_away_and_to_anybody_when_all_are(
    mina: User, tom: User
) -> None:
    AssignmentRule.objects.get(is_catch_all=True).people.set([mina])
    make_absence(mina)
    waiting()
    assert owners(assign_waiting()) == [tom.pk]
    make_absence(tom)
    waiting()
    (lead,) = assign_waiting().leads
    assert lead.owner_id in {mina.pk, tom.pk}


def test_without_any_person_leads_wait_for_one(db: None) -> None:
    waiting()
    assert owners(assign_waiting()) == [None]
    assert not Change.objects.exists()


@pytest.mark.parametrize("kind", ["is_test", "is_dnc"])
def test_tests_and_who_must_not_be_contacted_are_given_to_nobody_and_have_no_clock(mina: User, kind: str) -> None:
    waiting(**{kind: True})
    (lead,) = assign_waiting().leads
    lead.refresh_from_db()
    assert (lead.owner, lead.answer_by, lead.alarm_at, lead.needs_assignment) == (None, None, None, False)


def come_again(**values: Any) -> Lead:
    """The person of a lead whose round ended posts once more; the lead as it is after that."""
    make_inbound(lead_json())
    interpret_waiting()
    assign_waiting()
    Lead.objects.update(**values)
    make_inbound(lead_json(ActionCode="PLT"))
    interpret_waiting()
    assign_waiting()
    return Lead.objects.get()


def test_a_lead_that_opens_again_stays_its_owners_and_gets_a_new_clock(mina: User, tom: User) -> None:
    before = timezone.now() - timedelta(days=9)
    lead = come_again(stage=Stage.LOST, contacted_at=before, opened_at=before, answer_by=before, alarms=2)
    assert (lead.owner, lead.stage, lead.alarms, lead.contacted_at) == (mina, Stage.NEW, 0, None)
    assert lead.opened_at is not None
    assert lead.opened_at > before
    assert lead.answer_by == lead.opened_at + timedelta(days=1)
    assert Change.objects.filter(field="owner_id").count() == 1


def test_a_lead_of_somebody_who_left_goes_to_somebody_else_when_it_opens_again(mina: User, tom: User) -> None:
    make_inbound(lead_json())
    interpret_waiting()
    assign_waiting()
    User.objects.filter(pk=mina.pk).update(is_active=False)
    Lead.objects.update(stage=Stage.WON, seen_at=timezone.now())
    task = make_task(Lead.objects.get(), assignee=mina)
    make_inbound(lead_json(ActionCode="PLT"))
    interpret_waiting()
    assign_waiting()
    lead = Lead.objects.get()
    assert (lead.owner, lead.seen_at) == (tom, None)
    task.refresh_from_db()
    assert task.assignee == tom
    change = Change.objects.get(before__isnull=False, field="owner_id")
    assert (change.before, change.after) == (mina.pk, tom.pk)


def test_while_nobody_has_answered_a_further_touch_changes_the_score_and_not_the_clock(mina: User) -> None:
    ScoreRule.objects.create(trait=ScoreRule.Trait.COME_BACK, points=30)
    opened = timezone.now() - timedelta(hours=20)
    alarm = timezone.now() + timedelta(hours=4)
    lead = come_again(opened_at=opened, answer_by=alarm, alarm_at=alarm, alarms=1)
    assert (lead.touch_count, lead.score) == (2, 30)
    assert (lead.owner, lead.opened_at, lead.answer_by, lead.alarm_at) == (mina, opened, alarm, alarm)
    assert lead.alarms == 1


def test_an_answer_between_arrival_and_assignment_stays(mina: User) -> None:
    answered = timezone.now()
    lead = waiting(contacted_at=answered)
    assign_waiting()
    lead.refresh_from_db()
    assert lead.contacted_at == answered


def test_the_oldest_are_assigned_first_a_page_at_a_time(mina: User) -> None:
    leads = [waiting() for _n in range(3)]
    first = assign_waiting(limit=2)
    assert ([lead.id for lead in first.leads], first.may_be_more) == ([lead.id for lead in leads[:2]], True)
    assert assign_waiting(limit=2) == Assigned([leads[2]], may_be_more=False)
    assert assign_waiting() == Assigned([], may_be_more=False)


def test_many_leads_ask_no_more_than_few(mina: User, tom: User) -> None:
    ServiceLevel.objects.update(calendar=make_calendar())
    for number in range(3):
        make_assignment_rule(mina, tom, sharing=Sharing.LEAST_BUSY, countries=["FR"] * bool(number))
    counts = []
    for leads in (2, 20):
        for _n in range(leads):
            waiting(owner=tom)
            waiting()
        with CaptureQueriesContext(connection) as captured:
            assign_waiting()
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[1] <= 27
