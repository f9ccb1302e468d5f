"""Make two leads one, and split them again, at any time: see ``merge_rules`` for what becomes of their values.

Touches, activities and tasks move; the absorbed lead's row stays as it was. ``merged_into`` names the lead that is
shown, also where that absorbed one that had absorbed others itself; the rows of ``Merge`` keep who joined whom.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from leads.found_by import WRITTEN, set_found_by
from leads.history.edits import By, as_stored, begin_edit, edit_page, from_stored
from leads.history.undo import WITHIN, TooLate, Undone
from leads.intake.joining import join_key
from leads.models import Activity, AssignmentRule, Change, Edit, Lead, LeadPair, Merge, Offer, Task, Team, Touch
from leads.sales.holding import hold_families
from leads.sales.merge_rules import (
    ASSIGNEES,
    COUNTED,
    FIELDS,
    KEPT,
    Carried,
    State,
    carried,
    joined,
    parts_to_take,
    state_of,
    values_of,
    with_touches,
)
from leads.sales.steps import note_next_task
from leads.scoring import load_scoring, set_score
from leads.states import EditCause

LONGEST_TEXT = 20_000  # of what a lead is searched for by because of others
ABSORBED, SURVIVOR = "absorbed", "merged_into"
"""What the changes in the history of the two are called; their value is the key of the other."""
NAMES = ("first_name", "last_name", "email", "phone", "company")
NAMED: dict[str, type[Model]] = {"owner_id": User, "team_id": Team, "rule_id": AssignmentRule, "offer_id": Offer}
UNTOLD = (*COUNTED, KEPT, "score", "score_reasons", "needs_assignment")
"""Fields that follow from others, and are not for the history."""


class CannotMerge(Exception):
    """One lead with itself, a test lead with a real one, or one whose person was erased."""


class NotTwoAnyMore(Exception):
    """One of them became part of another lead meanwhile."""


class NotMerged(Exception):
    """It was split off already."""


class SplitFirst(Exception):
    """The lead that absorbed it became part of another itself, which is to be split from it first."""


class ChangedMeanwhile(Exception):
    """Somebody changed one of the two after they were compared."""


# --- merging --------------------------------------------------------------------------------------------------------


def in_order(one: Lead, other: Lead) -> tuple[Lead, Lead]:
    """Which survives, and which is absorbed: the older goes on, whoever asks."""
    older, younger = sorted((one, other), key=lambda lead: (lead.first_touch_at, lead.id))
    return older, younger


def may_be_one(one: Lead, other: Lead) -> bool:
    return one.id != other.id and one.is_test == other.is_test and not (one.erased_at or other.erased_at)


def merge(
    user: User,
    survivor_id: UUID,
    absorbed_id: UUID,
    parts: Collection[str] | None = None,
    versions: tuple[int, int] | None = None,
) -> Edit:
    """``parts`` are those that the absorbed lead's stand of; by themselves, the better ones. ``versions`` are those
    that were compared.

    Raises ``CannotMerge``, ``NotTwoAnyMore`` and ``ChangedMeanwhile``.
    """
    with transaction.atomic():
        survivor, absorbed = _hold(survivor_id, absorbed_id)
        if not may_be_one(survivor, absorbed):
            raise CannotMerge
        if versions and versions != (survivor.version, absorbed.version):
            raise ChangedMeanwhile
        taken = parts_to_take(survivor, absorbed) if parts is None else parts
        return _merge(By(user, EditCause.MERGE), survivor, absorbed, sorted(taken))


def _hold(survivor_id: UUID, absorbed_id: UUID) -> tuple[Lead, Lead]:
    found = hold_families([survivor_id, absorbed_id])
    survivor, absorbed = found.get(survivor_id), found.get(absorbed_id)
    if survivor is None or absorbed is None or survivor.merged_into_id or absorbed.merged_into_id:
        raise NotTwoAnyMore
    return survivor, absorbed


def _merge(by: By, survivor: Lead, absorbed: Lead, parts: list[str]) -> Edit:
    before, other = _state(survivor), _state(absorbed)
    known, moved = _ids(survivor.touches.only("id")), _rows_of(absorbed)
    _move(moved, absorbed, survivor)
    Lead.objects.filter(Q(pk=absorbed.pk) | Q(merged_into=absorbed)).update(merged_into=survivor)
    LeadPair.objects.filter(Q(first=absorbed) | Q(second=absorbed), dismissed_at=None).delete()
    after = _scored(survivor, joined(before, other, parts))
    edit = begin_edit(by)
    Merge.objects.create(
        survivor=survivor, absorbed=absorbed, edit=edit, parts=parts, known=known, moved=moved,
        before=_as_json(before), after=_as_json(after),
    )  # fmt: skip
    _store(edit, survivor, after)
    _tell(edit, survivor, absorbed, are_one=True)
    return edit


def _rows_of(lead: Lead) -> dict[str, Any]:
    tasks = Task.objects.filter(lead=lead).values_list("id", "assignee")
    return {
        "touches": _ids(lead.touches.only("id")),
        "activities": _ids(lead.activities.only("id")),
        "tasks": {str(task): assignee for task, assignee in tasks},
    }


def _move(rows: dict[str, Any], source: Lead, to: Lead) -> None:
    """Those that are still there."""
    for model, name in ((Touch, "touches"), (Activity, "activities"), (Task, "tasks")):
        model._default_manager.filter(lead=source, id__in=list(rows[name])).update(lead=to)


def _scored(lead: Lead, state: State) -> State:
    """By the rules, once its touches are where they belong."""
    made = Lead(id=lead.id, **values_of(state))
    set_score([made], load_scoring())
    return state | {"score": made.score, "score_reasons": made.score_reasons}


# --- splitting ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What splitting would do: to the survivor, to the records of what was merged into it later, and to the absorbed
    lead. ``touches_back`` came since, and belong to the absorbed lead."""

    merge: Merge
    survivor: Carried
    later: list[Merge]
    absorbed: State
    touches_back: list[Touch]

    @property
    def stays(self) -> list[str]:
        """What somebody changed since, and what would be otherwise: parts of the survivor that stay as they are."""
        return [name for name in self.survivor.stays if name != "score"]


