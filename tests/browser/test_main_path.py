"""The way of a sales person and an ops person through a day."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from leads.models import Delivery, Destination, Endpoint, Lead
from leads.roles import OPS, SALES
from leads.states import DeliveryState, Stage
from tests.browser.conftest import Enter
from tests.factories import make_attempt, make_delivery, make_destination, make_lead, make_secret, make_touch, make_user
from tests.leads.admin.places import page_of

type Visit = Callable[[str], None]

LEADS = "/admin/leads/lead/"


def lead_with_delivery(state: DeliveryState = DeliveryState.FAILED, **lead: Any) -> Lead:
    found = make_lead(**{"company": "Fabrikam", "phone": "+82 2 1234", "search_text": "MINA PARK FABRIKAM"} | lead)
    touch = make_touch(found, note="Please call me before noon")
    make_attempt(make_delivery(make_destination(name="Salesforce"), touch, state=state))
    return found


def test_signing_in_leads_to_what_is_to_do(page: Page, visit: Visit, transactional_db: None) -> None:
    make_user(SALES, username="mina", password="correct horse", is_staff=True)
    lead_with_delivery(first_name="Otto")
    visit("/")
    page.get_by_label("Username").fill("mina")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile("/admin/leads/lead/queue/$"))
    page.get_by_role("link", name=re.compile("^Unassigned")).first.click()
    page.get_by_role("link", name=re.compile("Otto Park")).click()
    expect(page.get_by_role("heading", name="Otto Park", exact=True)).to_be_visible()


def test_a_row_folds_out_by_mouse_and_by_keyboard(page: Page, enter: Enter, visit: Visit) -> None:
    enter(SALES)
    lead_with_delivery()
    visit(LEADS)
    note = page.get_by_text("Please call me before noon")
    fold = page.get_by_role("button", name="Touches and deliveries")
    expect(note).to_be_hidden()
    fold.click()
    expect(note).to_be_visible()
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("link", name="Salesforce")).to_be_visible()
    fold.press("Enter")
    expect(note).to_be_hidden()
    expect(fold).to_have_attribute("aria-expanded", "false")


def test_a_slash_goes_to_the_search(page: Page, enter: Enter, visit: Visit) -> None:
    enter(SALES)
    lead_with_delivery()
    make_lead(first_name="Otto", search_text="OTTO")
    visit(LEADS)
    page.keyboard.press("/")
    page.keyboard.type("fabri")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 result")).to_be_visible()
    expect(page.get_by_text("Mina Park")).to_be_visible()
    expect(page.get_by_text("Otto Park")).to_be_hidden()


def test_the_search_over_everything_opens_a_lead(page: Page, enter: Enter, visit: Visit) -> None:
    enter(SALES)
    lead = lead_with_delivery()
    visit("/admin/")
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Type to search").press_sequentially("mina")
    expect(page.locator("#command-results").get_by_text("Mina Park")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{page_of(lead)}")


def test_a_filter_of_the_list_is_chosen_and_applied(page: Page, enter: Enter, visit: Visit) -> None:
    enter(SALES)
    lead_with_delivery()
    make_lead(first_name="Otto", stage=Stage.WON)
    visit(LEADS)
    page.locator(".filter-open-button").click()
    page.locator("select[name=stage__exact]").select_option("won")
    page.get_by_role("button", name="Apply Filters").click()
    expect(page.get_by_text("Otto Park")).to_be_visible()
    expect(page.get_by_text("Mina Park")).to_be_hidden()


def test_the_address_is_copied_from_the_card(page: Page, enter: Enter, visit: Visit) -> None:
    enter(SALES)
    visit(page_of(lead_with_delivery()))
    page.get_by_role("button", name="Copy E-mail").click()
    assert page.evaluate("navigator.clipboard.readText()") == "mina@fabrikam.example"


def test_a_stage_is_moved_with_the_keyboard_alone(page: Page, enter: Enter, visit: Visit) -> None:
    enter(SALES)
    lead = lead_with_delivery()
    visit(page_of(lead))
    for label in ("Stage: New", "Contacted"):
        for _press in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()") == label:
                break
        page.keyboard.press("Enter")
    expect(page.get_by_text("The lead is now in stage “Contacted”.")).to_be_visible()
    lead.refresh_from_db()
    assert lead.stage == Stage.CONTACTED


def test_two_quick_presses_act_once(page: Page, enter: Enter, visit: Visit) -> None:
    enter(SALES)
    visit(page_of(lead_with_delivery()))
    page.get_by_label("Stage: New").click()
    page.get_by_role("button", name="Contacted").dblclick()
    expect(page.get_by_text("The lead is now in stage “Contacted”.")).to_be_visible()
    assert LogEntry.objects.count() == 1


def test_a_failed_delivery_is_found_and_tried_again(page: Page, enter: Enter, visit: Visit) -> None:
    enter(OPS)
    lead_with_delivery()
    visit("/admin/")
    page.get_by_role("link", name=re.compile("The receiving system refused this lead")).click()
    page.get_by_role("link", name="Mina Park").click()
    expect(page.get_by_role("heading", name="Delivery to Salesforce", exact=True)).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Tried again now.")).to_be_visible()
    assert Delivery.objects.get().state == DeliveryState.QUEUED


def test_many_deliveries_are_tried_again_at_once(page: Page, enter: Enter, visit: Visit) -> None:
    enter(OPS)
    for number in range(2):
        make_delivery(touch=make_touch(make_lead(first_name=f"No {number}")), state=DeliveryState.FAILED)
    visit("/admin/leads/delivery/?state__in=failed")
    page.get_by_label("Select all objects on this page for an action").check()
    page.locator("select[name=action]").select_option("retry_selected")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("2 deliveries are tried again.")).to_be_visible()
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.QUEUED}


def test_what_cannot_be_undone_happens_only_after_a_yes(page: Page, enter: Enter, visit: Visit) -> None:
    enter(OPS)
    lead_with_delivery(DeliveryState.DELIVERED)
    delivery = Delivery.objects.get()
    visit(page_of(delivery))
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Send again").click()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Sent a second time, under the same key.")).to_be_visible()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED


def test_a_destination_is_set_up_with_the_fields_that_matter(page: Page, owner: User, visit: Visit) -> None:
    visit("/admin/leads/destination/add/?kind=https")
    token, user_name = page.locator("[name=config_bearer_token]"), page.locator("[name=config_user_name]")
    expect(token).to_be_hidden()
    expect(user_name).to_be_hidden()
    page.locator("[name=name]").fill("CRM")
    page.locator("[name=config_url]").fill("https://crm.example.com/leads")
    page.locator("[name=config_sign_in]").select_option("bearer")
    expect(token).to_be_visible()
    expect(user_name).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Bearer token: enter the token, or choose another sign-in.")).to_be_visible()
    token.fill("t0ken")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Signing secret, shown only this once: whsec_")).to_be_visible()
    destination = Destination.objects.get()
    assert destination.read_secrets()["bearer_token"] == "t0ken"
    expect(page.get_by_role("button", name="Send a test lead")).to_be_visible()


def test_the_address_of_an_endpoint_is_copied_and_renewed(page: Page, owner: User, visit: Visit) -> None:
    secret = make_secret(Endpoint.objects.create(name="Firewall"))
    visit(page_of(secret.endpoint))
    page.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == secret.url
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Make a new address").click()
    expect(page.get_by_label("Address")).to_have_count(2)
    assert secret.endpoint.secrets.count() == 2
