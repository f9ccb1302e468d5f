"""The sandbox's pages in a browser: what a newcomer reads, copies and presses."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from integrations.sandbox.hubspot import HubSpot
from integrations.sandbox.receiver import Receiver
from integrations.sandbox.salesforce import Salesforce
from integrations.sandbox.simulator import Simulator
from integrations.sandbox.systems import SYSTEMS, load
from tests.browser.test_appearance import BRIGHTNESS, PHONE, sideways
from tests.integrations.sandbox.hubspot import caller as hubspot
from tests.integrations.sandbox.salesforce import caller as salesforce
from tests.integrations.sandbox.sender import LEAD, SECRET, post_signed

LONG = {**LEAD, "UserDetails": {**LEAD["UserDetails"], "LastName": "X" * 200, "Email": f"{'m' * 200}@fabrikam.example"}}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver.running() as receiver:
        yield receiver


@pytest.fixture
def _quiet(page: Page) -> Iterator[None]:
    """No error on the console, and no request to another host than the one whose page is open."""
    page.set_default_timeout(10_000)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    yield
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:"))] == []
    assert heard == []


pytestmark = pytest.mark.usefixtures("_quiet")


@pytest.fixture(params=[path for _, path in SYSTEMS])
def system(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with load(request.param).running() as running:
        yield running


def test_a_failure_is_planned_met_and_cleared(page: Page, receiver: Receiver) -> None:
    page.goto(receiver.page_url)
    page.get_by_role("button", name="Outage: 503 until cleared").click()
    waiting = page.locator("#waiting")
    expect(waiting).to_contain_text("Answer 503 until cleared", use_inner_text=True)
    assert post_signed(receiver.url).status == 503
    expect(page.locator("#arrived")).to_contain_text("Made to fail: Answer 503")
    waiting.get_by_role("button", name="Clear").click()
    expect(waiting).to_contain_text("None. Requests are answered as usual.")
    assert post_signed(receiver.url).status == 200


def test_any_failure_is_made_up_in_the_form(page: Page, receiver: Receiver) -> None:
    page.goto(receiver.page_url)
    page.get_by_text("More ways to fail").click()
    page.get_by_role("spinbutton", name="Status").fill("418")
    page.locator("#more").get_by_role("button", name="Make it fail").click()
    expect(page.locator("#waiting")).to_contain_text("Answer 418 1 left", use_inner_text=True)
    assert [post_signed(receiver.url).status for _ in range(2)] == [418, 200]


def test_what_arrives_is_seen_without_loading_the_page_anew(page: Page, receiver: Receiver) -> None:
    page.goto(receiver.page_url)
    expect(page.get_by_text("Nothing has arrived yet")).to_be_visible()
    post_signed(receiver.url, message_id="msg-1")
    kept = page.locator("#kept")
    expect(kept.get_by_text("Mina Park")).to_be_visible()
    kept.locator("summary").click()
    expect(kept.get_by_text("Need a quote for 20 seats")).to_be_visible()
    expect(page.locator("#arrived .bar")).to_contain_text("Requests 1 Kept 1", use_inner_text=True)


def test_the_signing_secret_is_copied(page: Page, receiver: Receiver) -> None:
    receiver.control("config", {"secrets": [SECRET]})
    page.goto(receiver.page_url)
    page.get_by_role("button", name="Copy: Signing secret").click()
    expect(page.get_by_role("button", name="Copy: Signing secret")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == SECRET


def test_each_record_of_a_batch_is_on_the_page(page: Page) -> None:
    with HubSpot.running() as portal:
        batch = [hubspot.one(firstname="Mina"), hubspot.one("otto@fabrikam.example", firstname="Otto")]
        hubspot.Caller(portal.url).upsert(*batch)
        page.goto(portal.page_url)
        lines = page.locator("#arrived .each li")
        expect(lines).to_have_text([re.compile("^Mina .*received once New$"), re.compile("^Otto .*received once New$")])


def test_a_form_is_followed_to_its_lead(page: Page) -> None:
    with Salesforce.running() as org:
        salesforce.Caller(org).post_form()
        page.goto(org.page_url)
        expect(page.locator("#beside")).to_contain_text("made into a lead")
        expect(page.locator("#kept .rows > li")).to_have_count(1)


def test_no_page_has_to_be_moved_sideways_on_a_phone(page: Page, system: Simulator) -> None:
    page.set_viewport_size(PHONE)
    page.goto(system.page_url)
    assert sideways(page) == 0
    page.locator("#more summary").click()
    assert sideways(page) == 0


def test_long_values_do_not_move_the_page_sideways(page: Page, receiver: Receiver) -> None:
    post_signed(receiver.url, LONG, message_id="m" * 128)
    page.set_viewport_size(PHONE)
    page.goto(receiver.page_url)
    for summary in page.locator(".rows summary").all():
        summary.click()
    assert sideways(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(page: Page, system: Simulator, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(system.page_url)
    axe = Axe()
    assert [(found["id"], found["impact"]) for found in axe.run(page).response["violations"]] == []


def test_the_dark_theme_follows_the_system(page: Page, receiver: Receiver) -> None:
    def brightness() -> int:
        return int(page.evaluate(BRIGHTNESS, page.evaluate("getComputedStyle(document.body).backgroundColor")))

    page.goto(receiver.page_url)
    assert brightness() > 200
    page.emulate_media(color_scheme="dark")
    assert brightness() < 80


@pytest.mark.browser_context_args(locale="ko-KR")
def test_the_page_speaks_the_browser_s_language(page: Page, system: Simulator) -> None:
    page.goto(system.page_url)
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.get_by_role("heading", name="입력할 값")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="What to enter")).to_be_visible()
