"""The same for many leads at once, in pages, as one edit: which is undone as one.

A page is one transaction, which changes its leads and moves the place of the work together; so a worker may be killed
at any moment, and of two that work on one nobody changes a lead twice.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from leads import page_by_page
from leads.history.edits import By, Values, begin_edit, edit_page
from leads.history.undo import Undone, begin_undo, leads_of, undo_page
from leads.models import BulkEdit, Edit
from leads.models.bulk_edit import BulkKind
from leads.models.ids import packed
from leads.sales.owning import owned_by
from leads.sales.stages import stage_values, stages_before
from leads.states import CloseReason, Stage

PAGE = 500
MOST_AT_ONCE = 2_000
"""More than that are for a worker: the person would look at an empty page."""
MOST = 100_000
SECONDS_AT_ONCE = 2.0
GIVEN_UP_AFTER = timedelta(seconds=30)
KEPT = timedelta(days=1)
"""After that its edit, in the history of the leads, is all that is left."""
IRRELEVANT = -100


class Wanted(NamedTuple):
    """What each lead gets, and which leads it is for: the others stay as they are."""

    values: Values
    only: Q


def ask(
    user: User, kind: BulkKind, lead_ids: Iterable[UUID], params: Mapping[str, Any], *, at_once: bool = False
) -> BulkEdit:
    """Stored for ``work_off``; ``at_once``: who asks works it off, and workers leave it alone until they seem gone.
    ``params``: see ``wanted_of``."""
    with transaction.atomic():
        worked_at = timezone.now() if at_once else None
        return _store(user, kind, lead_ids, begin_edit(By(user)), params=dict(params), worked_at=worked_at)


def ask_to_undo(user: User, edit: Edit) -> BulkEdit:
    """As ``leads.history.undo``, for any number of leads. Raises ``TooLate``."""
    with transaction.atomic():
        return _store(user, BulkKind.UNDO, leads_of(edit), begin_undo(edit, user), undoes=edit)


def _store(user: User, kind: BulkKind, lead_ids: Iterable[UUID], edit: Edit, **more: Any) -> BulkEdit:
    BulkEdit.objects.filter(finished_at__lt=timezone.now() - KEPT).delete()
    ids = list(lead_ids)[:MOST]
    return BulkEdit.objects.create(kind=kind, asked_by=user, edit=edit, lead_ids=packed(ids), found=len(ids), **more)


def wanted_of(bulk: BulkEdit) -> Wanted:
    """``params`` of GIVE: ``to`` (the key of a person); STAGE: ``stage``, ``close_reason``; SNOOZE: ``until``."""
    params = bulk.params
    if bulk.kind == BulkKind.GIVE:
        person = User.objects.filter(pk=params["to"]).first()
        if person is None:
            return Wanted({}, Q(pk__in=[]))
        return Wanted(owned_by(person, by_hand=True), ~Q(owner=person))
    if bulk.kind == BulkKind.STAGE:
        stage, reason = Stage(params["stage"]), params.get("close_reason")
        values = stage_values(stage, CloseReason(reason) if reason else None)
        return Wanted(values, Q(stage__in=stages_before(stage)))
    if bulk.kind == BulkKind.SNOOZE:
        return Wanted({"snoozed_until": datetime.fromisoformat(params["until"])}, Q(is_open=True))
    irrelevant = [{"trait": "by_hand", "value": "", "points": IRRELEVANT}]
    return Wanted({"score": IRRELEVANT, "score_reasons": irrelevant}, Q())


# --- the work -------------------------------------------------------------------------------------------------------


def to_go_on_with() -> list[int]:
    """Ids of those that nobody works on, the oldest first."""
    given_up = Q(worked_at=None) | Q(worked_at__lt=Now() - GIVEN_UP_AFTER)
    return list(BulkEdit.objects.filter(given_up, finished_at=None).order_by("id").values_list("id", flat=True))


def work_off(bulk_id: int, seconds: float = SECONDS_AT_ONCE) -> bool:
    """For some seconds; whether there may be more to do."""
    return page_by_page.go_on(work_off_page, bulk_id, seconds)


def work_off_page(bulk_id: int) -> bool:
    """False when it is finished, or somebody else took the page."""
    bulk = BulkEdit.objects.filter(pk=bulk_id, finished_at=None).select_related("edit", "undoes").first()
    if bulk is None:
        return False
    ids = bulk.ids(bulk.done, bulk.done + PAGE)
    with transaction.atomic():
        at_its_place = BulkEdit.objects.filter(pk=bulk_id, finished_at=None, done=bulk.done)
        if not at_its_place.update(done=F("done") + len(ids), worked_at=Now()):
            return False
        changed = _change(bulk, ids)
        BulkEdit.objects.filter(pk=bulk_id).update(changed=F("changed") + changed)
        if bulk.done + len(ids) >= bulk.found:
            BulkEdit.objects.filter(pk=bulk_id).update(finished_at=Now(), lead_ids=b"")
    return bulk.done + len(ids) < bulk.found


def _change(bulk: BulkEdit, ids: list[UUID]) -> int:
    if bulk.undoes:
        return undo_page(bulk.edit, bulk.undoes, ids).leads
    wanted = wanted_of(bulk)
    return edit_page(bulk.edit, dict.fromkeys(ids, wanted.values), wanted.only)


def undone_by(bulk: BulkEdit) -> Undone:
    """What a finished one of the kind UNDO did."""
    return Undone(bulk.changed, bulk.found - bulk.changed)
