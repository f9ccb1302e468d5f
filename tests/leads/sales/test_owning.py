"""Whose lead it is: taken by one, given to another, given back."""

import pytest
from django.contrib.auth.models import User

from leads.history.edits import By
from leads.models import Edit, Lead
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.sales.owning import give, may_own, note_seen, take
from tests.factories import make_lead, make_team, make_user

pytestmark = pytest.mark.django_db


def test_a_lead_that_is_nobodys_is_taken_by_hand(seller: User) -> None:
    lead = make_lead()
    edit = take(seller, lead.id)
    lead.refresh_from_db()
    assert (lead.owner, lead.why_assigned, lead.seen_at) == (seller, {"code": "by_hand"}, None)
    assert lead.routed_at is not None
    assert edit is not None
    assert edit.actor == seller


def test_a_lead_that_is_somebodys_is_not_taken(seller: User) -> None:
    lead = make_lead(owner=make_user())
    assert take(seller, lead.id) is None
    assert Lead.objects.get().owner == lead.owner
    assert not Edit.objects.exists()


def test_leads_are_given_and_given_back(seller: User) -> None:
    other = make_user(SALES)
    leads = [make_lead(), make_lead(owner=other), make_lead(owner=seller)]
    ids = [lead.id for lead in leads]
    edit = give(By(seller, reason="Holiday"), ids, seller)
    assert edit is not None
    assert {change.lead_id for change in edit.changes.all()} == set(ids[:2])
    assert edit.reason == "Holiday"
    assert give(By(seller), ids, seller) is None
    give(By(seller), ids[:1], None)
    assert [lead.owner for lead in Lead.objects.order_by("id")] == [None, seller, seller]


def test_a_lead_is_of_its_owners_team_where_that_is_clear(seller: User) -> None:
    of_two, of_none = make_user(SALES), make_user(SALES)
    team, other = make_team(seller, of_two), make_team(of_two)
    lead = make_lead(team=other)
    for owner, expected in {of_none: other, seller: team, of_two: team}.items():
        give(By(seller), [lead.pk], owner)
        lead.refresh_from_db()
        assert (lead.owner, lead.team) == (owner, expected)
    taken = make_lead()
    take(seller, taken.pk)
    taken.refresh_from_db()
    assert taken.team == team


def test_only_the_owner_sees_a_lead_for_the_first_time_and_once(seller: User) -> None:
    lead = make_lead(owner=seller)
    assert not note_seen(make_user(SALES), lead.id)
    assert note_seen(seller, lead.id)
    assert not note_seen(seller, lead.id)
    assert not Edit.objects.exists()


def test_leads_are_given_to_those_who_work_on_them(db: None) -> None:
    people = [make_user(group, first_name=group) for group in (SALES_LEAD, OWNER, SALES)]
    make_user(OPS)
    make_user(SALES, is_active=False)
    assert [user.first_name for user in may_own()] == ["owner", "sales", "sales lead"]
    assert {*may_own()} == {*people}
