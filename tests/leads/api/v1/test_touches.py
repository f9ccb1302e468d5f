from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from leads.models import Touch
from leads.roles import OPS, SALES_LEAD
from leads.states import PrivacyAction
from tests.factories import NOON, make_endpoint, make_inbound, make_lead, make_offer, make_touch, make_user
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db


def test_a_touch_has_exactly_these_fields(sales: Client) -> None:
    endpoint, offer = make_endpoint(name="Azure"), make_offer(name="Contoso Firewall")
    inbound = make_inbound(endpoint=endpoint, received_at=NOON)
    touch = make_touch(
        inbound_request=inbound,
        offer=offer,
        phone="(02) 555-0100",
        phone_e164="+8225550100",
        description="Please call",
        note="call",
        campaign_ids=["spring"],
        unknown_fields={"Fax": "1"},
        warnings=[{"code": "repeated_field", "params": {"field": "Email"}}],
        lead_source="AzureMarketplace-INS|contoso.firewall",
        publisher_id="contoso",
        offer_id_text="firewall",
    )
    expected = {
        "id": str(touch.pk),
        "lead": str(touch.lead_id),
        "inbound_request": str(inbound.pk),
        "position": 0,
        "endpoint": endpoint.pk,
        "endpoint_name": "Azure",
        "received_at": "2026-03-02T12:00:00Z",
        "first_name": "Mina",
        "last_name": "Park",
        "email": "mina@fabrikam.example",
        "phone": "(02) 555-0100",
        "phone_e164": "+8225550100",
        "company": "",
        "title": "",
        "country": "",
        "country_code": "",
        "offer": offer.pk,
        "offer_name": "Contoso Firewall",
        "offer_title": "",
        "lead_source": "AzureMarketplace-INS|contoso.firewall",
        "action_code": "",
        "source": "AzureMarketplace",
        "action": "INS",
        "publisher_id": "contoso",
        "offer_id_text": "firewall",
        "campaign_ids": ["spring"],
        "description": "Please call",
        "note": "call",
        "unknown_fields": {"Fax": "1"},
        "quality": "exact",
        "warnings": [
            {
                "code": "repeated_field",
                "params": {"field": "Email"},
                "message": "The field Email came more than once. The first one that is not empty was taken.",
            }
        ],
        "is_test": False,
        "tested_at": None,
        "is_dnc": False,
        "privacy": "off",
        "personal_data": "shown",
    }
    assert sales.get(f"/api/v1/touches/{touch.pk}").json() == expected
    assert sales.get("/api/v1/touches").json() == {"next": None, "results": [expected]}


PERSONAL = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "phone_e164",
    "company",
    "title",
    "description",
    "note",
    "unknown_fields",
)


def held_touch() -> Touch:
    return make_touch(privacy=PrivacyAction.HOLD)


def touch_of_a_private_lead() -> Touch:
    """Its own rule was another one when it came; the person is the same."""
    return make_touch(make_lead(is_private=True))


@pytest.mark.parametrize("make", [held_touch, touch_of_a_private_lead])
def test_personal_data_that_is_held_back_is_shown_with_the_permission_only(client_for: ClientFor, make: Any) -> None:
    touch = make()
    hidden = client_for(make_user(OPS)).get(f"/api/v1/touches/{touch.pk}").json()
    assert {name: hidden[name] for name in PERSONAL} == dict.fromkeys(PERSONAL)
    assert hidden["personal_data"] == "held_back"
    shown = client_for(make_user(SALES_LEAD)).get(f"/api/v1/touches/{touch.pk}").json()
    assert (shown["email"], shown["unknown_fields"], shown["personal_data"]) == ("mina@fabrikam.example", {}, "shown")


def test_data_that_is_only_stripped_on_the_way_out_is_shown(sales: Client) -> None:
    touch = make_touch(privacy=PrivacyAction.STRIP)
    assert sales.get(f"/api/v1/touches/{touch.pk}").json()["personal_data"] == "shown"


def test_each_filter_finds_its_touches(sales: Client) -> None:
    offer = make_offer()
    inbound = make_inbound(received_at=NOON)
    touch = make_touch(inbound_request=inbound, offer=offer, country_code="KR", is_test=True, is_dnc=True)
    other = make_touch(source="SPZA", action="PLT", inbound_request=make_inbound(received_at=NOON + timedelta(days=1)))
    for parameters in (
        {"lead": str(touch.lead_id)},
        {"inbound_request": str(inbound.pk)},
        {"endpoint": str(touch.endpoint_id)},
        {"offer": str(offer.pk)},
        {"source": "AZUREMARKETPLACE"},
        {"action": "ins"},
        {"country": "KR"},
        {"is_test": "true"},
        {"is_dnc": "true"},
        {"received_before": "2026-03-02T12:00:01Z"},
    ):
        rows = sales.get("/api/v1/touches", parameters).json()["results"]
        assert [row["id"] for row in rows] == [str(touch.pk)], parameters
    rows = sales.get("/api/v1/touches", {"received_after": "2026-03-02T12:00:01Z"}).json()["results"]
    assert [row["id"] for row in rows] == [str(other.pk)]


@pytest.mark.parametrize("rows", [1, 30])
def test_a_page_takes_the_same_few_queries_however_long_it_is(
    sales: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        make_touch(offer=make_offer())
    with django_assert_num_queries(6):  # with that for the person's teams
        assert len(sales.get("/api/v1/touches").json()["results"]) == rows
