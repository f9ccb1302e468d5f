"""Erasing a person: what stays, what comes late, and what happens on the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from leads import routing
from leads.delivery import claiming, resending
from leads.intake.interpreting import interpret_waiting
from leads.models import (
    Attempt,
    Change,
    Chase,
    Delivery,
    Edit,
    InboundRequest,
    Lead,
    PrivacyRequest,
    Task,
    Touch,
)
from leads.models.privacy import RequestKind, RequestState
from leads.privacy import erasing
from leads.privacy.people import person_of
from leads.roles import OWNER
from leads.sales import activities
from leads.states import ActivityKind, CallOutcome, CloseReason, DeliveryState, InboundState, Stage
from tests.factories import (
    lead_json,
    make_attempt,
    make_delivery,
    make_destination,
    make_endpoint,
    make_inbound,
    make_lead,
    make_offer,
    make_route,
    make_task,
    make_touch,
    make_user,
)
from tests.leads.privacy.erased import ask_to_erase, erase, look

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user(OWNER)


@pytest.fixture
def lead() -> Lead:
    return make_lead(email_key="mina@fabrikam.example", offer=make_offer(), country_code="KR", company="Fabrikam")


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


# --- what stays -------------------------------------------------------------------------------------------------------


def test_a_tombstone_keeps_what_figures_are_made_of(lead: Lead, user: User) -> None:
    Lead.objects.filter(pk=lead.pk).update(stage=Stage.WON, owner=user, score=40, touch_count=3)
    touch = make_touch(lead, action="INS", offer_title="Contoso Firewall", country_code="KR")
    erase(lead, user)
    stone, kept = fresh(lead), Touch.objects.get()
    assert (stone.stage, stone.owner, stone.score, stone.touch_count) == (Stage.WON, user, 40, 3)
    assert (stone.offer, stone.country_code, stone.first_touch_at) == (lead.offer, "KR", lead.first_touch_at)
    assert (kept.pk, kept.lead, kept.action, kept.offer_title) == (touch.pk, lead, "INS", "Contoso Firewall")
    assert (str(stone), stone.erased_at is not None, stone.is_open) == ("Erased person", True, False)


def test_an_open_lead_is_discarded_and_its_next_step_is_gone(lead: Lead, user: User) -> None:
    make_task(lead, assignee=user)
    activities.log_call(user, lead.pk, CallOutcome.CALL_BACK, "Call me")
    erase(lead, user)
    assert (fresh(lead).stage, fresh(lead).close_reason) == (Stage.DISCARDED, CloseReason.OTHER)
    assert not Task.objects.filter(done_at=None).exists()
    assert fresh(lead).next_task_at is None
    assert Change.objects.filter(field="stage", after=Stage.DISCARDED).count() == 1


def test_the_stage_of_a_lead_that_was_lost_stays_with_its_reason(lead: Lead, user: User) -> None:
    Lead.objects.filter(pk=lead.pk).update(stage=Stage.LOST, close_reason=CloseReason.NO_BUDGET)
    erase(lead, user)
    assert (fresh(lead).stage, fresh(lead).close_reason) == (Stage.LOST, CloseReason.NO_BUDGET)


def test_others_keep_everything(lead: Lead, user: User) -> None:
    other = make_lead(first_name="Jin", last_name="Kim", email="jin@fabrikam.example", email_key="jin@fabrikam.example")
    touch = make_touch(other, note="Call me")
    activities.log(user, other.pk, ActivityKind.NOTE, "Called")
    attempt = make_attempt(make_delivery(touch=touch), exchange={"url": "https://crm.example.com"}, detail="Mina Park")
    before = list(Lead.objects.filter(pk=other.pk).values())
    erase(lead, user)
    assert list(Lead.objects.filter(pk=other.pk).values()) == before
    assert Attempt.objects.values().get() == Attempt.objects.filter(pk=attempt.pk).values().get()
    assert (Touch.objects.get().note, Attempt.objects.get().detail) == ("Call me", "Mina Park")
    assert other.activities.get().text == "Called"


def test_a_request_says_what_was_erased_and_names_nobody(lead: Lead, user: User) -> None:
    make_touch(lead)
    request = erase(lead, user, who_asked="Mina, by mail")
    assert request.erased == {"leads": 1, "touches": 1, "bodies": 1}
    assert (request.email, request.who_asked, request.traces, bytes(request.lead_ids)) == ("", "", [], b"")
    assert (request.state, request.kind, request.begun_by) == (RequestState.DONE, RequestKind.ERASE, user)
    assert request.finished_at is not None
    assert len(request.digest) == 64


# --- deliveries -------------------------------------------------------------------------------------------------------


def test_what_waits_or_failed_is_cancelled_and_what_was_delivered_stays_so(lead: Lead, user: User) -> None:
    touch = make_touch(lead)
    states = (DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.DELIVERED, DeliveryState.WITHHELD)
    deliveries = [make_delivery(touch=touch, state=state) for state in states]
    erase(lead, user)
    found = [Delivery.objects.get(pk=delivery.pk).state for delivery in deliveries]
    assert found == [DeliveryState.CANCELLED, DeliveryState.CANCELLED, DeliveryState.DELIVERED, DeliveryState.WITHHELD]


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.CANCELLED, DeliveryState.WITHHELD])
def test_nothing_of_an_erased_person_is_ever_sent_again(lead: Lead, user: User, state: DeliveryState) -> None:
    delivery = make_delivery(touch=make_touch(lead), state=state)
    erase(lead, user)
    this = Delivery.objects.filter(pk=delivery.pk)
    assert resending.try_again(this) + resending.send_delivered_again(this) + resending.release_withheld(this) == 0
    this.update(state=DeliveryState.QUEUED, reason="", next_attempt_at=timezone.now())
    assert claiming.claim_batch(delivery.destination_id, batch_limit=1) is None


def test_no_route_leads_an_erased_touch_anywhere(lead: Lead, user: User) -> None:
    make_touch(lead)
    erase(lead, user)
    make_route(make_destination())
    assert routing.queue_deliveries(Touch.objects.all(), routing.load_rules()) == set()
    assert not Delivery.objects.exists()


def test_records_elsewhere_are_listed_until_somebody_ticks_them_off(lead: Lead, user: User) -> None:
    touch = make_touch(lead)
    there: dict[str, Any] = {"external_id": "00Q1", "external_url": "https://crm.example.com/00Q1"}
    arrived = make_delivery(touch=touch, state=DeliveryState.DELIVERED, **there)
    doubtful = make_delivery(touch=touch, state=DeliveryState.FAILED, reason="may_have_arrived")
    make_attempt(doubtful, result="unanswered", finished_at=timezone.now())
    refused = make_delivery(touch=touch, state=DeliveryState.FAILED)
    make_attempt(refused, result="rejected", finished_at=timezone.now())
    make_delivery(touch=touch)
    request = erase(lead, user)
    assert {chase.delivery_id: chase.is_certain for chase in request.chases.all()} == {
        arrived.pk: True,
        doubtful.pk: False,
    }
    chase = request.chases.get(delivery=arrived)
    assert (chase.external_id, chase.external_url) == ("00Q1", "https://crm.example.com/00Q1")
    assert Delivery.objects.get(pk=arrived.pk).external_id == ""
    assert erasing.tick_off(chase, user)
    assert not erasing.tick_off(chase, make_user())
    chase.refresh_from_db()
    assert (chase.external_id, chase.external_url, chase.done_by) == ("", "", user)
    assert chase.done_at is not None


def test_what_is_being_sent_is_waited_for(lead: Lead, user: User) -> None:
    delivery = make_delivery(touch=make_touch(lead), state=DeliveryState.SENDING)
    request = ask_to_erase(lead, user)
    look(request)
    assert (request.state, request.looks) == (RequestState.ERASING, 0)
    ended = {"claim_id": None, "claimed_until": None}
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DELIVERED, delivered_at=timezone.now(), **ended)
    make_attempt(delivery, result="delivered", finished_at=timezone.now(), exchange={"request_body": "mina"})
    look(request)
    look(request)
    assert (request.state, request.chases.count()) == (RequestState.DONE, 1)
    assert Attempt.objects.get().exchange == {}


# --- what comes late --------------------------------------------------------------------------------------------------


def test_an_answer_that_comes_between_the_looks_is_found_by_the_last(lead: Lead, user: User) -> None:
    delivery = make_delivery(touch=make_touch(lead), state=DeliveryState.DELIVERED)
    attempt = make_attempt(delivery)
    request = ask_to_erase(lead, user)
    look(request)
    assert (request.looks, request.state) == (1, RequestState.ERASING)
    assert request.look_at is not None
    assert request.look_at > timezone.now() + timedelta(minutes=2)
    Attempt.objects.filter(pk=attempt.pk).update(exchange={"request_body": "mina"}, detail="mina")
    look(request)
    assert request.state == RequestState.DONE
    assert (Attempt.objects.get().exchange, Attempt.objects.get().detail) == ({}, "")


def test_what_was_posted_before_and_is_read_later_is_erased_too(lead: Lead, user: User) -> None:
    endpoint = make_endpoint()
    waiting = make_inbound(lead_json(), endpoint=endpoint)
    request = ask_to_erase(lead, user)
    look(request)
    assert request.looks == 0
    interpret_waiting()
    assert Lead.objects.filter(first_name="Mina").count() == 1
    look(request)
    look(request)
    assert request.state == RequestState.DONE
    assert not Lead.objects.exclude(first_name="").exists()
    assert bytes(InboundRequest.objects.get(pk=waiting.pk).body) == b""


def test_what_the_person_does_from_then_on_is_a_new_lead(user: User) -> None:
    endpoint = make_endpoint()
    make_inbound(lead_json(), endpoint=endpoint)
    interpret_waiting()
    lead = Lead.objects.get()
    request = ask_to_erase(lead, user)
    look(request)
    make_inbound(lead_json(ActionCode="PLT"), endpoint=endpoint)
    interpret_waiting()
    look(request)
    assert request.state == RequestState.DONE
    fresh_lead = Lead.objects.exclude(pk=lead.pk).get()
    assert (fresh_lead.email, fresh_lead.stage, fresh_lead.touch_count) == ("mina@fabrikam.example", Stage.NEW, 1)


def test_requests_that_nobody_could_read_are_emptied_where_they_name_the_person(lead: Lead, user: User) -> None:
    rejected = {"state": InboundState.REJECTED, "reason": "defect"}
    hers = make_inbound(b'{"Email": "MINA\\u0040fabrikam.example"', **rejected)
    others = make_inbound(b'{"Email": "jin@fabrikam.example"', **rejected)
    partly = make_inbound(
        b'[{"Email": "mina%40fabrikam.example"}]', state=InboundState.ACCEPTED, remarks=[{"code": "x"}]
    )
    whole = make_inbound(b'{"Note": "ask mina@fabrikam.example"}', state=InboundState.ACCEPTED)
    request = erase(lead, user)
    bodies = {inbound.pk: bytes(inbound.body) for inbound in InboundRequest.objects.all()}
    assert (bodies[hers.pk], bodies[partly.pk]) == (b"", b"")
    assert b"" not in (bodies[others.pk], bodies[whole.pk])
    assert request.erased["unread"] == 2


# --- the work ---------------------------------------------------------------------------------------------------------


def test_a_worker_may_be_killed_after_any_page(lead: Lead, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "PAGE", 2)
    monkeypatch.setattr(erasing, "SCANNED_AT_ONCE", 2)
    for _number in range(5):
        make_attempt(make_delivery(touch=make_touch(lead), state=DeliveryState.DELIVERED), detail="mina")
    request = ask_to_erase(lead, user)
    pages = 0
    while PrivacyRequest.objects.get(pk=request.pk).looks == 0:
        PrivacyRequest.objects.filter(pk=request.pk).update(worked_at=timezone.now() - timedelta(minutes=1))
        assert erasing.to_go_on_with() == [request.pk]
        erasing.work_off_page(request.pk)
        pages += 1
    request.refresh_from_db()
    assert pages > 10
    assert request.erased == {"leads": 1, "touches": 5, "bodies": 5, "attempts": 5, "chases": 5}


def test_two_workers_do_no_harm(lead: Lead, user: User) -> None:
    make_touch(lead)
    request = ask_to_erase(lead, user)
    stale = PrivacyRequest.objects.get(pk=request.pk)
    assert erasing.work_off_page(request.pk)
    PrivacyRequest.objects.filter(pk=request.pk).update(worked_at=stale.worked_at)
    look(request)
    look(request)
    assert request.erased == {"leads": 1, "touches": 1, "bodies": 1}


def test_a_request_is_begun_once_and_closed_once(lead: Lead, user: User) -> None:
    person = person_of(lead)
    request = erasing.ask(RequestKind.REPORT, lead, person, user)
    erasing.close(request, RequestState.DECLINED)
    with pytest.raises(erasing.NotOpen):
        erasing.begin(request, person, user)
    with pytest.raises(erasing.NotOpen):
        erasing.close(request, RequestState.DONE)
    request.refresh_from_db()
    assert (request.state, request.email) == (RequestState.DECLINED, "")
    assert fresh(lead).email == "mina@fabrikam.example"


def test_one_who_is_erased_is_not_begun_before_the_look_is_due(lead: Lead, user: User) -> None:
    request = ask_to_erase(lead, user)
    look(request)
    assert erasing.to_go_on_with() == []
    assert not erasing.work_off_page(request.pk)


def test_a_person_without_an_address_is_erased_by_their_lead(user: User) -> None:
    lead = make_lead(email="", phone="+82 2 1234")
    make_lead(email="")
    request = erase(lead, user)
    assert (fresh(lead).first_name, request.digest) == ("", "")
    assert Lead.objects.filter(first_name="Mina").count() == 1


def test_the_history_says_when_and_by_whom_and_not_what(lead: Lead, user: User) -> None:
    from leads.sales.contact_facts import set_facts

    set_facts(user, lead.pk, {"last_name": "Kim"})
    erase(lead, user)
    change = Change.objects.get(field="last_name")
    assert (change.before, change.after, change.edit.actor) == (None, None, user)
    assert Edit.objects.filter(pk=change.edit_id).exists()
    assert Chase.objects.count() == 0
