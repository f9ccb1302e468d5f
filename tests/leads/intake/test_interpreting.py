"""A batch of waiting requests becomes touches, leads and deliveries; what is wrong with one holds no other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from leads import routing
from leads.intake import interpreting, reading
from leads.intake.interpreting import interpret_waiting
from leads.intake.reprocessing import process_again
from leads.marketplace.payload import parse_lead
from leads.models import Delivery, Endpoint, EndpointSecret, InboundRequest, Lead, Touch
from leads.states import InboundState
from tests.factories import NOON, lead_json, make_destination, make_endpoint, make_inbound, make_route, make_secret

pytestmark = pytest.mark.django_db

ACCEPTED, REJECTED, RECEIVED = InboundState.ACCEPTED, InboundState.REJECTED, InboundState.RECEIVED


@pytest.fixture
def endpoint() -> Endpoint:
    return make_endpoint()


def states() -> list[str]:
    return list(InboundRequest.objects.order_by("id").values_list("state", flat=True))


def exploding_for(name: str, real: Callable[..., Any], value_of: Callable[..., Any]) -> Callable[..., Any]:
    """``real``, but it raises for a lead with this first name: a fault of ours that only some leads meet."""

    def explode(*arguments: Any) -> Any:
        if name in str(value_of(*arguments)):
            raise ValueError(f"cannot cope with {name}")
        return real(*arguments)

    return explode


# --- Reading --------------------------------------------------------------------------------------------------------


def test_a_touch_says_what_was_posted_and_where(endpoint: Endpoint) -> None:
    request = make_inbound(lead_json(Description="Call me"), endpoint=endpoint, received_at=NOON)
    assert interpret_waiting() == (True, set(), False)
    touch = Touch.objects.get()
    assert (touch.inbound_request, touch.position, touch.endpoint, touch.received_at) == (request, 0, endpoint, NOON)
    assert (touch.first_name, touch.email, touch.email_key) == (
        "Mina",
        "mina@fabrikam.example",
        "mina@fabrikam.example",
    )
    assert (touch.source, touch.action, touch.note, touch.quality) == ("AzureMarketplace", "INS", "Call me", "exact")
    request.refresh_from_db()
    assert (request.state, request.reason, request.remarks) == (ACCEPTED, "", [])
    assert request.processed_at is not None


def test_nothing_waiting_is_nothing_to_do(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert interpret_waiting() == (False, set(), False)


def test_the_oldest_requests_come_first_and_the_rest_is_announced(endpoint: Endpoint) -> None:
    for number in range(3):
        make_inbound(lead_json(Description=str(number)), endpoint=endpoint)
    assert interpret_waiting(limit=2).may_be_more is True
    assert states() == [ACCEPTED, ACCEPTED, RECEIVED]
    assert interpret_waiting(limit=2).may_be_more is False
    assert states() == [ACCEPTED] * 3


def test_an_unreadable_request_is_rejected_and_holds_no_other(endpoint: Endpoint) -> None:
    make_inbound(lead_json(), endpoint=endpoint)
    broken = make_inbound(b'{"LastName" "Park"}', endpoint=endpoint)
    make_inbound(lead_json(FirstName="Jun"), endpoint=endpoint)
    interpret_waiting()
    assert states() == [ACCEPTED, REJECTED, ACCEPTED]
    broken.refresh_from_db()
    assert (broken.reason, broken.reason_params["line"], broken.reason_params["column"]) == ("not_json", 1, 13)
    assert sorted(Touch.objects.values_list("first_name", flat=True)) == ["Jun", "Mina"]


def test_each_element_of_an_array_becomes_a_touch_and_the_broken_ones_a_remark(endpoint: Endpoint) -> None:
    request = make_inbound([lead_json(), 5, lead_json(FirstName="Jun")], endpoint=endpoint)
    interpret_waiting()
    request.refresh_from_db()
    assert list(Touch.objects.order_by("id").values_list("position", "first_name")) == [(0, "Mina"), (2, "Jun")]
    assert request.remarks == [{"code": "element_not_an_object", "params": {"element": 2}}]
    assert request.state == ACCEPTED


def test_a_request_that_our_reading_cannot_cope_with_is_set_aside(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    explode = exploding_for("Jun", parse_lead, lambda fields, catalogue: fields)
    monkeypatch.setattr(reading, "parse_lead", explode)
    for name in ("Mina", "Jun", "Sora"):
        make_inbound(lead_json(FirstName=name), endpoint=endpoint)
    interpret_waiting()
    assert states() == [ACCEPTED, REJECTED, ACCEPTED]
    assert InboundRequest.objects.get(state=REJECTED).reason == "defect"
    assert "ValueError at" in caplog.text
    assert "Jun" not in caplog.text


# --- Storing --------------------------------------------------------------------------------------------------------


def explode_when_storing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names_of = lambda touches, rules: [touch.first_name for touch in touches]  # noqa: E731
    monkeypatch.setattr(routing, "queue_deliveries", exploding_for(name, routing.queue_deliveries, names_of))


def test_a_request_that_spoils_the_transaction_is_set_aside_alone(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_route(make_destination())
    explode_when_storing("Jun", monkeypatch)
    for name in ("Mina", "Jun", "Sora"):
        make_inbound(lead_json(FirstName=name), endpoint=endpoint)
    assert len(interpret_waiting().destinations) == 1
    assert states() == [ACCEPTED, REJECTED, ACCEPTED]
    assert InboundRequest.objects.get(state=REJECTED).reason == "defect"
    assert sorted(Touch.objects.values_list("first_name", flat=True)) == ["Mina", "Sora"]
    assert Lead.objects.get().touch_count == 2
    assert Delivery.objects.count() == 2
    assert "Jun" not in caplog.text


def test_a_neighbour_of_a_spoiled_transaction_keeps_no_mark_of_it(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the batch it repeats the request that is set aside afterwards; alone it repeats nothing."""
    explode_when_storing("Jun", monkeypatch)
    make_inbound([lead_json(), lead_json(FirstName="Jun")], endpoint=endpoint)
    neighbour = make_inbound([lead_json(), "no lead", lead_json(FirstName="Sora")], endpoint=endpoint)
    interpret_waiting()
    assert states() == [REJECTED, ACCEPTED]
    neighbour.refresh_from_db()
    assert neighbour.repeat_of is None
    assert [remark["code"] for remark in neighbour.remarks] == ["element_not_an_object"]
    assert list(Touch.objects.order_by("id").values_list("first_name", flat=True)) == ["Mina", "Sora"]


