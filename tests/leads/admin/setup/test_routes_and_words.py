"""Routes, the publisher's own words, and the rules on whose personal data is held back."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client

from leads.models import PrivacyRule, Route, Term
from leads.states import PrivacyAction
from tests.factories import make_destination, make_lead, make_offer, make_route
from tests.leads.admin.places import address_of, list_of, page_of

pytestmark = pytest.mark.django_db


def test_a_route_keeps_the_conditions_that_were_chosen(owner: Client) -> None:
    destination, offer = make_destination(), make_offer()
    owner.post(
        address_of("leads_route_add"),
        {
            "name": "Firewall in Korea",
            "destination": destination.pk,
            "enabled": "on",
            "offers": [offer.pk],
            "sources": ["AzureMarketplace"],
            "actions": ["INS", "PLT"],
            "countries": ["KR"],
        },
    )
    route = Route.objects.get()
    assert (route.name, route.destination, route.enabled) == ("Firewall in Korea", destination, True)
    assert list(route.offers.all()) == [offer]
    assert (route.sources, route.actions, route.countries) == (["AzureMarketplace"], ["INS", "PLT"], ["KR"])


def test_a_route_without_conditions_takes_every_lead(owner: Client) -> None:
    destination = make_destination()
    owner.post(address_of("leads_route_add"), {"destination": destination.pk, "enabled": "on"})
    route = Route.objects.get()
    assert (route.sources, route.actions, route.countries, route.offers.count()) == ([], [], [], 0)
    assert "Every lead" in owner.get(list_of(route)).text


def test_the_list_shows_the_conditions_in_words(ops: Client) -> None:
    make_route(make_destination(), make_offer(name="Firewall"), actions=["INS"], countries=["KR"], sources=["SPZA"])
    shown = ops.get(address_of("leads_route_changelist")).text
    assert "Firewall · " in shown
    assert " · South Korea" in shown
    assert "INS" not in shown


def test_a_code_that_nobody_knows_any_more_stays_chosen(owner: Client) -> None:
    route = make_route(make_destination(), actions=["OLD-CODE"])
    owner.post(page_of(route), {"destination": route.destination_id, "enabled": "on", "actions": ["OLD-CODE", "INS"]})
    route.refresh_from_db()
    assert route.actions == ["OLD-CODE", "INS"]


def test_a_code_that_does_not_exist_is_refused_beside_its_field(owner: Client) -> None:
    posted = {"destination": make_destination().pk, "actions": ["NO-SUCH"]}
    answer = owner.post(address_of("leads_route_add"), posted)
    assert list(answer.context["adminform"].form.errors) == ["actions"]
    assert Route.objects.count() == 0


def test_a_code_that_the_publisher_added_can_be_chosen(owner: Client) -> None:
    Term.objects.create(kind="action", code="FOO", label="Frobnicate")
    posted = {"destination": make_destination().pk, "actions": ["FOO"]}
    owner.post(address_of("leads_route_add"), posted)
    assert Route.objects.get().actions == ["FOO"]


def test_ops_read_a_route_in_words(ops: Client) -> None:
    route = make_route(make_destination(), make_offer(name="Firewall"), countries=["KR"])
    page = ops.get(page_of(route)).text
    assert "Firewall · South Korea" in page
    assert "[" not in page[page.index("Firewall · South Korea") :][:200]


def test_a_term_gives_a_code_the_publishers_own_words(owner: Client) -> None:
    lead = make_lead(action="FOO")
    assert "FOO" in owner.get(list_of(lead)).text
    owner.post(address_of("leads_term_add"), {"kind": "action", "code": "FOO", "label": "Frobnicate", "warmth": ""})
    cache.clear()
    assert "Frobnicate" in owner.get(list_of(lead)).text


def test_a_code_has_one_term(owner: Client) -> None:
    Term.objects.create(kind="action", code="FOO", label="Frobnicate")
    answer = owner.post(address_of("leads_term_add"), {"kind": "action", "code": "foo", "label": "Other"})
    assert "There is an entry for this code already." in answer.text
    assert Term.objects.count() == 1


@pytest.fixture
def rule_of_the_migration() -> None:
    """Tests that commit empty the tables after them, and with them what the migrations put there."""
    import_module("leads.migrations.0002_privacy_rule_edu").add_rule(apps, None)


def test_the_rule_for_edu_addresses_is_there_and_can_be_changed(owner: Client, rule_of_the_migration: None) -> None:
    rule = PrivacyRule.objects.get()
    assert (rule.domain, rule.action) == ("edu", PrivacyAction.HOLD)
    owner.post(page_of(rule), {"domain": "edu", "action": PrivacyAction.STRIP})
    rule.refresh_from_db()
    assert rule.action == PrivacyAction.STRIP


@pytest.mark.parametrize("domain", ["EDU", ".edu", "a b", "@edu", "edu.", ""])
def test_a_domain_that_would_never_match_is_refused(owner: Client, domain: str) -> None:
    answer = owner.post(address_of("leads_privacyrule_add"), {"domain": domain, "action": PrivacyAction.HOLD})
    assert list(answer.context["adminform"].form.errors) == ["domain"]
    assert not PrivacyRule.objects.exclude(domain="edu").exists()
