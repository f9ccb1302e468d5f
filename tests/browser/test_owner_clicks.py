"""What an owner sets up takes no more presses than was promised. Each is done by hand, in the browser, by a member of
the group, and is seen in the rows afterwards.

One press of the pointer or of a key counts as one; what is typed into a box does not. The count starts on the list in
question unless a test says otherwise.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads import demo_data
from leads.delivery import proving
from leads.models import AssignmentRule, Destination, Endpoint, Lead, OfferTitle, ScoreRule, ServiceLevel
from leads.reports import tallying
from leads.roles import SALES, SALES_LEAD
from leads.states import InboundState
from tests.browser.conftest import Enter
from tests.browser.hand import Hand
from tests.browser.test_appearance import DESKTOP, KNOWN_OF_THE_THEME, PHONE, sideways
from tests.factories import (
    make_assignment_rule,
    make_inbound,
    make_lead,
    make_offer,
    make_score_rule,
    make_secret,
    make_service_level,
    make_team,
    make_title,
    make_touch,
    make_user,
)
from tests.leads.admin.places import address_of, page_of

type Visit = Callable[[str], None]


@pytest.fixture
def hand(page: Page, owner: User) -> Hand:
    return Hand(page)


def listed(name: str) -> str:
    return f"/admin/leads/{name}/"


def test_an_endpoint_is_made_in_3_from_any_page_and_its_address_copied_in_1(
    page: Page, hand: Hand, visit: Visit
) -> None:
    visit("/admin/")
    hand.press(page.locator("nav a", has_text="Endpoints"))
    hand.press(page.locator("a.addlink"))
    page.get_by_label("Name", exact=False).first.fill("Contoso Firewall")
    hand.press(page.locator("[name=_save]"))
    expect(page.get_by_text("Address for Partner Center")).to_be_visible()
    assert hand.presses <= 3
    hand.press(page.locator("[data-copy]"))
    assert page.evaluate("navigator.clipboard.readText()") == Endpoint.objects.get().secrets.get().url
    assert hand.presses <= 4


def test_an_address_is_replaced_in_3_with_both_valid(page: Page, hand: Hand, visit: Visit) -> None:
    endpoint = make_secret().endpoint
    visit(listed("endpoint"))
    hand.press_link(endpoint.name)
    hand.press_button(re.compile("Make a new address"))
    expect(page.get_by_text("A second address is valid now.")).to_be_visible()
    assert endpoint.secrets.filter(revoked_at=None).count() == 2
    assert hand.presses <= 3


def test_a_title_is_mapped_in_2(page: Page, hand: Hand, visit: Visit) -> None:
    offer, title = make_offer(name="Firewall"), make_title("Contoso Firewall")
    visit(listed("offertitle"))
    hand.choose(page.locator("select[name=form-0-offer]"), "Firewall")
    hand.press(page.locator("[name=_save]"))
    expect(page.get_by_text(re.compile("was changed successfully"))).to_be_visible()
    assert OfferTitle.objects.get(pk=title.pk).offer == offer
    assert hand.presses <= 2


def test_a_rule_is_moved_in_1_tried_in_2_and_saved_in_1_more(page: Page, hand: Hand, visit: Visit) -> None:
    first, second = make_assignment_rule(), make_assignment_rule()
    make_lead()
    visit(listed("assignmentrule"))
    hand.press(page.get_by_role("button", name=re.compile(f"up.*{second}|{second}.*up", re.IGNORECASE)))
    expect(page.get_by_text(f"“{second}” moved up.")).to_be_visible()
    assert list(AssignmentRule.objects.filter(is_catch_all=False)) == [second, first]
    assert hand.presses <= 1
    hand.presses = 0
    hand.press_link(first.name)
    hand.press_button(re.compile("Try on last month's leads"))
    expect(page.get_by_text("1 lead came.")).to_be_visible()
    assert hand.presses <= 2
    hand.press(page.locator("[name=_save]"))
    expect(page.get_by_text(re.compile("was changed successfully"))).to_be_visible()
    assert hand.presses <= 3


def test_a_service_level_is_edited_in_3(page: Page, hand: Hand, visit: Visit) -> None:
    level = make_service_level(target_minutes=60)
    visit(listed("servicelevel"))
    hand.press_link(level.name)
    hand.press(page.locator("[name=within]"))
    page.locator("[name=within]").fill("2")
    hand.press(page.locator("[name=_save]"))
    expect(page.get_by_text(re.compile("was changed successfully"))).to_be_visible()
    assert ServiceLevel.objects.get(pk=level.pk).target_minutes == 120
    assert hand.presses <= 3


def test_a_score_rule_is_edited_in_2_and_its_effect_seen_in_1_more(page: Page, hand: Hand, visit: Visit) -> None:
    rule = make_score_rule(points=10)
    make_lead(phone="+82 2 1234")
    visit(listed("scorerule"))
    hand.press_link("A phone number is given")
    page.locator("[name=points]").fill("25")
    hand.press_button(re.compile("Try on last month's leads"))
    expect(page.get_by_text("1 lead would have other points.")).to_be_visible()
    assert ScoreRule.objects.get(pk=rule.pk).points == 10
    hand.press(page.locator("[name=_save]"))
    expect(page.get_by_text(re.compile("was changed successfully"))).to_be_visible()
    assert ScoreRule.objects.get(pk=rule.pk).points == 25
    assert hand.presses <= 3


def test_a_destination_is_set_up_and_tried_in_8(page: Page, hand: Hand, visit: Visit) -> None:
    """Kind, settings, check, mapping, test lead, on: the check comes by itself."""
    visit(listed("destination"))
    hand.press(page.locator("a.addlink"))
    hand.press(page.get_by_role("link", name=re.compile("^HubSpot")).first)
    page.locator("[name$=access_token]").fill("pat-na1-12345678-1234-1234-1234-123456789012")
    hand.press(page.locator("[name=_save]"))
    expect(page.get_by_text(re.compile("Saved, and being checked"))).to_be_visible()
    destination = Destination.objects.get()
    assert [proof.kind for proof in destination.proofs.all()] == ["check"]
    hand.press_link(re.compile("Field mapping|Mapping"))
    hand.press(page.get_by_role("button", name=re.compile("^Save")).first)
    visit(page_of(destination))
    hand.press_button(re.compile("Send a test lead"))
    expect(page.get_by_text("Started. The result appears below.")).to_be_visible()
    assert sorted(proof.kind for proof in destination.proofs.all()) == ["check", "test_lead"]
    assert (destination.enabled, len(proving.waiting())) == (True, 2)
    assert hand.presses <= 8


def test_a_colleague_is_invited_in_3(page: Page, hand: Hand, visit: Visit) -> None:
    visit(address_of("auth_user_changelist"))
    hand.press(page.locator("a.addlink"))
    page.locator("[name=email]").fill("mina@contoso.example")
    hand.press(page.get_by_label("sales", exact=True))
    hand.press(page.locator("[name=_save]"))
    expect(page.get_by_text(re.compile("shown only this once"))).to_be_visible()
    user = User.objects.get(username="mina@contoso.example")
    assert [str(group) for group in user.groups.all()] == [SALES]
    assert hand.presses <= 3
    hand.press(page.locator("[data-copy]"))
    link = page.evaluate("navigator.clipboard.readText()")
    assert "/set-password/" in link


def test_the_invited_set_their_password_and_are_in(
    page: Page, hand: Hand, visit: Visit, settings: Any, live_server: Any
) -> None:
    settings.LEADCRM_PUBLIC_URL = live_server.url
    visit(address_of("auth_user_add"))
    page.locator("[name=email]").fill("mina@contoso.example")
    page.get_by_label("sales", exact=True).check()
    page.locator("[name=_save]").click()
    link = page.locator("[data-copy]").get_attribute("data-copy")
    assert link
    page.context.clear_cookies()
    visit(link.removeprefix(live_server.url))
    problems = {found["id"] for found in Axe().run(page).response["violations"]}
    assert problems - KNOWN_OF_THE_THEME == set()
    page.locator("[name=new_password1]").fill("correct horse battery staple")
    page.locator("[name=new_password2]").fill("correct horse battery staple")
    hand.press_button("Save and sign in")
    expect(page.get_by_role("heading", name="My queue").first).to_be_visible()


def test_who_leaves_is_shut_out_and_their_leads_handed_over_in_4(page: Page, hand: Hand, visit: Visit) -> None:
    leaving, staying = (make_user(SALES, first_name=name, is_staff=True) for name in ("Tom", "Mina"))
    lead = make_lead(owner=leaving)
    visit(address_of("auth_user_changelist"))
    hand.press_link(leaving.username)
    hand.press(page.get_by_label("Active", exact=True))
    hand.press(page.locator("[name=_save]"))
    expect(page.get_by_text("Nobody works on the open leads of Tom now.")).to_be_visible()
    hand.press_button(re.compile("Mina"))
    expect(page.get_by_text("1 open lead handed over.")).to_be_visible()
    lead.refresh_from_db()
    leaving.refresh_from_db()
    assert (lead.owner, leaving.is_active) == (staying, False)
    assert hand.presses <= 4


# --- the overview -----------------------------------------------------------------------------------------------------


def test_demo_data_is_put_in_in_2_and_taken_away_in_2(page: Page, hand: Hand, visit: Visit) -> None:
    visit("/admin/")
    hand.press_button(re.compile("Put in demo data"))
    expect(page.get_by_text("10 leads to look around with.")).to_be_visible()
    assert (Lead.objects.count(), hand.presses) == (10, 2)
    visit("/admin/")
    expect(page.get_by_text("Demo data is on.")).to_be_visible()
    hand.press_button("Remove the demo data")
    expect(page.get_by_text("The demo data is gone: 10 leads.")).to_be_visible()
    assert (Lead.objects.count(), demo_data.is_on(), hand.presses) == (0, False, 4)


def test_the_first_steps_tick_themselves_off_without_a_press(page: Page, hand: Hand, visit: Visit) -> None:
    secret = make_secret()
    visit("/admin/")
    steps = page.locator("#lc-first-steps")
    expect(steps.locator("li.lc-done")).to_have_count(1)
    hide = steps.get_by_role("button", name="Hide")
    hide.focus()
    request = make_inbound(endpoint=secret.endpoint, secret=secret, state=InboundState.ACCEPTED)
    make_touch(make_lead(is_test=True), inbound_request=request, is_test=True)
    expect(steps.locator("li.lc-done")).to_have_count(3)
    expect(steps.get_by_role("link", name="It arrived: see it")).to_be_visible()
    assert hand.presses == 0
    hand.press_button("Hide")
    expect(steps).to_have_count(0)
    hand.press_button(re.compile("Show the first steps"))
    expect(page.locator("#lc-first-steps li.lc-done")).to_have_count(3)


def much_to_report() -> None:
    team = make_team(make_user(SALES), name="T" * 100)
    for number in range(30):
        moment = timezone.now() - timedelta(days=number, minutes=number)
        times = {"first_touch_at": moment, "last_touch_at": moment, "opened_at": moment}
        make_lead(
            **times,
            contacted_at=moment + timedelta(minutes=number),
            action=("PLT", "INS", "", "ODD", "A" * 80)[number % 5],
            offer=make_offer(name="O" * 150) if number < 9 else None,
            country_code=("KR", "DE", "")[number % 3],
            team=team,
        )
    make_title("Unmapped " + "X" * 200)
    tallying.keep_up()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tiles_shut_nobody_out_and_fit_on_a_phone(page: Page, owner: User, visit: Visit, scheme: Any) -> None:
    much_to_report()
    page.emulate_media(color_scheme=scheme)
    for screen in (PHONE, DESKTOP):
        page.set_viewport_size(screen)
        for query in ("", "?days=90", "?days=7", "?from=2026-03-02&to=2026-03-01"):
            visit(f"/admin/{query}")
            assert sideways(page) == 0, (screen, query)
        visit("/admin/?steps=1")
        page.locator("summary", has_text="As a table").click()
        problems = {found["id"] for found in Axe().run(page).response["violations"]}
        assert problems - KNOWN_OF_THE_THEME == set(), (screen, scheme)


def test_a_figure_leads_to_its_list_in_1(page: Page, hand: Hand, visit: Visit) -> None:
    much_to_report()
    visit("/admin/")
    hand.press(page.locator(".lc-report-line", has_text="Get it now"))
    expect(page.locator("#result_list > tbody")).to_have_count(6)
    assert hand.presses == 1


def test_a_column_of_the_chart_leads_to_the_leads_of_its_day(page: Page, hand: Hand, visit: Visit) -> None:
    much_to_report()
    visit("/admin/")
    column = page.locator(".lc-chart a > rect:not(.lc-chart-day)").first
    column.scroll_into_view_if_needed()
    hand.press(column)
    expect(page.locator("#result_list > tbody")).to_have_count(1)


def test_a_sales_lead_reaches_reports_in_1_and_re_assigns_in_3_more(page: Page, enter: Enter, visit: Visit) -> None:
    leader, colleague = make_user(SALES_LEAD, is_staff=True), make_user(SALES, first_name="Mina", last_name="Kim")
    make_team(colleague, leader=leader)
    lead = make_lead(answer_by=timezone.now() - timedelta(hours=1))
    enter(user=leader)
    hand = Hand(page)
    visit("/admin/")
    hand.press(page.locator("nav a", has_text="Reports"))
    expect(page.get_by_role("heading", name="Unattended leads")).to_be_visible()
    assert hand.presses == 1
    hand.press_link("See all and re-assign")
    hand.press_button(re.compile("^Re-assign Mina Park"))
    hand.press_button(re.compile("Mina Kim"))
    expect(page.get_by_text("1 lead given to Mina Kim.")).to_be_visible()
    lead.refresh_from_db()
    assert lead.owner == colleague
    assert hand.presses <= 4
