"""Touches of one person for one offer make one lead, which keeps the newest of what they say."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.intake.interpreting import interpret_waiting
from leads.intake.joining import absorb, join_key
from leads.models import Endpoint, Lead, Touch
from leads.states import PrivacyAction, Stage
from tests.factories import NOON, lead_json, make_endpoint, make_inbound, make_offer

MINUTE = timedelta(minutes=1)


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return make_endpoint()


def post(endpoint: Endpoint, *leads: dict[str, Any]) -> None:
    """One request each, a minute apart, read as one batch."""
    for number, lead in enumerate(leads):
        make_inbound(lead, endpoint=endpoint, received_at=NOON + number * MINUTE)
    interpret_waiting()


def test_the_first_touch_makes_a_lead(endpoint: Endpoint) -> None:
    post(endpoint, lead_json(Company="Fabrikam", Phone="02-555-0123", Title="IT manager"))
    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name, lead.email) == ("Mina", "Park", "mina@fabrikam.example")
    assert (lead.company, lead.phone, lead.title, lead.country_code) == ("Fabrikam", "02-555-0123", "IT manager", "KR")
    assert (lead.source, lead.action, lead.offer_title) == ("AzureMarketplace", "INS", "Contoso Firewall")
    assert (lead.stage, lead.touch_count, lead.first_touch_at, lead.last_touch_at) == (Stage.NEW, 1, NOON, NOON)
    assert (lead.is_test, lead.is_dnc, lead.is_private) == (False, False, False)
    assert lead.search_text == "MINA PARK MINA@FABRIKAM.EXAMPLE FABRIKAM 02-555-0123 CONTOSO FIREWALL"


@pytest.mark.parametrize("batches", [1, 2])
def test_the_same_person_and_offer_make_one_lead(endpoint: Endpoint, batches: int) -> None:
    leads = [lead_json(), lead_json(ActionCode="PLT", Email="MINA@Fabrikam.example")]
    if batches == 1:
        post(endpoint, *leads)
    else:
        post(endpoint, leads[0])
        make_inbound(leads[1], endpoint=endpoint, received_at=NOON + MINUTE)
        interpret_waiting()
    lead = Lead.objects.get()
    assert (lead.touch_count, lead.action, lead.email) == (2, "PLT", "MINA@Fabrikam.example")
    assert (lead.first_touch_at, lead.last_touch_at) == (NOON, NOON + MINUTE)
    assert set(Touch.objects.values_list("lead", flat=True)) == {lead.id}


def test_another_offer_makes_another_lead(endpoint: Endpoint) -> None:
    post(endpoint, lead_json(), lead_json(OfferTitle="Contoso Router"))
    assert sorted(Lead.objects.values_list("offer_title", flat=True)) == ["Contoso Firewall", "Contoso Router"]


def test_titles_that_differ_in_letter_case_and_blanks_are_one_offer(endpoint: Endpoint) -> None:
    post(endpoint, lead_json(), lead_json(OfferTitle="contoso   FIREWALL"))
    assert Lead.objects.get().touch_count == 2


def test_the_same_offer_at_two_endpoints_makes_one_lead(db: None) -> None:
    offer = make_offer()
    for _n in range(2):
        make_inbound(lead_json(), endpoint=make_endpoint(offer=offer))
    interpret_waiting()
    assert Lead.objects.get().touch_count == 2


@pytest.mark.parametrize("address", ["", "not an address", "mina@localhost"])
def test_without_a_usable_address_every_touch_is_a_lead_of_its_own(endpoint: Endpoint, address: str) -> None:
    post(endpoint, lead_json(Email=address), lead_json(Email=address, Description="Again"))
    assert list(Lead.objects.values_list("touch_count", "join_key")) == [(1, None), (1, None)]


def test_test_leads_stay_apart_from_people_and_from_each_other(endpoint: Endpoint) -> None:
    test = lead_json(Title="MSFT_TEST_636573304831318844")
    post(endpoint, lead_json(), test, test)
    assert sorted(Lead.objects.values_list("is_test", "touch_count")) == [(False, 1), (True, 1), (True, 1)]


def test_an_empty_value_never_overwrites_one_that_is_there(endpoint: Endpoint) -> None:
    post(endpoint, lead_json(Company="Fabrikam", Phone="1"), lead_json(Company="", FirstName="Min-a", Phone="2"))
    lead = Lead.objects.get()
    assert (lead.first_name, lead.company, lead.phone) == ("Min-a", "Fabrikam", "2")


def test_the_country_code_is_always_that_of_the_country_shown(endpoint: Endpoint) -> None:
    post(endpoint, lead_json(Country="KR"), lead_json(Country="Atlantis"))
    assert Lead.objects.values_list("country", "country_code").get() == ("Atlantis", "")


def test_what_happened_earlier_fills_gaps_and_changes_nothing_else(endpoint: Endpoint) -> None:
    make_inbound(lead_json(FirstName="New", Company=""), endpoint=endpoint, received_at=NOON)
    interpret_waiting()
    Lead.objects.update(stage=Stage.WON)
    earlier = lead_json(FirstName="Old", Company="Fabrikam", ActionCode="DNC")
    make_inbound(earlier, endpoint=endpoint, received_at=NOON - MINUTE)
    interpret_waiting()
    lead = Lead.objects.get()
    assert (lead.first_name, lead.company, lead.action, lead.is_dnc) == ("New", "Fabrikam", "INS", False)
    assert (lead.stage, lead.touch_count) == (Stage.WON, 2)
    assert (lead.first_touch_at, lead.last_touch_at) == (NOON - MINUTE, NOON)


@pytest.mark.parametrize(
    ("actions", "is_dnc"), [(["INS", "DNC"], True), (["DNC", "PLT"], False), (["DNC", "DNC"], True)]
)
def test_the_newest_word_on_contact_counts(endpoint: Endpoint, actions: list[str], is_dnc: bool) -> None:
    post(endpoint, *(lead_json(ActionCode=action, Description=str(n)) for n, action in enumerate(actions)))
    lead = Lead.objects.get()
    assert lead.is_dnc is is_dnc
    assert Lead.objects.to_work_on().exists() is not is_dnc
    assert list(Touch.objects.order_by("id").values_list("is_dnc", flat=True)) == [a == "DNC" for a in actions]


@pytest.mark.parametrize("closed", [Stage.WON, Stage.LOST, Stage.DISCARDED])
@pytest.mark.parametrize(("action", "opens"), [("PLT", True), ("DNC", False)])
def test_a_closed_lead_opens_again_when_the_person_returns(
    endpoint: Endpoint, closed: Stage, action: str, opens: bool
) -> None:
    post(endpoint, lead_json())
    Lead.objects.update(stage=closed)
    make_inbound(lead_json(ActionCode=action), endpoint=endpoint, received_at=NOON + MINUTE)
    interpret_waiting()
    assert Lead.objects.get().stage == (Stage.NEW if opens else closed)


@pytest.mark.parametrize("open_stage", [Stage.NEW, Stage.CONTACTED, Stage.QUALIFIED])
def test_a_lead_that_is_worked_on_keeps_its_stage(endpoint: Endpoint, open_stage: Stage) -> None:
    post(endpoint, lead_json())
    Lead.objects.update(stage=open_stage)
    make_inbound(lead_json(ActionCode="PLT"), endpoint=endpoint, received_at=NOON + MINUTE)
    interpret_waiting()
    assert Lead.objects.get().stage == open_stage


def test_an_address_under_a_privacy_rule_makes_the_lead_private(endpoint: Endpoint) -> None:
    post(endpoint, lead_json(Email="mina@cs.school.edu"), lead_json())
    assert dict(Lead.objects.values_list("email", "is_private")) == {
        "mina@cs.school.edu": True,
        "mina@fabrikam.example": False,
    }
    assert Touch.objects.get(email="mina@cs.school.edu").privacy == PrivacyAction.HOLD


# --- Pure -----------------------------------------------------------------------------------------------------------


def touch_at(minute: int, **values: Any) -> Touch:
    return Touch(received_at=NOON + minute * MINUTE, **values)


def test_the_key_of_a_person_and_an_offer_is_the_same_for_ever() -> None:
    # Stored with every lead: another digest would split people from their leads.
    touch = Touch(email_key="mina@fabrikam.example", offer_title="Contoso Firewall")
    assert join_key(touch) == "4edc53c0f39116208fbec3df2fe9716a86d6fcad681bfa8935bbedcd1bb602be"
    touch.offer_id = 7
    assert join_key(touch) == "807c223327677f291b71089e491e76f6984ede389188aa13d344bbe012a72cd6"


histories = st.lists(
    st.fixed_dictionaries({"first_name": st.sampled_from(["", "A", "B"]), "is_dnc": st.booleans()}),
    min_size=1,
    max_size=6,
)


@given(histories, st.randoms(use_true_random=False))
def test_touches_make_the_same_lead_in_whichever_order_they_are_read(
    history: list[dict[str, Any]], chance: Any
) -> None:
    touches = [touch_at(minute, **values) for minute, values in enumerate(history)]
    in_order, shuffled = (_lead_of(touches), _lead_of(chance.sample(touches, len(touches))))
    for name in ("is_dnc", "touch_count", "first_touch_at", "last_touch_at"):
        assert getattr(in_order, name) == getattr(shuffled, name)
    assert in_order.touch_count == len(touches)
    assert in_order.is_dnc == touches[-1].is_dnc


def _lead_of(touches: list[Touch]) -> Lead:
    lead = Lead(first_touch_at=touches[0].received_at, last_touch_at=touches[0].received_at)
    for touch in touches:
        absorb(lead, touch)
    return lead
