"""Leads that go on to somebody else: by the rules, or all of them to one person."""

import pytest
from django.contrib.auth.models import User

from leads.assignment.handing_on import hand_on
from leads.history.edits import By
from leads.history.undo import undo
from leads.models import Edit, Lead
from leads.roles import OWNER, SALES
from leads.sales import leaving
from leads.sales.leaving import HandedOver, hand_over
from leads.states import EditCause, Stage
from tests.factories import make_absence, make_assignment_rule, make_lead, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina() -> User:
    return make_user(SALES, username="mina")


@pytest.fixture
def tom() -> User:
    return make_user(SALES, username="tom")


@pytest.fixture
def by() -> By:
    return By(make_user(OWNER), EditCause.RULE)


def owners() -> list[User | None]:
    return [lead.owner for lead in Lead.objects.order_by("id")]


def test_each_lead_goes_to_whom_the_rules_say_but_not_to_its_owner(mina: User, tom: User, by: By) -> None:
    make_assignment_rule(mina, tom, name="All")
    first, second, third = make_lead(owner=mina), make_lead(owner=tom), make_lead()
    assert hand_on(by, [first.id, second.id, third.id]).owners == {
        first.id: tom.pk,
        second.id: mina.pk,
        third.id: tom.pk,
    }
    assert owners() == [tom, mina, tom]
    edit = Edit.objects.get()
    assert (edit.cause, edit.actor, edit.params) == (EditCause.RULE, by.actor, {"rule": "All"})


def test_where_there_is_nobody_else_it_stays(mina: User, by: By) -> None:
    lead = make_lead(owner=mina)
    assert hand_on(by, [lead.id]) == ({}, [])
    assert (owners(), Edit.objects.count()) == ([mina], 0)


def test_it_can_be_taken_back(mina: User, tom: User, by: By) -> None:
    make_assignment_rule(mina, tom)
    lead = make_lead(owner=mina, why_assigned={"code": "by_hand"})
    hand_on(by, [lead.id])
    assert by.actor is not None
    assert undo(Edit.objects.get(), by.actor).leads == 1
    lead.refresh_from_db()
    assert (lead.owner, lead.rule, lead.routed_at, lead.why_assigned) == (mina, None, None, {"code": "by_hand"})


def test_open_leads_of_who_leaves_go_to_the_others_and_closed_ones_stay(mina: User, tom: User, by: By) -> None:
    uta = make_user(SALES)
    make_assignment_rule(mina, tom, uta)
    for _n in range(4):
        make_lead(owner=mina)
    make_lead(owner=mina, stage=Stage.WON)
    assert hand_over(by, mina, None) == HandedOver(4, may_be_more=False)
    assert owners() == [tom, uta, tom, uta, mina]


def test_or_all_of_them_to_one(mina: User, tom: User, by: By, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "PAGE", 2)
    make_absence(tom)  # whoever is named gets them
    for _n in range(5):
        make_lead(owner=mina)
    assert hand_over(by, mina, tom) == HandedOver(5, may_be_more=False)
    assert owners() == [tom] * 5
    assert Lead.objects.filter(why_assigned={"code": "by_hand"}).count() == 5
    assert hand_over(by, mina, tom) == HandedOver(0, may_be_more=False)


def test_when_nobody_else_is_there_it_ends_all_the_same(mina: User, by: By, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "PAGE", 2)
    for _n in range(5):
        make_lead(owner=mina)
    assert hand_over(by, mina, None) == HandedOver(0, may_be_more=False)
    assert owners() == [mina] * 5


def test_many_are_handed_over_some_at_a_time(mina: User, tom: User, by: By, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "SECONDS_AT_ONCE", 0.0)
    make_lead(owner=mina)
    assert hand_over(by, mina, tom) == HandedOver(0, may_be_more=True)
    assert owners() == [mina]
