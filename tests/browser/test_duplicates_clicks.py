"""Merging duplicates takes no more presses than was promised: done by hand, in the browser, by a member of the group,
and seen in the rows afterwards."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from leads.found_by import set_found_by
from leads.models import Lead, LeadPair, Merge
from leads.roles import SALES
from leads.sales.duplicates import compare_waiting
from leads.sales.merging import merge
from leads.states import Stage
from tests.browser.conftest import Enter
from tests.browser.hand import Hand
from tests.browser.test_appearance import DESKTOP, PHONE, sideways
from tests.factories import NOON, make_lead, make_offer, make_touch, make_user
from tests.leads.admin.places import address_of, page_of

type Visit = Callable[[str], None]

PAGE = "/admin/leads/lead/duplicates/"


@pytest.fixture
def tom(enter: Enter) -> User:
    return enter(user=make_user(SALES, is_staff=True, first_name="Tom", last_name="Becker"))


@pytest.fixture
def hand(page: Page, tom: User) -> Hand:
    return Hand(page)


def lead(**values: Any) -> Lead:
    made = make_lead(**{"email": "mina@fabrikam.example"} | values)
    set_found_by(made)
    made.save()
    make_touch(made)
    return made


@pytest.fixture
def pair(tom: User) -> tuple[Lead, Lead]:
    """With something to choose, and values as long as they come."""
    long = {"company": "C" * 300, "title": "Head of everything " * 10, "phone": "+82 2 1234 1234"}
    older = lead(first_touch_at=NOON, company="Fabrikam", owner=tom)
    return older, lead(first_name="Mina Josephine", stage=Stage.CONTACTED, **long)


def test_a_duplicate_is_merged_in_3_from_the_card_and_undone_in_1(
    page: Page, hand: Hand, visit: Visit, pair: tuple[Lead, Lead]
) -> None:
    older, newer = pair
    visit(page_of(newer))
    expect(page.get_by_text("This lead may be there twice.")).to_be_in_viewport()
    hand.press_link("Compare")
    expect(page.get_by_role("radio", name="Fabrikam")).not_to_be_checked()
    hand.press(page.get_by_text("Fabrikam", exact=True))
    hand.press_button(re.compile("Merge$"))
    expect(page.get_by_text("Merged: both are one lead now.")).to_be_visible()
    assert page.url.endswith(page_of(older))
    older.refresh_from_db()
    assert (older.company, older.first_name, older.stage) == ("Fabrikam", "Mina Josephine", Stage.CONTACTED)
    assert hand.presses <= 3
    hand.presses = 0
    hand.press_button("Undo")
    expect(page.get_by_text("Undone: 2 leads are as they were.")).to_be_visible()
    assert Merge.objects.count() == 0
    assert hand.presses <= 1


def test_a_merged_lead_is_split_in_2(page: Page, hand: Hand, visit: Visit, tom: User, pair: tuple[Lead, Lead]) -> None:
    older, newer = pair
    merge(tom, older.pk, newer.pk)
    visit(page_of(older))
    hand.press_link("Split…")
    expect(page.get_by_text("Everything: nobody has changed anything since.")).to_be_visible()
    hand.press_button(re.compile("Split$"))
    expect(page.get_by_text("Split: they are two leads again.")).to_be_visible()
    assert hand.presses <= 2
    page.get_by_role("link", name="Mina Josephine Park").first.click()
    page.wait_for_url(f"**{page_of(newer)}")
    assert Lead.objects.shown().count() == 2


@pytest.mark.parametrize("where", ["card", "page"])
def test_not_a_duplicate_is_said_in_2(
    page: Page, hand: Hand, visit: Visit, pair: tuple[Lead, Lead], where: str
) -> None:
    compare_waiting()
    visit(page_of(pair[0]) if where == "card" else PAGE)
    hand.press_button("Not a duplicate")
    expect(page.get_by_text("Noted: they are not one. Nobody is asked again.")).to_be_visible()
    expect(page.get_by_role("button", name="Not a duplicate")).to_have_count(0)
    assert LeadPair.objects.get().dismissed_at is not None
    assert page.url.endswith(page_of(pair[0]) if where == "card" else PAGE)
    assert hand.presses <= 2


def test_a_pair_of_the_page_is_merged_in_2_and_the_next_one_is_there(
    page: Page, hand: Hand, visit: Visit, pair: tuple[Lead, Lead]
) -> None:
    compare_waiting()
    visit(PAGE)
    hand.press_link("Compare")
    hand.press_button(re.compile("Merge$"))
    page.wait_for_url(f"**{PAGE}")
    expect(page.get_by_text("Merged: both are one lead now.")).to_be_visible()
    expect(page.get_by_text("No two leads look like one.")).to_be_visible()
    assert Merge.objects.count() == 1
    assert hand.presses <= 2


def pages(tom: User, pair: tuple[Lead, Lead]) -> dict[str, str]:
    older, newer = pair
    absorbed = lead(offer=make_offer(name="F" * 200))
    merge(tom, older.pk, absorbed.pk, parts=())
    lead(offer=make_offer(name="G" * 200))
    while compare_waiting():
        pass
    return {
        "card": page_of(older),
        "duplicates": PAGE,
        "same person": f"{PAGE}?kind=person",
        "compare": address_of("leads_lead_merge", older.pk, newer.pk),
        "split": address_of("leads_lead_split", absorbed.pk),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_these_pages(
    page: Page, tom: User, visit: Visit, pair: tuple[Lead, Lead], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    axe, found = Axe(), {}
    for name, address in pages(tom, pair).items():
        visit(address)
        found[name] = [violation["id"] for violation in axe.run(page).response["violations"]]
    assert found == {name: [] for name in found}


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_none_of_these_pages_has_to_be_moved_sideways(
    page: Page, tom: User, visit: Visit, pair: tuple[Lead, Lead], screen: Any
) -> None:
    page.set_viewport_size(screen)
    found = {}
    for name, address in pages(tom, pair).items():
        visit(address)
        found[name] = sideways(page)
    assert found == dict.fromkeys(found, 0)
