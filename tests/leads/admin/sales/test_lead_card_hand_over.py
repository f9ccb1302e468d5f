"""Convert: a look at what is sent, and the hand-over."""

import re

import pytest
from django.test import Client

from leads.models import Activity, Delivery, Lead
from leads.roles import OPS
from leads.states import DeliveryState, Stage
from tests.factories import make_delivery, make_destination, make_lead, make_touch
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, destination_with_secret, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import messages_of

pytestmark = pytest.mark.django_db


def page(lead: Lead) -> str:
    return address_of("leads_lead_hand_over", lead.pk)


def test_the_page_shows_what_would_be_sent_and_changes_nothing(sales: Client) -> None:
    destination_with_secret()
    touch = make_touch(description="Need 20 seats")
    answer = sales.get(page(touch.lead))
    assert "To CRM" in answer.text
    assert "mina@fabrikam.example" in answer.text
    assert re.findall(r'name="stage" value="(\w+)"( checked)?', answer.text) == [("qualified", " checked")]
    assert Delivery.objects.count() == Activity.objects.count() == 0


def test_what_the_settings_leave_open_is_said_first(sales: Client) -> None:
    make_destination(name="Half done", settings={})
    answer = sales.get(page(make_touch().lead))
    assert "Look at this first" in answer.text
    assert "Nothing can be shown." in answer.text


def test_what_was_corrected_here_is_named_for_it_is_not_sent(sales: Client) -> None:
    destination_with_secret()
    lead = make_lead(phone="2", title="CTO", kept_fields={"phone": "2026-03-02T12:00Z", "title": "2026-03-02T12:00Z"})
    make_touch(lead, phone="1", title="CTO")
    assert "Corrected here, and sent as it came: Phone. Correct it over there, too." in sales.get(page(lead)).text


def test_a_second_press_hands_the_lead_over(sales: Client, hinted: list[str]) -> None:
    crm, touch = destination_with_secret(), make_touch()
    posted = {"destination": crm.pk, "stage": "qualified"}
    answer = sales.post(page(touch.lead), posted, follow=True)
    touch.lead.refresh_from_db()
    assert messages_of(answer) == ["Handed over: it is on its way to CRM."]
    assert touch.lead.stage == Stage.QUALIFIED
    delivery = Delivery.objects.get()
    assert (delivery.touch, delivery.state) == (touch, DeliveryState.QUEUED)
    assert [text for _who, _row, text in log()] == ["Handed over to CRM."]
    assert answer.request["PATH_INFO"] == page_of(touch.lead)
    assert 'hx-trigger="load delay:2s"' in answer.text


def test_the_task_is_hinted_at_once_all_is_stored(
    sales: Client, hinted: list[str], django_capture_on_commit_callbacks: object
) -> None:
    crm, touch = destination_with_secret(), make_touch()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        sales.post(page(touch.lead), {"destination": crm.pk, "stage": "qualified"})
    assert hinted == ["dispatch_due_deliveries"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DeliveryState.DELIVERED, "CRM has the lead already."),
        (DeliveryState.QUEUED, "Handed over: it is on its way to CRM."),
        (DeliveryState.FAILED, "Not sent to CRM: Failed. The receiving system refused this lead."),
        (DeliveryState.CANCELLED, "Not sent to CRM: Cancelled."),
    ],
)
def test_a_delivery_that_is_there_is_shown_instead_of_a_second(sales: Client, state: DeliveryState, said: str) -> None:
    there = make_delivery(destination_with_secret(), state=state)
    lead = there.touch.lead
    assert "it is not sent a second time" in sales.get(page(lead)).text
    answer = sales.post(page(lead), {"destination": there.destination_id, "stage": "qualified"}, follow=True)
    assert messages_of(answer) == [said]
    assert list(Delivery.objects.values_list("state", flat=True)) == [state]


def test_the_first_choice_is_where_the_lead_is_not_yet(sales: Client) -> None:
    there = make_delivery(make_destination(name="A"), state=DeliveryState.DELIVERED)
    make_destination(name="B")
    answer = sales.get(page(there.touch.lead))
    assert "To B" in answer.text
    assert f'href="?destination={there.destination_id}"' in answer.text
    assert "To A" in sales.get(page(there.touch.lead), {"destination": there.destination_id}).text


def test_where_there_is_no_destination_the_page_says_whom_to_ask(sales: Client) -> None:
    assert "There is no CRM to hand this lead over to." in sales.get(page(make_touch().lead)).text
    assert "There is no CRM" in sales.get(page(make_lead())).text


@pytest.mark.parametrize("posted", [{}, {"destination": "0"}, {"destination": "x", "stage": "qualified"}])
def test_what_does_not_exist_is_not_handed_over_to(sales: Client, posted: dict[str, str]) -> None:
    destination_with_secret()
    touch = make_touch()
    assert sales.post(page(touch.lead), posted).status_code == 200
    assert Delivery.objects.count() == Activity.objects.count() == 0


@pytest.mark.parametrize("stage", ["", "won", "lost", "x"])
def test_no_stage_but_those_offered_is_taken(sales: Client, stage: str) -> None:
    crm, touch = destination_with_secret(), make_touch()
    assert sales.post(page(touch.lead), {"destination": crm.pk, "stage": stage}).status_code == 200
    touch.lead.refresh_from_db()
    assert (touch.lead.stage, Delivery.objects.count()) == (Stage.NEW, 0)


@pytest.mark.parametrize("lead", [{"is_test": True}, {"is_dnc": True}])
def test_leads_that_are_no_work_are_not_handed_over(sales: Client, lead: dict[str, bool]) -> None:
    shown = make_lead(**lead)
    assert sales.get(page(shown)).status_code == 403
    assert page(shown) not in sales.get(page_of(shown)).text


def test_ops_cannot_hand_over(enter: Enter) -> None:
    crm, touch = destination_with_secret(), make_touch()
    assert enter(OPS).post(page(touch.lead), {"destination": crm.pk, "stage": "qualified"}).status_code == 403
    assert Delivery.objects.count() == 0
