"""Handing a lead over to a CRM."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.history.undo import TooLate
from leads.models import Activity, Delivery
from leads.sales.activities import take_back
from leads.sales.handing_over import choices_for, hand_over, newest_touch, stages_after
from leads.states import DeliveryState, PrivacyAction, Stage, Withheld
from tests.factories import NOON, make_delivery, make_destination, make_lead, make_touch

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("stage", "after"),
    [
        (Stage.NEW, [Stage.QUALIFIED]),
        (Stage.CONTACTED, [Stage.QUALIFIED]),
        (Stage.QUALIFIED, [Stage.QUALIFIED, Stage.WON]),
        (Stage.WON, [Stage.WON]),
        (Stage.LOST, [Stage.LOST]),
        (Stage.DISCARDED, [Stage.DISCARDED]),
    ],
)
def test_where_the_sale_may_stand_afterwards(stage: Stage, after: list[Stage]) -> None:
    assert stages_after(make_lead(stage=stage)) == after


def test_the_touch_is_queued_for_that_destination_and_the_stage_moves(seller: User) -> None:
    touch, crm = make_touch(), make_destination(name="Salesforce")
    make_destination()
    delivery = hand_over(seller, touch, crm, Stage.QUALIFIED)
    touch.lead.refresh_from_db()
    assert list(Delivery.objects.all()) == [delivery]
    assert (delivery.touch, delivery.destination, delivery.state) == (touch, crm, DeliveryState.QUEUED)
    assert touch.lead.stage == Stage.QUALIFIED
    activity = Activity.objects.get()
    assert (activity.kind, activity.text, activity.author) == ("hand_over", "Salesforce", seller)


def test_one_that_went_there_already_is_not_sent_again(seller: User) -> None:
    there = make_delivery(state=DeliveryState.DELIVERED, external_id="42")
    assert hand_over(seller, there.touch, there.destination, Stage.QUALIFIED) == there
    there.refresh_from_db()
    assert (there.state, there.external_id, Delivery.objects.count()) == (DeliveryState.DELIVERED, "42", 1)
    there.touch.lead.refresh_from_db()
    assert there.touch.lead.stage == Stage.QUALIFIED


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        ({"is_test": True}, Withheld.TEST),
        ({"is_dnc": True}, Withheld.DO_NOT_CONTACT),
        ({"privacy": PrivacyAction.HOLD}, Withheld.PRIVACY),
    ],
)
def test_policy_holds_here_too(seller: User, touch: dict[str, Any], reason: Withheld) -> None:
    delivery = hand_over(seller, make_touch(**touch), make_destination(), Stage.QUALIFIED)
    assert (delivery.state, delivery.reason) == (DeliveryState.WITHHELD, reason)


def test_a_stage_that_may_not_follow_is_left_alone(seller: User) -> None:
    touch = make_touch(make_lead(stage=Stage.LOST))
    hand_over(seller, touch, make_destination(), Stage.QUALIFIED)
    touch.lead.refresh_from_db()
    assert touch.lead.stage == Stage.LOST


def test_it_cannot_be_undone_for_it_is_over_there(seller: User) -> None:
    hand_over(seller, make_touch(), make_destination(), Stage.QUALIFIED)
    edit = Activity.objects.get().edit
    assert edit is not None
    with pytest.raises(TooLate):
        take_back(edit, seller)
    assert Activity.objects.count() == Delivery.objects.count() == 1


def test_the_choices_are_the_enabled_destinations_each_with_its_delivery() -> None:
    touch = make_touch()
    make_destination(name="Old", enabled=False)
    other = make_destination(name="Marketo")
    there = make_delivery(make_destination(name="Salesforce"), touch)
    assert choices_for(touch) == [(other, None), (there.destination, there)]


def test_the_newest_touch_is_the_one_that_came_last() -> None:
    lead = make_lead()
    assert newest_touch(lead) is None
    newest = make_touch(lead)
    make_touch(lead, received_at=NOON)
    assert newest_touch(lead) == newest
