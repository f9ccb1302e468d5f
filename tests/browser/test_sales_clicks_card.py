"""What a sales person does on the card of a lead takes no more presses than was promised. Each is done by hand, in the
browser, by a member of the group, and is seen in the rows afterwards.

One press of the pointer or of a key counts as one; what is typed into a box does not. The count starts on the card
unless a test says otherwise.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from leads.models import Activity, Delivery, Lead, Task
from leads.roles import SALES
from leads.sales.contact_facts import set_facts
from leads.states import CloseReason, DeliveryState, Stage
from tests.browser.conftest import Enter
from tests.browser.hand import Hand
from tests.factories import make_lead, make_task, make_touch, make_user
from tests.leads.admin.places import address_of, destination_with_secret, page_of

type Visit = Callable[[str], None]


@pytest.fixture
def seller(enter: Enter) -> User:
    return enter(user=make_user(SALES, is_staff=True, first_name="Tom", last_name="Becker"))


@pytest.fixture
def hand(page: Page, seller: User) -> Hand:
    return Hand(page)


@pytest.fixture
def lead(seller: User) -> Lead:
    return make_lead(owner=seller, company="Fabrikam", phone="+82 2 1234 5678", country_code="KR")


def menu(page: Page, label: str) -> Locator:
    """What opens a menu."""
    return page.locator("summary", has_text=re.compile(label)).first


def fresh(lead: Lead) -> Lead:
    lead.refresh_from_db()
    return lead


def test_a_lead_is_taken_in_1(page: Page, hand: Hand, visit: Visit, seller: User) -> None:
    lead = make_lead()
    visit(page_of(lead))
    hand.press_button("Take")
    expect(page.get_by_text("The lead is yours.")).to_be_visible()
    assert fresh(lead).owner == seller
    assert hand.presses <= 1


def test_the_phone_is_dialled_or_copied_in_1(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    visit(page_of(lead))
    expect(page.get_by_role("link", name="+82 2 1234 5678")).to_have_attribute("href", "tel:+82212345678")
    hand.press_button("Copy Phone")
    assert page.evaluate("navigator.clipboard.readText()") == "+82 2 1234 5678"
    assert hand.presses <= 1


def test_a_call_with_its_outcome_is_logged_in_2_and_undone_in_1(
    page: Page, hand: Hand, visit: Visit, lead: Lead
) -> None:
    visit(page_of(lead))
    hand.press(menu(page, "Log call"))
    hand.press_button(re.compile("^Left a message"))
    expect(page.get_by_text("Call saved: Left a message. Next: Call")).to_be_visible()
    assert (fresh(lead).stage, Task.objects.get().due_at) == (Stage.CONTACTED, lead.next_task_at)
    assert hand.presses <= 2
    hand.press_button("Undo")
    expect(page.get_by_text("Undone: 1 lead is as it was.")).to_be_visible()
    assert (fresh(lead).stage, Activity.objects.count(), Task.objects.count()) == (Stage.NEW, 0, 0)
    assert hand.presses <= 3


def test_a_note_is_added_in_2_and_typing(page: Page, hand: Hand, visit: Visit, lead: Lead, seller: User) -> None:
    visit(page_of(lead))
    hand.press_key("n")
    hand.type("Wants a quote for 20 seats")
    hand.press_key("Control+Enter")
    expect(page.get_by_text("Note saved.")).to_be_visible()
    activity = Activity.objects.get()
    assert (activity.text, activity.author) == ("Wants a quote for 20 seats", seller)
    assert hand.presses <= 2


def test_the_stage_is_changed_in_2(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    visit(page_of(lead))
    hand.press(page.locator("summary.lc-pill-button"))
    hand.press_button("Qualified")
    expect(page.get_by_text("The lead is now in stage “Qualified”.")).to_be_visible()
    assert fresh(lead).stage == Stage.QUALIFIED
    assert hand.presses <= 2


@pytest.mark.parametrize("opener", ["summary.lc-pill-button", "summary:has-text('Disqualify')"])
def test_a_lead_is_given_up_with_a_reason_in_3(page: Page, hand: Hand, visit: Visit, lead: Lead, opener: str) -> None:
    visit(page_of(lead))
    hand.press(page.locator(opener))
    hand.press(page.locator(".lc-menu[open] .lc-submenu > summary", has_text="Discarded"))
    hand.press(page.locator(".lc-submenu[open]").get_by_role("button", name="Does not fit our offer"))
    expect(page.get_by_text("The lead is now in stage “Discarded”.")).to_be_visible()
    assert (fresh(lead).stage, lead.close_reason) == (Stage.DISCARDED, CloseReason.NOT_FITTING)
    assert hand.presses <= 3


def test_a_lead_is_given_to_a_colleague_in_3(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    colleague = make_user(SALES, first_name="Mina", last_name="Kim")
    visit(page_of(lead))
    hand.press(menu(page, "Give to"))
    hand.press_button("Mina Kim")
    expect(page.get_by_text("Given to Mina Kim.")).to_be_visible()
    assert fresh(lead).owner == colleague
    assert hand.presses <= 3


def test_a_lead_is_handed_over_in_2_and_its_record_is_linked_once_it_is_there(
    page: Page, hand: Hand, visit: Visit, lead: Lead
) -> None:
    destination_with_secret()
    make_touch(lead)
    visit(page_of(lead))
    hand.press_link("Convert")
    expect(page.get_by_text("mina@fabrikam.example")).to_be_visible()
    hand.press_button("Hand over")
    expect(page.get_by_text("Handed over: it is on its way to CRM.")).to_be_visible()
    assert fresh(lead).stage == Stage.QUALIFIED
    assert hand.presses <= 2
    Delivery.objects.update(
        state=DeliveryState.DELIVERED, delivered_at=timezone.now(), external_url=f"{page.url}#record"
    )
    expect(page.locator("#lc-lead-deliveries").get_by_role("link", name="Open there")).to_be_visible()


def test_a_lead_sleeps_in_2(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    visit(page_of(lead))
    hand.press(menu(page, "Snooze"))
    hand.press(page.locator(".lc-menu[open]").get_by_role("button", name="Next week"))
    expect(page.get_by_text("The lead sleeps until")).to_be_visible()
    asleep_until = fresh(lead).snoozed_until
    assert asleep_until is not None
    assert asleep_until > timezone.now()
    assert hand.presses <= 2


def test_a_task_is_finished_in_1_and_undone_in_1(page: Page, hand: Hand, visit: Visit, seller: User) -> None:
    task = make_task(text="Send the price list", assignee=seller, due_at=timezone.now() - timedelta(hours=1))
    visit(address_of("leads_my_tasks"))
    hand.press_button("Done")
    expect(page.get_by_text("Done: Send the price list.")).to_be_visible()
    task.refresh_from_db()
    assert task.done_at is not None
    assert hand.presses <= 1
    hand.press_button("Undo")
    expect(page.get_by_text("Open again: Send the price list.")).to_be_visible()
    task.refresh_from_db()
    assert task.done_at is None
    assert hand.presses <= 2


def test_a_task_is_planned_from_the_composer(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    visit(page_of(lead))
    due = page.locator(".lc-composer [name=due_at]")
    expect(due).to_be_hidden()
    hand.press(page.locator(".lc-kinds").get_by_text("Task", exact=True))
    expect(due).to_be_visible()
    expect(due).not_to_have_value("")
    hand.press(page.locator(".lc-composer textarea"))
    hand.type("Show the console")
    hand.press_key("Control+Enter")
    expect(page.get_by_text("Planned for")).to_be_visible()
    assert Task.objects.get().text == "Show the console"


def test_opening_the_card_tells_that_its_owner_saw_it(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    with page.expect_response(re.compile("/seen/")) as answer:
        visit(page_of(lead))
    assert answer.value.status == 204
    assert fresh(lead).seen_at is not None
    assert hand.presses == 0


def test_a_note_that_is_not_saved_is_not_lost_by_the_way(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    visit(page_of(lead))
    hand.press_key("n")
    hand.type("half a thought")
    page.get_by_role("link", name="My tasks").click()
    page.wait_for_url(re.compile("/tasks/"))
    assert len(hand.questions) == 1


def test_of_two_who_edit_the_later_decides_field_by_field(page: Page, hand: Hand, visit: Visit, lead: Lead) -> None:
    colleague = make_user(SALES, first_name="Mina", last_name="Kim")
    visit(page_of(lead))
    hand.press(page.locator(".lc-tabs").get_by_role("link", name="Edit"))
    set_facts(colleague, lead.pk, {"phone": "+82 2 9999", "title": "CEO"})
    page.get_by_label("Phone").fill("+82 2 5555")
    page.get_by_label("Job title").fill("CTO")
    hand.press_button("Save")
    expect(page.get_by_text("Not saved: this was changed while it was open here.")).to_be_visible()
    page.locator("[name=choice_title][value=theirs]").check()
    hand.press_button("Save")
    expect(page.get_by_text("Choose which of the two is to stand there.")).to_have_count(1)
    page.locator("[name=choice_phone][value=theirs]").focus()
    hand.press_key("ArrowDown")
    hand.press_button("Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert (fresh(lead).phone, lead.title) == ("+82 2 5555", "CEO")


@pytest.mark.parametrize("width", [390, 1440])
def test_menus_close_by_escape_and_stay_on_the_screen(
    page: Page, hand: Hand, visit: Visit, lead: Lead, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    make_user(SALES, first_name="N" * 60)
    visit(page_of(lead))
    for label in ("Give to", "Log call", "Disqualify", "Snooze"):
        menu(page, label).click()
        body = page.locator(".lc-menu[open] > .lc-menu-body")
        box: Any = body.bounding_box()
        assert box["x"] >= 0, label
        assert box["x"] + box["width"] <= width, label
        page.keyboard.press("Escape")
        expect(body).to_have_count(0)
