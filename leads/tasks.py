"""What Celery runs. Each task calls one function and starts what follows; ids in, nothing out, safe to run twice.

The rows are the record of the work: no ``eta``, ``countdown``, ``retry`` or result. A lost message costs one period of
the timetable (``leadcrm.celery``) and no lead.
"""

from collections.abc import Iterable
from typing import Any

from celery import Task, shared_task
from django.db import close_old_connections, transaction
from django.utils import timezone

from leads.assignment import alarms, assigning
from leads.delivery import gate, proving, resend_jobs, settling, turn
from leads.delivery.room import room
from leads.exporting import jobs as exports
from leads.importing import jobs as imports
from leads.importing import storing
from leads.intake import mapping
from leads.intake.interpreting import interpret_waiting
from leads.models import Destination
from leads.notices import credentials, due, sales_sending, sending
from leads.privacy import erasing, purging
from leads.reports import tallying
from leads.sales import bulk, duplicates, rescoring
from leads.watching import heartbeat, tallies, troubles


class DatabaseTask(Task):  # type: ignore[type-arg]
    """Connections outlive a task; one that broke meanwhile is replaced before the next task, not after it failed."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        close_old_connections()
        return super().__call__(*args, **kwargs)


@shared_task(base=DatabaseTask)
def interpret_inbound() -> None:
    """Turn waiting inbound requests into touches, leads and deliveries; then start the deliveries.

    One destination has its turn at once: the way through the broker would double the time until a lead arrives.
    """
    batch = interpret_waiting()
    if batch.may_be_more:
        interpret_inbound.delay()
    if batch.destinations:
        at_once, *others = batch.destinations
        _start(other.pk for other in others)
        _take_turn(at_once)
    if batch.has_read:
        assign_leads.delay()


@shared_task(base=DatabaseTask)
def assign_leads() -> None:
    """Give the leads that have just come to somebody."""
    if assigning.assign_waiting().may_be_more:
        assign_leads.delay()


@shared_task(base=DatabaseTask)
def ring_alarms() -> None:
    """What happens to leads that nobody answered in time."""
    lead_ids = alarms.due()
    if lead_ids:
        with transaction.atomic():
            due.note_alarms(alarms.ring(lead_ids))
    if len(lead_ids) == alarms.PAGE:
        ring_alarms.delay()


@shared_task(base=DatabaseTask)
def compare_leads() -> None:
    """Look for duplicates of leads that have just come or changed; then to the back of the queue."""
    if duplicates.compare_waiting():
        compare_leads.delay()


@shared_task(base=DatabaseTask)
def score_again() -> None:
    """Some pages of the open leads, if somebody asked for it; then to the back of the queue."""
    if rescoring.go_on():
        score_again.delay()


@shared_task(base=DatabaseTask)
def follow_titles() -> None:
    """Let the touches follow the titles that people mapped; then start their deliveries."""
    followed = mapping.follow_titles()
    _start(destination.pk for destination in followed.destinations)
    if followed.may_be_more:
        follow_titles.delay()


@shared_task(base=DatabaseTask)
def dispatch_due_deliveries() -> None:
    """Start every destination that has due work and an open gate."""
    _start(turn.turns_to_start())


@shared_task(base=DatabaseTask)
def deliver_batch(destination_id: int) -> None:
    """One turn of one destination; then to the back of the queue, so that destinations take turns."""
    if destination := turn.destination_with_due(destination_id):
        _take_turn(destination)


@shared_task(base=DatabaseTask)
def continue_resend_jobs() -> None:
    """Start every job that waits, or whose worker is gone."""
    for job_id in resend_jobs.to_go_on_with():
        continue_resend_job.delay(job_id)


@shared_task(base=DatabaseTask)
def continue_resend_job(job_id: int) -> None:
    """Some pages of one job, whose deliveries are started; then to the back of the queue."""
    worked = resend_jobs.work_off(job_id)
    _start(worked.destinations)
    if worked.may_be_more:
        continue_resend_job.delay(job_id)


@shared_task(base=DatabaseTask)
def continue_bulk_edits() -> None:
    """Start every change of many leads that waits, or whose worker is gone."""
    for bulk_id in bulk.to_go_on_with():
        continue_bulk_edit.delay(bulk_id)


@shared_task(base=DatabaseTask)
def continue_bulk_edit(bulk_id: int) -> None:
    """Some pages of one; then to the back of the queue."""
    if bulk.work_off(bulk_id):
        continue_bulk_edit.delay(bulk_id)


@shared_task(base=DatabaseTask)
def continue_imports() -> None:
    """Start every import that is under way and that nobody works on."""
    for job_id in imports.to_go_on_with():
        continue_import.delay(job_id)


@shared_task(base=DatabaseTask)
def continue_import(job_id: int) -> None:
    """Some pages of one; then to the back of the queue."""
    if imports.work_off(job_id):
        continue_import.delay(job_id)


@shared_task(base=DatabaseTask)
def continue_exports() -> None:
    """Start every export that waits, or whose worker is gone."""
    for job_id in exports.to_go_on_with():
        continue_export.delay(job_id)


@shared_task(base=DatabaseTask)
def continue_export(job_id: int) -> None:
    """Some pages of one; then to the back of the queue."""
    if exports.work_off(job_id):
        continue_export.delay(job_id)


@shared_task(base=DatabaseTask)
def purge_files() -> None:
    """What was uploaded, and files that were made to be fetched, are gone after their time."""
    storing.purge()
    exports.purge()


@shared_task(base=DatabaseTask)
def continue_erasing() -> None:
    """Start every person who is to be erased and whom nobody works on."""
    for request_id in erasing.to_go_on_with():
        erase_person.delay(request_id)


@shared_task(base=DatabaseTask)
def erase_person(request_id: int) -> None:
    """Some pages of one; then to the back of the queue."""
    if erasing.work_off(request_id):
        erase_person.delay(request_id)


@shared_task(base=DatabaseTask)
def purge() -> None:
    """What was kept long enough, once a night: some pages, then to the back of the queue."""
    if purging.go_on():
        purge.delay()


@shared_task(base=DatabaseTask)
def settle_expired_claims() -> None:
    _start(settling.settle_expired_claims())


@shared_task(base=DatabaseTask)
def give_up_overdue() -> None:
    settling.give_up_overdue()


@shared_task(base=DatabaseTask)
def prove_destinations() -> None:
    """Ask for the automatic checks that are due; then start every proof that waits."""
    proving.ask_due_checks()
    for proof_id in proving.waiting():
        prove.delay(proof_id)


@shared_task(base=DatabaseTask)
def prove(proof_id: int) -> None:
    """One check, test lead or renewal; then a turn of that destination, which may have resumed."""
    if destination_id := proving.take(proof_id):
        credentials.follow(destination_id)
        _start([destination_id])


@shared_task(base=DatabaseTask)
def warn_of_ending_credentials() -> None:
    if credentials.warn(timezone.localdate()):
        send_notices.delay()


@shared_task(base=DatabaseTask)
def watch() -> None:
    """What is wrong, and what no longer is; how tries ended so far; and that the timetable goes on."""
    heartbeat.beat(heartbeat.TIMETABLE)
    gate.pause_what_fails_for_days()
    tallies.take_tallies()
    if troubles.watch():
        send_notices.delay()


@shared_task(base=DatabaseTask)
def count_days() -> None:
    """What reports are made of."""
    tallying.keep_up()


@shared_task(base=DatabaseTask)
def send_notices() -> None:
    """What people are to be told: who looks after the installation, and sales."""
    sending.send_waiting()
    sales_sending.send_waiting()


@shared_task(base=DatabaseTask)
def note_what_is_due() -> None:
    """What people are to be told because of the time."""
    now = timezone.now()
    due.note_morning(now)
    if due.note_tasks(now):
        note_what_is_due.delay()


def _take_turn(destination: Destination) -> None:
    def take() -> None:
        if turn.deliver_next_batch(destination):
            deliver_batch.delay(destination.pk)

    room.take(destination.pk, take, is_in_doubt=destination.gate.is_in_doubt)


def _start(destination_ids: Iterable[int]) -> None:
    for destination_id in destination_ids:
        deliver_batch.delay(destination_id)
