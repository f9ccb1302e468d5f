from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from tests.factories import NOON, make_lead, make_offer, make_user
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db

SIGN_IN = 2  # the token, and the other tokens of its user
PERMISSIONS = 2  # of the user, and of the groups
TEAMS = 1  # whether there are any


def test_a_lead_has_exactly_these_fields(sales: Client) -> None:
    offer = make_offer(name="Contoso Firewall")
    lead = make_lead(
        phone="+82 2 555 0100",
        country="Korea",
        country_code="KR",
        company="Fabrikam",
        title="Head of IT",
        offer=offer,
        offer_title="Contoso Firewall (preview)",
        source="AzureMarketplace",
        action="INS",
        touch_count=2,
        first_touch_at=NOON - timedelta(days=2),
        last_touch_at=NOON,
    )
    expected = {
        "id": str(lead.pk),
        "stage": "new",
        "first_name": "Mina",
        "last_name": "Park",
        "email": "mina@fabrikam.example",
        "phone": "+82 2 555 0100",
        "company": "Fabrikam",
        "title": "Head of IT",
        "country": "Korea",
        "country_code": "KR",
        "offer": offer.pk,
        "offer_name": "Contoso Firewall",
        "offer_title": "Contoso Firewall (preview)",
        "source": "AzureMarketplace",
        "action": "INS",
        "is_test": False,
        "is_dnc": False,
        "is_private": False,
        "close_reason": "",
        "owner": None,
        "team": None,
        "score": 0,
        "answer_by": None,
        "contacted_at": None,
        "next_task_at": None,
        "snoozed_until": None,
        "touch_count": 2,
        "first_touch_at": "2026-02-28T12:00:00Z",
        "last_touch_at": "2026-03-02T12:00:00Z",
        "version": 0,
        "merged_into": None,
        "personal_data": "shown",
    }
    assert sales.get(f"/api/v1/leads/{lead.pk}").json() == expected
    assert sales.get("/api/v1/leads").json() == {"next": None, "results": [expected]}


def test_a_lead_without_an_offer_has_none(sales: Client) -> None:
    answer = sales.get(f"/api/v1/leads/{make_lead().pk}").json()
    assert (answer["offer"], answer["offer_name"]) == (None, None)


@pytest.mark.parametrize(("group", "is_shown"), [(SALES, False), (OPS, False), (SALES_LEAD, True), (OWNER, True)])
def test_personal_data_that_is_held_back_is_shown_with_the_permission_only(
    client_for: ClientFor, group: str, is_shown: bool
) -> None:
    lead = make_lead(is_private=True, company="MIT", phone="1", title="Dean", country_code="US")
    client = client_for(make_user(group))
    for answer in (
        client.get(f"/api/v1/leads/{lead.pk}").json(),
        client.get("/api/v1/leads").json()["results"][0],
    ):
        personal = [answer[name] for name in ("first_name", "last_name", "email", "phone", "company", "title")]
        expected = ["Mina", "Park", "mina@fabrikam.example", "1", "MIT", "Dean"]
        assert personal == (expected if is_shown else [None] * 6)
        assert answer["personal_data"] == ("shown" if is_shown else "held_back")
        assert (answer["is_private"], answer["country_code"]) == (True, "US")


@pytest.mark.parametrize("rows", [1, 30])
def test_a_page_takes_the_same_few_queries_however_long_it_is(
    sales: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        make_lead(offer=make_offer(), is_private=True, last_touch_at=timezone.now())
    with django_assert_num_queries(SIGN_IN + PERMISSIONS + TEAMS + 1):
        assert len(sales.get("/api/v1/leads").json()["results"]) == rows


def test_the_head_alone_may_be_asked_for(sales: Client) -> None:
    answer = sales.head("/api/v1/leads?limit=1")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_stage_is_no_fact_to_correct(owner: Client) -> None:
    lead = make_lead()
    answer = owner.patch(f"/api/v1/leads/{lead.pk}", {"stage": "won"}, content_type="application/json")
    assert answer.status_code == 400
    lead.refresh_from_db()
    assert lead.stage == "new"
