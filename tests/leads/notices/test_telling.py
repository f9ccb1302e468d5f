"""What people are to be told is noted where it happens: once for each of them, in the same transaction, and not to who
did it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from leads import telling
from leads.assignment.assigning import assign_waiting
from leads.assignment.handing_on import hand_on
from leads.history.edits import By
from leads.history.undo import undo
from leads.models import AssignmentRule, Edit, Lead, SalesNotice, Team
from leads.models.bulk_edit import BulkKind
from leads.models.notice import NoticeState
from leads.roles import OWNER, SALES
from leads.sales import bulk
from leads.sales.owning import give, take
from leads.states import EditCause, SalesKind, Sharing, Stage
from tests.factories import make_assignment_rule, make_lead, make_team, make_user

pytestmark = pytest.mark.django_db

CHAT = "https://hooks.slack.com/services/T0/B0/x"


@pytest.fixture(autouse=True)
def catch_all() -> None:
    """Rules of the tests' own are asked before it."""
    AssignmentRule.objects.filter(is_catch_all=True).update(position=1000)


@pytest.fixture
def mina() -> User:
    return make_user(SALES, username="mina")


@pytest.fixture
def tom() -> User:
    return make_user(SALES, username="tom")


def arrived(**values: Any) -> Lead:
    """It came just now, and waits for the rules."""
    return make_lead(**{"needs_assignment": True, "opened_at": timezone.now(), "action": "INS"} | values)


def noted() -> list[tuple[str, Any]]:
    """Of each notice the kind and the recipient, in the order of both."""
    rows = SalesNotice.objects.select_related("user", "team")
    return sorted((str(row.kind), str(row.user or row.team or row.address)) for row in rows)


# --- given ------------------------------------------------------------------------------------------------------------


def test_whoever_is_given_leads_is_told_once_of_all_of_them(mina: User, tom: User) -> None:
    edit = give(By(tom), [make_lead().pk for _n in range(12)], mina)
    notice = SalesNotice.objects.get()
    assert edit is not None
    assert (notice.kind, notice.user, notice.event) == (SalesKind.GIVEN, mina, str(edit.pk))
    assert (notice.state, notice.tries, notice.lead) == (NoticeState.WAITING, 0, None)


def test_who_takes_a_lead_or_gives_it_to_themselves_is_not_told(mina: User) -> None:
    take(mina, make_lead().pk)
    give(By(mina), [make_lead().pk], mina)
    give(By(mina), [make_lead(owner=mina).pk], None)
    assert noted() == []


