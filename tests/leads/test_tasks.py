"""The tasks: what each starts next, and that the timetable alone would do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import Task
from django.db import connection  # noqa: F401 -- read by the condition of a skip
from django.db.models.functions import Now

from integrations.contract import Failure, FailureKind
from integrations.registry import KINDS, Kind
from leadcrm.celery import PERIODS, app
from leads import tasks
from leads.delivery import claiming, gate, resend_jobs, sending
from leads.models import Delivery, Destination, DestinationGate, InboundRequest, Lead, Proof
from leads.models.resend_job import ResendState
from leads.states import DeliveryState, InboundState
from tests.factories import (
    lead_json,
    make_delivery,
    make_destination,
    make_endpoint,
    make_inbound,
    make_resend_job,
    make_route,
)
from tests.leads.at_once import end_this_session
from tests.leads.delivery import scripted


class Messages:
    """The broker's place: what was sent, in order, and a worker that takes one after the other."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, tuple[Any, ...]]] = []
        self.options: list[dict[str, Any]] = []

    def take(self) -> list[tuple[str, tuple[Any, ...]]]:
        taken, self.waiting = self.waiting, []
        return taken

    def work_off(self) -> None:
        while self.waiting:
            name, arguments = self.waiting.pop(0)
            app.tasks[name](*arguments)


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> Messages:
    messages = Messages()

    def apply_async(self: Any, args: Any = None, kwargs: Any = None, **options: Any) -> None:
        assert not kwargs
        messages.waiting.append((self.name, tuple(args or ())))
        messages.options.append(options)

    monkeypatch.setattr(Task, "apply_async", apply_async)
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)  # it would end the test's transaction
    return messages


@pytest.fixture
def destination(db: None, monkeypatch: pytest.MonkeyPatch) -> Destination:
    monkeypatch.setitem(KINDS, "scripted", Kind("Scripted", f"{scripted.__name__}.ScriptedConnector"))
    scripted.far_end = scripted.FarEnd()
    return make_destination("scripted", gate={"calls_at_once": 4})


def deliver_batch(destination: Destination) -> tuple[str, tuple[int]]:
    return "leads.tasks.deliver_batch", (destination.pk,)


def test_reading_gives_one_destination_its_turn_at_once_and_starts_the_others(
    destination: Destination, messages: Messages
) -> None:
    other = make_destination("scripted")
    make_route(destination, actions=["INS"])
    make_route(other, actions=["INS"])
    make_route(make_destination("scripted"), actions=["PLT"])
    make_inbound(lead_json(ActionCode="INS"))
    tasks.interpret_inbound()
    (at_once,) = Delivery.objects.filter(state=DeliveryState.DELIVERED)
    (started,) = {destination.pk, other.pk} - {at_once.destination_id}
    assert messages.take() == [("leads.tasks.deliver_batch", (started,)), ("leads.tasks.assign_leads", ())]
    assert Delivery.objects.get(destination_id=started).state == DeliveryState.QUEUED
    assert Delivery.objects.count() == 2


