"""Personal data that a privacy rule holds back is on no page for whoever may not see it, in whatever way they ask."""

import json
from typing import Any, NamedTuple

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from leads.models import Delivery, DestinationGate, InboundRequest, Lead, PrivacyRule
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import DeliveryState, InboundState, PausedBy, PrivacyAction
from tests.factories import (
    lead_json,
    make_attempt,
    make_delivery,
    make_inbound,
    make_lead,
    make_touch,
)
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, list_of, page_of
from tests.leads.admin.rows import all_rows, log

pytestmark = pytest.mark.django_db

PERSON = {
    "first_name": "Zaphodina",
    "last_name": "Quixquill",
    "email": "zq@cs.betelgeuse.edu",
    "phone": "+49 151 99887766",
    "company": "Betelgeuse Laboratories",
    "title": "Improbability Officer",
}
NOTE = "Please ring the golden heart"
SECRETS = (*PERSON.values(), NOTE, "ZAPHODINA", "betelgeuse", "99887766")
HELD_BACK = "Held back by a privacy rule"


SEEING = (SALES_LEAD, OWNER)


class Private(NamedTuple):
    lead: Lead
    delivery: Delivery
    inbound: InboundRequest
    repeat: InboundRequest
    unreadable: InboundRequest


@pytest.fixture
def private(db: None) -> Private:
    """A lead that a rule holds back, everything that knows its person, and others around it."""
    posted = lead_json(
        FirstName=PERSON["first_name"],
        LastName=PERSON["last_name"],
        Email=PERSON["email"],
        Phone=PERSON["phone"],
        Company=PERSON["company"],
        Title=PERSON["title"],
        Description=NOTE,
    )
    lead = make_lead(**PERSON, is_private=True, search_text=" ".join([*PERSON.values(), NOTE]).upper())
    inbound = make_inbound(posted, state=InboundState.ACCEPTED)
    touch = make_touch(lead, inbound_request=inbound, note=NOTE, description=NOTE, unknown_fields={"X": NOTE})
    repeat = make_inbound(posted, state=InboundState.REPEAT, repeat_of=touch)
    unreadable = make_inbound(json.dumps(posted).encode("utf-16")[:-8], state=InboundState.REJECTED, reason="empty")
    delivery = make_delivery(touch=touch, state=DeliveryState.FAILED)
    make_attempt(
        delivery,
        result="rejected",
        finished_at=timezone.now(),
        cause="record_refused",
        detail=f"{PERSON['first_name']} {PERSON['last_name']} is there already",
        exchange={"method": "POST", "url": "https://x.example/", "request_body": json.dumps(posted)},
    )
    make_touch(make_lead(first_name="Otto", last_name="Open", search_text="OTTO OPEN"))
    return Private(lead, delivery, inbound, repeat, unreadable)


def told(answer: Any) -> list[str]:
    """Which of the secrets the answer tells, anywhere."""
    text = (answer.text + str(answer.headers)).lower()
    return [secret for secret in SECRETS if secret.lower() in text]


def every_page_about(private: Private) -> list[str]:
    rows = [private.lead, private.delivery, private.inbound, private.repeat, private.unreadable, private.lead]
    lists = [
        address_of(f"{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    words = ["zaphodina", "Quixquill", "betelgeuse", "99887766", "zq@"]
    return [
        *(page_of(row) for row in rows),
        *(page_of(row).replace("/change/", "/history/") for row in rows),
        *lists,
        *(f"{page}?all=" for page in lists),
        *(f"{address_of('leads_lead_changelist')}?q={word}" for word in words),
        *(f"{address_of('search')}?s={word}" for word in words),
        f"{address_of('search')}?s=e",
        address_of("index"),
        f"{address_of('leads_my_queue')}?tab=unassigned",
        address_of("leads_lead_fold", private.lead.pk),
        address_of("leads_lead_menu", private.lead.pk),
        address_of("app_list", "leads"),
    ]


@pytest.mark.parametrize("group", [SALES, OPS])
def test_no_page_tells_whoever_may_not_see_it(enter: Enter, private: Private, group: str) -> None:
    client = enter(group)
    for row in (private.lead, private.delivery):
        page = client.get(page_of(row))
        assert HELD_BACK in page.text
    told_by = {
        # What somebody typed into the search stands in it again.
        page: [secret for secret in told(client.get(page)) if secret.lower() not in page.lower()]
        for page in every_page_about(private)
    }
    assert {page: secrets for page, secrets in told_by.items() if secrets} == {}


@pytest.mark.parametrize("group", [SALES_LEAD, OWNER])
def test_whoever_may_see_it_does(enter: Enter, private: Private, group: str) -> None:
    client = enter(group)
    card = client.get(page_of(private.lead))
    assert {*PERSON.values(), NOTE} <= set(told(card))
    assert "Personal data held back" in card.text
    assert {"Zaphodina", "Quixquill"} <= set(told(client.get(list_of(private.lead))))
    assert "Zaphodina Quixquill" in client.get(f"{address_of('leads_my_queue')}?tab=unassigned").text
    assert {PERSON["email"], NOTE} <= set(told(client.get(address_of("leads_lead_fold", private.lead.pk))))
    assert "Zaphodina Quixquill" in client.get(address_of("search"), {"s": "quixq"}).text


def test_the_owner_sees_the_bodies(owner: Client, private: Private) -> None:
    for row in (private.inbound, private.repeat, private.unreadable, private.delivery):
        assert "Zaphodina" in told(owner.get(page_of(row))), row


def test_the_bodies_of_other_requests_and_deliveries_are_shown_to_ops(ops: Client) -> None:
    touch = make_touch(make_lead(first_name="Otto"))
    delivery = make_delivery(touch=touch, state=DeliveryState.FAILED)
    make_attempt(delivery, exchange={"method": "POST", "url": "https://x.example/", "request_body": "the-body"})
    assert "the-body" in ops.get(page_of(delivery)).text
    assert "mina@fabrikam.example" in ops.get(page_of(touch.inbound_request)).text


@pytest.mark.parametrize("group", [SALES, SALES_LEAD])
def test_what_was_sent_and_answered_is_for_operators(enter: Enter, group: str) -> None:
    delivery = make_delivery(state=DeliveryState.FAILED)
    make_attempt(
        delivery,
        result="rejected",
        finished_at=timezone.now(),
        detail="Field Industry is not known",
        exchange={"method": "POST", "url": "https://x.example/", "request_body": "the-body"},
    )
    page = enter(group).get(page_of(delivery)).text
    assert "the-body" not in page
    assert "https://x.example/" not in page
    assert "Field Industry is not known" in page


ORACLES = (
    "leads_lead_changelist?last_name__startswith=Q",
    "leads_lead_changelist?email__contains=betelgeuse",
    "leads_lead_changelist?search_text__contains=ZAPHODINA",
    "leads_lead_changelist?touches__note__contains=golden",
    "leads_lead_changelist?phone=1",
    "leads_lead_changelist?company__regex=^B",
    "leads_lead_changelist?action__startswith=I",
    "leads_delivery_changelist?touch__lead__last_name__startswith=Q",
    "leads_delivery_changelist?touch__email__startswith=z",
    "leads_delivery_changelist?attempts__detail__contains=Zaphodina",
    "leads_inboundrequest_changelist?body__contains=Zaphodina",
    "leads_inboundrequest_changelist?touches__last_name=Quixquill",
    "leads_destination_changelist?encrypted_secrets__startswith=g",
    "leads_endpoint_changelist?secrets__digest__startswith=0",
    "auth_user_changelist?password__startswith=md5",
    "auth_user_changelist?email__startswith=a",
)


@pytest.mark.parametrize("oracle", ORACLES)
def test_no_list_can_be_filtered_by_what_its_filters_do_not_offer(owner: Client, private: Private, oracle: str) -> None:
    name, _question, query = oracle.partition("?")
    assert owner.get(f"{address_of(name)}?{query}").status_code == 400


@pytest.mark.parametrize("group", [SALES, OPS])
def test_a_search_does_not_find_whom_it_may_not_show(enter: Enter, private: Private, group: str) -> None:
    client = enter(group)
    found = client.get(list_of(private.lead), {"q": "quixquill"})
    assert found.context["cl"].result_count == 0
    everything = client.get(list_of(private.lead))
    assert everything.context["cl"].result_count == 2  # it is there, without the name
    assert everything.text.count(HELD_BACK) >= 1


@pytest.mark.parametrize(
    ("group", "names"),
    [
        (SALES, ["Otto Open"]),
        (OPS, ["Otto Open"]),
        *((group, ["Otto Open", "Zaphodina Quixquill"]) for group in SEEING),
    ],
)
@pytest.mark.parametrize("term", ["", "o"])
def test_no_list_of_choices_tells_whoever_may_not_see_it(
    enter: Enter, private: Private, group: str, names: list[str], term: str
) -> None:
    choices = {"app_label": "leads", "model_name": "touch", "field_name": "lead", "term": term}
    answer = enter(group).get(address_of("autocomplete"), choices)
    assert sorted(choice["text"].partition(" (")[0] for choice in answer.json()["results"]) == names


@pytest.mark.parametrize("group", [SALES, SALES_LEAD, OPS, OWNER])
def test_why_a_destination_is_paused_is_told_without_what_was_sent(enter: Enter, private: Private, group: str) -> None:
    destination = private.delivery.destination
    paused = {"paused_at": timezone.now(), "paused_by": PausedBy.MACHINE, "pause_cause": "sign_in_refused"}
    DestinationGate.objects.update(**paused, pause_detail=f"No sign-in for {PERSON['email']}")
    page = enter(group).get(page_of(destination))
    assert told(page) == []
    link = f"/admin/leads/delivery/?destination__id__exact={destination.pk}&reason=sign_in_refused"
    assert f'<a href="{link}">' in page.text


def test_the_log_names_rows_by_their_keys(owner: Client, private: Private) -> None:
    owner.post(button_of(private.lead, "move"), {"stage": "contacted"})
    owner.post(button_of(private.delivery, "try_again"))
    owner.post(button_of(private.unreadable, "read_again"))
    named = {entry[1] for entry in log()}
    assert named == {str(private.lead.pk), str(private.delivery.pk), str(private.unreadable.pk)}
    written = str(all_rows()["admin.LogEntry"]).lower()
    assert [secret for secret in SECRETS if secret.lower() in written] == []


def test_a_body_shows_again_when_the_rule_is_taken_away(ops: Client, private: Private) -> None:
    assert "Zaphodina" not in ops.get(page_of(private.unreadable)).text
    PrivacyRule.objects.update(action=PrivacyAction.OFF)
    assert "Zaphodina" in ops.get(page_of(private.unreadable)).text


@pytest.mark.parametrize("state", [InboundState.RECEIVED, InboundState.REJECTED])
@pytest.mark.parametrize(
    "body",
    [
        b'{"Email": "x@uni.edu"}',
        '{"Email": "x@uni.edu"}'.encode("utf-16-le"),
        b"Email=x@cs.uni.EDU&FirstName=Zaphodina",
        b"Email=x%40cs.uni.edu&FirstName=Zaphodina",
        b"a@b.example, x@uni.edu",
    ],
)
def test_a_request_that_is_not_understood_is_held_back_for_its_addresses(
    ops: Client, body: bytes, state: InboundState
) -> None:
    inbound = make_inbound(body, state=state, reason="empty" if state == InboundState.REJECTED else "")
    assert HELD_BACK in ops.get(page_of(inbound)).text


def test_a_long_body_without_addresses_is_looked_through_at_once(ops: Client) -> None:
    inbound = make_inbound(b"x" * 1_000_000 + b"@" * 1000, state=InboundState.REJECTED, reason="empty")
    assert ops.get(page_of(inbound)).status_code == 200