def test_usage_is_noted_although_the_first_transaction_failed(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    explode_when_storing("Jun", monkeypatch)
    for name in ("Jun", "Mina"):
        make_inbound(lead_json(FirstName=name), endpoint=endpoint, received_at=NOON)
    interpret_waiting()
    endpoint.refresh_from_db()
    assert endpoint.last_lead_at == NOON


def test_what_another_worker_accepted_meanwhile_is_not_rejected(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = make_inbound(endpoint=endpoint)

    def taken_then_broken(_requests: object) -> set[int]:
        InboundRequest.objects.filter(pk=request.pk).update(state=ACCEPTED)
        raise ValueError

    monkeypatch.setattr(interpreting, "interpret", taken_then_broken)
    interpret_waiting()
    assert states() == [ACCEPTED]


def test_a_database_that_is_away_rejects_nothing(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_touches: object) -> None:
        raise OperationalError("the connection is closed")

    make_inbound(endpoint=endpoint)
    monkeypatch.setattr(interpreting, "identify_offers", away)
    with pytest.raises(OperationalError):
        interpret_waiting()
    assert states() == [RECEIVED]
    assert not Touch.objects.exists()


# --- Processing again -----------------------------------------------------------------------------------------------


def test_a_rejected_request_that_can_be_read_now_is_read_as_of_its_own_time(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(reading, "parse_lead", exploding_for("Mina", parse_lead, lambda *given: given))
        make_inbound(endpoint=endpoint, received_at=NOON)
        interpret_waiting()
    assert states() == [REJECTED]
    assert process_again(InboundRequest.objects.all()) == 1
    assert states() == [RECEIVED]
    interpret_waiting()
    assert states() == [ACCEPTED]
    assert InboundRequest.objects.get().reason == ""
    assert Touch.objects.get().received_at == NOON


def test_what_still_cannot_be_read_is_rejected_again(endpoint: Endpoint) -> None:
    make_inbound(b"not JSON", endpoint=endpoint)
    interpret_waiting()
    assert process_again(InboundRequest.objects.all()) == 1
    interpret_waiting()
    assert InboundRequest.objects.values_list("state", "reason").get() == (REJECTED, "not_json")
    assert not Touch.objects.exists()


@pytest.mark.parametrize("state", [RECEIVED, ACCEPTED, InboundState.REPEAT])
def test_only_what_was_rejected_is_processed_again(endpoint: Endpoint, state: InboundState) -> None:
    make_inbound(endpoint=endpoint, state=state)
    assert process_again(InboundRequest.objects.all()) == 0
    assert states() == [state]


def test_what_was_too_large_stays_rejected(endpoint: Endpoint) -> None:
    make_inbound(endpoint=endpoint, state=REJECTED, reason="too_large", body_size=2_000_000)
    assert process_again(InboundRequest.objects.all()) == 0
    assert states() == [REJECTED]


# --- Usage ----------------------------------------------------------------------------------------------------------


def test_endpoint_and_secret_say_when_they_were_last_used() -> None:
    secret = make_secret()
    other = make_secret()
    test_at, lead_at = NOON, NOON + timedelta(minutes=1)
    test = lead_json(Title="MSFT_TEST_636573304831318844")
    make_inbound(test, endpoint=secret.endpoint, secret=secret, received_at=test_at)
    make_inbound(lead_json(), endpoint=secret.endpoint, secret=secret, received_at=lead_at)
    interpret_waiting()
    endpoint = Endpoint.objects.get(pk=secret.endpoint_id)
    assert (endpoint.last_test_lead_at, endpoint.last_lead_at) == (test_at, lead_at)
    assert EndpointSecret.objects.get(pk=secret.pk).last_used_at == lead_at
    assert EndpointSecret.objects.get(pk=other.pk).last_used_at is None


def test_the_last_use_never_goes_back(endpoint: Endpoint) -> None:
    for number, at in enumerate((NOON, NOON - timedelta(hours=1))):
        make_inbound(lead_json(Description=str(number)), endpoint=endpoint, received_at=at)
        interpret_waiting()
    endpoint.refresh_from_db()
    assert endpoint.last_lead_at == NOON
