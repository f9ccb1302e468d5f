"""My settings in a real browser: by mouse, by keyboard alone, at both sizes, for everybody's eyes."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.models import Profile
from leads.roles import SALES_LEAD
from tests.browser.conftest import Enter
from tests.browser.hand import Hand
from tests.browser.test_appearance import DESKTOP, KNOWN_OF_THE_THEME, PHONE, sideways
from tests.factories import make_lead, make_sales_notice, make_team, make_user

type Visit = Callable[[str], None]

PAGE = "/admin/my-settings/"


@pytest.fixture
def uta(enter: Enter, settings: Any) -> User:
    """With a mail server, a team with a chat, and notices of every state."""
    settings.LEADCRM_SENDS_MAIL = True
    uta = make_user(SALES_LEAD, username="uta", email="uta@contoso.example", is_staff=True)
    team = make_team(name='"><script>alert(1)</script>', leader=uta)
    team.chat_url = "https://hooks.slack.com/services/T0/B0/x"
    team.save()
    lead, now = make_lead(owner=uta, opened_at=timezone.now()), timezone.now()
    make_sales_notice(uta, lead, kind="given", state="sent", sent_at=now, leads_told=12)
    make_sales_notice(uta, lead, kind="overdue", state="failed", fault="SMTPRecipientsRefused", tries=3)
    make_sales_notice(uta, lead)
    return enter(user=uta)


def test_a_kind_is_told_another_way_in_2_presses(page: Page, uta: User, visit: Visit) -> None:
    hand = Hand(page)
    visit(PAGE)
    hand.press(page.get_by_role("group", name="A task of mine is due").get_by_text("Collected"))
    hand.press_button("Save")
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    assert Profile.objects.get().ways["task_due"] == "digest"
    assert hand.presses <= 2


def test_the_user_menu_leads_there_in_2(page: Page, uta: User, visit: Visit) -> None:
    hand = Hand(page)
    visit("/admin/leads/lead/")
    hand.press(page.locator("nav + div", has_text="uta@contoso.example").last)
    hand.press_link("My settings")
    expect(page.get_by_role("heading", name="My settings").first).to_be_visible()
    assert hand.presses <= 2


def test_all_of_it_is_set_by_the_keyboard(page: Page, uta: User, visit: Visit) -> None:
    visit(PAGE)
    page.get_by_label("Language", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Asia/Seo")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # the first kind: from at once to collected
    expect(page.get_by_role("radio", name="Collected").first).to_be_checked()
    for _n in range(8):
        page.keyboard.press("Tab")
    expect(page.get_by_label("What is collected comes at")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("8:30")
    page.keyboard.press("Tab")
    expect(page.get_by_label("From")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.get_by_label("From")).to_be_focused()
    page.keyboard.type("1000PM")
    page.get_by_label("Until").focus()
    page.keyboard.type("0600AM")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    profile = Profile.objects.get()
    assert (profile.language, profile.time_zone, profile.digest_times) == ("ko", "Asia/Seoul", ["08:30"])
    assert profile.ways["given"] == "digest"
    assert (profile.quiet, profile.quiet_from, profile.quiet_until) == ("between", time(22), time(6))


def test_what_is_wrong_is_shown_where_it_is(page: Page, uta: User, visit: Visit) -> None:
    visit(PAGE)
    page.get_by_label("What is collected comes at").fill("late")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“late” is no time of day.")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet")
    expect(page.get_by_label("What is collected comes at")).to_have_value("late")


def test_one_is_sent_now_in_1(page: Page, uta: User, visit: Visit) -> None:
    hand = Hand(page)
    visit(PAGE)
    hand.press_button("Send me one now")
    expect(page.get_by_text("Sent to uta@contoso.example.")).to_be_visible()
    assert [message.to for message in mail.outbox] == [["uta@contoso.example"]]
    assert hand.presses <= 1


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_everybody_can_use_it(page: Page, uta: User, visit: Visit, screen: Any, scheme: Any) -> None:
    page.set_viewport_size(screen)
    page.emulate_media(color_scheme=scheme)
    visit(PAGE)
    page.get_by_label("Every day between two times").check()
    page.get_by_label("What is collected comes at").fill("late")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert sideways(page) <= 0
    problems = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    found = [(one["id"], [node["html"] for node in one["nodes"]]) for one in problems]
    assert [one for one in found if one[0] not in KNOWN_OF_THE_THEME] == []
