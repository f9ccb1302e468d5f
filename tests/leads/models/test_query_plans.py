"""The indexes are there for these queries; the planner of either database must find them among many rows.

SQLite plans without statistics, as in production; PostgreSQL with them, which its autovacuum gathers.
"""

from datetime import timedelta
from hashlib import sha256
from itertools import cycle
from typing import Any
from unittest import skipUnless

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import TestCase
from django.utils import timezone

from leads.delivery.claiming import claim_batch
from leads.delivery.settling import settle_expired_claims
from leads.delivery.turn import destination_with_due, turns_to_start
from leads.intake.interpreting import interpret_waiting
from leads.models import Delivery, Destination, Endpoint, InboundRequest, Lead, Offer, OfferTitle, Touch
from leads.models.ids import new_id
from leads.states import DeliveryState, InboundState, Priority
from tests.factories import make_destination, make_endpoint, make_inbound, make_offer
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.slow

MANY = 4_000


def _fill() -> None:
    endpoints, offers = [make_endpoint() for _n in range(2)], [make_offer() for _n in range(20)]
    received = [timezone.now() - timedelta(minutes=number) for number in range(MANY)]
    people = [f"{sha256(str(number).encode()).hexdigest()[:12]}@fabrikam.example" for number in range(MANY)]
    leads = Lead.objects.bulk_create(
        Lead(email=email, offer=offer, stage=stage, country_code=country, first_touch_at=at, last_touch_at=at,
             search_text=Lead.searchable(f"Mina Park {email} Fabrikam"))
        for email, offer, stage, country, at in zip(
            people, cycle(offers), cycle(["new", "contacted", "won", "lost"]), cycle(["KR", "US", "DE", "JP"]), received
        )
    )  # fmt: skip
    requests = InboundRequest.objects.bulk_create(
        InboundRequest(endpoint=endpoint, received_at=at, body=b"{}", body_size=2, **_inbound_state(number))
        for number, (endpoint, at) in enumerate(zip(cycle(endpoints), received))
    )
    titles = OfferTitle.objects.bulk_create(
        OfferTitle(
            title=f"Title {number}", key=OfferTitle.key_of(f"Title {number}"), offer=offers[0] if number % 9 else None
        )
        for number in range(500)
    )
    accepted = [
        (request, lead) for request, lead in zip(requests, leads, strict=True) if request.state == InboundState.ACCEPTED
    ]
    touches = Touch.objects.bulk_create(
        Touch(inbound_request=request, endpoint=request.endpoint, lead=lead, received_at=request.received_at,
              known_title=title, quality="exact", fingerprint=sha256(lead.email.encode()).hexdigest(),
              repeat_window=int(request.received_at.timestamp() // 600))
        for (request, lead), title in zip(accepted, cycle(titles))
    )  # fmt: skip
    destinations = [make_destination() for _n in range(2)]
    Delivery.objects.bulk_create(
        Delivery(touch=touch, destination=destination, **_delivery_state(number))
        for destination in destinations
        for number, touch in enumerate(touches)
    )


def _inbound_state(number: int) -> dict[str, Any]:
    if number % 40 == 0:
        return {"state": InboundState.REJECTED, "reason": "not_json"}
    return {"state": InboundState.RECEIVED if number % 100 == 1 else InboundState.ACCEPTED}


def _delivery_state(number: int) -> dict[str, Any]:
    """Of a hundred: five waiting for a later try, one being sent, one failed, the others delivered."""
    place = number % 100
    if place < 5:
        later = timezone.now() + timedelta(hours=1)
        return {"state": DeliveryState.QUEUED, "priority": Priority.RETRY, "next_attempt_at": later}
    if place == 5:
        return {"state": DeliveryState.SENDING, "claim_id": new_id(), "claimed_until": timezone.now()}
    if place == 6:
        return {"state": DeliveryState.FAILED, "reason": "record_refused"}
    return {"state": DeliveryState.DELIVERED, "delivered_at": timezone.now()}


def plan_of(rows: QuerySet[Any]) -> str:
    with query_plans() as plans:
        list(rows)
    (plan,) = plans
    return plan.steps


def is_sorted(steps: str) -> bool:
    return "TEMP B-TREE" in steps or "Sort" in steps


BIG = ("leads_touch", "leads_lead", "leads_inboundrequest", "leads_delivery")


def a_destination() -> Destination:
    destination = Destination.objects.first()
    assert destination is not None
    return destination


LISTS: list[tuple[Any, dict[str, Any]]] = [
    (Lead, {}),
    (Lead, {"stage": "new"}),
    (Lead, {"offer": Offer}),
    (Lead, {"country_code": "KR"}),
    (InboundRequest, {"state": "rejected"}),
    (InboundRequest, {"endpoint": Endpoint}),
    (Touch, {}),
    (Delivery, {"state": "failed"}),
    (Delivery, {"destination": Destination}),
]
"""Of the admin: the model, and what one of its filters chose."""


class PlansAmongManyRows(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # rows of other tests left gaps, and the planner counts pages
                cursor.execute("TRUNCATE leads_destination, leads_inboundrequest, leads_lead CASCADE")
            _fill()
            if connection.vendor == "postgresql":
                cursor.execute("ANALYZE")

    def test_due_deliveries_of_a_destination_come_in_order_from_the_partial_index(self) -> None:
        steps = plan_of(Delivery.objects.due().filter(destination=a_destination())[:50])
        assert "delivery_due" in steps
        assert not is_sorted(steps)

    def test_looking_for_due_work_never_reads_through_what_was_delivered(self) -> None:
        destination = a_destination()
        with query_plans() as plans:
            assert destination_with_due(destination.pk) is None
        (anything_due,) = [plan.steps for plan in plans if plan.reads("leads_delivery")]
        assert "delivery_due" in anything_due

    def test_every_step_of_a_claim_goes_by_an_index(self) -> None:
        destination = a_destination()
        settle_expired_claims()
        Delivery.objects.filter(destination=destination, state=DeliveryState.QUEUED).update(
            next_attempt_at=timezone.now()
        )
        with query_plans() as plans:
            claim = claim_batch(destination.pk, batch_limit=1)
        assert claim is not None
        under_way, batch, taking = [plan.steps for plan in plans if plan.reads("leads_delivery")]
        assert "delivery_claimed" in under_way
        assert "delivery_due" in batch
        assert not any(reads_through(steps, "leads_delivery") for steps in (under_way, batch, taking))

    def test_destinations_with_due_work_are_found_by_the_partial_index(self) -> None:
        with query_plans() as plans:
            assert turns_to_start() == []
        assert "delivery_due" in plans[0].steps

    def test_expired_claims_are_found_among_what_is_being_sent(self) -> None:
        steps = plan_of(Delivery.objects.expired_claims().order_by())
        # Both hold nothing else of use here: the partial index, and the one on the state.
        assert "delivery_claimed" in steps or "delivery_state (state=?)" in steps
        assert not reads_through(steps, "leads_delivery")

    def test_waiting_requests_come_in_order_without_reading_the_others(self) -> None:
        steps = plan_of(InboundRequest.objects.waiting()[:100])
        assert "inbound_waiting" in steps or "inbound_state (state=?)" in steps
        assert not is_sorted(steps)

    def test_failed_deliveries_of_a_destination_by_reason_come_from_the_partial_index(self) -> None:
        failed = Delivery.objects.filter(
            destination=a_destination(), state=DeliveryState.FAILED, reason="record_refused"
        )
        steps = plan_of(failed.order_by("-id")[:50])
        assert "delivery_failed" in steps
        assert not is_sorted(steps)

    def test_earlier_touches_with_the_same_content_are_found_by_their_index(self) -> None:
        for elements in (1, 150):
            with self.subTest(elements=elements):
                InboundRequest.objects.waiting().update(state=InboundState.ACCEPTED)
                leads = [{"OfferTitle": f"Title {number}", "LeadSource": str(elements)} for number in range(elements)]
                make_inbound(leads, endpoint=Endpoint.objects.first())
                with query_plans() as plans:
                    interpret_waiting()
                (repeats,) = [plan for plan in plans if plan.reads("leads_touch") and "fingerprint" in plan.sql]
                assert "no_repeat_in_a_window" in repeats.steps

    def test_no_step_of_interpreting_reads_a_big_table_through(self) -> None:
        with query_plans() as plans:
            assert interpret_waiting().may_be_more is False
        assert [plan for plan in plans if any(reads_through(plan.steps, table) for table in BIG)] == []
        assert sum(any(map(plan.reads, BIG)) for plan in plans) >= 4

    @skipUnless(connection.vendor == "postgresql", "SQLite has no trigram index: a search reads all leads")
    def test_the_search_for_a_word_uses_the_trigram_index(self) -> None:
        wanted = Lead.objects.all()[1234].email
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a few thousand leads are read faster than looked up
        found = Lead.objects.order_by().search(wanted.split("@")[0])
        assert "lead_search" in plan_of(found)
        assert [lead.email for lead in found] == [wanted]

    def test_lists_for_people_come_in_order_without_sorting_everything(self) -> None:
        for model, wanted in LISTS:
            with self.subTest(model=model.__name__, wanted=wanted):
                given = {
                    name: getattr(value, "objects", Lead.objects).first() if isinstance(value, type) else value
                    for name, value in wanted.items()
                }
                steps = plan_of(model.objects.filter(**given)[:25])
                assert not is_sorted(steps)
                assert "USING INDEX" in steps or "Index Scan" in steps