def split(user: User, absorbed_id: UUID) -> Edit:
    """Raises ``NotMerged`` and ``SplitFirst``."""
    with transaction.atomic():
        merge = _hold_merge(absorbed_id)
        return _split(By(user, EditCause.MERGE), planned(merge))


def undo_merge(edit: Edit, user: User) -> Undone:
    """As ``leads.history.undo``. Raises ``TooLate``."""
    merge = Merge.objects.filter(edit=edit).first()
    if merge is None or edit.at < timezone.now() - WITHIN:
        raise TooLate
    try:
        split(user, merge.absorbed_id)
    except (NotMerged, SplitFirst):
        raise TooLate from None
    return Undone(2, 0)


def merge_of(absorbed_id: UUID) -> Merge:
    """Raises ``NotMerged`` and ``SplitFirst``."""
    merge = Merge.objects.filter(absorbed=absorbed_id).select_related("survivor", "absorbed").first()
    if merge is None:
        raise NotMerged
    if merge.survivor.merged_into_id:
        raise SplitFirst
    return merge


def _hold_merge(absorbed_id: UUID) -> Merge:
    """Whoever changes it holds the survivor. Raises as ``merge_of``."""
    survivor_id = merge_of(absorbed_id).survivor_id
    hold_families([survivor_id])
    merge = merge_of(absorbed_id)
    if merge.survivor_id != survivor_id:
        raise NotMerged
    return merge


def planned(merge: Merge) -> Plan:
    """Nothing is stored. What was merged later is taken as if this one had never been there."""
    survivor, absorbed = merge.survivor, merge.absorbed
    later = list(Merge.objects.filter(survivor=survivor, pk__gt=merge.pk).select_related("absorbed"))
    since = _since(survivor, [merge, *later])
    keys = set(Lead.objects.filter(id__in=_under(merge)).values_list("join_key", flat=True)) - {None}
    back, own = ([touch for touch in since if (join_key(touch) in keys) is is_theirs] for is_theirs in (True, False))
    was, would_be = _from_json(merge.after), _from_json(merge.before)
    done: set[str] = set()
    for one in later:
        known = set(one.known) - done
        would_be = carried(would_be, was, _of(own, known), _of(since, known), _from_json(one.before)).state
        was = _from_json(one.after)
        one.before = _as_json(would_be)
        would_be = _scored(survivor, joined(would_be, state_of(one.absorbed, one.moved["tasks"]), one.parts))
        one.after = _as_json(would_be)
        one.known = [touch for touch in one.known if touch not in {*merge.moved["touches"], *_ids(back)}]
        done |= known
    rest = {str(touch.id) for touch in since} - done
    result = carried(would_be, was, _of(own, rest), _of(since, rest), _state(survivor))
    theirs = state_of(absorbed, _still_there(merge.moved["tasks"]))
    return Plan(merge, result, later, with_touches(theirs, back), back)


