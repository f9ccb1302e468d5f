"""What a delivery waits for that nobody can hurry: its destination is paused, disabled, or asked us to slow down."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from leads.models import Delivery, Destination
from leads.states import DeliveryState
from tests.factories import make_attempt, make_delivery, make_destination
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import messages_of

pytestmark = pytest.mark.django_db

LIST = "/admin/leads/delivery/"
PAUSED = "The destination is paused."
REFUSED = "The destination is paused: The receiving system refused the sign-in."
DISABLED = "The destination is disabled."
SLOW = "The receiving system asks for fewer requests. All deliveries to it wait."
LATER = "when the destination goes on"


def paused_by_person() -> Destination:
    return make_destination(gate={"paused_at": timezone.now(), "paused_by": "person"})


def paused_by_machine() -> Destination:
    paused = {"paused_at": timezone.now(), "paused_by": "machine", "pause_cause": "sign_in_refused"}
    return make_destination(gate=paused)


def disabled() -> Destination:
    return make_destination(enabled=False)


def held() -> Destination:
    return make_destination(gate={"held_until": timezone.now() + timedelta(minutes=10)})


STOPPED = [(paused_by_person, PAUSED, LATER), (paused_by_machine, REFUSED, LATER), (disabled, DISABLED, LATER)]
STOPPED_OR_HELD = [*STOPPED, (held, SLOW, "in 10 minutes")]


def cells(page: str, name: str) -> list[str]:
    """The texts of a list's column, without markup."""
    found = re.findall(rf"<td[^>]*field-{name}[^>]*>(.*?)</td>", page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in found]


