"""What sales people do all day in their queue and in the list takes no more presses than was promised. Each is done by
hand, in the browser, by a member of the group, and is seen in the rows afterwards."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.models import Lead, SavedView
from leads.roles import SALES
from leads.sales import steps
from leads.states import CallOutcome, DeliveryState, Stage, TaskKind
from tests.browser.conftest import Enter
from tests.browser.hand import Hand
from tests.browser.test_appearance import DESKTOP, KNOWN_OF_THE_THEME, PHONE, sideways
from tests.factories import make_delivery, make_destination, make_lead, make_offer, make_touch, make_user, make_view
from tests.leads.admin.places import page_of

type Visit = Callable[[str], None]

QUEUE, LIST = "/admin/leads/lead/queue/", "/admin/leads/lead/"


@pytest.fixture
def tom(enter: Enter) -> User:
    return enter(user=make_user(SALES, username="tom", first_name="Tom", is_staff=True))


@pytest.fixture
def ines(transactional_db: None) -> User:
    return make_user(SALES, username="ines", first_name="Ines", last_name="Ruiz", is_staff=True)


@pytest.fixture
def hand(page: Page, tom: User) -> Hand:
    return Hand(page)


def lead_of(user: User | None, name: str = "Park", **values: Any) -> Lead:
    now = timezone.now()
    given = {"owner": user, "opened_at": now, "routed_at": now, "last_name": name, "phone": "+82 2 1234 5678"}
    return make_lead(**given | {"search_text": f"MINA {name.upper()}"} | values)


def row(page: Page, name: str = "Mina Park") -> Any:
    return page.locator("[data-row]", has_text=name)


def test_what_to_do_next_is_seen_without_a_press(page: Page, hand: Hand, tom: User, visit: Visit) -> None:
    soon = timezone.now() + timedelta(hours=3, minutes=1)
    lead_of(tom, "Later", answer_by=soon + timedelta(days=1))
    lead_of(tom, "Sooner", answer_by=soon)
    visit("/admin/")
    expect(page.locator("[data-row]").first).to_contain_text("Mina Sooner")
    expect(page.get_by_text("Respond in 3 hours")).to_be_in_viewport()
    expect(page.get_by_text("0 late")).to_be_in_viewport()
    assert hand.presses == 0


def test_an_unassigned_lead_is_taken_in_2_from_my_queue(page: Page, hand: Hand, tom: User, visit: Visit) -> None:
    lead = lead_of(None)
    visit(QUEUE)
    hand.press(page.locator(".lc-views").get_by_role("link", name=re.compile("Unassigned")))
    hand.press_button("Take")
    expect(page.get_by_text("The lead is yours.")).to_be_visible()
    assert Lead.objects.get(pk=lead.pk).owner == tom
    assert hand.presses <= 2


@pytest.mark.parametrize("way", ["name", "key"])
def test_a_lead_is_opened_in_1(page: Page, hand: Hand, tom: User, visit: Visit, way: str) -> None:
    lead = lead_of(tom)
    visit(QUEUE)
    if way == "name":
        hand.press(row(page).get_by_text("Mina Park"))
    else:
        hand.press_key("o")
    page.wait_for_url(f"**{page_of(lead)}")
    assert hand.presses <= 1


def test_a_call_is_2_presses_away(page: Page, hand: Hand, tom: User, visit: Visit) -> None:
    lead_of(tom)
    visit(QUEUE)
    hand.press_button("Fold out Mina Park")
    phone = page.get_by_role("link", name="+82 2 1234 5678")
    expect(phone).to_be_in_viewport()
    assert phone.get_attribute("href") == "tel:+82212345678"
    assert hand.presses + 1 <= 2


def test_a_call_is_logged_in_3_and_the_next_step_is_planned(page: Page, hand: Hand, tom: User, visit: Visit) -> None:
    lead = lead_of(tom)
    visit(QUEUE)
    hand.press_button("What to do with Mina Park")
    hand.press(page.locator("#lc-row-menu summary", has_text="Log call"))
    hand.press(page.locator("#lc-row-menu").get_by_role("button", name="Left a message"))
    expect(page.get_by_text("Call saved: Left a message.")).to_be_visible()
    lead.refresh_from_db()
    assert lead.activities.get().outcome == CallOutcome.VOICEMAIL
    assert (lead.stage, lead.tasks.get().kind) == (Stage.CONTACTED, TaskKind.CALL)
    assert page.url.endswith(QUEUE)
    assert hand.presses <= 3


def test_a_lead_is_given_to_a_colleague_in_3(page: Page, hand: Hand, tom: User, ines: User, visit: Visit) -> None:
    lead = lead_of(tom)
    visit(QUEUE)
    hand.press_button("What to do with Mina Park")
    hand.press(page.locator("#lc-row-menu summary", has_text="Give to"))
    hand.press(page.locator("#lc-row-menu").get_by_role("button", name="Ines Ruiz"))
    expect(page.get_by_text("Given to Ines Ruiz.")).to_be_visible()
    assert Lead.objects.get(pk=lead.pk).owner == ines
    assert hand.presses <= 3


def test_the_row_menu_of_the_list_does_the_same(page: Page, hand: Hand, tom: User, ines: User, visit: Visit) -> None:
    lead = lead_of(tom)
    visit(f"{LIST}?owner=me")
    hand.press_button("What to do with Mina Park")
    hand.press(page.locator("#lc-row-menu summary", has_text="Snooze"))
    hand.press(page.locator("#lc-row-menu").get_by_role("button", name="Tomorrow"))
    expect(page.get_by_text("The lead sleeps until")).to_be_visible()
    assert Lead.objects.get(pk=lead.pk).snoozed_until is not None
    assert page.url.endswith(f"{LIST}?owner=me")
    assert hand.presses <= 3


def test_forty_leads_are_given_in_4_and_taken_back_in_1(
    page: Page, hand: Hand, tom: User, ines: User, visit: Visit
) -> None:
    for number in range(25):
        lead_of(tom, f"Nr {number}")
    visit(f"{LIST}?owner=me")
    hand.press(page.locator("#action-toggle"))
    hand.press_button("Give to…")
    hand.press(page.get_by_text("Ines Ruiz"))
    hand.press_button("Give 25 leads")
    expect(page.get_by_text("25 leads given to Ines Ruiz.")).to_be_visible()
    assert Lead.objects.filter(owner=ines).count() == 25
    assert hand.presses <= 4
    hand.presses = 0
    hand.press_button("Undo")
    expect(page.get_by_text("Undone: 25 leads are as they were.")).to_be_visible()
    assert Lead.objects.filter(owner=tom).count() == 25
    assert page.url.endswith(f"{LIST}?owner=me")
    assert hand.presses <= 1


def test_all_that_the_filters_find_are_chosen_with_one_more_press(
    page: Page, hand: Hand, tom: User, visit: Visit
) -> None:
    for number in range(30):
        lead_of(tom, f"Nr {number}")
    visit(f"{LIST}?owner=me")
    hand.press(page.locator("#action-toggle"))
    hand.press_link("Select all 30")
    hand.press_button("Irrelevant…")
    hand.press_button("Score 30 leads as irrelevant")
    expect(page.get_by_text("30 leads scored as irrelevant.")).to_be_visible()
    assert hand.presses <= 4


@pytest.mark.parametrize("address", [QUEUE, LIST])
def test_any_lead_is_found_with_1_press_and_typing(
    page: Page, hand: Hand, tom: User, visit: Visit, address: str
) -> None:
    lead_of(tom, "Wanted")
    lead_of(tom, "Other")
    visit(address)
    hand.press_key("/")
    hand.type("wanted\n")
    expect(page.locator("#result_list")).to_contain_text("Mina Wanted")
    expect(page.locator("#result_list")).not_to_contain_text("Mina Other")
    assert hand.presses <= 1


def test_three_filters_take_5_and_are_saved_as_a_view_with_2_more(
    page: Page, hand: Hand, tom: User, visit: Visit
) -> None:
    lead_of(tom, "Wanted", country_code="KR")
    lead_of(tom, "Other", country_code="DE")
    visit(LIST)
    hand.press(page.locator(".filter-open-button"))
    hand.choose(page.locator("select[name=owner]"), "Me")
    hand.choose(page.locator("select[name=stage__exact]"), "New")
    hand.choose(page.locator("select[name=country]"), "South Korea")
    hand.press_button("Apply Filters")
    expect(page.locator("#result_list")).to_contain_text("Mina Wanted")
    expect(page.locator("#result_list")).not_to_contain_text("Mina Other")
    assert hand.presses <= 5
    hand.presses = 0
    hand.press(page.locator(".lc-save-view summary"))
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    hand.type("My Koreans")
    hand.press_button("Save")
    expect(page.locator(".lc-views [aria-current]")).to_have_text("My Koreans")
    assert SavedView.objects.get().query == "country=KR&owner=me&stage__exact=new"
    assert hand.presses <= 2


def test_the_neighbours_of_a_lead_are_1_key_away(page: Page, hand: Hand, tom: User, visit: Visit) -> None:
    now = timezone.now()
    first, second = (lead_of(tom, f"Nr {hours}", answer_by=now + timedelta(hours=hours)) for hours in (1, 2))
    visit(QUEUE)
    page.keyboard.press("o")
    page.wait_for_url(f"**{page_of(first)}")
    hand.press_key("j")
    page.wait_for_url(f"**{page_of(second)}")
    hand.press_key("k")
    page.wait_for_url(f"**{page_of(first)}")
    assert hand.presses <= 2


# --- keys, the quiet bar, and how it looks ----------------------------------------------------------------------------


@pytest.mark.parametrize("address", [QUEUE, LIST])
def test_the_keys_move_fold_out_and_open(page: Page, tom: User, visit: Visit, address: str) -> None:
    now = timezone.now()
    leads = [
        lead_of(tom, f"Nr {n}", answer_by=now + timedelta(hours=n), last_touch_at=now - timedelta(hours=n))
        for n in (1, 2, 3)
    ]
    for lead in leads:
        make_touch(lead, note=f"Note of {lead.last_name}.")
    visit(address)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".lc-here")).to_contain_text("Mina Nr 2")
    page.keyboard.press("x")
    expect(page.get_by_text("Note of Nr 2.")).to_be_visible()
    expect(page.get_by_text("Note of Nr 1.")).not_to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_text("Note of Nr 2.")).not_to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("n")
    page.wait_for_url(f"**{page_of(leads[1])}#note")
    expect(page.locator(".lc-composer textarea")).to_be_focused()


def test_the_key_for_help_shows_the_keys_of_lists(page: Page, tom: User, visit: Visit) -> None:
    visit(QUEUE)
    expect(page.get_by_text("Fold out or in")).not_to_be_visible()
    page.keyboard.press("Shift+?")
    expect(page.get_by_text("Fold out or in")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Fold out or in")).not_to_be_visible()


def test_typing_into_a_box_presses_no_key_of_the_list(page: Page, tom: User, visit: Visit) -> None:
    lead_of(tom)
    visit(QUEUE)
    page.locator("#searchbar").focus()
    page.keyboard.type("jokenx")
    expect(page.locator("#searchbar")).to_have_value("jokenx")
    assert page.url.endswith(QUEUE)
    expect(page.locator(".lc-here")).to_have_count(0)


def test_new_leads_are_announced_and_the_list_stays_where_it_is(page: Page, tom: User, visit: Visit) -> None:
    lead_of(tom, "First")
    visit(QUEUE)
    lead_of(tom, "Second")
    ask = "htmx.ajax('GET', document.querySelector('#lc-new').getAttribute('hx-get'), '#lc-new')"
    page.evaluate(ask)  # as it does every twenty seconds
    bar = page.get_by_role("link", name="1 new lead – show")
    expect(bar).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(1)
    bar.click()
    expect(page.locator("[data-row]")).to_have_count(2)


def test_the_row_menu_closes_with_escape_and_gives_the_keyboard_back(page: Page, tom: User, visit: Visit) -> None:
    lead_of(tom)
    visit(QUEUE)
    opener = page.get_by_role("button", name="What to do with Mina Park")
    opener.focus()
    page.keyboard.press("Enter")
    menu = page.locator("#lc-row-menu")
    expect(menu).to_be_visible()
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(menu).not_to_be_visible()
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")


def much(tom: User) -> None:
    """Rows with values as long as they come, and of every kind."""
    long = {"first_name": "X" * 200, "company": "C" * 300, "title": "T" * 300, "offer_title": "O" * 300}
    wild = lead_of(tom, **long, country_code="KR", action="INS", offer=make_offer(name="F" * 200), score=45)
    make_delivery(make_destination(name="Salesforce"), make_touch(wild), state=DeliveryState.FAILED)
    steps.plan(tom, wild.pk, TaskKind.CALL, timezone.now() - timedelta(hours=2), "W" * 200)
    late = timezone.now() - timedelta(hours=2)
    lead_of(tom, "الفارسي", company="شركة المثال", answer_by=late, country_code="US", action="PLT")
    lead_of(None, '"><script>alert(1)</script>', is_private=True)
    lead_of(tom, "Reached", contacted_at=timezone.now(), stage=Stage.CONTACTED)
    make_view(tom, "owner=me", name="V" * 60)


PAGES = (QUEUE, f"{QUEUE}?tab=unassigned", f"{QUEUE}?tab=follow_up", LIST, f"{LIST}?owner=nobody")


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_has_to_be_moved_sideways(page: Page, tom: User, visit: Visit, screen: Any) -> None:
    much(tom)
    page.set_viewport_size(screen)
    found = {}
    for address in PAGES:
        visit(address)
        found[address] = sideways(page)
    assert found == dict.fromkeys(PAGES, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_queue_and_list(page: Page, tom: User, visit: Visit, scheme: Any) -> None:
    much(tom)
    page.emulate_media(color_scheme=scheme)
    axe, found = Axe(), {}
    for address in PAGES:
        visit(address)
        if address == QUEUE:
            page.locator("[data-unfold]").first.click()
            page.locator("[data-menu]").first.click()
            page.locator("#lc-row-menu summary").first.click()
            expect(page.locator(".lc-row-fold").first).to_be_visible()
        violations = axe.run(page).response["violations"]
        found[address] = {
            (problem["id"], problem["impact"], node["html"][:120])
            for problem in violations
            for node in problem["nodes"]
            if problem["id"] not in KNOWN_OF_THE_THEME
        }
    assert found == {address: set() for address in PAGES}
