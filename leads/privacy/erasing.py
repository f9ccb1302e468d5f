"""Erase a person, in pages: a page empties some rows and counts them in one transaction.

Nothing but the rows themselves says how far it has come: what is emptied already is not found again. So a worker may
be killed at any moment, and two that work on one person do no harm. The last look comes some minutes after the first,
for what was on its way meanwhile: an answer that came late, a file that was spooled, a request that was being read.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from leads import page_by_page
from leads.intake.privacy import names_address
from leads.models import Attempt, Chase, Delivery, Destination, InboundRequest, Lead, PrivacyRequest
from leads.models.ids import packed
from leads.models.privacy import RequestKind, RequestState
from leads.privacy.files import FILES, Files, is_being_exported
from leads.privacy.people import Person, digest_of, leads_at
from leads.privacy.places import PLACES, Place
from leads.privacy.quoting import QUOTES, Quotes
from leads.states import AttemptResult, DeliveryState, InboundState

PAGE = 200
SCANNED_AT_ONCE = 1_000
SECONDS_AT_ONCE = 2.0
GIVEN_UP_AFTER = timedelta(seconds=30)
"""A page takes far less: whoever worked on it is gone."""
LOOK_AGAIN_AFTER = timedelta(minutes=3)
"""Longer than a call to a destination may take, and than a spooled request waits once the database is back."""
LOOK_SOON = timedelta(seconds=10)
LOOKS = 2
CHASES = "chases"
"""What is counted besides places: records that are noted, and not erased."""

MAY_BE_THERE = (AttemptResult.DELIVERED, AttemptResult.UNANSWERED)
UNREAD = Q(state=InboundState.REJECTED) | ~Q(remarks=[])
"""Requests in which somebody may stand of whom no touch was made."""


class NotOpen(Exception):
    """It was answered already, or is being erased."""


class Step(NamedTuple):
    """What a page did: how many rows, and where."""

    place: str
    rows: int


# --- what people do -------------------------------------------------------------------------------------------------


def ask(kind: RequestKind, lead: Lead, person: Person, by: User | None, **more: Any) -> PrivacyRequest:
    """Note what somebody asked for. ``more``: ``who_asked``, ``due_on``."""
    email = person.email[:254]
    return PrivacyRequest.objects.create(kind=kind, lead=lead, email=email, digest=digest_of(email), made_by=by, **more)


def begin(request: PrivacyRequest, person: Person, by: User | None) -> None:
    """The workers erase. What the person does on the marketplace from now on is new. Raises ``NotOpen``."""
    begun = PrivacyRequest.objects.filter(pk=request.pk, state=RequestState.OPEN).update(
        state=RequestState.ERASING,
        kind=RequestKind.ERASE,
        begun_by=by,
        begun_at=Now(),
        look_at=Now(),
        lead_ids=packed(person.lead_ids),
        traces=person.traces,
    )
    if not begun:
        raise NotOpen


def close(request: PrivacyRequest, state: RequestState) -> None:
    """Answered without erasing anything, or declined. Raises ``NotOpen``."""
    if not PrivacyRequest.objects.filter(pk=request.pk, state=RequestState.OPEN).update(state=state, **_NAMELESS):
        raise NotOpen


def tick_off(chase: Chase, by: User) -> bool:
    """Somebody saw to it that the record is gone over there. False when it was ticked off already."""
    return bool(
        Chase.objects.filter(pk=chase.pk, done_at=None).update(
            done_by=by, done_at=Now(), external_id="", external_url=""
        )
    )


def destinations_of(person: Person) -> QuerySet[Destination]:
    """Where a record of them is, or may be."""
    there = _there().filter(touch__lead__in=person.lead_ids)
    return Destination.objects.filter(pk__in=there.values("destination"))


def _there() -> QuerySet[Delivery]:
    tried = Exists(Attempt.objects.filter(delivery=OuterRef("pk"), result__in=MAY_BE_THERE))
    return Delivery.objects.filter(Q(state=DeliveryState.DELIVERED) | tried)


# --- what workers do ------------------------------------------------------------------------------------------------


def to_go_on_with() -> list[int]:
    """Ids of those that are due and that nobody works on, the oldest first."""
    left = Q(worked_at=None) | Q(worked_at__lt=Now() - GIVEN_UP_AFTER) | Q(worked_at__lt=F("look_at"))
    due = PrivacyRequest.objects.filter(left, state=RequestState.ERASING, look_at__lte=Now())
    return list(due.order_by("id").values_list("id", flat=True))


def work_off(request_id: int, seconds: float = SECONDS_AT_ONCE) -> bool:
    """For some seconds; whether there is more to do at once."""
    return page_by_page.go_on(work_off_page, request_id, seconds)


def work_off_page(request_id: int) -> bool:
    """False when nothing is to be done now, or somebody else took the page."""
    request = PrivacyRequest.objects.filter(pk=request_id, state=RequestState.ERASING, look_at__lte=Now()).first()
    if request is None:
        return False
    same = PrivacyRequest.objects.filter(pk=request_id, state=RequestState.ERASING, worked_at=request.worked_at)
    if not same.update(worked_at=timezone.now()):
        return False
    if not (_page_of_rows(request) or _more_leads(request) or _page_of_scan(request)):
        _end_look(request)
        return False
    return True


def _page_of_rows(request: PrivacyRequest) -> bool:
    lead_ids = request.ids
    with transaction.atomic():
        done = _note_chases(request, lead_ids) or erase_page(lead_ids)
        if done:
            _count(request, done)
    return done is not None


def _count(request: PrivacyRequest, done: Step) -> None:
    erased = dict(Counter(request.erased) + Counter({done.place: done.rows}))
    PrivacyRequest.objects.filter(pk=request.pk).update(erased=erased)


def erase_page(lead_ids: Sequence[UUID], places: Sequence[Place] = PLACES) -> Step | None:
    """Some rows of the first place that has any left; in a transaction. ``None``: there is none."""
    for place in places:
        if rows := place.erase(lead_ids, PAGE):
            return Step(place.name, rows)
    return None


def _note_chases(request: PrivacyRequest, lead_ids: Sequence[UUID]) -> Step | None:
    """The records that are, or may be, at destinations; before the deliveries forget which they are."""
    noted = Exists(Chase.objects.filter(delivery=OuterRef("pk"), request=request.pk))
    there = _there().filter(~noted, touch__lead__in=lead_ids)
    chases = [
        Chase(
            request=request,
            delivery=delivery,
            destination_id=delivery.destination_id,
            is_certain=delivery.state == DeliveryState.DELIVERED,
            external_id=delivery.external_id,
            external_url=delivery.external_url,
        )
        for delivery in there.order_by("id")[:PAGE]
    ]
    Chase.objects.bulk_create(chases, ignore_conflicts=True)
    return Step(CHASES, len(chases)) if chases else None


def _more_leads(request: PrivacyRequest) -> bool:
    """Those that were made of what had come before, and was read only now."""
    if not (addresses := request.addresses):
        return False
    before = leads_at(addresses).filter(first_touch_at__lt=request.begun_at, erased_at=None)
    found = list(before.exclude(pk__in=request.ids).order_by("pk").values_list("pk", flat=True)[:PAGE])
    if found:
        PrivacyRequest.objects.filter(pk=request.pk).update(lead_ids=packed([*request.ids, *found]))
    return bool(found)


# --- what no row of theirs leads to -----------------------------------------------------------------------------------


def _page_of_scan(request: PrivacyRequest) -> bool:
    """Some of the requests of which no touch tells whose they are. Read outside of any transaction, which on SQLite
    keeps every webhook waiting while it lasts."""
    if not (addresses := request.addresses):
        return False
    after = Q(id__gt=request.scanned) if request.scanned else Q()
    keys = list(InboundRequest.objects.filter(after).order_by("id").values_list("id", flat=True)[:SCANNED_AT_ONCE])
    if not keys:
        return False
    named = [one.pk for one in unread_among(keys) if names_address(bytes(one.body), addresses)]
    with transaction.atomic():
        PrivacyRequest.objects.filter(pk=request.pk).update(scanned=keys[-1])
        if rows := InboundRequest.objects.filter(pk__in=named).update(body=b"", reason_params={}, remarks=[]):
            _count(request, Step("unread", rows))
    return True


def unread_among(keys: Sequence[UUID]) -> QuerySet[InboundRequest]:
    """What is still to be read becomes touches first, and is found by these."""
    return InboundRequest.objects.filter(UNREAD, id__in=keys).exclude(body=b"").order_by("id")


def _erase_texts(request: PrivacyRequest) -> None:
    texts: tuple[Quotes | Files, ...] = (*QUOTES, *FILES)
    for place in texts:
        if rows := place.erase(request.traces):
            request.refresh_from_db(fields=["erased"])
            _count(request, Step(place.name, rows))


# --- the end ----------------------------------------------------------------------------------------------------------


def _end_look(request: PrivacyRequest) -> None:
    """The last comes when nothing of the person is on its way any more, and some minutes after the first."""
    _erase_texts(request)
    this = PrivacyRequest.objects.filter(pk=request.pk)
    if is_something_on_its_way(request):
        this.update(look_at=Now() + LOOK_SOON, scanned=None)
    elif request.looks + 1 < LOOKS:
        this.update(look_at=Now() + LOOK_AGAIN_AFTER, looks=F("looks") + 1, scanned=None)
    else:
        this.update(state=RequestState.DONE, looks=F("looks") + 1, **_NAMELESS)


def is_something_on_its_way(request: PrivacyRequest) -> bool:
    """What is being sent, read or written to a file now would leave something behind."""
    read_before = InboundRequest.objects.waiting().filter(received_at__lt=request.begun_at)
    return (
        Delivery.objects.filter(touch__lead__in=request.ids, state=DeliveryState.SENDING).exists()
        or read_before.exists()
        or is_being_exported(request.begun_at)
    )


_NAMELESS: dict[str, Any] = {
    "email": "",
    "who_asked": "",
    "traces": [],
    "lead_ids": b"",
    "scanned": None,
    "finished_at": Now(),
}
