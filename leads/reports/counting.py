"""Count one day: the leads that came on it as they stand now, and the deliveries that were made on it.

Test leads, people who must not be contacted, and leads that became part of another count nowhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import Count, Q

from leads.assignment.levels import Levels
from leads.models import Delivery, Lead
from leads.models.ids import first_id_at
from leads.reports.answer_times import step_of
from leads.reports.periods import bounds_of
from leads.service_level.working_time import ALWAYS
from leads.states import DeliveryState, Stage

PAGE = 2_000
MOST_ACTIONS = 50
OTHERS = "*"
"""What the rarest actions are counted under."""

COUNTED = Q(is_test=False, is_dnc=False, merged_into=None)
CLOCKS_APART = timedelta(hours=1)
"""Ids are made by the clock of the web server or worker, and the time of a row by that of the database."""


class Part(StrEnum):
    """What leads, or deliveries, are counted by."""

    ACTION = "action"
    OFFER = "offer"
    COUNTRY = "country"
    OWNER = "owner"
    STAGE = "stage"
    REASON = "reason"
    ANSWER = "answer"
    WAIT = "wait"
    DELIVERY = "delivery"


class Answer(StrEnum):
    IN_TIME = "in_time"
    LATE = "late"
    NO_TARGET = "no_target"


class Outcome(StrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"
    WAITING = "waiting"


OUTCOMES = {
    DeliveryState.DELIVERED: Outcome.DELIVERED,
    DeliveryState.FAILED: Outcome.FAILED,
    DeliveryState.QUEUED: Outcome.WAITING,
    DeliveryState.SENDING: Outcome.WAITING,
}

type Counts = dict[str, dict[str, dict[str, int]]]
"""By team, part and value. Keys of rows and codes are texts, "" for none. Of ``REASON`` the value is ``stage:reason``,
of ``WAIT`` the step of ``answer_times``, of ``DELIVERY`` ``destination:outcome``."""
type Counters = defaultdict[str, defaultdict[str, Counter[str]]]

READ = (
    *("team", "action", "offer", "country_code", "owner", "stage", "close_reason"),
    *("is_test", "is_dnc", "first_touch_at", "opened_at", "contacted_at", "answer_by"),
)


def count_day(day: date, levels: Levels) -> Counts:
    """``levels`` say whose working time an answer took."""
    teams: Counters = defaultdict(lambda: defaultdict(Counter))
    for lead in _leads_of(day):
        for part, value in _parts_of(lead, levels):
            teams[_key(lead.team_id)][part][value] += 1
    _count_deliveries(teams, day)
    return {team: {part: _kept(part, parts[part]) for part in sorted(parts)} for team, parts in sorted(teams.items())}


def _leads_of(day: date) -> Iterator[Lead]:
    """Page by page: on some day a hundred thousand of them were imported."""
    begins, ends = bounds_of(day)
    came = Lead.objects.filter(COUNTED, first_touch_at__gte=begins, first_touch_at__lt=ends).only(*READ)
    rest = came = came.order_by("first_touch_at", "id")
    while page := list(rest[:PAGE]):
        yield from page
        last = page[-1]
        after = Q(first_touch_at__gt=last.first_touch_at) | Q(id__gt=last.id)
        rest = came.filter(after, first_touch_at__gte=last.first_touch_at)


def _parts_of(lead: Lead, levels: Levels) -> Iterable[tuple[Part, str]]:
    yield Part.ACTION, lead.action
    yield Part.OFFER, _key(lead.offer_id)
    yield Part.COUNTRY, lead.country_code
    yield Part.OWNER, _key(lead.owner_id)
    yield Part.STAGE, lead.stage
    if lead.stage in (Stage.LOST, Stage.DISCARDED):
        yield Part.REASON, f"{lead.stage}:{lead.close_reason}"
    if lead.opened_at and lead.contacted_at:
        yield Part.ANSWER, _answer(lead)
        level = levels.of(lead)
        working_time = level.working_time if level else ALWAYS
        yield Part.WAIT, str(step_of(working_time.between(lead.opened_at, lead.contacted_at)))


def _answer(lead: Lead) -> Answer:
    assert lead.contacted_at
    if lead.answer_by is None:
        return Answer.NO_TARGET
    return Answer.IN_TIME if lead.contacted_at <= lead.answer_by else Answer.LATE


def _count_deliveries(teams: Counters, day: date) -> None:
    begins, ends = bounds_of(day)
    made = Delivery.objects.filter(
        id__gte=first_id_at(begins - CLOCKS_APART),
        id__lt=first_id_at(ends + CLOCKS_APART),
        created_at__gte=begins,
        created_at__lt=ends,
        state__in=OUTCOMES,
        touch__lead__is_test=False,
        touch__lead__is_dnc=False,
    )
    grouped = made.order_by().values_list("touch__lead__team", "destination", "state").annotate(Count("pk"))
    for team, destination, state, number in grouped:
        teams[_key(team)][Part.DELIVERY][f"{destination}:{OUTCOMES[DeliveryState(state)]}"] += number


def _key(pk: int | None) -> str:
    return "" if pk is None else str(pk)


def _kept(part: str, values: Counter[str]) -> dict[str, int]:
    """Actions are what was posted, and somebody may post a thousand of them; all other values are ours."""
    if part != Part.ACTION or len(values) <= MOST_ACTIONS:
        return dict(sorted(values.items()))
    kept = dict(values.most_common(MOST_ACTIONS))
    return dict(sorted(kept.items())) | {OTHERS: values.total() - sum(kept.values())}
