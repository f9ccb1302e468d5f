"""Take an import back: the touches it made, and leads that have nothing else. What has been sent or worked on stays.

A page is some touches with all others that the same import made for their leads.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, Q
from django.db.models.functions import Now

from leads.history.by_hand import is_worked_on
from leads.importing.places import counted, end
from leads.importing.storing import forget_content
from leads.intake.joining import NEWEST, PERSON, absorb, store
from leads.models import Delivery, ImportJob, ImportRow, InboundRequest, Lead, Touch
from leads.models.import_job import ImportState, Stays
from leads.states import DeliveryState

PAGE = 100
REMOVED, LEADS_REMOVED = "removed", "leads_removed"


def revert_page(job: ImportJob) -> bool:
    """False when there was nothing left to look at."""
    with transaction.atomic():
        left = job_rows(job).filter(stays="").order_by("id")
        leads = set(left.values_list("touch__lead", flat=True)[:PAGE])
        if not ImportJob.objects.filter(pk=job.pk, state=ImportState.REVERTING).update(worked_at=Now(), tries=0):
            return False
        if not leads:
            _end(job)
            return False
        locked = Lead.objects.select_for_update(of=("self",)).filter(pk__in=leads).order_by("id")
        done = sum((_take_back(job, lead) for lead in list(locked)), Counter[str]())
        counted(job, "result", done)
    return True


def job_rows(job: ImportJob) -> Any:
    """Of the touches that it made and that there still are."""
    return ImportRow.objects.filter(job=job, is_made=True)


def _end(job: ImportJob) -> None:
    """Rows that were found to be a posted touch are free to be so once more."""
    ImportRow.objects.filter(job=job, is_made=False).delete()
    forget_content([job])
    end(job, ImportState.REVERTED)


def _take_back(job: ImportJob, lead: Lead) -> Counter[str]:
    rows = list(job_rows(job).filter(touch__lead=lead).select_related("touch").order_by("id"))
    kept = _kept(rows, lead, job)
    going = [row.touch for row in rows if row.pk not in kept and row.touch]
    for reason, ids in _by_reason(kept).items():
        ImportRow.objects.filter(pk__in=ids).update(stays=reason)
    if not going:
        return Counter()
    try:
        with transaction.atomic():
            before = next((row.before for row in rows if row.before), None)
            untouched = len(going) == len(rows) and not is_worked_on(lead, job.asked_at)
            is_lead_gone = _remove(going, lead, before if untouched else None)
    except ProtectedError:
        ImportRow.objects.filter(touch__in=going).update(stays=Stays.NEEDED)
        return Counter()
    return Counter({REMOVED: len(going), LEADS_REMOVED: int(is_lead_gone)})


def _kept(rows: Sequence[ImportRow], lead: Lead, job: ImportJob) -> dict[int, Stays]:
    """Which of them stay, and why. Where the lead has other touches, what was done with it is no reason: it stays. Of
    what was merged nothing goes: who splits it again finds all of it."""
    touches = [row.touch_id for row in rows if row.touch_id]
    has_others = Touch.objects.filter(lead=lead).exclude(pk__in=touches).exists()
    if lead.absorbed.exists() or (not has_others and is_worked_on(lead, job.asked_at)):
        return {row.pk: Stays.WORKED_ON for row in rows}
    went = Q(attempts__isnull=False) | Q(state__in=(DeliveryState.SENDING, DeliveryState.DELIVERED))
    locked = list(
        Delivery.objects.select_for_update(of=("self",)).filter(touch__in=touches).values_list("pk", flat=True)
    )
    sent = set(Delivery.objects.filter(went, pk__in=locked).values_list("touch", flat=True))
    return {row.pk: Stays.SENT for row in rows if row.touch_id in sent}


def _by_reason(kept: dict[int, Stays]) -> dict[Stays, list[int]]:
    grouped: dict[Stays, list[int]] = defaultdict(list)
    for row_id, reason in kept.items():
        grouped[reason].append(row_id)
    return grouped


def _remove(touches: Sequence[Touch], lead: Lead, before: dict[str, Any] | None) -> bool:
    """The touches with what they came in; and the lead where these were all it had: then true. Raises
    ``ProtectedError``."""
    ids = [touch.pk for touch in touches]
    Delivery.objects.filter(touch__in=ids).delete()
    Touch.objects.filter(pk__in=ids).delete()
    InboundRequest.objects.filter(pk__in=[touch.inbound_request_id for touch in touches]).delete()
    left = list(Touch.objects.filter(lead=lead).order_by("received_at", "id"))
    if not left:
        lead.delete()
        return True
    _go_on_with(lead, left)
    if before:
        _set_back(lead, before)
    store([lead])
    if before:
        lead.save(update_fields=["alarms"])  # which ``store`` leaves alone
    return False


def _go_on_with(lead: Lead, touches: Sequence[Touch]) -> None:
    """As these alone would have made it, but for what a person has set, and for its stage."""
    first = touches[0]
    alone = Lead(first_touch_at=first.received_at, last_touch_at=first.received_at)
    for touch in touches:
        absorb(alone, touch)
    for name in (*PERSON, *NEWEST):
        if name not in lead.kept_fields:
            setattr(lead, name, getattr(alone, name))
    if "country" not in lead.kept_fields:
        lead.country_code = alone.country_code
    lead.touch_count, lead.is_dnc = alone.touch_count, alone.is_dnc
    lead.first_touch_at, lead.last_touch_at = alone.first_touch_at, alone.last_touch_at
    lead.version += 1


def _set_back(lead: Lead, before: dict[str, Any]) -> None:
    """The round that it was in before the import."""
    for name, value in before.items():
        setattr(lead, name, Lead._meta.get_field(name).to_python(value))  # type: ignore[union-attr]
