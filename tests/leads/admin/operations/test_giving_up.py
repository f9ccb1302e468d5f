"""Giving up on deliveries: with a note, which stays, until somebody has them tried again."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from leads.admin.operations import giving_up
from leads.delivery import giving_up as use_case
from leads.models import Delivery, GivenUp
from leads.roles import OPS, SALES
from leads.states import DeliveryState
from tests.factories import make_delivery, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import NOTE, button_of, page_of
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import messages_of

pytestmark = pytest.mark.django_db

DELIVERIES = "/admin/leads/delivery/"
QUEUED, FAILED, CANCELLED = DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.CANCELLED


@pytest.fixture
def otto(enter: Enter) -> Client:
    return enter(user=make_user(OPS, username="otto", is_staff=True))


def give_up(client: Client, *chosen: Delivery, **more: str) -> Any:
    posted = {"action": "give_up_selected", "_selected_action": [str(delivery.pk) for delivery in chosen]}
    return client.post(DELIVERIES, posted | more, follow=True)


@pytest.mark.parametrize("state", [QUEUED, FAILED])
def test_it_stays_known_who_gave_up_and_why(otto: Client, state: DeliveryState) -> None:
    delivery = make_delivery(state=state)
    answer = otto.post(button_of(delivery, "give_up"), NOTE, follow=True)
    delivery.refresh_from_db()
    assert delivery.state == CANCELLED
    assert (delivery.given_up.by and delivery.given_up.by.username, delivery.given_up.note) == (
        "otto",
        "Entered by hand",
    )
    assert log() == [("otto", str(delivery.pk), "Given up: Entered by hand")]
    assert messages_of(answer) == ["Given up: nothing more is sent for it."]
    for page in (page_of(delivery), page_of(delivery.touch.lead), page_of(delivery.touch.inbound_request)):
        text = " ".join(otto.get(page).text.split())
        assert "Given up by otto <time" in text, page
        assert "</time>: Entered by hand" in text, page
    assert "Entered by hand" in otto.get(DELIVERIES).text


@pytest.mark.parametrize("note", ["", "   ", "x" * 501])
def test_without_a_note_nothing_is_given_up(otto: Client, note: str) -> None:
    delivery = make_delivery(state=FAILED)
    before = all_rows()
    answer = otto.post(button_of(delivery, "give_up"), {"note": note}, follow=True)
    assert messages_of(answer) == ["Nothing was done: say why, in up to 500 characters."]
    assert give_up(otto, delivery, note=note).context["is_refused"]
    assert all_rows() == before


def test_a_second_try_takes_it_back_and_giving_up_again_says_the_new_reason(otto: Client) -> None:
    delivery = make_delivery(state=FAILED)
    otto.post(button_of(delivery, "give_up"), NOTE)
    otto.post(button_of(delivery, "try_again"))
    delivery.refresh_from_db()
    assert delivery.state == QUEUED
    assert "Entered by hand" not in otto.get(page_of(delivery.touch.lead)).text
    otto.post(button_of(delivery, "give_up"), {"note": "Left the company"})
    assert GivenUp.objects.get().note == "Left the company"
    assert [text for _who, _row, text in log()] == [
        "Given up: Entered by hand",
        "Tried again now.",
        "Given up: Left the company",
    ]


def test_many_are_given_up_after_one_question_with_one_note(otto: Client) -> None:
    chosen = [make_delivery(state=state) for state in (QUEUED, FAILED, DeliveryState.DELIVERED)]
    other = make_delivery(state=FAILED)
    before = all_rows()
    asked = give_up(otto, *chosen)
    assert (asked.context["number"], all_rows()) == ("3", before)
    posted = dict(asked.context["posted"]) | NOTE
    answer = otto.post(DELIVERIES, posted, follow=True)
    assert messages_of(answer) == ["Given up on 2 deliveries."]
    assert set(GivenUp.objects.values_list("delivery_id", flat=True)) == {chosen[0].pk, chosen[1].pk}
    assert LogEntry.objects.count() == 2
    other.refresh_from_db()
    assert other.state == FAILED


def test_no_more_than_a_thousand_go_at_once_and_the_page_says_so(otto: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (use_case, giving_up):
        monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
    oldest, *others = [make_delivery(state=FAILED) for _number in range(3)]
    answer = give_up(otto, oldest, *others, **NOTE)
    assert messages_of(answer) == [
        "Given up on 2 deliveries. That is as many as go at once. Choose the others once more."
    ]
    assert list(Delivery.objects.filter(state=FAILED)) == [oldest]


def test_all_that_the_filters_find_are_given_up_and_no_others(otto: Client) -> None:
    failed, waiting = [make_delivery(state=FAILED) for _number in range(2)], make_delivery()
    posted = {"action": "give_up_selected", "_selected_action": [str(failed[0].pk)], "select_across": "1"} | NOTE
    otto.post(f"{DELIVERIES}?state__in=failed", posted)
    assert {delivery.state for delivery in Delivery.objects.exclude(pk=waiting.pk)} == {CANCELLED}
    waiting.refresh_from_db()
    assert waiting.state == QUEUED


def test_sales_give_up_on_one_and_not_on_many(enter: Enter) -> None:
    client, delivery = enter(SALES), make_delivery(touch=make_touch(), state=FAILED)
    give_up(client, delivery, **NOTE)
    delivery.refresh_from_db()
    assert delivery.state == FAILED
    client.post(button_of(delivery, "give_up"), NOTE)
    delivery.refresh_from_db()
    assert delivery.state == CANCELLED
