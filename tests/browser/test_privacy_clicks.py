"""What the owner does about people's data takes no more presses than was promised, counted as in the other tests of
clicks: one press of the pointer or of a key is one, typing is none."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from playwright.sync_api import Page, expect

from leads.models import Destination, Lead, PrivacyRequest, RetentionRule
from leads.models.privacy import RequestState
from leads.states import DeliveryState
from tests.browser.hand import Hand
from tests.browser.test_appearance import DESKTOP, PHONE, sideways
from tests.factories import make_delivery, make_destination, make_lead, make_touch
from tests.leads.admin.places import address_of, page_of
from tests.leads.privacy.erased import look

type Visit = Callable[[str], None]

PRIVACY = "/admin/leads/privacyrequest/"
ADDRESS = "mina@fabrikam.example"


@pytest.fixture
def hand(page: Page, owner: User) -> Hand:
    return Hand(page)


@pytest.fixture
def lead(owner: User) -> Lead:
    """Whose record went to a CRM."""
    lead = make_lead(email_key=ADDRESS, company="Fabrikam", search_text=f"MINA PARK {ADDRESS.upper()} FABRIKAM")
    there = {"external_id": "00Q1", "external_url": "https://crm.example.com/00Q1"}
    crm = make_destination(name="CRM")
    make_delivery(crm, make_touch(lead, note="Call me"), state=DeliveryState.DELIVERED, **there)
    return lead


def find(hand: Hand, visit: Visit, text: str = ADDRESS) -> None:
    """The box has the keyboard already."""
    visit(PRIVACY)
    expect(hand.page.locator("#lc-who")).to_be_focused()
    hand.type(text)
    hand.press_key("Enter")
    expect(hand.page.get_by_role("link", name="Mina Park")).to_be_visible()


@pytest.mark.parametrize("text", [ADDRESS, "fabrikam"])
def test_a_person_is_found_in_1_and_typing(hand: Hand, visit: Visit, lead: Lead, text: str) -> None:
    find(hand, visit, text)
    assert hand.presses <= 1
    assert ADDRESS not in hand.page.url


def test_all_that_is_kept_is_handed_out_in_2(page: Page, hand: Hand, visit: Visit, lead: Lead, tmp_path: Path) -> None:
    find(hand, visit)
    hand.presses = 0
    hand.press_link(re.compile("Mina Park"))
    expect(page.get_by_role("row", name="Touches 1")).to_be_visible()
    with page.expect_download() as started:
        hand.press_button("Export")
    started.value.save_as(tmp_path / "person.json")
    assert json.loads((tmp_path / "person.json").read_text())["touches"][0]["note"] == "Call me"
    assert hand.presses <= 2


def test_a_person_is_erased_in_3_and_typing_and_chased_in_1(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    find(hand, visit)
    hand.presses = 0
    hand.press_link(re.compile("Mina Park"))
    hand.press(page.locator("summary", has_text="Erase…"))
    hand.type(ADDRESS)
    hand.press_button("Erase for good")
    expect(page.get_by_text("Being erased")).to_be_visible()
    assert hand.presses <= 3
    asked = PrivacyRequest.objects.get()
    look(asked)
    expect(page.get_by_text("all of it is looked through once more")).to_be_visible()
    look(asked)
    expect(page.get_by_text("is a new lead")).to_be_visible()
    lead.refresh_from_db()
    assert (lead.email, asked.state) == ("", RequestState.DONE)
    expect(page.get_by_text("ID there: 00Q1")).to_be_visible()
    hand.presses = 0
    hand.press_button("It is gone there")
    expect(page.get_by_text("Ticked off.")).to_be_visible()
    assert hand.presses <= 1


def test_a_request_is_noted_from_the_page_of_the_person(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    visit(address_of("leads_person", lead.pk))
    hand.press(page.locator("summary", has_text="Note a request"))
    page.get_by_label("Who asked, and how").fill("Mina, by mail")
    hand.press_button("Note it")
    expect(page.get_by_text("Noted. It is shown until it is answered.")).to_be_visible()
    visit(PRIVACY)
    expect(page.get_by_text("Mina, by mail")).to_be_visible()
    assert hand.presses <= 2


def test_a_rule_is_changed_in_3(page: Page, hand: Hand, visit: Visit) -> None:
    visit(address_of("leads_retention"))
    rule = page.locator("section", has_text="Requests as posted").first
    hand.press(rule.locator("summary"))
    rule.locator("input[name=keep]").fill("60")
    hand.press(rule.get_by_role("button", name="Save"))
    expect(page.get_by_text("Requests as posted: Kept for 60 days")).to_be_visible()
    assert RetentionRule.objects.get().keep == 60
    assert hand.presses <= 3


def test_the_audit_is_filtered_by_person_kind_and_time_in_3(page: Page, hand: Hand, visit: Visit, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(first_name="Mina", last_name="Kim")
    kind = ContentType.objects.get_for_model(Destination)
    LogEntry.objects.create(
        user=owner, content_type=kind, object_id="1", object_repr="CRM", action_flag=CHANGE, change_message="Paused."
    )
    visit("/admin/audit/")
    expect(page.get_by_text("Signed in", exact=True)).to_be_visible()
    for label, choice in (("Colleague", "Mina Kim"), ("Kind", "Settings and operation"), ("Period", "Last 7 days")):
        with page.expect_navigation():
            hand.choose(page.get_by_label(label, exact=True), choice)
    expect(page.get_by_text("destination CRM · Paused.")).to_be_visible()
    expect(page.get_by_text("Signed in", exact=True)).to_have_count(0)
    assert hand.presses <= 3
    with page.expect_download() as started:
        hand.press_button("Export as CSV")
    assert "Paused." in Path(started.value.path()).read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_and_no_page_goes_sideways(
    page: Page, hand: Hand, visit: Visit, lead: Lead, scheme: Any
) -> None:
    Lead.objects.filter(pk=lead.pk).update(first_name="X" * 200, company="C" * 300, offer_title="O" * 300)
    asked = PrivacyRequest.objects.create(kind="erase", lead=lead, email="m" * 200 + ADDRESS, who_asked="W" * 200)
    pages = {
        "privacy": PRIVACY,
        "person": address_of("leads_person", lead.pk),
        "request": page_of(asked),
        "retention": address_of("leads_retention"),
        "audit": "/admin/audit/",
    }
    page.emulate_media(color_scheme=scheme)
    axe, problems, wider = Axe(), {}, {}
    for name, address in pages.items():
        for screen in (DESKTOP, PHONE):
            page.set_viewport_size(screen)
            visit(address)
            page.locator("details:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")
            wider[name, screen["width"]] = sideways(page)
            found = {(one["id"], one["impact"]) for one in axe.run(page).response["violations"]}
            problems[name, screen["width"]] = found
    assert wider == dict.fromkeys(wider, 0)
    assert problems == {name: set() for name in problems}
