"""Which touches go to which destination."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads.models import Delivery, Destination, Touch
from leads.routing import load_rules, queue_deliveries
from leads.states import DeliveryState, Priority, PrivacyAction
from tests.factories import make_destination, make_offer, make_route, make_touch

pytestmark = pytest.mark.django_db


def route(touch: Touch) -> dict[str, str]:
    """By destination: the state of the delivery that was made."""
    queue_deliveries([touch], load_rules())
    return dict(Delivery.objects.filter(touch=touch).values_list("destination__name", "state"))


def test_a_route_without_conditions_lets_everything_through() -> None:
    make_route(make_destination(name="CRM"))
    assert route(make_touch(source="", action="", country_code="")) == {"CRM": "queued"}


@pytest.mark.parametrize(
    ("conditions", "touch", "goes"),
    [
        ({"sources": ["AzureMarketplace"]}, {"source": "azuremarketplace"}, True),
        ({"sources": ["AzureMarketplace"]}, {"source": "SPZA"}, False),
        ({"sources": ["AzureMarketplace"]}, {"source": ""}, False),
        ({"actions": ["INS", "PLT"]}, {"action": "plt"}, True),
        ({"actions": ["INS", "PLT"]}, {"action": "DNC"}, False),
        ({"countries": ["kr", "DE"]}, {"country_code": "KR"}, True),
        ({"countries": ["kr", "DE"]}, {"country_code": ""}, False),
        ({"sources": ["SPZA"], "actions": ["INS"]}, {"source": "SPZA", "action": "INS"}, True),
        ({"sources": ["SPZA"], "actions": ["INS"]}, {"source": "SPZA", "action": "PLT"}, False),
    ],
)
def test_every_condition_of_a_route_must_hold(conditions: dict[str, Any], touch: dict[str, Any], goes: bool) -> None:
    make_route(make_destination(name="CRM"), **conditions)
    assert route(make_touch(**touch)) == ({"CRM": "queued"} if goes else {})


def test_a_route_for_offers_lets_through_these_alone() -> None:
    wanted, other = make_offer(), make_offer()
    make_route(make_destination(name="CRM"), wanted, make_offer())
    assert route(make_touch(offer=wanted)) == {"CRM": "queued"}
    assert route(make_touch(offer=other)) == {}
    assert route(make_touch(offer=None)) == {}


def test_a_touch_goes_to_each_destination_once_by_the_first_route_that_fits() -> None:
    crm, mail = make_destination(name="CRM"), make_destination(name="Mail")
    make_route(crm, actions=["PLT"])
    first = make_route(crm, name="first that fits")
    make_route(crm)
    make_route(mail)
    touch = make_touch(action="INS")
    assert route(touch) == {"CRM": "queued", "Mail": "queued"}
    assert Delivery.objects.get(destination=crm).route == first


def test_disabled_routes_and_destinations_get_nothing() -> None:
    make_route(make_destination(), enabled=False)
    make_route(make_destination(enabled=False))
    assert route(make_touch()) == {}


def test_a_new_delivery_is_fresh_due_at_once_and_given_up_after_the_deadline(settings: Any) -> None:
    settings.LEADCRM_DELIVERY_DEADLINE = timedelta(days=3)
    destination = make_destination()
    make_route(destination)
    touch = make_touch()
    assert queue_deliveries([touch], load_rules()) == {destination}
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.priority, delivery.tries, delivery.reason) == ("queued", Priority.FRESH, 0, "")
    assert delivery.deadline_at is not None
    now = datetime.now(UTC)
    assert now - timedelta(minutes=1) < delivery.next_attempt_at <= now
    assert timedelta(0) <= delivery.deadline_at - delivery.next_attempt_at - timedelta(days=3) < timedelta(seconds=1)
    assert Delivery.objects.due().get() == delivery


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        ({"is_test": True}, "test"),
        ({"is_dnc": True}, "do_not_contact"),
        ({"privacy": PrivacyAction.HOLD}, "privacy"),
    ],
)
def test_what_policy_keeps_back_is_withheld_with_the_reason_and_sends_nothing(
    touch: dict[str, Any], reason: str
) -> None:
    make_route(make_destination())
    assert queue_deliveries([make_touch(**touch)], load_rules()) == set()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.without_personal_data) == ("withheld", reason, False)
    assert not Delivery.objects.due().exists()


def test_what_goes_without_personal_data_is_marked_so() -> None:
    make_route(make_destination())
    queue_deliveries([make_touch(privacy=PrivacyAction.STRIP)], load_rules())
    assert Delivery.objects.values_list("state", "without_personal_data").get() == ("queued", True)


def test_a_delivery_that_exists_stays_as_it_is() -> None:
    make_route(make_destination())
    touch = make_touch()
    route(touch)
    Delivery.objects.update(state=DeliveryState.FAILED, reason="record_refused", tries=4)
    queue_deliveries([touch], load_rules())
    assert Delivery.objects.values_list("state", "tries").get() == ("failed", 4)


def test_rules_take_one_query_however_many_there_are(django_assert_num_queries: Any) -> None:
    for _n in range(5):
        make_route(make_destination(), make_offer(), make_offer())
    with django_assert_num_queries(1):
        rules = load_rules()
    assert [len(rule.offer_ids) for rule in rules] == [2] * 5
    assert len({rule.destination for rule in rules}) == Destination.objects.count()
