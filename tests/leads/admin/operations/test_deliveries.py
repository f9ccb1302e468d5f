"""Deliveries: find what went wrong, see what was sent and answered, do something about it."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Delivery
from leads.roles import OPS, OWNER, SALES, SALES_LEAD
from leads.states import DeliveryState, Priority
from tests.factories import make_attempt, make_delivery, make_destination, make_lead, make_touch
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import NOTE, button_of, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import buttons_on, messages_of

pytestmark = pytest.mark.django_db

DELIVERIES = "/admin/leads/delivery/"
WAITING, FAILED, CANCELLED = DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.CANCELLED
DELIVERED, WITHHELD, SENDING = DeliveryState.DELIVERED, DeliveryState.WITHHELD, DeliveryState.SENDING


def listed(client: Client, query: str = "") -> list[Delivery]:
    return list(client.get(f"{DELIVERIES}{query}", follow=True).context["cl"].result_list)


def act(client: Client, action: str, *chosen: Delivery, query: str = "", **more: str) -> Any:
    posted = {"action": action, "_selected_action": [str(delivery.pk) for delivery in chosen]}
    return client.post(f"{DELIVERIES}{query}", posted | more, follow=True)


def states() -> dict[Any, str]:
    return dict(Delivery.objects.values_list("pk", "state"))


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_says_what_happened_in_words(ops: Client) -> None:
    make_delivery(make_destination(name="Salesforce"), state=FAILED, reason="sign_in_refused", tries=3)
    make_delivery(state=WITHHELD, reason="do_not_contact")
    page = ops.get(DELIVERIES).text
    for shown in ("Salesforce", "The receiving system refused the sign-in.", "The person must not be contacted"):
        assert shown in page


def test_a_delivered_one_has_no_reason(ops: Client) -> None:
    make_delivery(state=DELIVERED, reason="server_trouble")
    assert re.findall(r"field-why[^>]*>\s*([^<]*?)\s*<", ops.get(DELIVERIES).text) == ["–"]


def test_a_reason_that_nobody_described_is_shown_all_the_same(ops: Client) -> None:
    delivery = make_delivery(state=FAILED, reason="something_new")
    assert "The cause is not known to Lead CRM." in ops.get(DELIVERIES).text
    assert "The cause is not known to Lead CRM." in ops.get(page_of(delivery)).text


def test_the_filters_find_by_state_destination_and_reason(ops: Client) -> None:
    crm, other = make_destination(), make_destination()
    refused = make_delivery(crm, state=FAILED, reason="record_refused")
    trouble = make_delivery(crm, state=FAILED, reason="server_trouble")
    waiting = make_delivery(other)
    assert set(listed(ops, "?state__in=failed")) == {refused, trouble}
    assert set(listed(ops, "?state__in=failed,queued")) == {refused, trouble, waiting}
    assert listed(ops, "?reason=server_trouble") == [trouble]
    assert listed(ops, f"?destination__id__exact={other.pk}") == [waiting]
    assert listed(ops, f"?state__in=failed&destination__id__exact={crm.pk}&reason=record_refused") == [refused]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?created_at_from_0=2026-03-02", {"on the day", "the day after"}),
        ("?created_at_to_0=2026-03-02", {"the day before", "on the day"}),
        ("?created_at_from_0=2026-03-02&created_at_to_0=2026-03-02", {"on the day"}),
        ("?created_at_from_0=2026-03-02&created_at_from_1=12:01", {"the day after"}),
        ("?created_at_to_0=2026-03-02&created_at_to_1=12:00:00", {"the day before", "on the day"}),
        ("?created_at_from_1=12:00", {"the day before", "on the day", "the day after"}),
        ("?created_at_from_0=&created_at_to_0=", {"the day before", "on the day", "the day after"}),
    ],
)
def test_the_filter_by_time_takes_days_with_and_without_a_time_of_day(ops: Client, query: str, found: set[str]) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=timezone.get_default_timezone())
    names = {}
    for name, days in (("the day before", -1), ("on the day", 0), ("the day after", 1)):
        names[make_delivery(created_at=noon + timedelta(days=days)).pk] = name
    assert {names[delivery.pk] for delivery in listed(ops, query)} == found


@pytest.mark.parametrize("day", ["yesterday", "2026-02-31", "'; DROP", "9" * 400])
def test_a_day_that_is_none_brings_back_the_whole_list(ops: Client, day: str) -> None:
    delivery = make_delivery()
    answer = ops.get(DELIVERIES, {"created_at_from_0": day}, follow=True)
    assert answer.redirect_chain[-1] == (f"{DELIVERIES}?e=1", 302)
    assert list(answer.context["cl"].result_list) == [delivery]


@pytest.mark.parametrize("query", ["?state__in=no-such", "?destination__id__exact=x", "?reason=%00", "?p=x", "?o=x.y"])
def test_a_filter_that_makes_no_sense_is_answered_with_a_page(ops: Client, query: str) -> None:
    make_delivery()
    assert ops.get(f"{DELIVERIES}{query}", follow=True).status_code == 200


# --- many at once -----------------------------------------------------------------------------------------------------


def test_the_chosen_failed_and_cancelled_ones_are_tried_again_and_no_others(
    ops: Client, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    chosen = [make_delivery(state=state) for state in (FAILED, CANCELLED, DELIVERED, WITHHELD, SENDING)]
    other = make_delivery(state=FAILED)
    with django_capture_on_commit_callbacks(execute=True):
        answer = act(ops, "retry_selected", *chosen)
    after = states()
    assert [after[delivery.pk] for delivery in chosen] == [WAITING, WAITING, DELIVERED, WITHHELD, SENDING]
    assert after[other.pk] == FAILED
    assert messages_of(answer) == ["2 deliveries are tried again."]
    assert hinted == ["dispatch_due_deliveries"]


def test_one_that_waits_for_its_next_try_is_tried_now(ops: Client) -> None:
    waiting = make_delivery(next_attempt_at=timezone.now() + timedelta(hours=3))
    answer = act(ops, "retry_selected", waiting)
    waiting.refresh_from_db()
    assert waiting.next_attempt_at <= timezone.now()
    assert messages_of(answer) == ["1 delivery is tried again."]


def test_those_that_may_have_arrived_are_left_out_of_many(ops: Client) -> None:
    doubtful, failed = make_delivery(state=FAILED, reason="may_have_arrived"), make_delivery(state=FAILED)
    answer = act(ops, "retry_selected", doubtful, failed)
    assert states() == {doubtful.pk: FAILED, failed.pk: WAITING}
    assert messages_of(answer) == [
        "1 delivery is tried again.",
        "1 may have arrived already and was left out. Open it and decide.",
    ]


def test_a_filter_does_not_count_as_a_yes_to_second_records(ops: Client) -> None:
    doubtful = make_delivery(state=FAILED, reason="may_have_arrived")
    answer = act(ops, "retry_selected", doubtful, query="?reason=may_have_arrived")
    assert states() == {doubtful.pk: FAILED}
    assert messages_of(answer)[-1] == "1 may have arrived already and was left out. Open it and decide."


def test_what_policy_withheld_is_not_sent_by_cancelling_and_trying_again(ops: Client) -> None:
    withheld = make_delivery(state=WITHHELD, reason="do_not_contact")
    before = Delivery.objects.values().get()
    answer = act(ops, "give_up_selected", withheld, **NOTE)
    assert messages_of(answer) == ["Nothing changed: the state is another one by now."]
    ops.post(button_of(withheld, "give_up"), NOTE)
    act(ops, "retry_selected", withheld)
    ops.post(button_of(withheld, "try_again"))
    assert Delivery.objects.values().get() == before
    assert buttons_on(ops.get(page_of(withheld))) == []


def test_the_chosen_ones_are_given_up_and_those_under_way_are_not(ops: Client) -> None:
    chosen = [make_delivery(state=state) for state in (WAITING, FAILED, SENDING, DELIVERED)]
    answer = act(ops, "give_up_selected", *chosen, **NOTE)
    after = states()
    assert [after[delivery.pk] for delivery in chosen] == [CANCELLED, CANCELLED, SENDING, DELIVERED]
    assert messages_of(answer) == ["Given up on 2 deliveries."]


def test_when_nothing_can_be_done_the_list_says_so(ops: Client) -> None:
    answer = act(ops, "retry_selected", make_delivery(state=DELIVERED))
    assert messages_of(answer) == ["Nothing changed: the state is another one by now."]


# --- one --------------------------------------------------------------------------------------------------------------

GROUPS = (SALES, SALES_LEAD, OPS, OWNER)
BUTTONS: dict[tuple[DeliveryState, str], tuple[list[str], tuple[str, ...]]] = {
    (WAITING, ""): (["Try now", "Give up"], GROUPS),
    (SENDING, ""): ([], GROUPS),
    (DELIVERED, ""): (["Send again"], (OPS, OWNER)),
    (FAILED, "record_refused"): (["Try again", "Give up"], GROUPS),
    (FAILED, "may_have_arrived"): (["It arrived", "Send again", "Give up"], GROUPS),
    (WITHHELD, "privacy"): (["Release"], (SALES_LEAD, OWNER)),
    (CANCELLED, "record_refused"): (["Try again"], GROUPS),
    (CANCELLED, "privacy"): (["Release"], (SALES_LEAD, OWNER)),
}


@pytest.mark.parametrize(("state", "reason"), BUTTONS)
def test_the_page_offers_what_can_be_done_to_those_who_may(enter: Enter, state: DeliveryState, reason: str) -> None:
    delivery = make_delivery(state=state, reason=reason)
    buttons, allowed = BUTTONS[state, reason]
    shown = {group: buttons_on(enter(group).get(page_of(delivery))) for group in GROUPS}
    assert shown == {group: buttons if group in allowed else [] for group in GROUPS}


@pytest.mark.parametrize("label", ["Send again", "Release", "Try again", "Try now", "It arrived"])
def test_what_cannot_be_undone_is_asked_for_first(owner: Client, label: str) -> None:
    asked = {"Send again", "Release"}
    pages = "".join(
        owner.get(page_of(make_delivery(state=state, reason=reason))).text.replace("\n", " ")
        for state, reason in BUTTONS
    )
    forms = [part for part in pages.split("<form ")[1:] if f"</span>{label}</button>" in part.partition("</form>")[0]]
    assert forms
    assert all(("data-confirm=" in form.partition(">")[0]) == (label in asked) for form in forms)


@pytest.mark.parametrize(
    ("action", "state", "reason", "becomes", "said"),
    [
        ("try_again", FAILED, "record_refused", WAITING, "Tried again now."),
        ("arrived_there", FAILED, "may_have_arrived", DELIVERED, "Marked as arrived."),
        ("send_again", DELIVERED, "", WAITING, "Sent a second time, under the same key."),
        ("release", WITHHELD, "privacy", WAITING, "Released: it is sent although policy withheld it."),
    ],
)
def test_a_button_does_what_it_says_and_leaves_an_entry(
    owner: Client, action: str, state: DeliveryState, reason: str, becomes: DeliveryState, said: str
) -> None:
    delivery = make_delivery(state=state, reason=reason, tries=5)
    answer = owner.post(button_of(delivery, action), follow=True)
    delivery.refresh_from_db()
    assert delivery.state == becomes
    assert messages_of(answer) == [said]
    assert [(row, text) for _who, row, text in log()] == [(str(delivery.pk), said)]
    if becomes == WAITING:
        assert (delivery.tries, delivery.reason, delivery.priority) == (0, "", Priority.FRESH)


def test_the_page_shows_each_attempt_with_what_was_sent_and_answered(ops: Client) -> None:
    delivery = make_delivery(state=FAILED)
    make_attempt(
        delivery,
        result="rejected",
        finished_at=timezone.now(),
        http_status=422,
        duration_ms=143,
        cause="record_refused",
        detail="Field Industry is not known",
        exchange={
            "method": "POST",
            "url": "https://crm.example.com/leads",
            "request_headers": {"authorization": "[hidden]"},
            "request_body": '{"FirstName":"Mina"}',
            "response_status": 422,
            "response_headers": {"content-type": "text/plain"},
            "response_body": "no <b>such</b> field",
        },
    )
    page = ops.get(page_of(delivery)).text
    for shown in (
        "422",
        "143 ms",
        "Field Industry is not known",
        "POST https://crm.example.com/leads",
        "authorization: [hidden]",
        "&quot;FirstName&quot;: &quot;Mina&quot;",
        "no &lt;b&gt;such&lt;/b&gt; field",
    ):
        assert shown in page


def test_an_attempt_without_an_answer_says_so(ops: Client) -> None:
    delivery = make_delivery(state=FAILED, reason="may_have_arrived")
    make_attempt(
        delivery,
        result="unanswered",
        finished_at=timezone.now(),
        exchange={"method": "POST", "url": "https://crm.example.com/", "request_body": "{}"},
    )
    assert "No answer came." in ops.get(page_of(delivery)).text


@pytest.mark.parametrize("exchange", [{}, {"url": None}, {"request_headers": {}, "request_body": "[" * 5000}])
def test_a_strange_exchange_has_a_page(ops: Client, exchange: dict[str, Any]) -> None:
    delivery = make_delivery(state=FAILED)
    make_attempt(delivery, exchange=exchange, cause="no_such_cause", is_late=False)
    assert ops.get(page_of(delivery)).status_code == 200


def test_an_attempt_under_way_says_so(ops: Client) -> None:
    delivery = make_delivery(state=SENDING)
    make_attempt(delivery)
    assert "Under way" in ops.get(page_of(delivery)).text


def test_only_the_newest_attempts_are_shown(ops: Client) -> None:
    delivery = make_delivery(state=FAILED)
    for number in range(53):
        make_attempt(delivery, detail=f"Try {number}.")
    page = ops.get(page_of(delivery)).text
    assert "Try 52." in page
    assert "Try 3." in page
    assert "Try 2." not in page


def test_the_page_names_the_record_over_there(ops: Client) -> None:
    delivery = make_delivery(
        touch=make_touch(make_lead()),
        state=DELIVERED,
        arrival="created",
        external_id="00Q5e",
        external_url="https://crm.example.com/00Q5e",
    )
    page = ops.get(page_of(delivery)).text
    for shown in ("00Q5e", 'href="https://crm.example.com/00Q5e"', "New record", str(delivery.touch_id)):
        assert shown in page


def test_a_link_over_there_that_is_no_web_address_is_not_made_a_link(ops: Client) -> None:
    delivery = make_delivery(state=DELIVERED, external_url="javascript:alert(1)")
    for page in (page_of(delivery), page_of(delivery.touch.lead), "/admin/leads/lead/"):
        assert 'href="javascript:' not in ops.get(page).text