def test_a_change_of_many_leads_in_pages_is_one_notice(mina: User, tom: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE", 2)
    leads = [make_lead().pk for _n in range(5)]
    asked = bulk.ask(tom, BulkKind.GIVE, leads, {"to": mina.pk})
    assert not bulk.work_off(asked.pk)
    assert Lead.objects.filter(owner=mina).count() == 5
    assert noted() == [("given", "mina")]


def test_what_a_rule_gives_away_is_told_to_each_of_its_people(mina: User, tom: User) -> None:
    make_assignment_rule(mina, tom)
    for _n in range(4):
        arrived()
    assign_waiting()
    assert noted() == [("given", "mina"), ("given", "tom")]


def test_what_the_clock_hands_on_is_told_to_the_new_owner(mina: User, tom: User) -> None:
    make_assignment_rule(mina, tom)
    hand_on(By(cause=EditCause.CLOCK), [make_lead(owner=mina).pk])
    assert noted() == [("given", "tom")]


def test_what_is_taken_back_is_told_to_nobody(mina: User, tom: User) -> None:
    edit = give(By(tom), [make_lead(owner=mina).pk], tom)
    assert edit is not None
    undo(edit, tom)
    assert Lead.objects.get().owner == mina
    assert noted() == []


@pytest.mark.parametrize("flags", [{"is_test": True}, {"is_dnc": True}])
def test_nobody_is_told_of_test_leads_and_people_who_must_not_be_contacted(
    mina: User, tom: User, flags: dict[str, bool]
) -> None:
    make_assignment_rule(mina, also_told=["sales@contoso.example"])
    give(By(tom), [make_lead(**flags).pk], mina)
    arrived(**flags)
    arrived(owner=mina, touch_count=2, **flags)
    assign_waiting()
    assert noted() == []


def test_what_did_not_happen_is_not_told(mina: User, tom: User) -> None:
    with transaction.atomic():
        give(By(tom), [make_lead().pk], mina)
        transaction.set_rollback(True)
    assert noted() == []


# --- new --------------------------------------------------------------------------------------------------------------


def who_takes(**values: Any) -> AssignmentRule:
    return make_assignment_rule(sharing=Sharing.WHO_TAKES, **values)


def with_chat(team: Team, *kinds: SalesKind) -> Team:
    team.chat_url = CHAT
    team.chat_kinds = [kind.value for kind in kinds]
    team.save()
    return team


def test_a_lead_for_whoever_takes_it_is_told_to_its_team_and_to_nobody_else(mina: User, tom: User) -> None:
    make_user(SALES, username="stranger")
    left, uta = make_user(SALES, is_active=False), make_user(username="uta")
    who_takes(team=make_team(mina, tom, left, leader=uta))
    lead = arrived()
    assign_waiting()
    assert noted() == [("new", "mina"), ("new", "tom"), ("new", "uta")]
    assert {notice.lead for notice in SalesNotice.objects.all()} == {lead}


def test_without_a_team_it_is_told_to_everybody_who_works_on_leads(mina: User, tom: User) -> None:
    make_user(OWNER, username="boss")
    who_takes()
    arrived()
    assign_waiting()
    assert noted() == [("new", "mina"), ("new", "tom")]


def test_a_chat_hears_of_every_new_lead_of_its_team_if_it_wants_to(mina: User) -> None:
    told, silent = with_chat(make_team(mina, name="told"), SalesKind.NEW), with_chat(make_team(mina), SalesKind.OVERDUE)
    make_assignment_rule(mina, team=told, countries=["DE"])
    make_assignment_rule(mina, team=silent, countries=["KR"])
    make_assignment_rule(mina, team=make_team(mina), countries=["FR"])
    for country in ("DE", "KR", "FR"):
        arrived(country_code=country)
    assign_waiting()
    assert noted() == [("given", "mina")] * 3 + [("new", "told")]


def test_addresses_of_a_rule_hear_of_each_of_its_leads(mina: User) -> None:
    make_assignment_rule(mina, countries=["DE"], also_told=["boss@contoso.example", "crm@contoso.example"])
    make_assignment_rule(mina)
    for country in ("DE", "DE", "KR"):
        arrived(country_code=country)
    assign_waiting()
    news = [recipient for kind, recipient in noted() if kind == "new"]
    assert news == ["boss@contoso.example"] * 2 + ["crm@contoso.example"] * 2


def test_another_touch_of_a_lead_that_is_still_nobodys_is_not_told_again(mina: User) -> None:
    who_takes(team=with_chat(make_team(mina, name="chat"), SalesKind.NEW), also_told=["crm@contoso.example"])
    lead = arrived()
    assign_waiting()
    told = noted()
    assert [recipient for _kind, recipient in told] == ["chat", "crm@contoso.example", "mina"]
    Lead.objects.filter(pk=lead.pk).update(needs_assignment=True, touch_count=2)
    assign_waiting()
    assert noted() == told
    Lead.objects.filter(pk=lead.pk).update(needs_assignment=True, opened_at=timezone.now() + timedelta(hours=1))
    assign_waiting()
    assert len(noted()) == 2 * len(told)


def test_what_came_long_ago_is_no_news(mina: User) -> None:
    who_takes(team=make_team(mina))
    arrived(opened_at=timezone.now() - telling.NEW_FOR - timedelta(minutes=1))
    assign_waiting()
    assert noted() == []


def test_an_owner_is_told_once_a_round_that_the_person_is_back(mina: User) -> None:
    make_assignment_rule(mina)
    lead = arrived(owner=mina, touch_count=2)
    arrived(owner=mina)  # given by hand before the rules were asked
    for _n in range(2):
        Lead.objects.update(needs_assignment=True)
        assign_waiting()
    assert [(row.kind, row.user, row.lead) for row in SalesNotice.objects.all()] == [(SalesKind.AGAIN, mina, lead)]


def test_a_lead_of_somebody_who_left_is_given_away_and_nobody_is_told_that_they_are_back(mina: User) -> None:
    make_assignment_rule(mina)
    arrived(owner=make_user(SALES, is_active=False), touch_count=2, stage=Stage.NEW)
    assign_waiting()
    assert noted() == [("given", "mina")]


# --- once, and cheaply ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipient", ["user", "team", "address"])
def test_nobody_is_told_twice_of_the_same(mina: User, recipient: str) -> None:
    lead = make_lead(opened_at=timezone.now())
    recipients: dict[str, dict[str, Any]] = {
        "user": {"user_id": mina.pk},
        "team": {"team_id": make_team().pk},
        "address": {"address": "crm@contoso.example"},
    }
    to = recipients[recipient]
    for _n in range(2):
        telling.store([telling.of_lead(SalesKind.NEW, lead, **to)])
    assert SalesNotice.objects.count() == 1
    telling.store([telling.of_lead(SalesKind.OVERDUE, lead, **to)])
    assert SalesNotice.objects.count() == 2


def test_a_page_of_changes_costs_one_statement_more(
    mina: User, tom: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    leads = [make_lead().pk for _n in range(30)]
    with django_assert_max_num_queries(9):
        give(By(tom), leads, mina)
    assert Edit.objects.get().changes.filter(field="owner_id").count() == 30
