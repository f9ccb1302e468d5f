"""Which rule fits a lead, and whose turn it is."""

from typing import Any

import pytest

from leads.assignment.rules import Rule, person_of, rule_for, without
from leads.models import Lead
from leads.states import Sharing

MINA, TOM, UTA = 1, 2, 3


def rule(name: str = "R", **values: Any) -> Rule:
    given: dict[str, Any] = dict.fromkeys(("offer_ids", "countries", "sources", "actions"), frozenset())
    given |= {"rule_id": 1, "name": name, "team_id": None, "people": (MINA, TOM, UTA), "sharing": Sharing.IN_TURN}
    return Rule(**given | {key: frozenset(v) if isinstance(v, set) else v for key, v in values.items()})


LEAD = Lead(offer_id=7, country_code="DE", source="AzureMarketplace", action="INS")


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"offer_ids": {7, 8}}, True),
        ({"offer_ids": {8}}, False),
        ({"countries": {"DE", "AT"}}, True),
        ({"countries": {"AT"}}, False),
        ({"sources": {"azuremarketplace"}}, True),
        ({"sources": {"spza"}}, False),
        ({"actions": {"ins"}}, True),
        ({"actions": {"plt"}}, False),
        ({"countries": {"DE"}, "actions": {"plt"}}, False),
        ({"countries": {"DE"}, "actions": {"ins"}, "offer_ids": {7}, "sources": {"azuremarketplace"}}, True),
    ],
)
def test_a_rule_fits_when_all_of_its_conditions_do(conditions: dict[str, Any], fits: bool) -> None:
    assert rule(**conditions).fits(LEAD) is fits


def test_a_lead_without_an_offer_or_country_fits_only_rules_that_ask_for_none() -> None:
    unknown = Lead(source="AzureMarketplace", action="INS")
    assert not rule(offer_ids={7}).fits(unknown)
    assert not rule(countries={"DE"}).fits(unknown)
    assert rule(actions={"ins"}).fits(unknown)


def test_the_first_rule_that_fits_and_has_somebody_is_taken() -> None:
    other, empty, first = rule("other", countries={"AT"}), rule("empty", people=()), rule("first")
    assert rule_for(LEAD, [other, empty, first, rule("last")]) is first
    assert rule_for(LEAD, [other, empty]) is None
    whoever = rule("whoever", people=(), sharing=Sharing.WHO_TAKES)
    assert rule_for(LEAD, [other, whoever, first]) is whoever


@pytest.mark.parametrize(("last", "following"), [(None, MINA), (MINA, TOM), (TOM, UTA), (UTA, MINA), (99, MINA)])
def test_people_have_their_turns_in_a_circle(last: int | None, following: int) -> None:
    assert person_of(rule(), last, {}) == following


def test_who_left_between_two_turns_is_passed_over() -> None:
    assert person_of(rule(people=(MINA, UTA)), TOM, {}) == UTA
    assert person_of(rule(people=(MINA, TOM)), UTA, {}) == MINA


@pytest.mark.parametrize(
    ("open_leads", "last", "following"),
    [
        ({}, None, MINA),
        ({MINA: 1, TOM: 1}, None, UTA),
        ({MINA: 2, TOM: 1, UTA: 1}, None, TOM),
        ({MINA: 1, TOM: 1, UTA: 1}, MINA, TOM),  # equally busy: in turn
        ({MINA: 1, TOM: 1, UTA: 1}, UTA, MINA),
    ],
)
def test_the_least_busy_gets_it_and_among_equals_whose_turn_it_is(
    open_leads: dict[int, int], last: int | None, following: int
) -> None:
    assert person_of(rule(sharing=Sharing.LEAST_BUSY), last, open_leads) == following


def test_what_whoever_takes_it_may_have_is_given_to_nobody() -> None:
    assert person_of(rule(sharing=Sharing.WHO_TAKES), None, {}) is None


def test_without_those_who_had_it_a_rule_gives_to_the_others() -> None:
    first, second = without([rule("a", people=(MINA, TOM)), rule("b", sharing=Sharing.WHO_TAKES)], {MINA, TOM})
    assert (first.people, first.sharing, first.has_somebody) == ((), Sharing.IN_TURN, False)
    assert (second.people, second.sharing, second.has_somebody) == ((UTA,), Sharing.LEAST_BUSY, True)
