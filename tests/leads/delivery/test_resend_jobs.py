"""Many deliveries sent again: each once, whatever happens to the workers, and nothing that was not asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F, Model
from django.db.models.functions import Now
from django.utils import timezone

from leads.delivery import resend_jobs
from leads.delivery.resend_jobs import UnderWay, ask, cancel, work_off, work_off_page
from leads.delivery.turn import deliver_next_batch
from leads.models import Delivery, Destination, ResendJob
from leads.models.resend_job import ResendKind, ResendState
from leads.states import DeliveryState, Priority, PrivacyAction
from tests.factories import (
    NOON,
    make_delivery,
    make_destination,
    make_offer,
    make_resend_job,
    make_route,
    make_touch,
)
from tests.leads.delivery.scripted import FarEnd

pytestmark = pytest.mark.django_db

QUEUED, SENDING, DELIVERED = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DELIVERED
FAILED, WITHHELD, CANCELLED = DeliveryState.FAILED, DeliveryState.WITHHELD, DeliveryState.CANCELLED


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend_jobs, "PAGE", 2)


def done(job: ResendJob) -> ResendJob:
    """The job once it was worked off."""
    work_off(job.pk)
    job.refresh_from_db()
    assert job.state == ResendState.DONE
    return job


def result_of(**values: Any) -> tuple[int, dict[str, int]]:
    job = done(make_resend_job(**values))
    return job.moved, job.skipped


def set_values(row: Model, **values: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def test_what_failed_is_queued_behind_new_leads_with_all_its_tries(destination: Destination) -> None:
    delivery = make_delivery(destination, state=FAILED, tries=12)
    job = done(make_resend_job())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.reason) == (QUEUED, 0, "")
    assert delivery.priority == Priority.RESEND
    assert (job.found, job.moved, job.skipped) == (1, 1, {})
    assert job.started_at is not None
    assert job.finished_at is not None


def test_pages_move_everything_once_and_say_where_to(destination: Destination) -> None:
    other = make_destination("scripted")
    for place in (destination, other, destination, destination, destination):
        make_delivery(place, state=FAILED)
    job = make_resend_job()
    pages = iter(lambda: work_off_page(job.pk), None)
    assert [(page.moved, page.destinations) for page in pages] == [
        (0, set()),  # it counts first
        (2, {destination.pk, other.pk}),
        (2, {destination.pk}),
        (1, {destination.pk}),
    ]
    assert set(Delivery.objects.values_list("state", flat=True)) == {QUEUED}


def test_what_fails_again_meanwhile_is_not_taken_a_second_time(destination: Destination) -> None:
    first = make_delivery(destination, state=FAILED)
    for _n in range(3):
        make_delivery(destination, state=FAILED)
    job = make_resend_job()
    for _n in range(2):
        work_off_page(job.pk)
    set_values(first, state=FAILED, reason="conflict", tries=F("tries") + 1)
    assert done(job).moved == 4
    first.refresh_from_db()
    assert (first.state, first.tries) == (FAILED, 1)


def test_what_fails_after_it_was_asked_for_is_not_meant(destination: Destination) -> None:
    job = ResendJob(states=[FAILED])
    ask(job)
    make_delivery(destination, state=FAILED, created_at=Now() + timedelta(seconds=1))
    assert done(job).moved == 0


# --- Which ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", DeliveryState)
def test_of_what_failed_no_other_state_is_touched(destination: Destination, state: DeliveryState) -> None:
    make_delivery(destination, state=state)
    before = Delivery.objects.values().get()
    assert result_of() == ((1, {}) if state is FAILED else (0, {}))
    assert (Delivery.objects.values().get() == before) == (state is not FAILED)


def test_cancelled_ones_and_those_that_wait_for_their_next_try_are_taken_where_asked_for(
    destination: Destination,
) -> None:
    cancelled = make_delivery(destination, state=CANCELLED)
    withheld = make_delivery(destination, state=CANCELLED, reason="privacy")
    later = make_delivery(destination, next_attempt_at=Now() + timedelta(hours=1), tries=3)
    make_delivery(destination)
    assert result_of(states=[CANCELLED, QUEUED]) == (2, {"withheld": 1})
    due = dict(Delivery.objects.due().values_list("pk", "tries"))
    assert due.keys() >= {cancelled.pk, later.pk}
    assert due[later.pk] == 3
    withheld.refresh_from_db()
    assert withheld.state == CANCELLED


@pytest.mark.parametrize(
    ("asked", "moved"),
    [
        ({}, 3),
        ({"reason": "conflict"}, 1),
        ({"since": NOON}, 2),
        ({"until": NOON}, 1),
        ({"since": NOON, "until": NOON + timedelta(days=1)}, 1),
    ],
)
def test_the_filter_narrows_it(destination: Destination, asked: dict[str, Any], moved: int) -> None:
    for days, reason in ((-1, "conflict"), (0, "server_trouble"), (1, "server_trouble")):
        make_delivery(destination, state=FAILED, reason=reason, created_at=NOON + timedelta(days=days))
    assert result_of(**asked) == (moved, {})


def test_it_can_be_about_one_destination_or_one_offer(destination: Destination) -> None:
    offer = make_offer()
    wanted = make_delivery(destination, make_touch(offer=offer), state=FAILED)
    make_delivery(destination, state=FAILED)
    make_delivery(make_destination("scripted"), make_touch(offer=offer), state=FAILED)
    assert result_of(destination=destination, offer=offer) == (1, {})
    assert list(Delivery.objects.filter(state=QUEUED)) == [wanted]


@pytest.mark.parametrize(
    ("reason", "confirmed", "result"),
    [
        ("", False, (1, {"may_have_arrived": 1})),
        ("", True, (1, {"may_have_arrived": 1})),
        ("may_have_arrived", False, (0, {"may_have_arrived": 1})),
        ("may_have_arrived", True, (1, {})),
    ],
)
def test_what_may_have_arrived_goes_only_when_named_and_confirmed(
    forgetful: Destination, reason: str, confirmed: bool, result: Any
) -> None:
    make_delivery(forgetful, state=FAILED, reason="may_have_arrived")
    make_delivery(forgetful, state=FAILED)
    assert result_of(reason=reason, doubles_confirmed=confirmed) == result


def test_what_changed_since_it_was_looked_for_stays_and_is_counted(
    destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the lock a worker, or a person, did something else with each of them."""
    claim = {"claim_id": "018f0000-0000-7000-8000-000000000000", "claimed_until": Now()}
    became: dict[Any, dict[str, Any]] = {
        SENDING: claim, DELIVERED: {"delivered_at": Now()}, CANCELLED: {}, QUEUED: {}, WITHHELD: {"reason": "test"},
    }  # fmt: skip
    rows = [make_delivery(destination, state=FAILED) for _state in became]
    look = resend_jobs._next_ids

    def looked(job: ResendJob) -> Any:
        ids = look(job)
        for row, (state, values) in zip(rows, became.items(), strict=True):
            set_values(row, state=state, **values)
        return ids

    monkeypatch.setattr(resend_jobs, "PAGE", 10)
    monkeypatch.setattr(resend_jobs, "_next_ids", looked)
    job = make_resend_job()
    for _n in range(2):
        work_off_page(job.pk)
    job.refresh_from_db()
    assert job.moved == 0
    assert job.skipped == {"sending": 1, "delivered": 1, "cancelled": 1, "queued": 1, "withheld": 1}
    assert {row.state for row in Delivery.objects.all()} == set(became)


