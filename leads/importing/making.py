"""The import itself: the rows of one chunk become inbound requests, touches and leads, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from leads import routing
from leads.history.edits import By, Values, edit_leads
from leads.importing.interpreting import Read, import_endpoint, judge, read_chunk
from leads.importing.places import counted, end, move_on
from leads.importing.rows import Closing
from leads.importing.storing import forget_content
from leads.intake.joining import join_key, join_leads
from leads.models import ImportChunk, ImportJob, ImportRow, InboundRequest, Lead, Touch
from leads.models.import_job import ImportState, Outcome
from leads.scoring import load_scoring, set_score
from leads.states import EditCause

ROUND = (
    *("stage", "close_reason", "snoozed_until", "opened_at", "seen_at", "contacted_at"),
    *("answer_by", "alarm_at", "alarms", "needs_assignment"),
)
"""What the beginning of a round changes of a lead that was there before."""

LEADS, TOUCHES = "leads", "touches"
"""Counted in ``result`` beside what was known or faulty."""


def make_page(job: ImportJob, chunk: ImportChunk) -> bool:
    """False when another worker took it. Raises ``IntegrityError`` when a neighbour made the same lead at the same
    moment: then nothing was done, and it is tried again."""
    reads = read_chunk(job, chunk, import_endpoint())
    with transaction.atomic():
        if not move_on(job):
            return False
        judge(job, reads, is_check=False)
        fresh = [read for read in reads if read.outcome in (Outcome.NEW, Outcome.JOINS)]
        before = _rounds([read.touch for read in fresh if read.touch])
        _store(fresh)
        begun = _begin_rounds(job, fresh, before)
        if job.forwards:
            routing.queue_deliveries([read.touch for read in fresh if read.touch], routing.load_rules())
        _note_rows(chunk, reads, {lead_id: before[lead_id] for lead_id in begun & before.keys()})
        made = len({read.touch.lead_id for read in fresh if read.touch} - before.keys())
        known = Counter(read.outcome.value for read in reads if read.outcome in (Outcome.KNOWN, Outcome.FAULTY))
        counted(job, "result", +Counter({TOUCHES: len(fresh), LEADS: made}) + known)
        if job.done + 1 == job.chunks:
            _end(job)
    return True


def _end(job: ImportJob) -> None:
    """Without errors nobody has a use for what was uploaded any more."""
    end(job, ImportState.DONE)
    job.refresh_from_db(fields=["result"])
    if not job.result.get(Outcome.FAULTY.value):
        forget_content([job])


def _rounds(touches: Iterable[Touch]) -> dict[UUID, dict[str, Any]]:
    """Of the leads that were there before, and of those that are shown in their place."""
    keys = {key for touch in touches if (key := join_key(touch))}
    found = Lead.objects.filter(join_key__in=keys).values_list("id", "merged_into")
    leads = {lead_id for pair in found for lead_id in pair if lead_id}
    return {row.pop("id"): row for row in Lead.objects.filter(id__in=leads).values("id", *ROUND)}


def _store(fresh: Sequence[Read]) -> None:
    touches = [read.touch for read in fresh if read.touch]
    join_leads(touches)
    for touch in touches:
        touch.inbound_request.processed_at = Now()
    InboundRequest.objects.bulk_create([touch.inbound_request for touch in touches])
    Touch.objects.bulk_create(touches)


def _begin_rounds(job: ImportJob, fresh: Sequence[Read], before: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
    """The leads whose round began with these touches. What is older than ``LEADCRM_IMPORT_CLOCK_AFTER`` gets an owner,
    if it is to have one, and no clock: nobody could have answered in time. What is not as old has its time from now on.
    A sale that is over by the file opens no known lead again, and closes a new one."""
    newest = {read.touch.lead: read for read in sorted(fresh, key=_received_at) if read.touch}
    over = {lead.id: closing for lead, read in newest.items() if (closing := read.row.closing)}
    opened = [lead for lead in newest if _is_opened(lead, before.get(lead.id))]
    now = timezone.now()
    for lead in opened:
        was = before.get(lead.id, {})
        if lead.id in over:
            _set(lead, was or {"opened_at": None, "needs_assignment": False})
            continue
        lead.needs_assignment = job.gives_owners or bool(was.get("needs_assignment"))
        is_recent = lead.last_touch_at > now - settings.LEADCRM_IMPORT_CLOCK_AFTER
        lead.opened_at = now if is_recent and lead.needs_assignment else None
    set_score([lead for lead in opened if not lead.needs_assignment], load_scoring())
    Lead.objects.bulk_update(opened, [*ROUND, "score", "score_reasons"])
    _close(job, {lead_id: closing for lead_id, closing in over.items() if lead_id not in before})
    return {lead.id for lead in opened if lead.id not in over}


def _received_at(read: Read) -> datetime:
    assert read.touch
    return read.touch.received_at


def _is_opened(lead: Lead, before: Mapping[str, Any] | None) -> bool:
    """Whether a round began with one of these touches."""
    return not lead.is_dnc if before is None else bool(lead.opened_at != before["opened_at"])


def _set(lead: Lead, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(lead, name, value)


def _close(job: ImportJob, over: Mapping[UUID, Closing]) -> None:
    """With the history of each."""
    wanted: dict[UUID, Values] = {
        lead_id: {"stage": closing.stage, "close_reason": closing.reason or ""} for lead_id, closing in over.items()
    }
    edit_leads(By(job.asked_by, EditCause.IMPORT, params={"import": str(job.pk)}), wanted)


def _note_rows(chunk: ImportChunk, reads: Sequence[Read], before: Mapping[UUID, dict[str, Any]]) -> None:
    """``before``: of known leads whose round one of these touches began. It stands in the first row of each."""
    stored = ImportRow.objects.filter(file=chunk.file, line__in=[read.row.line for read in reads])
    rows, left = {row.line: row for row in stored}, dict(before)
    for read in reads:
        row = rows[read.row.line]
        row.outcome = read.outcome
        row.touch_id = read.same
        if read.touch and read.outcome in (Outcome.NEW, Outcome.JOINS):
            row.touch_id, row.is_made = read.touch.pk, True
            was = left.pop(read.touch.lead_id, None)
            row.before = was and _as_json(was)
    ImportRow.objects.bulk_update(rows.values(), ["outcome", "touch", "is_made", "before"])


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
