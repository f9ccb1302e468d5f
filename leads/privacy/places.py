"""Every place where something about a person is kept, and what is left of it once they are erased.

A model with a column for text, JSON or bytes is here, or in ``quoting``, with each of these columns; or a test names it
among those that say nothing about a person. So whoever adds a column decides what becomes of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Max, Min, Model, Q, QuerySet
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.delivery.resending import STOPPABLE, cancel_deliveries
from leads.history.edits import By, edit_leads
from leads.models import (
    Activity,
    Attempt,
    Change,
    Delivery,
    Edit,
    GivenUp,
    ImportRow,
    InboundRequest,
    Lead,
    LeadPair,
    Merge,
    Task,
    Touch,
)
from leads.sales.stages import stage_values
from leads.states import OPEN_STAGES, ActivityKind, CloseReason, Stage

MOST = 10_000
"""Rows are counted no further, and no more of one place are handed out."""

type Rows = QuerySet[Any]
type Ids = Sequence[UUID]


class Held(NamedTuple):
    """How much of it there is, ``MOST`` + 1 for more, and from when to when."""

    rows: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Place:
    """Rows of one model that belong to leads: ``path`` leads to the lead.

    ``blank``: the columns that tell who the person is, each with what it is given instead, and ``also`` what else is
    set then. ``plain``: texts that tell nothing about a person, which stay. ``at`` is the time that a row is of;
    ``beside`` is handed out with it.
    """

    name: str
    label: str | Promise
    model: type[Model]
    path: str
    at: str
    blank: Mapping[str, Any]
    plain: tuple[str, ...] = ()
    only: Q = field(default_factory=Q)
    also: Mapping[str, Any] = field(default_factory=dict)
    more: Q | None = None
    """Rows that are not done with for another reason."""
    first: Callable[[list[Any]], object] = lambda keys: None
    """What is done with these rows before."""
    beside: tuple[str, ...] = ()

    def rows(self, lead_ids: Ids) -> Rows:
        return self.model._default_manager.filter(self.only, **{f"{self.path}__in": list(lead_ids)})

    def held(self, lead_ids: Ids) -> Held:
        rows = self.rows(lead_ids)
        count = rows.values("pk").distinct().order_by()[: MOST + 1].count()
        ends = rows.aggregate(first=Min(self.at), last=Max(self.at)) if count else {"first": None, "last": None}
        return Held(count, ends["first"], ends["last"])

    def left(self, lead_ids: Ids) -> Rows:
        """Those that still tell something."""
        tells = reduce(or_, (_differs(name, value) for name, value in self.blank.items()))
        return self.rows(lead_ids).filter(tells if self.more is None else tells | self.more)

    def erase(self, lead_ids: Ids, limit: int) -> int:
        """Some of them, in a transaction; how many."""
        keys = list(self.left(lead_ids).order_by("pk").values_list("pk", flat=True).distinct()[:limit])
        if keys:
            self.first(keys)
            self.model._default_manager.filter(pk__in=keys).update(**self.blank, **self.also)
        return len(keys)

    def handed_out(self, lead_ids: Ids) -> list[dict[str, Any]]:
        """As it stands, oldest first."""
        rows = self.rows(lead_ids).order_by("pk").distinct()[:MOST]
        return list(rows.values("pk", self.at, *self.beside, *self.plain, *self.blank))


@dataclass(frozen=True)
class LeadPlace(Place):
    """The leads themselves: in the one way besides ``leads.history`` in which their fields change, for a history would
    keep what is to go. An open one is discarded, with history: nobody can work on it any more."""

    def erase(self, lead_ids: Ids, limit: int) -> int:
        keys = self.left(lead_ids).order_by("id").values_list("id", flat=True)[:limit]
        leads = list(Lead.objects.select_for_update(of=("self",)).filter(id__in=list(keys)).order_by("id"))
        discarded = stage_values(Stage.DISCARDED, CloseReason.OTHER)
        edit_leads(By(), {lead.id: discarded for lead in leads}, only=Q(stage__in=OPEN_STAGES))
        Lead.objects.filter(id__in=[lead.id for lead in leads]).update(**self.blank, **self.also)
        return len(leads)


@dataclass(frozen=True)
class GonePlace(Place):
    """Rows that are of no use without the person: nothing of them is left."""

    def left(self, lead_ids: Ids) -> Rows:
        return self.rows(lead_ids)

    def erase(self, lead_ids: Ids, limit: int) -> int:
        keys = list(self.rows(lead_ids).values_list("pk", flat=True)[:limit])
        self.model._default_manager.filter(pk__in=keys).delete()
        return len(keys)


@dataclass(frozen=True)
class PairPlace(GonePlace):
    def rows(self, lead_ids: Ids) -> Rows:
        return LeadPair.objects.filter(Q(first__in=list(lead_ids)) | Q(second__in=list(lead_ids)))


@dataclass(frozen=True)
class LogPlace(Place):
    """What was logged about deliveries: notes of people are among it. The log knows them by their keys as text."""

    def rows(self, lead_ids: Ids) -> Rows:
        deliveries = Delivery.objects.filter(touch__lead__in=list(lead_ids)).values_list("pk", flat=True)
        kind = ContentType.objects.get_for_model(Delivery)
        return LogEntry.objects.filter(content_type=kind, object_id__in=[str(key) for key in deliveries[: MOST * 10]])


def _differs(name: str, value: Any) -> Q:
    return Q(**{f"{name}__isnull": False}) if value is None else ~Q(**{name: value})


def _forget_open_tasks(keys: list[Any]) -> None:
    Task.objects.filter(pk__in=keys, done_at=None).delete()


def _stop(keys: list[Any]) -> None:
    cancel_deliveries(Delivery.objects.filter(pk__in=keys))


_PERSON = dict.fromkeys(("first_name", "last_name", "email", "phone", "country", "company", "title"), "")

LEADS = LeadPlace(
    "leads",
    _("Leads"),
    Lead,
    "pk",
    "first_touch_at",
    {
        **_PERSON,
        "join_key": None,
        "search_text": "",
        "email_key": "",
        "phone_key": "",
        "mail_domain": "",
        "kept_fields": {},
        "merged_text": "",
        "score_reasons": [],
    },
    plain=("country_code", "offer_title", "source", "action", "stage", "close_reason", "why_assigned"),
    also={
        "erased_at": Now(),
        "version": F("version") + 1,
        "snoozed_until": None,
        "next_task_at": None,
        "to_compare": False,
    },
    more=Q(erased_at=None),
    beside=("offer__name", "owner__username", "score"),
)
TOUCHES = Place(
    "touches",
    _("Touches"),
    Touch,
    "lead",
    "received_at",
    {
        **_PERSON,
        "lead_source": "",
        "action_code": "",
        "description": "",
        "note": "",
        "campaign_ids": [],
        "phone_e164": "",
        "email_key": "",
        "warnings": [],
        "unknown_fields": {},
        "fingerprint": "",
    },
    plain=(
        *("offer_title", "source", "action", "publisher_id", "offer_id_text"),
        *("country_code", "quality", "privacy"),
    ),
    also={"erased_at": Now()},
    more=Q(erased_at=None),
)
_BODY = {"body": b"", "reason_params": {}, "remarks": []}
_OF_THE_SENDER = ("source_address", "content_type", "user_agent", "state", "reason")  # the marketplace, not the person

PLACES: tuple[Place, ...] = (
    LEADS,
    Place(
        "deliveries",
        _("Deliveries"),
        Delivery,
        "touch__lead",
        "created_at",
        {"external_id": "", "external_url": ""},
        plain=("state", "reason", "arrival"),
        more=Q(state__in=STOPPABLE),
        first=_stop,
        beside=("destination__name", "delivered_at"),
    ),
    TOUCHES,
    Place(
        "bodies",
        _("Requests as posted"),
        InboundRequest,
        "touches__lead",
        "received_at",
        _BODY,
        _OF_THE_SENDER,
    ),
    Place(
        "repeats",
        _("Repeated requests as posted"),
        InboundRequest,
        "repeat_of__lead",
        "received_at",
        _BODY,
        _OF_THE_SENDER,
    ),
    Place(
        "attempts",
        _("What was sent and answered"),
        Attempt,
        "delivery__touch__lead",
        "started_at",
        {"exchange": {}, "detail": "", "params": {}},
        plain=("result", "cause", "code", "notes"),
    ),
    Place(
        "given_up",
        _("Notes on deliveries given up"),
        GivenUp,
        "delivery__touch__lead",
        "at",
        {"note": ""},
    ),
    Place(
        "activities",
        _("Notes and calls"),
        Activity,
        "lead",
        "at",
        {"text": ""},
        plain=("kind", "outcome"),
        beside=("author__username",),
        only=~Q(kind=ActivityKind.HAND_OVER),  # there it is the name of the destination
    ),
    Place(
        "tasks",
        _("Tasks"),
        Task,
        "lead",
        "due_at",
        {"text": ""},
        plain=("kind",),
        more=Q(done_at=None),
        first=_forget_open_tasks,
    ),
    Place(
        "changes",
        _("Earlier values"),
        Change,
        "lead",
        "edit__at",
        {"before": None, "after": None},
        plain=("field",),
        only=Q(field__in=list(LEADS.blank)),
    ),
    Place(
        "reasons",
        _("Reasons of changes"),
        Edit,
        "changes__lead",
        "at",
        {"reason": ""},
        plain=("cause", "params"),
        only=~Q(reason=""),
    ),
    GonePlace(
        "merges",
        _("Merged leads"),
        Merge,
        "survivor",
        "edit__at",
        {"before": {}, "after": {}, "moved": {}, "known": [], "parts": []},
    ),
    PairPlace("pairs", _("Leads that look alike"), LeadPair, "", "found_at", {}),
    Place(
        "import_rows",
        _("Imported rows"),
        ImportRow,
        "touch__lead",
        "job__asked_at",
        {"join_key": ""},
        plain=("outcome", "problems", "key", "before", "stays"),
    ),
    LogPlace(
        "log",
        _("Entries in the log"),
        LogEntry,
        "",
        "action_time",
        {"change_message": ""},
        plain=("object_id", "object_repr"),
    ),
)
