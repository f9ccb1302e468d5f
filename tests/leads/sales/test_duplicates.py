"""Leads that may be one: which are found, why, and that nobody is asked twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.found_by import set_found_by
from leads.history.edits import By, edit_lead
from leads.models import Lead, LeadPair
from leads.roles import SALES, SALES_LEAD
from leads.sales import duplicates
from leads.sales.duplicates import (
    MOST,
    PAGE,
    alike,
    alike_for,
    compare_waiting,
    dismiss,
    likeness,
    open_pairs,
    suspect_again,
)
from leads.sales.merging import merge, split
from leads.states import Likeness
from tests.factories import make_lead, make_offer, make_team, make_user

pytestmark = pytest.mark.django_db

PHONE = "+82 2 1111 1111"


def lead(email: str = "", **values: Any) -> Lead:
    """With its keys, as intake stores it."""
    made = make_lead(email=email, **values)
    set_found_by(made)
    made.save()
    return made


def found(one: Lead) -> list[tuple[Lead, Likeness]]:
    return [tuple(other) for other in alike(one).found]  # type: ignore[misc]


def compare() -> None:
    while compare_waiting():
        pass


def pairs() -> set[tuple[frozenset[Any], int]]:
    asked = LeadPair.objects.filter(dismissed_at=None)
    return {(frozenset((pair.first_id, pair.second_id)), pair.likeness) for pair in asked}


# --- what is alike --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "like"),
    [
        ({"email": "mina@fabrikam.example"}, {"email": "MINA@fabrikam.example"}, Likeness.SAME_EMAIL),
        ({"email": "mina@fabrikam.example"}, {"email": "mina+azure@fabrikam.example"}, Likeness.SAME_MAILBOX),
        ({"email": "mi.na@gmail.com"}, {"email": "mina@googlemail.com"}, Likeness.SAME_MAILBOX),
        ({"phone": PHONE}, {"phone": "02-1111-1111", "country_code": "KR"}, Likeness.SAME_PHONE),
        ({"email": "a@x.example", "phone": PHONE}, {"email": "b@x.example", "phone": PHONE}, Likeness.SAME_PHONE),
        ({"email": "a@x.example"}, {"email": "b@x.example"}, None),
        ({"email": "a@x.example", "offer_title": "One"}, {"email": "a@x.example", "offer_title": "Two"},
         Likeness.SAME_PERSON),
        ({"email": "a@x.example", "offer_title": "One"}, {"email": "a@x.example", "offer_title": "ONE"},
         Likeness.SAME_EMAIL),
        ({}, {}, None),
        ({"phone": "1"}, {"phone": "1"}, None),
    ],
)  # fmt: skip
def test_why_two_leads_may_be_one(one: dict[str, Any], other: dict[str, Any], like: Likeness | None) -> None:
    first, second = lead(**one), lead(**other)
    assert likeness(first, second) == likeness(second, first) == like
    assert found(first) == ([(second, like)] if like else [])


def test_one_person_with_two_offers_is_two_leads_by_design() -> None:
    one, other = lead("a@x.example", offer=make_offer()), lead("a@x.example", offer=make_offer())
    assert found(one) == [(other, Likeness.SAME_PERSON)]
    assert [other.is_likely for other in alike(one).found] == [False]


def test_the_most_certain_comes_first() -> None:
    now = timezone.now()
    one = lead("a@x.example", phone=PHONE)
    phone = lead("b@x.example", phone=PHONE, last_touch_at=now)
    older = lead("a@x.example", last_touch_at=now - timedelta(days=2))
    newer = lead("a@x.example", last_touch_at=now - timedelta(days=1))
    assert found(one) == [
        (newer, Likeness.SAME_EMAIL),
        (older, Likeness.SAME_EMAIL),
        (phone, Likeness.SAME_PHONE),
    ]


def test_test_leads_are_like_nothing() -> None:
    one = lead("a@x.example")
    test = lead("a@x.example", is_test=True)
    assert found(one) == found(test) == []


def test_a_key_that_very_many_have_tells_nobody_apart() -> None:
    one = lead("info@x.example", phone=PHONE)
    same_mail = lead("info@x.example")
    others = [lead(f"p{number}@x.example", phone=PHONE) for number in range(MOST)]
    assert len(alike(one).found) == MOST + 1
    assert alike(one).crowded == []
    lead("last@x.example", phone=PHONE)
    assert alike(one) == ([(same_mail, Likeness.SAME_EMAIL)], ["phone_key"])
    assert alike(others[0]).crowded == ["phone_key"]


# --- who sees them --------------------------------------------------------------------------------------------------


def test_only_what_a_person_sees_is_shown_to_them() -> None:
    tom, ines = make_user(SALES), make_user(SALES)
    make_team(tom), make_team(ines)
    own, foreign, nobodys = lead("a@x.example", owner=tom), lead("a@x.example", owner=ines), lead("a@x.example")
    compare()
    assert {one.lead for one in alike_for(tom, own).found} == {nobodys}
    assert {frozenset((pair.first, pair.second)) for pair in open_pairs(tom)} == {frozenset((own, nobodys))}
    assert {frozenset((pair.first, pair.second)) for pair in open_pairs(ines)} == {frozenset((foreign, nobodys))}


def test_whom_a_privacy_rule_hides_is_like_nobody_for_those_who_may_not_see_them() -> None:
    one, private = lead("a@x.example"), lead("a@x.example", is_private=True)
    compare()
    assert alike_for(make_user(SALES), one).found == []
    assert not open_pairs(make_user(SALES)).exists()
    assert alike_for(make_user(SALES_LEAD), one).found == [(private, Likeness.SAME_EMAIL)]
    assert open_pairs(make_user(SALES_LEAD)).count() == 1


# --- not a duplicate ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_no_duplicate_is_never_asked_again(seller: User, turned: bool) -> None:
    one, other = lead("a@x.example"), lead("a@x.example")
    compare()
    assert dismiss(seller, *((other, one) if turned else (one, other))) is True
    assert (found(one), found(other), pairs()) == ([], [], set())
    edit_lead(By(seller), one.pk, {"phone": PHONE})
    edit_lead(By(seller), other.pk, {"phone": PHONE})
    compare()
    assert (found(one), pairs()) == ([], set())
    assert dismiss(seller, one, other) is False


def test_it_can_be_said_before_a_worker_has_compared_them(seller: User) -> None:
    one, other = lead("a@x.example"), lead("a@x.example")
    dismiss(seller, one, other)
    compare()
    assert pairs() == set()


def test_it_can_be_taken_back(seller: User) -> None:
    one, other = lead("a@x.example"), lead("a@x.example")
    dismiss(seller, one, other)
    assert suspect_again(other, one) is True
    compare()
    assert (found(one), len(pairs())) == ([(other, Likeness.SAME_EMAIL)], 1)
    assert suspect_again(one, other) is False


def test_it_is_remembered_when_one_of_them_is_merged(seller: User) -> None:
    one, other = lead("a@x.example"), lead("a@x.example")
    third = lead("b@x.example", phone=PHONE)
    dismiss(seller, one, other)
    merge(seller, third.pk, other.pk)
    Lead.objects.filter(pk=one.pk).update(phone=PHONE, phone_key="+82211111111", to_compare=True)
    one.refresh_from_db()
    compare()
    assert (found(one), found(third), pairs()) == ([], [], set())
    split(seller, other.pk)
    compare()
    assert found(one) == [(third, Likeness.SAME_PHONE)]


def test_what_is_said_of_a_merged_lead_holds_for_its_parts(seller: User) -> None:
    one, part, whole = lead("a@x.example"), lead("a@x.example"), lead("b@x.example")
    merge(seller, whole.pk, part.pk)
    compare()
    assert found(one) == [(whole, Likeness.SAME_EMAIL)]
    dismiss(seller, one, whole)
    split(seller, part.pk)
    compare()
    assert (found(one), found(part), pairs()) == ([], [], set())


# --- the pairs that are kept ------------------------------------------------------------------------------------------


def test_new_leads_are_compared_and_their_pairs_kept_once() -> None:
    one, other, person = lead("a@x.example"), lead("a@x.example"), lead("a@x.example", offer_title="Router")
    lead("z@x.example")
    compare()
    Lead.objects.update(to_compare=True)
    compare()
    assert pairs() == {
        (frozenset((one.pk, other.pk)), Likeness.SAME_EMAIL),
        (frozenset((one.pk, person.pk)), Likeness.SAME_PERSON),
        (frozenset((other.pk, person.pk)), Likeness.SAME_PERSON),
    }
    assert not Lead.objects.filter(to_compare=True).exists()


def test_a_lead_is_compared_again_when_its_keys_change(seller: User) -> None:
    one, other = lead("a@x.example"), lead("b@x.example")
    compare()
    edit_lead(By(seller), one.pk, {"title": "CEO"})
    assert not Lead.objects.filter(to_compare=True).exists()
    edit_lead(By(seller), one.pk, {"email": "b@x.example"})
    assert Lead.objects.get(to_compare=True) == one
    compare()
    assert pairs() == {(frozenset((one.pk, other.pk)), Likeness.SAME_EMAIL)}
    edit_lead(By(seller), other.pk, {"email": "c@x.example"})
    compare()
    assert pairs() == set()


def test_merged_leads_are_no_pair_and_are_one_again_when_they_are_split(seller: User) -> None:
    one, other, third = lead("a@x.example"), lead("a@x.example"), lead("a@x.example")
    compare()
    merge(seller, one.pk, other.pk)
    assert {pair.pk for pair in open_pairs(seller)} == set(LeadPair.objects.values_list("pk", flat=True))
    compare()
    assert pairs() == {(frozenset((one.pk, third.pk)), Likeness.SAME_EMAIL)}
    split(seller, other.pk)
    compare()
    assert len(pairs()) == 3


def test_a_lead_that_changes_while_it_is_compared_is_compared_again(
    seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = lead("a@x.example"), lead("b@x.example")
    keep = duplicates._keep_pairs

    def keep_late(compared: Lead) -> None:
        keep(compared)
        if compared == one and Lead.objects.get(pk=one.pk).email != "b@x.example":
            edit_lead(By(seller), one.pk, {"email": "b@x.example"})

    monkeypatch.setattr(duplicates, "_keep_pairs", keep_late)
    compare_waiting()
    assert Lead.objects.get(to_compare=True) == one
    compare()
    assert pairs() == {(frozenset((one.pk, other.pk)), Likeness.SAME_EMAIL)}


def test_only_the_most_certain_of_very_many_are_looked_at(seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = lead(phone=PHONE), lead(phone=PHONE)
    mail = lead("a@x.example"), lead("a@x.example")
    compare()
    assert [{pair.first, pair.second} for pair in open_pairs(seller)] == [set(mail), set(phone)]
    monkeypatch.setattr(duplicates, "MOST_LOOKED_AT", 1)
    assert [{pair.first, pair.second} for pair in open_pairs(seller)] == [set(mail)]


def test_a_page_is_compared_at_a_time() -> None:
    for _number in range(PAGE + 1):
        lead()
    assert compare_waiting() is True
    assert Lead.objects.filter(to_compare=True).count() == 1
    assert compare_waiting() is False
    with CaptureQueriesContext(connection) as queries:
        assert compare_waiting() is False
    assert len(queries) == 1