def _since(survivor: Lead, merges: Iterable[Merge]) -> list[Touch]:
    """The touches that came to the survivor by themselves after the first of these."""
    first, *later = merges
    before = {*first.known, *first.moved["touches"], *(touch for one in later for touch in one.moved["touches"])}
    return [touch for touch in survivor.touches.all() if str(touch.id) not in before]


def _of(touches: Iterable[Touch], ids: Collection[str]) -> list[Touch]:
    return [touch for touch in touches if str(touch.id) in ids]


def _under(merge: Merge) -> set[UUID]:
    """The absorbed lead, and all that had become part of it before."""
    under = {merge.absorbed_id}
    for one in Merge.objects.filter(absorbed__merged_into=merge.survivor_id).order_by("-pk"):
        if one.survivor_id in under:
            under.add(one.absorbed_id)
    return under


def _split(by: By, plan: Plan) -> Edit:
    merge, survivor, absorbed = plan.merge, plan.merge.survivor, plan.merge.absorbed
    edit = begin_edit(by)
    touches = [*merge.moved["touches"], *_ids(plan.touches_back)]
    _move(merge.moved | {"touches": touches}, survivor, absorbed)
    Lead.objects.filter(id__in=_under(merge)).update(merged_into=absorbed)
    Lead.objects.filter(pk=absorbed.pk).update(merged_into=None)
    Merge.objects.bulk_update(plan.later, ["before", "after", "known"])
    merge.delete()
    state = plan.survivor.state
    _store(edit, survivor, _scored(survivor, state) if "score" in plan.survivor.stays else state)
    _store(edit, absorbed, plan.absorbed)
    _tell(edit, survivor, absorbed, are_one=False)
    return edit


# --- what both have in common ---------------------------------------------------------------------------------------


def _store(edit: Edit, lead: Lead, state: State) -> None:
    """What tells something goes into the history, too. Who has which task is as the state says."""
    values = values_of(state)
    edit_page(edit, {lead.id: {name: value for name, value in values.items() if name not in UNTOLD}})
    row = Lead.objects.get(pk=lead.pk)
    for name in UNTOLD:
        setattr(row, name, values[name])
    row.merged_text = _other_names(lead)
    set_found_by(row)
    row.to_compare = True
    row.version += 1
    row.save(update_fields=[*UNTOLD, "merged_text", *WRITTEN, "version"])
    for person in set(state[ASSIGNEES].values()):
        theirs = [task for task, assignee in state[ASSIGNEES].items() if assignee == person]
        Task.objects.filter(id__in=theirs, lead=lead, done_at=None).update(assignee=person)
    note_next_task(lead.pk)


def _other_names(lead: Lead) -> str:
    """What those that became part of it are found by, and what it was called itself before."""
    texts = list(lead.absorbed.order_by("id").values_list("search_text", flat=True))
    texts += [one.before[name] for one in lead.merges.all() for name in NAMES]
    return Lead.searchable(" ".join(dict.fromkeys(" ".join(texts).split())))[:LONGEST_TEXT]


def _tell(edit: Edit, survivor: Lead, absorbed: Lead, *, are_one: bool) -> None:
    """In the history of both."""
    when = "after" if are_one else "before"
    Change.objects.bulk_create(
        [
            Change(edit=edit, lead=survivor, field=ABSORBED, **{when: str(absorbed.pk)}),
            Change(edit=edit, lead=absorbed, field=SURVIVOR, **{when: str(survivor.pk)}),
        ]
    )


def _state(lead: Lead) -> State:
    """With who has its open tasks."""
    tasks = lead.tasks.filter(done_at=None).values_list("id", "assignee")
    return state_of(lead, {str(task): assignee for task, assignee in tasks})


def _as_json(state: State) -> State:
    return {name: as_stored(value) for name, value in state.items()}


def _from_json(stored: State) -> State:
    """Without people and rules that are gone since: they are gone from all rows."""
    values = {name: from_stored(name, stored[name]) for name in FIELDS}
    for name, model in NAMED.items():
        if values[name] is not None and not model._default_manager.filter(pk=values[name]).exists():
            values[name] = None
    return values | {ASSIGNEES: _still_there(stored[ASSIGNEES])}


def _still_there(assignees: Mapping[str, int | None]) -> dict[str, int | None]:
    people = User.objects.in_bulk({person for person in assignees.values() if person is not None})
    return {task: person if person in people else None for task, person in assignees.items()}


def _ids(rows: Iterable[Any]) -> list[str]:
    return [str(row.pk) for row in rows]
