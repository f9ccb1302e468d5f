"""What becomes of the values of two leads when they are merged, and when they are split again. Pure.

A lead is looked at in parts: fields that are taken from one of the two together. What it was is a ``State``: its fields
by their names in the row, and ``assignees``, who has its open tasks, by their keys.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from leads.intake.joining import absorb
from leads.models import Lead, Touch
from leads.states import OPEN_STAGES, Stage

type State = dict[str, Any]

ASSIGNEES, KEPT = "assignees", "kept_fields"


class Part(NamedTuple):
    """``told_by`` are those of its fields that tell whether somebody changed it; all of them where none are named."""

    fields: tuple[str, ...]
    told_by: tuple[str, ...] = ()

    @property
    def telling(self) -> tuple[str, ...]:
        return self.told_by or self.fields


CHOSEN: dict[str, Part] = {
    "name": Part(("first_name", "last_name")),
    "company": Part(("company",)),
    "title": Part(("title",)),
    "email": Part(("email",)),
    "phone": Part(("phone",)),
    "country": Part(("country", "country_code")),
    "offer": Part(("offer_id", "offer_title")),
    "action": Part(("source", "action")),
    "owner": Part(
        ("owner_id", "team_id", "rule_id", "why_assigned", "routed_at", "seen_at"), told_by=("owner_id", "team_id")
    ),
    "stage": Part(
        (
            *("stage", "close_reason", "opened_at", "contacted_at", "snoozed_until"),
            *("answer_by", "alarm_at", "alarms", "needs_assignment"),
        ),
        told_by=("stage", "close_reason", "opened_at", "contacted_at", "snoozed_until"),
    ),
}
"""A person says whose stands. The stage brings its clock along."""
FACTS = tuple(name for name in CHOSEN if name not in ("owner", "stage"))
STRICTER = ("is_dnc", "is_private")
"""Where one of the two says so, it is so."""
OTHERS: dict[str, Part] = {name: Part((name,)) for name in STRICTER} | {"score": Part(("score", "score_reasons"))}
COUNTED = ("touch_count", "first_touch_at", "last_touch_at")
"""They follow from the touches, whatever anybody did."""

PARTS = CHOSEN | OTHERS
FIELDS = (*(field for part in PARTS.values() for field in part.fields), *COUNTED, KEPT)

_BY_PROGRESS = (Stage.DISCARDED, Stage.LOST, Stage.WON, Stage.NEW, Stage.CONTACTED, Stage.QUALIFIED)
"""An open lead is worth more than a closed one: somebody is waiting."""


def state_of(lead: Lead, assignees: Mapping[str, int | None] | None = None) -> State:
    return {name: getattr(lead, name) for name in FIELDS} | {ASSIGNEES: dict(assignees or {})}


def values_of(state: State) -> dict[str, Any]:
    """Of the row."""
    return {name: state[name] for name in FIELDS}


# --- merging --------------------------------------------------------------------------------------------------------


def parts_to_take(survivor: Lead, absorbed: Lead) -> set[str]:
    """What is better at the absorbed lead: what a person set, the newest that is not empty, who owns it, how far the
    sale is."""
    taken = {name for name in FACTS if _is_better(CHOSEN[name], absorbed, survivor)}
    if _progress(absorbed) > _progress(survivor):
        taken.add("stage")
    ahead, behind = (absorbed, survivor) if "stage" in taken else (survivor, absorbed)
    owner = ahead if ahead.owner_id is not None or behind.owner_id is None else behind
    return taken | {"owner"} if owner is absorbed else taken


def _is_better(part: Part, one: Lead, other: Lead) -> bool:
    if _is_empty(part, one) or _is_empty(part, other):
        return not _is_empty(part, one)
    kept = [max((lead.kept_fields[name] for name in part.fields if name in lead.kept_fields), default="")
            for lead in (one, other)]  # fmt: skip
    if kept[0] != kept[1]:
        return kept[0] > kept[1]
    return one.last_touch_at > other.last_touch_at


def _is_empty(part: Part, lead: Lead) -> bool:
    return not any(getattr(lead, name) for name in part.fields)


def _progress(lead: Lead) -> tuple[bool, int, bool, float]:
    """Of two that wait for an answer the one that waits longer: nobody gets more time because they are merged."""
    is_open = lead.stage in OPEN_STAGES
    waits_since = -lead.opened_at.timestamp() if lead.opened_at and lead.contacted_at is None else float("-inf")
    return is_open, _BY_PROGRESS.index(Stage(lead.stage)), lead.contacted_at is not None, waits_since


def joined(survivor: State, absorbed: State, parts: Collection[str]) -> State:
    """The two as one, with these parts of the absorbed. Its score is for the rules to say."""
    made = survivor | {ASSIGNEES: survivor[ASSIGNEES] | absorbed[ASSIGNEES]}
    for name in parts:
        _copy(CHOSEN[name], absorbed, made)
    made |= {name: survivor[name] or absorbed[name] for name in STRICTER}
    made["touch_count"] = survivor["touch_count"] + absorbed["touch_count"]
    made["first_touch_at"] = min(survivor["first_touch_at"], absorbed["first_touch_at"])
    made["last_touch_at"] = max(survivor["last_touch_at"], absorbed["last_touch_at"])
    if made["owner_id"] is not None:
        made[ASSIGNEES] = dict.fromkeys(made[ASSIGNEES], made["owner_id"])
    return made


def _copy(part: Part, source: State, to: State) -> None:
    """With the times at which a person set them."""
    to |= {name: source[name] for name in part.fields}
    kept = {name: at for name, at in to[KEPT].items() if name not in part.fields}
    to[KEPT] = kept | {name: at for name, at in source[KEPT].items() if name in part.fields}


# --- splitting ------------------------------------------------------------------------------------------------------


class Carried(NamedTuple):
    """``stays``: the parts that somebody changed since, and that would be something else otherwise."""

    state: State
    stays: list[str]


def carried(before: State, after: State, own: Iterable[Touch], all_since: Iterable[Touch], now: State) -> Carried:
    """What ``now`` would be if it had begun as ``before`` instead of as ``after``.

    Of the touches that came since, only its ``own`` stay. What somebody changed since stands; tasks that came since go
    with the owner, as always.
    """
    expected, wanted = with_touches(after, all_since), with_touches(before, own)
    made, stays = now | {name: wanted[name] for name in COUNTED}, []
    for name, part in PARTS.items():
        is_right = _is_as(part.telling, now, wanted)  # and then it is no matter how far the clock went on
        if _is_as(part.fields, now, expected) or (not is_right and _is_as(part.telling, now, expected)):
            _copy(part, wanted, made)
        elif not is_right:
            stays.append(name)
    made[ASSIGNEES] = {
        task: _assignee(task, expected, wanted, now) for task in wanted[ASSIGNEES].keys() & now[ASSIGNEES]
    }
    return Carried(made, stays)


def with_touches(state: State, touches: Iterable[Touch]) -> State:
    """As intake would have it after them."""
    lead = Lead(**values_of(state))
    for touch in sorted(touches, key=lambda touch: (touch.received_at, touch.id)):
        absorb(lead, touch)
    return state_of(lead, state[ASSIGNEES])


def _is_as(names: Iterable[str], one: State, other: State) -> bool:
    return all(one[name] == other[name] for name in names)


def _assignee(task: str, expected: State, wanted: State, now: State) -> int | None:
    given: int | None = now[ASSIGNEES][task]
    return wanted[ASSIGNEES][task] if expected[ASSIGNEES].get(task) == given else given
