"""The number of queries of a page does not grow with what is on it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import PrivacyRule, Profile, Tally, Term
from leads.roles import OPS, SALES
from leads.states import DeliveryState
from tests.factories import (
    make_absence,
    make_assignment_rule,
    make_attempt,
    make_calendar,
    make_country_group,
    make_delivery,
    make_destination,
    make_endpoint,
    make_inbound,
    make_lead,
    make_offer,
    make_proof,
    make_resend_job,
    make_route,
    make_score_rule,
    make_secret,
    make_service_level,
    make_team,
    make_title,
    make_touch,
    make_user,
)
from tests.leads.admin.places import address_of, make_token, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FEW, MANY = 5, 25


def queries(client: Client, address: str) -> list[str]:
    """Of a second look, when what is cached for seconds is cached and what is cached for ever, too."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def lead_with_everything(number: int) -> None:
    lead = make_lead(offer=make_offer(), country_code="KR", touch_count=3)
    for minutes in range(3):
        touch = make_touch(lead, received_at=timezone.now() - timedelta(minutes=minutes), note="Call me")
        make_delivery(touch=touch, state=DeliveryState.DELIVERED)
        make_delivery(touch=touch, state=DeliveryState.FAILED)


def endpoint_with_secrets(number: int) -> None:
    endpoint = make_endpoint(offer=make_offer())
    make_secret(endpoint, 1)
    make_secret(endpoint, 2)


def person_with_everything(number: int) -> None:
    user = make_user(SALES, OPS)
    Profile.objects.create(user=user, calendar=make_calendar())
    make_absence(user)


def rule_with_everything(number: int) -> None:
    rule = make_assignment_rule(make_user(), offers=[make_offer()], team=make_team(), countries=["DE"])
    rule.country_groups.set([make_country_group()])
    make_lead(rule=rule, opened_at=timezone.now())


def destination_with_figures(number: int) -> None:
    destination = make_delivery().destination
    Tally.objects.create(destination=destination, taken_at=timezone.now(), delivered=number, failed=1)
    make_proof(destination, "passed")


LISTS: dict[str, Callable[[int], Any]] = {
    "leads_lead": lead_with_everything,
    "leads_delivery": lambda number: make_delivery(state=DeliveryState.FAILED),
    "leads_inboundrequest": lambda number: make_inbound(),
    "leads_destination": destination_with_figures,
    "leads_endpoint": endpoint_with_secrets,
    "leads_offer": lambda number: make_offer(),
    "leads_offertitle": lambda number: make_title(f"Title {number}", make_offer()),
    "leads_route": lambda number: make_route(make_destination(), make_offer(), make_offer(), actions=["INS"]),
    "leads_term": lambda number: Term.objects.create(kind="action", code=f"X{number}", label="X"),
    "leads_privacyrule": lambda number: PrivacyRule.objects.create(domain=f"x{number}.example"),
    "leads_resendjob": lambda number: make_resend_job(make_destination(), asked_by=make_user()),
    "auth_user": person_with_everything,
    "leads_team": lambda number: make_team(make_user(), make_user(), leader=make_user()),
    "leads_calendar": lambda number: make_calendar(),
    "leads_countrygroup": lambda number: make_country_group(),
    "leads_absence": lambda number: make_absence(make_user()),
    "leads_assignmentrule": rule_with_everything,
    "leads_servicelevel": lambda number: make_service_level(calendar=make_calendar()).offers.set([make_offer()]),
    "leads_scorerule": lambda number: make_score_rule(offer=make_offer()),
    "knox_authtoken": lambda number: make_token(),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_no_more_for_many_rows_than_for_few(owner: Client, name: str) -> None:
    counts, made = [], 0
    for wanted in (FEW, MANY):
        for number in range(made, wanted):
            LISTS[name](number)
        made = wanted
        cache.clear()
        counts.append(len(queries(owner, address_of(f"{name}_changelist"))))
    assert counts[0] == counts[1]


BUDGETS = {"leads_lead": 16, "leads_delivery": 9, "leads_inboundrequest": 10, "leads_destination": 10}


@pytest.mark.parametrize("name", BUDGETS)
def test_the_long_lists_stay_within_their_budget(owner: Client, name: str) -> None:
    for number in range(FEW):
        LISTS[name](number)
    asked = queries(owner, address_of(f"{name}_changelist"))
    assert len(asked) <= BUDGETS[name], "\n".join(asked)


def test_the_fold_out_of_the_list_reads_only_the_newest_touches(owner: Client) -> None:
    lead = make_lead(touch_count=9)
    for minutes in range(9):
        make_touch(lead, received_at=timezone.now() - timedelta(minutes=minutes), note=f"Note {minutes}.")
    page = owner.get(address_of("leads_lead_changelist")).text
    assert [number for number in range(9) if f"Note {number}." in page] == [0, 1, 2]
    assert "Older touches are on the lead" in page


def test_the_card_of_a_lead_asks_no_more_for_many_touches_than_for_few(owner: Client) -> None:
    counts = []
    lead = make_lead()
    for minutes in range(MANY):
        touch = make_touch(lead, received_at=timezone.now() - timedelta(minutes=minutes), offer=make_offer())
        make_inbound(repeat_of=touch)
        make_attempt(make_delivery(touch=touch, state=DeliveryState.FAILED))
        if minutes + 1 in (FEW, MANY):
            counts.append(len(queries(owner, page_of(lead))))
    assert counts[0] == counts[1]
    assert counts[1] <= 24


def test_the_page_of_a_delivery_asks_no_more_for_many_attempts_than_for_few(owner: Client) -> None:
    delivery, counts = make_delivery(state=DeliveryState.FAILED), []
    for number in range(1, MANY + 1):
        make_attempt(delivery, result="rejected", finished_at=timezone.now(), cause="record_refused")
        if number in (FEW, MANY):
            counts.append(len(queries(owner, page_of(delivery))))
    assert counts[0] == counts[1]


def test_the_page_of_a_request_asks_no_more_for_many_leads_than_for_few(owner: Client) -> None:
    inbound, counts = make_inbound(), []
    for position in range(MANY):
        touch = make_touch(make_lead(), inbound_request=inbound, position=position)
        make_delivery(touch=touch)
        if position + 1 in (FEW, MANY):
            counts.append(len(queries(owner, page_of(inbound))))
    assert counts[0] == counts[1]


def test_the_overview_asks_no_more_for_much_than_for_little(owner: Client) -> None:
    counts = []
    for number in range(MANY):
        lead_with_everything(number)
        make_delivery(state=DeliveryState.FAILED, reason=f"cause_{number}")
        if number + 1 in (FEW, MANY):
            cache.clear()
            counts.append(len(queries(owner, address_of("index"))))
    assert counts[0] == counts[1]
    assert counts[1] <= 33


def test_the_form_of_a_route_asks_no_more_for_many_offers_than_for_few(owner: Client) -> None:
    counts = []
    for rows in (FEW, MANY):
        route = make_route(make_destination(), *(make_offer() for _ in range(rows)))
        counts.append(len(queries(owner, page_of(route))))
    assert counts[0] == counts[1]