# --- What was delivered ---------------------------------------------------------------------------------------------


def test_what_arrived_since_goes_once_more_under_its_key(destination: Destination, far_end: FarEnd) -> None:
    delivery = make_delivery(destination)
    deliver_next_batch(destination)
    earlier = make_delivery(destination, state=DELIVERED, delivered_at=Now() - timedelta(days=2))
    since = timezone.now() - timedelta(days=1)
    assert result_of(destination=destination, kind="delivered", states=[DELIVERED], since=since) == (1, {})
    assert Delivery.objects.get(pk=delivery.pk).priority == Priority.RESEND
    deliver_next_batch(destination)
    assert far_end.received == [delivery.touch_id] * 2
    assert earlier.touch_id not in far_end.received


def test_what_arrives_while_it_goes_on_is_not_sent_twice(destination: Destination, far_end: FarEnd) -> None:
    for _n in range(5):
        make_delivery(destination, state=DELIVERED, delivered_at=Now() - timedelta(hours=1))
    job = ResendJob(
        kind=ResendKind.DELIVERED, destination=destination, states=[DELIVERED], since=timezone.now() - timedelta(days=1)
    )
    ask(job)
    while work_off_page(job.pk):
        deliver_next_batch(destination)
    assert len(far_end.received) == len(set(far_end.received)) == 5
    job.refresh_from_db()
    assert (job.state, job.moved) == (ResendState.DONE, 5)