def test_reading_goes_on_while_there_may_be_more(
    destination: Destination, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = make_endpoint()
    for number in range(101):
        make_inbound(lead_json(Description=str(number)), endpoint=endpoint)
    tasks.interpret_inbound()
    assert messages.waiting == [("leads.tasks.interpret_inbound", ()), ("leads.tasks.assign_leads", ())]
    messages.work_off()
    assert not Lead.objects.filter(needs_assignment=True).exists()
    assert InboundRequest.objects.filter(state=InboundState.ACCEPTED).count() == 101
    assert messages.waiting == []


def test_a_turn_goes_to_the_back_of_the_queue_until_nothing_is_due(
    destination: Destination, messages: Messages
) -> None:
    for _n in range(60):
        make_delivery(destination)
    tasks.deliver_batch(destination.pk)
    assert messages.waiting == [deliver_batch(destination)]
    messages.work_off()
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 60
    assert messages.waiting == []


def test_destinations_take_turns(destination: Destination, messages: Messages) -> None:
    other = make_destination("scripted")
    for place in (destination, other):
        for _n in range(101):
            make_delivery(place)
        tasks.deliver_batch.delay(place.pk)
    messages.work_off()
    batches = [{record.key for record in call} for call in scripted.far_end.calls]
    owner = dict(Delivery.objects.values_list("touch_id", "destination_id"))
    order = [owner[key] for batch in batches for key in batch]
    runs = [place for number, place in enumerate(order) if number == 0 or order[number - 1] != place]
    assert runs == [destination.pk, other.pk] * 3


def test_dispatching_starts_a_turn_for_each_slot_of_what_is_due(destination: Destination, messages: Messages) -> None:
    make_delivery(destination)
    make_delivery(make_destination("scripted"), next_attempt_at=Now() + timedelta(hours=1))
    tasks.dispatch_due_deliveries()
    assert messages.take() == [deliver_batch(destination)] * 2


def test_what_dead_workers_held_is_started_again(destination: Destination, messages: Messages) -> None:
    make_delivery(destination, state=DeliveryState.SENDING, claimed_until=Now() - timedelta(seconds=1))
    tasks.settle_expired_claims()
    assert messages.waiting == [deliver_batch(destination)]
    messages.work_off()
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def test_what_resumed_is_started_again(destination: Destination, messages: Messages) -> None:
    gate.pause_by_machine(destination.pk, Failure(kind=FailureKind.MISCONFIGURED, cause="sign_in_refused"))
    DestinationGate.objects.update(next_check_at=Now())
    tasks.prove_destinations()
    proof = Proof.objects.get()
    assert messages.take() == [("leads.tasks.prove", (proof.pk,))]
    tasks.prove(proof.pk)
    assert messages.take() == [deliver_batch(destination)]


def test_a_resend_job_is_worked_off_in_turns_and_its_destination_started(
    destination: Destination, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend_jobs, "SECONDS_AT_ONCE", 0)
    make_delivery(destination, state=DeliveryState.FAILED)
    job = make_resend_job()
    go_on = ("leads.tasks.continue_resend_job", (job.pk,))
    tasks.continue_resend_jobs()
    assert messages.take() == [go_on]
    tasks.continue_resend_job(job.pk)  # counts
    assert messages.take() == [go_on]
    tasks.continue_resend_job(job.pk)
    assert messages.waiting == [deliver_batch(destination), go_on]
    messages.work_off()
    job.refresh_from_db()
    assert (job.state, Delivery.objects.get().state) == (ResendState.DONE, DeliveryState.DELIVERED)


def test_a_resend_job_whose_worker_died_goes_on(destination: Destination, messages: Messages) -> None:
    make_delivery(destination, state=DeliveryState.FAILED)
    job = make_resend_job(state=ResendState.RUNNING, found=1, worked_at=Now() - timedelta(minutes=1))
    tasks.continue_resend_jobs()
    messages.work_off()
    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    job.refresh_from_db()
    assert job.state == ResendState.DONE


def test_what_waited_too_long_is_given_up(destination: Destination, messages: Messages) -> None:
    make_delivery(destination, deadline_at=Now() - timedelta(seconds=1))
    tasks.give_up_overdue()
    assert Delivery.objects.get().reason == "waited_too_long"
    assert messages.waiting == []


@pytest.mark.parametrize(
    "task",
    [
        tasks.continue_resend_jobs,
        tasks.interpret_inbound,
        tasks.dispatch_due_deliveries,
        tasks.settle_expired_claims,
        tasks.prove_destinations,
    ],
    ids=lambda task: task.name,
)
def test_a_task_with_nothing_to_do_starts_nothing(db: None, messages: Messages, task: Callable[[], None]) -> None:
    task()
    assert messages.waiting == []


def test_the_timetable_alone_brings_a_lead_to_its_destination(destination: Destination, messages: Messages) -> None:
    """Every message on the way is lost: as after the broker lost its memory."""
    make_route(destination)
    make_inbound()
    tasks.interpret_inbound()
    messages.take()
    tasks.dispatch_due_deliveries()
    messages.work_off()
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def test_no_message_carries_a_time_or_anything_but_ids(destination: Destination, messages: Messages) -> None:
    make_route(destination)
    make_inbound()
    tasks.interpret_inbound.delay()
    messages.work_off()
    assert messages.options == [{}, {}]  # of reading, and of giving the lead to somebody
    assert {type(argument) for _name, arguments in messages.take() for argument in arguments} <= {int}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no sessions that a server could end")
def test_a_task_after_a_restart_of_the_database_finds_a_new_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.assign_leads, "delay", lambda: None)
    make_inbound()
    end_this_session()
    tasks.interpret_inbound()
    assert InboundRequest.objects.get().state == InboundState.ACCEPTED


# --- The timetable --------------------------------------------------------------------------------------------------


def test_every_entry_of_the_timetable_is_a_task_and_expires_before_the_next_comes() -> None:
    app.loader.import_default_modules()
    entries = app.conf.beat_schedule
    assert set(entries) == set(PERIODS)
    for name, entry in entries.items():
        assert entry["task"] == name
        assert name in app.tasks
        assert entry["options"] == {"expires": entry["schedule"]}
        assert entry["schedule"] == PERIODS[name] > 0
        assert "args" not in entry


def test_every_task_that_takes_nothing_is_in_the_timetable() -> None:
    ours = {name for name in app.tasks if name.startswith("leads.tasks.")}
    assert ours - set(PERIODS) == {
        "leads.tasks.continue_bulk_edit",
        "leads.tasks.continue_export",
        "leads.tasks.continue_import",
        "leads.tasks.continue_resend_job",
        "leads.tasks.deliver_batch",
        "leads.tasks.erase_person",
        "leads.tasks.prove",
    }


def test_the_rows_are_the_record_and_not_the_broker() -> None:
    assert app.conf.task_ignore_result is True
    assert app.conf.result_backend is None
    assert app.conf.task_acks_late is False
    assert app.conf.worker_prefetch_multiplier == 1
    assert not app.conf.task_publish_retry


def test_the_limits_of_time_fit_into_each_other() -> None:
    assert claiming.CLAIM_TIME.total_seconds() > sending.EXTEND_EVERY_SECONDS * 2
    assert claiming.CLAIM_TIME.total_seconds() > sending.TURN_SECONDS
    assert app.conf.task_soft_time_limit > sending.TURN_SECONDS + sending.CALL_LIMIT_SECONDS
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit
