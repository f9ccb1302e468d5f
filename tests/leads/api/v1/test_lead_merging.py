"""Merging over the API."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.found_by import set_found_by
from leads.models import Lead, Merge
from leads.roles import SALES
from leads.sales.merging import merge
from tests.factories import make_lead, make_offer, make_team, make_touch, make_user
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db

UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def seller(db: None) -> User:
    return make_user(SALES)


@pytest.fixture
def api(client_for: ClientFor, seller: User) -> Client:
    return client_for(seller)


def lead(**values: Any) -> Lead:
    made = make_lead(**values)
    set_found_by(made)
    made.save()
    make_touch(made)
    return made


def get(api: Client, one: Lead, what: str = "") -> Any:
    return api.get(f"/api/v1/leads/{one.pk}{what}")


def post(api: Client, one: Lead, what: str, body: Any = None, **headers: str) -> Any:
    address = f"/api/v1/leads/{one.pk}/{what}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.post(address, body or {}, content_type="application/json", headers=named)


def test_what_may_be_the_same_is_listed_with_its_reason(api: Client) -> None:
    one, other, person = lead(), lead(email="mina+x@fabrikam.example"), lead(offer=make_offer())
    assert get(api, one, "/duplicates").json() == [
        {"lead": str(other.pk), "likeness": "same_mailbox"},
        {"lead": str(person.pk), "likeness": "same_person"},
    ]


def test_leads_are_merged_and_split(api: Client) -> None:
    one, other = lead(company="Fabrikam", title="CEO"), lead(company="Contoso", title="CTO")
    merged = post(api, one, "merge", {"absorb": str(other.pk), "take": ["company"]})
    assert (merged.status_code, merged.json()["company"], merged.json()["title"]) == (200, "Contoso", "CEO")
    assert (merged.json()["touch_count"], merged.json()["merged_into"]) == (2, None)
    assert merged.headers["ETag"] == f'"{merged.json()["version"]}"'
    assert [row["id"] for row in api.get("/api/v1/leads").json()["results"]] == [str(one.pk)]
    assert get(api, other).json()["merged_into"] == str(one.pk)
    parted = post(api, other, "split")
    assert (parted.status_code, parted.json()["merged_into"], parted.json()["touch_count"]) == (200, None, 1)
    assert get(api, one).json()["company"] == "Fabrikam"


def test_without_choice_the_better_ones_stand(api: Client) -> None:
    one, other = lead(), lead(title="CTO")
    assert post(api, one, "merge", {"absorb": str(other.pk)}).json()["title"] == "CTO"


def test_another_version_merges_nothing(api: Client) -> None:
    one, other = lead(version=3), lead()
    assert post(api, one, "merge", {"absorb": str(other.pk)}, If_Match='"2"').status_code == 412
    assert Merge.objects.count() == 0
    assert post(api, one, "merge", {"absorb": str(other.pk)}, If_Match='"3"').status_code == 200


def test_what_is_part_of_another_is_not_worked_on(api: Client, seller: User) -> None:
    one, other, third = lead(), lead(), lead()
    merge(seller, one.pk, other.pk)
    answers = [
        post(api, other, "stage", {"stage": "contacted"}),
        post(api, other, "activities", {"kind": "note", "text": "x"}),
        post(api, other, "merge", {"absorb": str(third.pk)}),
        post(api, third, "merge", {"absorb": str(other.pk)}),
        get(api, other, "/duplicates"),
        post(api, one, "split"),
    ]
    assert [answer.status_code for answer in answers] == [409] * 6
    assert answers[0].json()["detail"] == f"The lead became part of the lead {one.pk}."


def test_of_a_chain_the_last_link_is_split_first(api: Client, seller: User) -> None:
    one, other, third = lead(), lead(), lead()
    merge(seller, one.pk, other.pk)
    merge(seller, third.pk, one.pk)
    answer = post(api, other, "split")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "The lead that it became part of is to be split off first.",
    )


@pytest.mark.parametrize("body", [{}, {"absorb": "x"}, {"absorb": UNKNOWN}, {"absorb": UNKNOWN, "take": ["fur"]}])
def test_what_cannot_be_merged_is_refused(api: Client, body: dict[str, Any]) -> None:
    assert post(api, lead(), "merge", body).status_code == 400


def test_a_lead_is_merged_neither_with_itself_nor_with_a_test(api: Client) -> None:
    one, test = lead(), lead(is_test=True)
    for other in (one, test):
        assert post(api, one, "merge", {"absorb": str(other.pk)}).status_code == 409
    assert Merge.objects.count() == 0


def test_only_who_sees_both_merges_and_splits(client_for: ClientFor) -> None:
    mate, stranger = make_user(SALES), make_user(SALES)
    make_team(mate), make_team(stranger)
    own, foreign = lead(owner=mate), lead(owner=stranger)
    api = client_for(mate)
    assert get(api, own, "/duplicates").json() == []
    assert post(api, own, "merge", {"absorb": str(foreign.pk)}).status_code == 400
    assert post(api, foreign, "merge", {"absorb": str(own.pk)}).status_code == 404
    merge(make_user(), foreign.pk, own.pk, parts=())
    assert post(api, own, "split").status_code == 403
    assert Merge.objects.count() == 1


def test_who_may_not_see_personal_data_neither_compares_nor_merges_it(api: Client) -> None:
    one, private = lead(), lead(is_private=True)
    assert get(api, one, "/duplicates").json() == []
    answers = [
        get(api, private, "/duplicates"),
        post(api, private, "merge", {"absorb": str(one.pk)}),
        post(api, one, "merge", {"absorb": str(private.pk)}, If_Match="*"),
        post(api, one, "merge", {"absorb": str(private.pk)}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert Merge.objects.count() == 0
