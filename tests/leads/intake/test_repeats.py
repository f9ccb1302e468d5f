"""Equal content within a window is a repeat; everything else is new."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from leads.intake.interpreting import interpret_waiting
from leads.models import Endpoint, InboundRequest, Lead, Touch
from leads.states import InboundState
from tests.factories import NOON, lead_json, make_endpoint, make_inbound

pytestmark = pytest.mark.django_db

WINDOW = timedelta(minutes=10)


@pytest.fixture
def endpoint() -> Endpoint:
    return make_endpoint()


def post(endpoint: Endpoint, posted: Any = None, *, at: datetime = NOON) -> InboundRequest:
    return make_inbound(posted, endpoint=endpoint, received_at=at)


def interpreted(*requests: InboundRequest) -> list[InboundState]:
    interpret_waiting()
    for request in requests:
        request.refresh_from_db()
    return [InboundState(request.state) for request in requests]


ACCEPTED, REPEAT = InboundState.ACCEPTED, InboundState.REPEAT


def test_the_same_content_twice_in_a_batch_is_one_touch(endpoint: Endpoint) -> None:
    first, second = post(endpoint), post(endpoint)
    assert interpreted(first, second) == [ACCEPTED, REPEAT]
    touch = Touch.objects.get()
    assert touch.inbound_request == first
    assert (first.repeat_of, second.repeat_of) == (None, touch)
    assert Lead.objects.get().touch_count == 1


def test_the_same_content_in_a_later_batch_is_one_touch(endpoint: Endpoint) -> None:
    first = post(endpoint)
    assert interpreted(first) == [ACCEPTED]
    second = post(endpoint, at=NOON + timedelta(minutes=1))
    assert interpreted(second) == [REPEAT]
    assert second.repeat_of == Touch.objects.get()
    assert second.processed_at is not None


def test_content_is_the_same_whatever_its_order_letter_case_of_names_and_blanks(endpoint: Endpoint) -> None:
    first = post(endpoint, {"LeadSource": "AzureMarketplace", "OfferTitle": "Firewall", "ActionCode": None})
    second = post(endpoint, {"offertitle": " Firewall ", "LEADSOURCE": "AzureMarketplace"})
    assert interpreted(first, second) == [ACCEPTED, REPEAT]


def test_content_that_differs_in_one_field_is_new(endpoint: Endpoint) -> None:
    first, second = post(endpoint), post(endpoint, lead_json(Description="Call me"))
    assert interpreted(first, second) == [ACCEPTED, ACCEPTED]
    assert Lead.objects.get().touch_count == 2


# NOON begins a window of ten minutes: its edges show whether the fixed windows or the distance decides.
@pytest.mark.parametrize("start", [NOON, NOON + timedelta(minutes=9, seconds=59), NOON + timedelta(minutes=5)])
@pytest.mark.parametrize(
    ("distance", "state"),
    [
        (timedelta(0), REPEAT),
        (timedelta(seconds=1), REPEAT),
        (WINDOW, REPEAT),
        (WINDOW + timedelta(microseconds=1), ACCEPTED),
        (2 * WINDOW, ACCEPTED),
        (timedelta(days=1), ACCEPTED),
    ],
)
@pytest.mark.parametrize("one_batch", [True, False])
def test_a_repeat_comes_within_the_window_counted_from_the_first(
    endpoint: Endpoint, start: datetime, distance: timedelta, state: InboundState, one_batch: bool
) -> None:
    first = post(endpoint, at=start)
    if not one_batch:
        interpret_waiting()
    second = post(endpoint, at=start + distance)
    assert interpreted(first, second) == [ACCEPTED, state]
    assert Touch.objects.count() == (1 if state == REPEAT else 2)


def test_an_earlier_request_that_is_read_later_is_a_repeat_too(endpoint: Endpoint) -> None:
    later = post(endpoint, at=NOON + timedelta(minutes=8))
    assert interpreted(later) == [ACCEPTED]
    earlier = post(endpoint, at=NOON)
    assert interpreted(earlier) == [REPEAT]


def test_the_window_is_a_setting(endpoint: Endpoint, settings: Any) -> None:
    settings.LEADCRM_REPEAT_WINDOW = timedelta(seconds=30)
    requests = [post(endpoint, at=NOON + timedelta(seconds=seconds)) for seconds in (0, 30, 31)]
    assert interpreted(*requests) == [ACCEPTED, REPEAT, ACCEPTED]


def test_the_same_content_at_another_endpoint_is_new(endpoint: Endpoint) -> None:
    first, second = post(endpoint), post(make_endpoint())
    assert interpreted(first, second) == [ACCEPTED, ACCEPTED]
    assert Touch.objects.count() == 2


def test_test_leads_are_never_repeats(endpoint: Endpoint) -> None:
    test = lead_json(FirstName="MSFT_TEST_636573304831318844")
    first, second = post(endpoint, test), post(endpoint, test)
    assert interpreted(first, second) == [ACCEPTED, ACCEPTED]
    assert list(Touch.objects.values_list("is_test", "fingerprint")) == [(True, ""), (True, "")]


def test_empty_leads_repeat_each_other_like_any_content(endpoint: Endpoint) -> None:
    assert interpreted(post(endpoint, {}), post(endpoint, {"LeadSource": ""})) == [ACCEPTED, REPEAT]


def test_an_array_that_was_posted_before_is_a_repeat_as_a_whole(endpoint: Endpoint) -> None:
    array = [lead_json(), lead_json(FirstName="Jun")]
    first, second = post(endpoint, array), post(endpoint, array)
    assert interpreted(first, second) == [ACCEPTED, REPEAT]
    assert Touch.objects.count() == 2
    assert second.repeat_of == Touch.objects.get(position=0)


def test_of_an_array_only_the_elements_posted_before_are_left_out(endpoint: Endpoint) -> None:
    jun, mina = lead_json(FirstName="Jun"), lead_json()
    first, second = post(endpoint, mina), post(endpoint, [jun, mina, lead_json(FirstName="Sora")])
    assert interpreted(first, second) == [ACCEPTED, ACCEPTED]
    assert list(Touch.objects.filter(inbound_request=second).order_by("id").values_list("position", "first_name")) == [
        (0, "Jun"),
        (2, "Sora"),
    ]
    assert second.remarks == [{"code": "element_repeats", "params": {"element": 2}}]
    assert second.repeat_of == Touch.objects.get(inbound_request=first)


def test_an_array_may_repeat_itself(endpoint: Endpoint) -> None:
    request = post(endpoint, [lead_json(), "no lead", lead_json()])
    assert interpreted(request) == [ACCEPTED]
    assert Touch.objects.get().position == 0
    assert request.remarks == [
        {"code": "element_not_an_object", "params": {"element": 2}},
        {"code": "element_repeats", "params": {"element": 3}},
    ]


def test_a_repeat_makes_neither_lead_nor_touch_nor_a_later_time(endpoint: Endpoint) -> None:
    assert interpreted(post(endpoint)) == [ACCEPTED]
    assert interpreted(post(endpoint, at=NOON + timedelta(minutes=3))) == [REPEAT]
    lead = Lead.objects.get()
    assert (lead.touch_count, lead.first_touch_at, lead.last_touch_at) == (1, NOON, NOON)


def test_two_hundred_posts_of_one_lead_make_one_touch(endpoint: Endpoint) -> None:
    requests = [post(endpoint, at=NOON + timedelta(seconds=number)) for number in range(200)]
    while interpret_waiting().may_be_more:
        pass
    assert Touch.objects.get().inbound_request == requests[0]
    assert InboundRequest.objects.filter(state=REPEAT, repeat_of=Touch.objects.get()).count() == 199