def fact(page: str, name: str) -> str:
    found = re.search(rf"<dt>{name}</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


@pytest.mark.parametrize(("make", "why", "when"), STOPPED_OR_HELD)
def test_the_list_and_the_page_say_what_it_waits_for_and_lead_there(
    ops: Client, make: Any, why: str, when: str
) -> None:
    waiting = make_delivery(make())
    listed, page = ops.get(LIST).text, ops.get(page_of(waiting)).text
    assert (cells(listed, "why"), cells(listed, "next_try")) == ([why], [when])
    assert (why in page, fact(page, "Next try")) == (True, when)
    assert all(f'href="{page_of(waiting.destination)}">{why}</a>' in shown for shown in (listed, page))


def test_the_card_of_the_lead_says_what_its_delivery_waits_for(sales: Client) -> None:
    waiting = make_delivery(paused_by_machine())
    assert REFUSED in sales.get(page_of(waiting.touch.lead)).text
    assert REFUSED in sales.get("/admin/leads/lead/").text


def test_behind_a_hold_the_later_of_two_moments_counts(ops: Client) -> None:
    make_delivery(held(), next_attempt_at=timezone.now() + timedelta(hours=3))
    assert cells(ops.get(LIST).text, "next_try") == ["in 3 hours"]


def test_what_is_not_queued_waits_for_no_destination(ops: Client) -> None:
    make_delivery(paused_by_person(), state=DeliveryState.FAILED, reason="record_refused")
    assert PAUSED not in ops.get(LIST).text


def test_one_that_waits_for_nothing_but_a_worker_has_no_why(ops: Client) -> None:
    make_delivery()
    page = ops.get(LIST).text
    assert (cells(page, "why"), cells(page, "next_try")) == (["–"], ["any moment"])


def test_one_that_is_to_be_looked_for_says_so_and_from_when(ops: Client) -> None:
    waiting = make_delivery(look_from=timezone.now() + timedelta(minutes=10), reason="connection_lost")
    listed, page = ops.get(LIST).text, ops.get(page_of(waiting)).text
    when = "in 10 minutes: it may have arrived, so it is looked for there first"
    assert (cells(listed, "next_try"), fact(page, "Next try")) == ([when], when)


def test_behind_a_stopped_destination_that_is_what_it_says(ops: Client) -> None:
    make_delivery(paused_by_person(), look_from=timezone.now())
    assert cells(ops.get(LIST).text, "next_try") == [LATER]


@pytest.mark.parametrize(("make", "why", "when"), STOPPED_OR_HELD)
def test_try_now_behind_a_stopped_destination_says_why_nothing_was_done(
    ops: Client, make: Any, why: str, when: str
) -> None:
    waiting = make_delivery(make())
    answer = ops.post(button_of(waiting, "try_again"), follow=True)
    assert messages_of(answer) == [f"Nothing was done: it waits for its destination. {why}"]
    assert log() == []


def test_try_now_on_one_that_is_due_says_that_it_is(ops: Client) -> None:
    answer = ops.post(button_of(make_delivery(), "try_again"), follow=True)
    assert messages_of(answer) == ["Nothing was done: it is due already, and goes out as soon as a worker is free."]


def test_try_again_to_a_stopped_destination_does_not_say_that_it_was_tried(ops: Client) -> None:
    failed = make_delivery(paused_by_machine(), state=DeliveryState.FAILED)
    answer = ops.post(button_of(failed, "try_again"), follow=True)
    failed.refresh_from_db()
    assert failed.state == DeliveryState.QUEUED
    assert messages_of(answer) == [f"Queued. It waits for its destination. {REFUSED}"]
    assert [text for _who, _row, text in log()] == ["Queued. It waits for its destination."]


def test_of_many_those_behind_a_stopped_destination_are_counted(ops: Client) -> None:
    chosen = [make_delivery(make(), state=DeliveryState.FAILED) for make, _why, _when in STOPPED_OR_HELD]
    chosen += [make_delivery(state=DeliveryState.FAILED), make_delivery(paused_by_person())]
    posted = {"action": "retry_selected", "_selected_action": [str(delivery.pk) for delivery in chosen]}
    assert messages_of(ops.post(f"{LIST}?state__in=failed,queued", posted, follow=True)) == [
        "5 deliveries are tried again.",
        "5 of them wait for their destination, which is paused, disabled or asked us to slow down.",
    ]


def test_when_all_of_many_wait_already_only_that_is_said(ops: Client) -> None:
    waiting = make_delivery(paused_by_person())
    posted = {"action": "retry_selected", "_selected_action": [str(waiting.pk)]}
    assert messages_of(ops.post(LIST, posted, follow=True)) == [
        "1 of them waits for its destination, which is paused, disabled or asked us to slow down."
    ]


def test_the_page_says_when_it_is_given_up(ops: Client) -> None:
    fresh = make_delivery(deadline_at=timezone.now() + settings.LEADCRM_DELIVERY_DEADLINE)
    assert fact(ops.get(page_of(fresh)).text, "Given up") == "after 12 more tries, at the latest in 14 days"
    Delivery.objects.update(tries=11)
    assert fact(ops.get(page_of(fresh)).text, "Given up") == "after 1 more try, at the latest in 14 days"


def test_while_the_destination_is_stopped_nothing_is_given_up(ops: Client) -> None:
    waiting = make_delivery(paused_by_person(), deadline_at=timezone.now() + timedelta(days=1))
    assert fact(ops.get(page_of(waiting)).text, "Given up") == "not while the destination is stopped"


def test_a_cancelled_one_keeps_its_reason_and_asks_nobody_to_act(ops: Client) -> None:
    cancelled = make_delivery(state=DeliveryState.CANCELLED, reason="record_refused")
    page = ops.get(page_of(cancelled)).text
    assert "Cancelled. Nothing more is sent for it." in page
    assert "Before that: The receiving system refused this lead." in page
    assert "Who must act" not in page
    assert "lc-banner lc-bad" not in page
    assert "lc-banner lc-warn" not in page


def test_the_list_asks_no_more_for_many_stopped_destinations_than_for_few(
    ops: Client, django_assert_max_num_queries: Any
) -> None:
    for make, _why, _when in STOPPED_OR_HELD * 3:
        make_attempt(make_delivery(make()))
    ops.get(LIST)
    with django_assert_max_num_queries(9):
        ops.get(address_of("leads_delivery_changelist"))
