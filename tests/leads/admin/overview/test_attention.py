"""What needs the attention of the owner, each with the way to where it is put right."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from leads.models import Credential, Trouble
from leads.models.trouble import TroubleKind
from leads.roles import OPS, SALES
from tests.factories import (
    make_absence,
    make_assignment_rule,
    make_destination,
    make_endpoint,
    make_lead,
    make_offer,
    make_title,
    make_user,
)
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, page_of

pytestmark = pytest.mark.django_db


def needs(client: Client) -> list[tuple[str, str]]:
    cache.clear()
    found = client.get("/admin/").context["needs"]
    assert {client.get(need.address).status_code for need in found} <= {200}
    return [(need.text, need.address) for need in found]


def test_where_all_is_well_nothing_is_shown(owner: Client) -> None:
    make_lead(owner=make_user(SALES))
    make_title("Known", make_offer())
    assert needs(owner) == []
    assert "Needs attention" not in owner.get("/admin/").text


def unmapped() -> tuple[str, str]:
    make_title("Firewall")
    return "1 offer title means no offer yet.", address_of("leads_offertitle_changelist")


def many_unmapped() -> tuple[str, str]:
    for number in range(25):
        make_title(f"Title {number}")
    return "20 or more offer titles mean no offer yet.", address_of("leads_offertitle_changelist")


def idle_rule() -> tuple[str, str]:
    make_lead(rule=make_assignment_rule(), opened_at=timezone.now())
    make_assignment_rule(enabled=False)
    rule = make_assignment_rule(name='DACH "<b>')
    make_lead(rule=rule, opened_at=timezone.now() - timedelta(days=31))
    return 'The assignment rule “DACH "<b>” fitted no lead in 30 days.', page_of(rule)


def silent() -> tuple[str, str]:
    endpoint = make_endpoint(name="Firewall")
    Trouble.objects.create(key="silent:1", kind=TroubleKind.SILENT, endpoint=endpoint)
    Trouble.objects.create(key="silent:2", kind=TroubleKind.SILENT, endpoint=make_endpoint(), ended_at=timezone.now())
    return "The endpoint “Firewall” is silent for longer than it ever was.", page_of(endpoint)


def paused() -> tuple[str, str]:
    gate = {"paused_at": timezone.now(), "paused_by": "person"}
    make_destination(gate=gate, enabled=False)
    destination = make_destination(name="CRM", gate=gate)
    return "The destination “CRM” is paused.", page_of(destination)


def left() -> tuple[str, str]:
    make_user(SALES, is_active=False)
    person = make_user(SALES, first_name="Mina", is_active=False)
    make_lead(owner=person)
    return "Mina can no longer sign in and still has open leads.", address_of("leads_hand_over", person.pk)


def away() -> tuple[str, str]:
    person, busy = make_user(SALES, first_name="Tom"), make_user(SALES)
    make_lead(owner=person)
    make_lead(owner=busy, contacted_at=timezone.now())
    make_absence(person)
    make_absence(busy)
    return "Tom is away, and people wait for an answer of theirs.", address_of("leads_unattended")


def ending() -> tuple[str, str]:
    destination = make_destination(name="CRM")
    Credential.objects.create(
        destination=destination, name="bearer_token", ends_on=timezone.localdate() + timedelta(days=3)
    )
    return "Bearer token of “CRM”: credential ends in 3 days.", address_of(
        "leads_destination_credentials", destination.pk
    )


@pytest.mark.parametrize("make", [unmapped, many_unmapped, idle_rule, silent, paused, left, away, ending])
def test_what_is_wrong_is_said_with_the_way_there(owner: Client, make: Callable[[], tuple[str, str]]) -> None:
    expected = make()
    assert expected in needs(owner)


def test_a_rule_that_fits_nothing_is_no_news_as_long_as_no_lead_came(owner: Client) -> None:
    make_assignment_rule()
    assert needs(owner) == []


def test_it_is_for_who_can_put_it_right(enter: Enter) -> None:
    unmapped()
    assert "needs" not in enter(OPS).get("/admin/").context


def test_what_was_found_holds_for_a_moment(owner: Client, django_assert_max_num_queries: Any) -> None:
    unmapped()
    cache.clear()
    assert len(owner.get("/admin/").context["needs"]) == 1
    make_title("Another")
    assert owner.get("/admin/").context["needs"][0].text.startswith("1 offer title")
