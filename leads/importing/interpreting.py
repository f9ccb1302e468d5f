"""The rows of one chunk as touches, by the same rules as what is posted; and what the database knows of them already.

A row is known when its referral (or, without an ID, exactly the same row) was imported before, or when the marketplace
has posted it: a touch of the same person, offer and action that came within ``SAME_WITHIN`` of the row's time and that
is no other row's. A row with a day and no time means the whole day; one without a date any time.
"""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from leads.importing.rows import Moment, Problem, Row, as_posted, read_row
from leads.importing.storing import lines_of
from leads.intake.joining import join_key
from leads.intake.offers import identify_offers
from leads.intake.reading import touches_of
from leads.intake.vocabulary import Vocabulary, load_vocabulary
from leads.models import Endpoint, ImportChunk, ImportJob, ImportRow, InboundRequest, Lead, Offer, OfferTitle, Touch
from leads.models.import_job import Outcome
from leads.states import InboundState

SAME_WITHIN = timedelta(hours=12)
MOST_COMPARED = 5_000
CONTENT_TYPE = "text/csv"
ENDPOINT = "Imported files"


@dataclass
class Read:
    """A row with its touch, not stored, which has an inbound request of its own; no touch where the row is faulty.
    ``same`` is the touch that the marketplace posted for it."""

    row: Row
    problems: Sequence[Problem]
    touch: Touch | None
    outcome: Outcome = Outcome.FAULTY
    same: UUID | None = None


def import_endpoint() -> Endpoint:
    """The one that all imported touches belong to: nothing can be posted to it."""
    if found := Endpoint.objects.filter(is_for_files=True).first():
        return found
    is_taken = Endpoint.objects.filter(name=ENDPOINT).exists()
    named = {"name": f"{ENDPOINT} ({secrets.token_hex(3)})" if is_taken else ENDPOINT, "enabled": False}
    return Endpoint.objects.get_or_create(is_for_files=True, defaults=named)[0]


def read_chunk(job: ImportJob, chunk: ImportChunk, endpoint: Endpoint) -> list[Read]:
    """Reading comes before the transaction, as with what is posted."""
    vocabulary, publishers = load_vocabulary(), _publishers()
    file = chunk.file
    rows = (
        read_row(line, cells, file.headers, file.columns, day_first=job.day_first, now=job.asked_at)
        for line, cells in lines_of(chunk)
    )
    return [_read(job, row, endpoint, vocabulary, publishers) for row in rows]


def _publishers() -> dict[str, str]:
    """The publisher of each offer ID that only one offer has."""
    found: dict[str, set[str]] = defaultdict(set)
    for offer_id, publisher_id in Offer.objects.exclude(offer_id="").values_list("offer_id", "publisher_id"):
        found[offer_id.casefold()].add(publisher_id)
    return {offer_id: next(iter(publishers)) for offer_id, publishers in found.items() if len(publishers) == 1}


def _read(job: ImportJob, row: Row, endpoint: Endpoint, words: Vocabulary, publishers: Mapping[str, str]) -> Read:
    if row.problems:
        return Read(row, row.problems, None)
    body = as_posted(row, publishers)
    request = InboundRequest(
        endpoint=endpoint,
        received_at=min(_middle(row.created), job.asked_at) if row.created else job.asked_at,
        content_type=CONTENT_TYPE,
        user_agent=f"Import {job.pk}, row {row.line}",
        body=body,
        body_size=len(body),
        state=InboundState.ACCEPTED,
    )
    touches = touches_of(request, words)
    if not touches:
        return Read(row, [Problem("", "defect")], None)
    return Read(row, (), touches[0], Outcome.NEW)


def _middle(moment: Moment) -> datetime:
    return moment.at + timedelta(hours=12) if moment.is_day else moment.at


# --- what is known already ------------------------------------------------------------------------------------------


def judge(job: ImportJob, reads: Sequence[Read], *, is_check: bool) -> None:
    """Set the outcome of each. A check also compares with the earlier rows of its batch, which are not imported yet."""
    whole = [read for read in reads if read.touch]
    _identify_offers([read.touch for read in whole if read.touch], keep=not is_check)
    keys, claimed, leads = _known_keys(job, whole, is_check), set[UUID](), _known_leads(job, whole, is_check)
    posted = _posted(whole)
    for read in whole:
        assert read.touch
        is_known = read.row.key in keys
        if not is_known:  # else an earlier row is that touch, or holds one of its own
            same = (touch.pk for touch in posted[read.touch.email_key] if _is_same(read, touch, claimed))
            read.same = next(same, None)
        join = join_key(read.touch)
        if is_known or read.same:
            read.outcome = Outcome.KNOWN
        else:
            read.outcome = Outcome.JOINS if join in leads else Outcome.NEW
            leads.add(join)
        keys.add(read.row.key)
        claimed |= {read.same} if read.same else set()
        leads.discard(None)


def _identify_offers(touches: Sequence[Touch], *, keep: bool) -> None:
    """A title that was never seen is noted with the touch, but not by a look at what would be."""
    with transaction.atomic():
        identify_offers(touches)
        if not keep:
            transaction.set_rollback(True)


def _known_keys(job: ImportJob, reads: Sequence[Read], is_check: bool) -> set[str]:
    rows = ImportRow.objects.filter(key__in={read.row.key for read in reads})
    known = set(rows.filter(touch__isnull=False).values_list("key", flat=True))
    return known | set(_earlier(job, rows).values_list("key", flat=True)) if is_check else known


def _known_leads(job: ImportJob, reads: Sequence[Read], is_check: bool) -> set[str | None]:
    wanted = {key for read in reads if read.touch and (key := join_key(read.touch))}
    known: set[str | None] = set(Lead.objects.filter(join_key__in=wanted).values_list("join_key", flat=True))
    if is_check:
        known |= set(_earlier(job, ImportRow.objects.filter(join_key__in=wanted)).values_list("join_key", flat=True))
    return known


def _earlier(job: ImportJob, rows: QuerySet[ImportRow]) -> QuerySet[ImportRow]:
    return rows.filter(job=job).exclude(outcome=Outcome.FAULTY)


def _posted(reads: Sequence[Read]) -> dict[str, list[Touch]]:
    """What the marketplace posted of these people and no row has been found to be, by person."""
    people = {read.touch.email_key for read in reads if read.touch and not read.touch.is_test} - {""}
    found: dict[str, list[Touch]] = defaultdict(list)
    if people:
        touches = Touch.objects.filter(email_key__in=people, endpoint__is_for_files=False, imported_from=None)
        columns = ("email_key", "action", "offer_id", "offer_title", "received_at")
        for touch in touches.exclude(email_key="").only(*columns).order_by("-received_at")[:MOST_COMPARED]:
            found[touch.email_key].append(touch)
    return found


def _is_same(read: Read, touch: Touch, claimed: set[UUID]) -> bool:
    ours = read.touch
    assert ours
    if touch.pk in claimed or touch.action.casefold() != ours.action.casefold():
        return False
    same_offer = bool(ours.offer_id) and ours.offer_id == touch.offer_id
    same_title = OfferTitle.key_of(ours.offer_title) == OfferTitle.key_of(touch.offer_title)
    return (same_offer or same_title) and _is_within(read.row.created, touch.received_at)


def _is_within(created: Moment | None, at: datetime) -> bool:
    if created is None:
        return True
    ends = created.at + timedelta(days=1) if created.is_day else created.at
    return created.at - SAME_WITHIN <= at.astimezone(UTC) <= ends + SAME_WITHIN
