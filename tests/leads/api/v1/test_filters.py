"""What every list does with its parameters. What each filter finds is tested with its resource."""

from typing import Any

import pytest
from django.test import Client

from leads.models import Lead
from leads.roles import SALES_LEAD
from leads.states import Stage
from tests.factories import NOON, make_lead, make_offer, make_user
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db

LISTS = ("leads", "touches", "offers", "offer-titles", "destinations", "deliveries", "inbound-requests")


def found(client: Client, **parameters: str) -> set[str]:
    answer = client.get("/api/v1/leads", parameters)
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


def ids(*leads: Lead) -> set[str]:
    return {str(lead.pk) for lead in leads}


@pytest.mark.parametrize("resource", LISTS)
def test_an_unknown_parameter_is_refused_by_name(owner: Client, resource: str) -> None:
    answer = owner.get(f"/api/v1/{resource}", {"colour": "red"})
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["type"] == "urn:leadcrm:problem:invalid-parameter"
    assert [(error["parameter"], error["code"]) for error in problem["errors"]] == [("colour", "invalid_parameter")]
    assert "There is no such parameter here. Known are: " in problem["detail"]
    assert "cursor, " in problem["detail"]


def test_a_parameter_is_refused_where_one_thing_is_read(sales: Client) -> None:
    answer = sales.get(f"/api/v1/leads/{make_lead().pk}", {"limit": "5"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "limit: There is no such parameter here. Known are: none."


def test_a_parameter_without_a_value_is_refused_not_ignored(sales: Client) -> None:
    answer = sales.get("/api/v1/leads", {"last_touch_after": ""})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "last_touch_after: Give this parameter a value, or leave it out."


def test_a_parameter_given_twice_is_refused(sales: Client) -> None:
    answer = sales.get("/api/v1/leads?stage__in=new&stage__in=won")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "stage__in: Give this parameter once."


def test_all_wrong_parameters_are_named_at_once(sales: Client) -> None:
    answer = sales.get("/api/v1/leads", {"is_test": "maybe", "offer": "x", "last_touch_after": "yesterday"})
    assert {error["parameter"] for error in answer.json()["errors"]} == {"is_test", "offer", "last_touch_after"}


@pytest.mark.parametrize(
    ("parameter", "value", "detail"),
    [
        ("is_test", "1", "Write true or false."),
        ("is_test", "True", "Write true or false."),
        ("offer", "0", "Ensure this value is greater than or equal to 1."),
        ("offer", "x", "Enter a whole number."),
        ("offer", "9" * 20, "Ensure this value is less than or equal to 9223372036854775807."),
        ("stage__in", "new,old", "“old” is none of new, contacted, qualified, won, lost, discarded."),
        ("country", "KOR", "Ensure this value has at most 2 characters (it has 3)."),
        ("search", "a", "Ensure this value has at least 2 characters (it has 1)."),
        ("search", "a\x00b", "Null characters are not allowed."),
    ],
)
def test_a_value_that_cannot_be_is_refused(sales: Client, parameter: str, value: str, detail: str) -> None:
    answer = sales.get("/api/v1/leads", {parameter: value})
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"{parameter}: {detail}"


@pytest.mark.parametrize(
    "moment",
    [
        "2026-03-02",
        "2026-03-02T12:00:00",
        "2026-03-02T12:00:00 09:00",  # a plus sign that was not encoded
        "2026-13-02T12:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "now",
    ],
)
def test_a_time_without_zone_or_out_of_range_is_refused(sales: Client, moment: str) -> None:
    answer = sales.get("/api/v1/leads", {"last_touch_after": moment})
    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "last_touch_after: Give date, time and zone, such as 2026-11-22T09:30:00Z or 2026-11-22T18:30:00%2B09:00."
    )


def test_after_means_at_or_after_and_before_means_before(sales: Client) -> None:
    at_noon = make_lead(last_touch_at=NOON)
    assert found(sales, last_touch_after="2026-03-02T12:00:00Z") == ids(at_noon)
    assert found(sales, last_touch_after="2026-03-02T21:00:00+09:00") == ids(at_noon)
    assert found(sales, last_touch_after="2026-03-02T12:00:00.000001Z") == set()
    assert found(sales, last_touch_before="2026-03-02T12:00:00Z") == set()
    assert found(sales, last_touch_before="2026-03-02T12:00:00.000001Z") == ids(at_noon)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"stage__in": "won"}, {"won"}),
        ({"stage__in": "won,new"}, {"won", "plain", "test", "dnc"}),
        ({"is_test": "true"}, {"test"}),
        ({"is_test": "false"}, {"won", "plain", "dnc"}),
        ({"is_dnc": "true"}, {"dnc"}),
        ({"source": "azuremarketplace"}, {"plain"}),
        ({"action": "ins"}, {"plain"}),
        ({"country": "kr"}, {"plain"}),
        ({"search": "fabrikam"}, {"plain"}),
        ({"search": "park FABRIKAM"}, {"plain"}),
        ({"search": "park contoso"}, set()),
        ({"country": "kr", "is_dnc": "true"}, set()),
    ],
)
def test_each_filter_finds_its_leads(sales: Client, parameters: dict[str, str], expected: set[str]) -> None:
    leads: dict[str, Any] = {
        "won": make_lead(stage=Stage.WON),
        "test": make_lead(is_test=True),
        "dnc": make_lead(is_dnc=True),
        "plain": make_lead(
            source="AzureMarketplace", action="INS", country_code="KR", search_text="MINA PARK FABRIKAM"
        ),
    }
    assert found(sales, **parameters) == ids(*(leads[name] for name in expected))


def test_leads_of_one_offer(sales: Client) -> None:
    offer = make_offer()
    lead, _other = make_lead(offer=offer), make_lead()
    assert found(sales, offer=str(offer.pk)) == ids(lead)
    assert found(sales, offer=str(offer.pk + 1000)) == set()


def test_searching_reveals_nobody_whose_data_is_held_back(sales: Client, client_for: ClientFor) -> None:
    lead = make_lead(is_private=True, search_text="ADA LOVELACE ADA@EXAMPLE.EDU")
    assert found(sales, search="ada@example.edu") == set()
    assert found(client_for(make_user(SALES_LEAD)), search="ada@example.edu") == ids(lead)
