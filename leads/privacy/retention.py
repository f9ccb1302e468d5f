"""How long things are kept, and what is taken away after that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.models import (
    Activity,
    Attempt,
    Change,
    ExportJob,
    InboundRequest,
    Lead,
    Notice,
    PurgeRun,
    ResendJob,
    RetentionRule,
    SalesNotice,
    Task,
)
from leads.models.ids import first_id_at
from leads.models.notice import NoticeState
from leads.models.privacy import RetentionKind
from leads.privacy.erasing import erase_page
from leads.privacy.places import LEADS, PLACES
from leads.states import InboundState

MOST = 10_000
"""Nothing is counted further."""
PAGE = 200
LEADS_AT_ONCE = 20
LONGEST = {False: 3650, True: 120}
"""Days, and months."""

type Rows = QuerySet[Any]


class Taken(NamedTuple):
    """What a page did: how many rows are gone, the key of the last of them, and whether there may be more."""

    rows: int
    cursor: UUID | None
    may_be_more: bool


@dataclass(frozen=True)
class Kind:
    """``due`` are the rows from before a moment, in the order in which they go. ``goes_by_key``: in the order of their
    keys, so that the next run begins where the last one ended."""

    kind: RetentionKind
    what: str | Promise
    keep: int
    due: Callable[[datetime], Sequence[Rows]]
    take: Callable[[Rows], Taken]
    is_on: bool = True
    in_months: bool = False
    goes_by_key: bool = False

    def before(self, now: datetime, keep: int) -> datetime:
        return _months_before(now, keep) if self.in_months else now - timedelta(days=keep)


class Rule(NamedTuple):
    """A kind with what somebody set for it, or with its defaults."""

    kind: Kind
    enabled: bool
    keep: int
    cursor: UUID | None

    def due(self, now: datetime) -> list[Rows]:
        rows = self.kind.due(self.kind.before(now, self.keep))
        return [one.filter(pk__gt=self.cursor) if self.cursor else one for one in rows]

    def would_go(self, now: datetime) -> int:
        """How many would go if it were carried out now; ``MOST`` + 1 for more."""
        return min(sum(one.order_by()[: MOST + 1].count() for one in self.due(now)), MOST + 1)

    def page(self, now: datetime) -> Taken:
        """Some of them, in a transaction."""
        for rows in self.due(now):
            if (taken := self.kind.take(rows)).may_be_more:
                return taken
        return NOTHING


NOTHING = Taken(0, None, may_be_more=False)


def rules() -> list[Rule]:
    """All of them, in order. One query."""
    stored = RetentionRule.objects.in_bulk()
    return [_rule(kind, stored.get(kind.kind)) for kind in KINDS]


def _rule(kind: Kind, stored: RetentionRule | None) -> Rule:
    if stored is None:
        return Rule(kind, kind.is_on, kind.keep, None)
    return Rule(kind, stored.enabled, stored.keep, stored.cursor)


def set_rule(kind: Kind, *, enabled: bool, keep: int) -> None:
    changed = {"enabled": enabled, "keep": keep}
    RetentionRule.objects.update_or_create(kind=kind.kind, defaults=changed)


# --- the kinds --------------------------------------------------------------------------------------------------------


def _bodies(before: datetime) -> list[Rows]:
    read = InboundRequest.objects.exclude(state=InboundState.RECEIVED).exclude(body=b"")
    return [read.filter(id__lt=first_id_at(before)).order_by("id")]


def _exchanges(before: datetime) -> list[Rows]:
    told = Attempt.objects.filter(~Q(exchange={}) | ~Q(detail=""), finished_at__isnull=False)
    return [told.filter(id__lt=first_id_at(before)).order_by("id")]


def _closed_leads(before: datetime) -> list[Rows]:
    """Nobody has touched, changed or noted anything since, and nothing is planned."""
    since = first_id_at(before)
    this = {"lead": OuterRef("pk")}
    leads = Lead.objects.filter(is_open=False, erased_at=None, last_touch_at__lt=before, merged_into=None).exclude(
        Exists(Change.objects.filter(**this, id__gte=since))
        | Exists(Activity.objects.filter(**this, at__gte=before))
        | Exists(Task.objects.filter(**this, done_at=None))
    )
    return [leads.order_by("last_touch_at", "id")]


def _notices(before: datetime) -> list[Rows]:
    old = {"id__lt": first_id_at(before)}
    return [model.objects.filter(**old).exclude(state=NoticeState.WAITING).order_by("id") for model in _NOTICES]


def _jobs(before: datetime) -> list[Rows]:
    return [model.objects.filter(finished_at__lt=before).order_by("id") for model in _JOBS]


def _sign_ins(before: datetime) -> list[Rows]:
    logged = [model.objects.filter(attempt_time__lt=before).order_by("pk") for model in _SIGN_INS]
    return [*logged, Session.objects.filter(expire_date__lt=timezone.now()).order_by("pk")]


_NOTICES: tuple[Any, ...] = (Notice, SalesNotice)
_JOBS: tuple[Any, ...] = (ResendJob, ExportJob, PurgeRun)
_SIGN_INS: tuple[Any, ...] = (AccessLog, AccessFailureLog, AccessAttempt)


def _delete(rows: Rows) -> Taken:
    keys = list(rows.values_list("pk", flat=True)[:PAGE])
    rows.model._default_manager.filter(pk__in=keys).delete()
    return Taken(len(keys), None, bool(keys))


def _empty(**columns: Any) -> Callable[[Rows], Taken]:
    def take(rows: Rows) -> Taken:
        keys = list(rows.values_list("pk", flat=True)[:PAGE])
        rows.model._default_manager.filter(pk__in=keys).update(**columns)
        return Taken(len(keys), keys[-1] if keys else None, bool(keys))

    return take


def _erase(rows: Rows) -> Taken:
    """With all that belongs to them; the leads come last, for they say what is left to do."""
    keys = list(rows.values_list("pk", flat=True)[:LEADS_AT_ONCE])
    absorbed = Lead.objects.filter(merged_into__in=keys).values_list("pk", flat=True)
    step = erase_page([*keys, *absorbed], _LEADS_LAST) if keys else None
    return Taken(step.rows if step and step.place == LEADS.name else 0, None, step is not None)


_LEADS_LAST = (*(place for place in PLACES if place is not LEADS), LEADS)

KINDS: tuple[Kind, ...] = (
    Kind(
        RetentionKind.BODIES,
        _("What the marketplace posted, byte for byte, is emptied. The leads that were read from it stay."),
        180,
        _bodies,
        _empty(body=b""),
        goes_by_key=True,
    ),
    Kind(
        RetentionKind.EXCHANGES,
        _("Of each try to deliver, what was sent and what was answered is emptied. How it ended stays."),
        90,
        _exchanges,
        _empty(exchange={}, detail=""),
        goes_by_key=True,
    ),
    Kind(
        RetentionKind.LEADS,
        _(
            "Leads that are closed, and with which nobody did anything since, are erased: who it was is gone, with "
            "notes and history. That there was a lead, and how it ended, stays in the figures."
        ),
        24,
        _closed_leads,
        _erase,
        is_on=False,
        in_months=True,
    ),
    Kind(RetentionKind.NOTICES, _("Notices that were sent, or are over, are deleted."), 90, _notices, _delete),
    Kind(
        RetentionKind.JOBS,
        _("Replays, exports and clearings that have ended are deleted. What they did stays done."),
        365,
        _jobs,
        _delete,
    ),
    Kind(
        RetentionKind.SIGN_INS,
        _("Who signed in, or failed to, is deleted, and sessions that have ended."),
        365,
        _sign_ins,
        _delete,
    ),
)


def kind_of(name: str) -> Kind | None:
    return next((kind for kind in KINDS if kind.kind == name), None)


def _months_before(moment: datetime, months: int) -> datetime:
    """The same day of an earlier month, or its last."""
    month = moment.year * 12 + moment.month - 1 - months
    first = moment.replace(year=month // 12, month=month % 12 + 1, day=1)
    last_day = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(moment.day, last_day.day))
