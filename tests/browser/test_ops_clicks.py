"""What an ops person does all day takes no more presses than was promised. Each is done by hand, in the browser, by a
member of the group, and is seen in the rows afterwards.

One press of the pointer or of a key counts as one; what is typed into a box does not. The count starts on the overview
unless a test says otherwise.
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

from integrations.registry import KINDS, Kind
from leads.delivery import resend_jobs
from leads.models import Delivery, Destination, DestinationGate, GivenUp, ResendJob
from leads.models.resend_job import ResendKind
from leads.roles import OPS
from leads.states import DeliveryState, InboundState
from leads.watching import heartbeat
from tests.browser.conftest import Enter
from tests.browser.hand import Hand
from tests.browser.test_appearance import DESKTOP, KNOWN_OF_THE_THEME, PHONE, sideways
from tests.factories import make_attempt, make_delivery, make_destination, make_inbound, make_lead, make_touch
from tests.leads.admin.places import page_of
from tests.leads.delivery import scripted
from tests.leads.delivery.asked import work_off
from tests.leads.delivery.keyed import FITS, KIND, OLD, make_keyed

type Visit = Callable[[str], None]

OVERVIEW, DELIVERIES = "/admin/", "/admin/leads/delivery/"
EXCHANGE = {
    "method": "POST",
    "url": "https://crm.example.com/leads",
    "request_headers": {},
    "request_body": '{"LastName": "Park"}',
    "response_status": 422,
    "response_headers": {},
    "response_body": "Industry is not known",
}


@pytest.fixture
def ops(enter: Enter) -> User:
    """Signed in; the installation runs."""
    for name in (heartbeat.TIMETABLE, heartbeat.worker_name()):
        heartbeat.beat(name)
    return enter(OPS)


@pytest.fixture
def hand(page: Page, ops: User) -> Hand:
    return Hand(page)


def failed(destination: Destination | None = None, **lead: Any) -> Delivery:
    delivery = make_delivery(
        destination or make_destination(name="Salesforce"), make_touch(make_lead(**lead)), state=DeliveryState.FAILED
    )
    make_attempt(delivery, result="rejected", finished_at=timezone.now(), cause="record_refused", exchange=EXCHANGE)
    return delivery


def state_of(delivery: Delivery) -> str:
    return Delivery.objects.get(pk=delivery.pk).state


@pytest.mark.parametrize("is_wrong", [True, False])
def test_whether_anything_is_wrong_is_known_without_a_press(
    page: Page, hand: Hand, visit: Visit, is_wrong: bool
) -> None:
    if is_wrong:
        failed()
    visit(OVERVIEW)
    expect(page.get_by_text("1 thing is wrong." if is_wrong else "All is well.")).to_be_in_viewport()
    assert hand.presses == 0


def test_a_failed_lead_with_what_was_sent_and_answered_in_2(page: Page, hand: Hand, visit: Visit) -> None:
    failed()
    visit(OVERVIEW)
    hand.press_link(re.compile("The receiving system refused this lead"))
    hand.press_link("Mina Park")
    for shown in ('"LastName": "Park"', "Industry is not known", "Attempts"):
        expect(page.get_by_text(shown)).to_be_visible()
    assert hand.presses <= 2


def test_one_is_tried_again_in_1_from_its_page(page: Page, hand: Hand, visit: Visit) -> None:
    delivery = failed()
    visit(page_of(delivery))
    hand.press_button("Try again")
    expect(page.get_by_text("Tried again now.")).to_be_visible()
    assert state_of(delivery) == DeliveryState.QUEUED
    assert hand.presses <= 1


def test_one_is_tried_again_in_2_from_the_list(page: Page, hand: Hand, visit: Visit) -> None:
    delivery = failed()
    visit(DELIVERIES)
    hand.press_link("Mina Park")
    hand.press_button("Try again")
    expect(page.get_by_text("Tried again now.")).to_be_visible()
    assert state_of(delivery) == DeliveryState.QUEUED
    assert hand.presses <= 2


def test_all_of_a_cause_are_tried_again_in_2(page: Page, hand: Hand, visit: Visit) -> None:
    crm = make_destination(name="Salesforce")
    of_the_cause = [failed(crm) for _number in range(3)]
    other = make_delivery(crm, state=DeliveryState.FAILED, reason="sign_in_refused")
    visit(OVERVIEW)
    cause = page.locator(".lc-cause", has_text="refused this lead")
    hand.press(cause.get_by_role("link", name="Try all of these again"))
    hand.press_button("Send 3 again")
    expect(page.get_by_text("A worker takes it in a moment.")).to_be_visible()
    resend_jobs.work_off(ResendJob.objects.get().pk)
    assert {state_of(delivery) for delivery in of_the_cause} == {DeliveryState.QUEUED}
    assert state_of(other) == DeliveryState.FAILED
    assert hand.presses <= 2


def test_what_failed_at_a_destination_since_a_time_is_sent_again_in_4_after_its_number_was_seen(
    page: Page, hand: Hand, visit: Visit
) -> None:
    crm = make_destination(name="Salesforce")
    late, early, elsewhere = failed(crm), failed(crm), failed(make_destination(name="HubSpot"))
    Delivery.objects.filter(pk=early.pk).update(created_at=timezone.now() - timedelta(days=2))
    visit(OVERVIEW)
    hand.press_link("Salesforce")
    hand.press_link("Send again")
    hand.press_link("the last 24 hours")
    expect(page.get_by_role("definition").filter(has_text="Salesforce")).to_be_visible()
    hand.press_button("Send 1 again")
    expect(page.get_by_text("A worker takes it in a moment.")).to_be_visible()
    job = ResendJob.objects.get()
    assert (job.kind, job.destination) == (ResendKind.FAILED, crm)
    resend_jobs.work_off(job.pk)
    assert [state_of(one) for one in (late, early, elsewhere)] == ["queued", "failed", "failed"]
    assert hand.presses <= 4


def test_a_delivered_lead_is_sent_again_in_3_from_the_list_after_a_warning(
    page: Page, hand: Hand, visit: Visit
) -> None:
    delivery = make_delivery(state=DeliveryState.DELIVERED)
    visit(DELIVERIES)
    hand.press_link("Mina Park")
    hand.press_button("Send again")
    expect(page.get_by_text("Sent a second time, under the same key.")).to_be_visible()
    assert hand.questions == ["It was delivered already. Send it a second time?"]
    assert state_of(delivery) == DeliveryState.QUEUED
    assert hand.presses <= 3


def test_a_destination_is_paused_in_2_and_resumed_in_2(page: Page, hand: Hand, visit: Visit) -> None:
    delivery = make_delivery(make_destination(name="Salesforce"))
    for label, said, is_paused in (
        ("Pause", "Paused. Leads wait; none is lost.", True),
        ("Resume", "Resumed. What waited is sent now.", False),
    ):
        hand.presses = 0
        visit(OVERVIEW)
        hand.press_link("Salesforce")
        hand.press_button(label)
        expect(page.get_by_text(said)).to_be_visible()
        assert (DestinationGate.objects.get().paused_at is not None) == is_paused
        assert hand.presses <= 2
    assert state_of(delivery) == DeliveryState.QUEUED


def test_a_destination_is_paused_in_the_list_which_stays(page: Page, hand: Hand, visit: Visit) -> None:
    make_destination(name="Salesforce")
    visit(OVERVIEW)
    hand.press_link(re.compile("Destinations$"))
    hand.press_button("Pause: Salesforce")
    expect(page.get_by_role("button", name="Resume: Salesforce")).to_be_visible()
    assert DestinationGate.objects.get().paused_by == "person"
    assert hand.presses <= 2


@pytest.mark.parametrize(("pasted", "kept"), [(FITS, FITS), ("another", OLD)])
def test_a_credential_is_renewed_and_tested_in_4_and_the_old_one_kept_until_it_has_passed(
    page: Page, hand: Hand, visit: Visit, monkeypatch: pytest.MonkeyPatch, pasted: str, kept: str
) -> None:
    monkeypatch.setitem(KINDS, "keyed", KIND)
    make_keyed(name="Salesforce")
    visit(OVERVIEW)
    page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
    hand.press_link("Salesforce")
    hand.press_link("Credentials")
    expect(page.get_by_label("Key", exact=True)).to_be_focused()
    hand.press_key("Control+v")
    hand.press_button("Test and save")
    expect(page.get_by_text("A worker takes it in a moment.")).to_be_visible()
    assert Destination.objects.get().read_secrets() == {"key": OLD}
    work_off()
    result = "They are in use now." if kept == FITS else "Not kept: the credentials from before stay in use."
    expect(page.get_by_text(result)).to_be_visible()
    assert Destination.objects.get().read_secrets() == {"key": kept}
    assert hand.presses <= 4


def test_a_mapping_is_tried_on_a_real_lead_in_3_and_nothing_is_sent(
    page: Page, hand: Hand, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "mapped", Kind("Mapped", f"{scripted.__name__}.MappedConnector"))
    crm = make_destination("mapped", name="Salesforce", settings={"required_setting": "given"})
    make_touch(make_lead(first_name="Otto", last_name="Kim"))
    make_touch(make_lead(first_name="Mina", last_name="Park"))
    visit(OVERVIEW)
    hand.press_link("Salesforce")
    hand.press_link("Field mapping")
    hand.press_button("Try it on Otto Kim")
    expect(page.get_by_role("cell", name='"LastName": "Kim"').first).to_be_visible()
    expect(page.get_by_role("columnheader", name="Saved mapping")).to_be_visible()
    assert not Delivery.objects.exists()
    crm.refresh_from_db()
    assert crm.mapping is None
    assert hand.presses <= 3


def test_why_a_lead_never_came_is_known_in_2(page: Page, hand: Hand, visit: Visit) -> None:
    make_touch(is_test=True)
    make_inbound(b'{"LastName": "Park"', state=InboundState.REJECTED, reason="empty")
    visit(OVERVIEW)
    hand.press_link(re.compile("Inbound requests"))
    expect(page.get_by_text("Test lead")).to_be_visible()
    hand.press(page.get_by_role("row", name=re.compile("Could not be read")).get_by_role("link"))
    expect(page.get_by_text('{"LastName": "Park"')).to_be_visible()
    expect(page.get_by_text("No lead came out of it.")).to_be_visible()
    assert hand.presses <= 2


def test_requests_that_could_not_be_read_are_read_again_in_3(page: Page, hand: Hand, visit: Visit) -> None:
    requests = [make_inbound(b"?", state=InboundState.REJECTED, reason="empty") for _number in range(2)]
    visit(OVERVIEW)
    hand.press_link(re.compile("Inbound requests"))
    hand.press_button("Read all 2 again that could not be read")
    expect(page.get_by_text("2 requests are read again.")).to_be_visible()
    assert hand.questions == ["2 requests are read again. Go on?"]
    for request in requests:
        request.refresh_from_db()
        assert request.state == InboundState.RECEIVED
    assert hand.presses <= 3


def test_a_delivery_is_given_up_with_a_note_in_3_from_its_page(page: Page, hand: Hand, visit: Visit, ops: User) -> None:
    delivery = failed()
    visit(page_of(delivery))
    hand.press(page.locator("summary", has_text="Give up"))
    expect(page.get_by_label("Why?")).to_be_focused()
    hand.type("Entered by hand")
    hand.press_button("Give up")
    expect(page.get_by_text(re.compile(f"Given up by {ops.username} .*: Entered by hand"))).to_be_visible()
    assert state_of(delivery) == DeliveryState.CANCELLED
    assert GivenUp.objects.get().note == "Entered by hand"
    assert hand.presses <= 3


def test_many_are_given_up_with_one_note(page: Page, hand: Hand, visit: Visit) -> None:
    crm = make_destination()
    for _number in range(2):
        failed(crm)
    visit(f"{DELIVERIES}?state__in=failed")
    page.get_by_label("Select all objects on this page for an action").check()
    page.locator("select[name=action]").select_option("give_up_selected")
    hand.press_button("Run")
    expect(page.get_by_label("Why?")).to_be_focused()
    hand.type("Entered by hand")
    hand.press_button("Give up")
    expect(page.get_by_text("Given up on 2 deliveries.")).to_be_visible()
    assert set(GivenUp.objects.values_list("note", flat=True)) == {"Entered by hand"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_shuts_nobody_out_and_fits_on_a_phone(
    page: Page, ops: User, visit: Visit, monkeypatch: pytest.MonkeyPatch, scheme: Any
) -> None:
    monkeypatch.setitem(KINDS, "keyed", KIND)
    crm = make_keyed(name="Salesforce")
    delivery = failed(crm)
    make_inbound(b"?", state=InboundState.REJECTED, reason="empty")
    addresses = {
        "overview": OVERVIEW,
        "destinations": "/admin/leads/destination/",
        "credentials": f"/admin/leads/destination/{crm.pk}/credentials/",
        "replay": f"/admin/leads/resendjob/add/?destination={crm.pk}",
        "requests": "/admin/leads/inboundrequest/",
        "system": "/admin/system/",
        "giving up": page_of(delivery),
    }
    page.emulate_media(color_scheme=scheme)
    found = {}
    for name, address in addresses.items():
        page.set_viewport_size(DESKTOP)
        visit(address)
        if name == "giving up":
            page.locator("summary", has_text="Give up").click()
        problems = {(one["id"], one["impact"]) for one in Axe().run(page).response["violations"]}
        page.set_viewport_size(PHONE)
        found[name] = ({one for one in problems if one[0] not in KNOWN_OF_THE_THEME}, sideways(page))
    assert found == dict.fromkeys(addresses, (set(), 0))
