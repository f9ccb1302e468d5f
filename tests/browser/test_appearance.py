"""On every screen, in both themes and languages, for everybody: what a page looks like and whom it leaves out."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Locator, Page, ViewportSize, expect

from leads.models import Lead
from leads.states import DeliveryState
from tests.factories import (
    make_attempt,
    make_delivery,
    make_destination,
    make_lead,
    make_offer,
    make_secret,
    make_touch,
)
from tests.leads.admin.places import address_of, page_of

type Visit = Callable[[str], None]

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
LISTS = ("lead", "delivery", "destination", "inboundrequest", "endpoint", "offertitle")
# Of the theme, and none of them keeps anybody from anything.
KNOWN_OF_THE_THEME = {"empty-table-header"}  # the column of the arrows that fold a row out


def pages_with_much_in_them() -> dict[str, str]:
    """The main pages, with values as long as they come."""
    long = {"first_name": "X" * 200, "company": "C" * 300, "title": "T" * 300, "offer_title": "O" * 300}
    lead = make_lead(**long, country_code="KR", action="INS", offer=make_offer(name="F" * 200))
    make_lead(first_name="محمد", last_name="الفارسي", company="شركة المثال", is_dnc=True)
    touch = make_touch(lead, note="please " * 100, unknown_fields={"N" * 100: "V" * 300})
    destination = make_destination(name="D" * 100, settings={"url": "https://crm.example.com/" + "p" * 500})
    delivery = make_delivery(destination, touch, state=DeliveryState.FAILED)
    make_attempt(
        delivery,
        result="rejected",
        finished_at=timezone.now(),
        cause="record_refused",
        detail="W" * 500,
        exchange={"method": "POST", "url": "https://crm.example.com/" + "u" * 300, "request_body": "B" * 2000},
    )
    return {
        "overview": "/admin/",
        "leads": "/admin/leads/lead/",
        "lead": page_of(lead),
        "edit": address_of("leads_lead_edit", lead.pk),
        "hand over": address_of("leads_lead_hand_over", lead.pk),
        "tasks": address_of("leads_my_tasks"),
        "delivery": page_of(delivery),
        "destination": page_of(destination),
        "endpoint": page_of(make_secret().endpoint),
        "request": page_of(touch.inbound_request),
    }


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_has_to_be_moved_sideways(page: Page, owner: User, visit: Visit, screen: ViewportSize) -> None:
    addresses = pages_with_much_in_them() | {name: f"/admin/leads/{name}/" for name in LISTS}
    page.set_viewport_size(screen)
    found = {}
    for name, address in addresses.items():
        visit(address)
        found[name] = sideways(page)
    assert found == dict.fromkeys(addresses, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_the_main_pages(page: Page, owner: User, visit: Visit, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    axe, found = Axe(), {}
    for name, address in pages_with_much_in_them().items():
        visit(address)
        problems = {(found["id"], found["impact"]) for found in axe.run(page).response["violations"]}
        found[name] = {problem for problem in problems if problem[0] not in KNOWN_OF_THE_THEME}
    assert found == {name: set() for name in found}


def test_the_dark_theme_follows_the_system(page: Page, owner: User, visit: Visit) -> None:
    def brightness() -> int:
        colour = page.evaluate("getComputedStyle(document.querySelector('.lc-card')).backgroundColor")
        return int(page.evaluate(BRIGHTNESS, colour))

    visit("/admin/")
    assert brightness() > 200
    page.emulate_media(color_scheme="dark")
    visit("/admin/")
    assert brightness() < 80


# Whatever way the colour is written, a canvas knows how red, green and blue it is.
PARTS = """colour => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data.slice(0, 3));
}"""
BRIGHTNESS = f"colour => Math.max(...({PARTS})(colour))"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_errors_are_red_beside_a_choice_and_below_a_bulk_edit(
    page: Page, owner: User, visit: Visit, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    lead = make_lead(title="CTO")
    visit(address_of("leads_lead_edit", lead.pk))
    Lead.objects.update(title="CEO")
    page.get_by_label("Job title").fill("x" * 101)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("radio")).to_have_count(2)
    page.get_by_role("button", name="Save").click()
    errors = page.locator(".errorlist li")
    expect(errors).to_have_count(2)
    assert [red(page, error) for error in errors.all()] == [True, True]
    assert Axe().run(page).response["violations"] == []
    visit("/admin/leads/lead/")
    page.locator("#result_list, .result-list").locator("input[name=_selected_action]").first.check()
    page.get_by_role("button", name="Snooze…").click()
    page.get_by_label("At another time").check()
    page.get_by_role("button", name="Snooze 1 lead").click()
    expect(errors).to_have_count(1)
    assert red(page, errors.first)


def red(page: Page, shown: Locator) -> bool:
    colour = shown.evaluate("element => getComputedStyle(element).color")
    red, green, blue = page.evaluate(PARTS, colour)
    return bool(red > green + 40 and red > blue + 40)


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_long_name_takes_two_lines_of_the_head(page: Page, owner: User, visit: Visit, screen: ViewportSize) -> None:
    lead = make_lead(last_name="x" * 324)
    page.set_viewport_size(screen)
    for address in (page_of(lead), address_of("leads_lead_edit", lead.pk)):
        visit(address)
        title = page.locator(".lc-lead-head .lc-title")
        lines = title.evaluate("it => it.clientHeight / parseFloat(getComputedStyle(it).lineHeight)")
        assert round(lines) == 2, address


def test_the_language_is_changed_from_the_menu_and_stays(page: Page, owner: User, visit: Visit) -> None:
    visit("/admin/")
    page.get_by_text(owner.get_username()).first.click()
    page.locator("form[action*=setlang]").get_by_role("button", name=re.compile("Korean|한국어")).click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    visit("/admin/leads/lead/")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.locator("nav a", has_text=re.compile("[가-힣]")).first).to_be_visible()


def test_the_sidebar_opens_on_a_phone(page: Page, owner: User, visit: Visit) -> None:
    page.set_viewport_size(PHONE)
    visit("/admin/")
    entry = page.get_by_role("link", name="Inbound requests")
    expect(entry).not_to_be_in_viewport()
    page.get_by_text("dock_to_right").click()
    expect(entry).to_be_in_viewport()