def test_one_replay_of_what_was_delivered_at_a_time(destination: Destination) -> None:
    def replay(place: Destination, **values: Any) -> ResendJob:
        return ResendJob(**{"kind": "delivered", "destination": place, "states": [DELIVERED], "since": NOON} | values)

    first = replay(destination)
    ask(first)
    with pytest.raises(UnderWay):
        ask(replay(destination))
    ask(replay(make_destination("scripted")))
    ask(replay(destination, kind="failed", states=[FAILED]))
    cancel(first.pk)
    ask(replay(destination))
    assert ResendJob.objects.count() == 4


# --- What never went there ------------------------------------------------------------------------------------------


def made(destination: Destination) -> dict[Any, tuple[str, str]]:
    rows = Delivery.objects.filter(destination=destination)
    return {row.touch_id: (row.state, row.reason) for row in rows}


def test_leads_from_before_go_to_a_new_destination_as_policy_allows(destination: Destination) -> None:
    make_route(destination, actions=["INS"])
    plain, other = make_touch(action="INS"), make_touch(action="PLT")
    test, dnc = make_touch(is_test=True), make_touch(is_dnc=True)
    held, stripped = make_touch(privacy=PrivacyAction.HOLD), make_touch(privacy=PrivacyAction.STRIP)
    there = make_delivery(destination, state=DELIVERED)
    assert result_of(destination=destination, kind="missing", states=[]) == (2, {"withheld": 3, "no_route": 1})
    assert made(destination) == {
        plain.pk: (QUEUED, ""),
        stripped.pk: (QUEUED, ""),
        test.pk: (WITHHELD, "test"),
        dnc.pk: (WITHHELD, "do_not_contact"),
        held.pk: (WITHHELD, "privacy"),
        there.touch_id: (DELIVERED, ""),
    }
    assert other.pk not in made(destination)
    sent = Delivery.objects.get(touch=stripped)
    assert (sent.without_personal_data, sent.priority) == (True, Priority.RESEND)
    assert sent.route is not None


def test_leads_from_before_can_be_narrowed_by_time_and_offer(destination: Destination) -> None:
    offer = make_offer()
    make_route(destination)
    wanted = make_touch(offer=offer, received_at=NOON)
    make_touch(received_at=NOON)
    make_touch(offer=offer, received_at=NOON - timedelta(minutes=1))
    values = {"offer": offer, "since": NOON, "until": NOON + timedelta(minutes=1)}
    assert result_of(destination=destination, kind="missing", states=[], **values) == (1, {})
    assert made(destination) == {wanted.pk: (QUEUED, "")}


def test_a_second_replay_of_what_never_went_there_finds_nothing(destination: Destination) -> None:
    make_route(destination)
    make_touch()
    results = [result_of(destination=destination, kind="missing", states=[]) for _n in range(2)]
    assert results == [(1, {}), (0, {})]


def test_only_the_routes_to_that_destination_count(destination: Destination) -> None:
    make_route(make_destination("scripted"))
    make_route(destination, enabled=False)
    make_touch()
    assert result_of(destination=destination, kind="missing", states=[]) == (0, {"no_route": 1})
    assert not Delivery.objects.exists()
