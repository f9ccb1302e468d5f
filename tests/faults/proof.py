"""The four assertions that end every case, counted over all its leads.

(a) every lead that was answered 200 is kept, with a delivery to each destination;
(b) every delivery is settled: it was delivered, or failed with a reason that a person sees;
(c) the other side has exactly one record of each lead that was delivered, never a second one, never of nobody;
(d) whatever was sent twice was sent under the same key, and where repeats are not recognised nothing was.
"""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from leads.states import DeliveryState
from tests.faults import rows

FOR_A_PERSON = ("may_have_arrived", "made_workers_stop")


@dataclass(frozen=True)
class Place:
    """A destination, and the receiver's name for it."""

    id: int
    name: str
    recognises_repeats: bool

    @property
    def path(self) -> str:
        return f"/hook/{self.name}"


@dataclass
class Counts:
    """What became of the leads of a case. All of these but the first four must be 0, or what the case allows."""

    accepted: int = 0
    """Answered 200."""
    unanswered: int = 0
    """Got no answer: kept or not."""
    delivered: int = 0
    """Deliveries, of which each lead has one for every destination."""
    repeats: int = 0
    """Sent again under the same key, where repeats are recognised."""
    for_people: int = 0
    lost: int = 0
    waiting: int = 0
    failed: int = 0
    """For any other reason than one that leaves the decision to a person."""
    missing: int = 0
    """Delivered, and the other side has no record."""
    second: int = 0
    """Records too many."""
    foreign: int = 0
    """Records and requests under a key that is not the lead's."""
    doubled: int = 0
    """Sent again where repeats are not recognised, and kept there."""

    def as_strings(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


def add_answers(counts: Counts, answered: dict[str, str], places: list[Place]) -> None:
    """Assertion (a)."""
    found = rows.inbound().filter(id__in=answered).values_list("id", "touches__email", "touches__deliveries")
    kept: dict[str, set[UUID]] = defaultdict(set)
    for receipt, email, delivery_id in found:
        if email == answered[str(receipt)] and delivery_id:
            kept[str(receipt)].add(delivery_id)
    counts.accepted = len(answered)
    counts.lost = sum(len(kept[receipt]) < len(places) for receipt in answered)


def add_place(counts: Counts, place: Place, records: list[dict[str, Any]], requests: list[dict[str, Any]]) -> None:
    """Assertions (b) to (d) for one destination. ``records`` and ``requests`` are what the receiver tells of it."""
    found = rows.deliveries(place.id).values_list("touch_id", "touch__email", "state", "reason")
    emails = {str(touch_id): email for touch_id, email, _state, _reason in found}
    states = Counter(_standing(state, reason) for _touch_id, _email, state, reason in found)
    counts.delivered += states["delivered"]
    counts.for_people += states["for people"]
    counts.failed += states["failed"]
    counts.waiting += states["waiting"]
    keys = {record["key"] for record in records}
    delivered = {str(touch_id) for touch_id, _email, state, _reason in found if state == DeliveryState.DELIVERED}
    counts.missing += len(delivered - keys)
    counts.second += len(records) - len({email_of(record) for record in records})
    counts.foreign += sum(emails.get(record["key"]) != email_of(record) for record in records)
    counts.foreign += sum(emails.get(request["key"]) != request["email"] for request in requests if request["key"])
    again = sum(record["times_received"] - 1 for record in records)
    if place.recognises_repeats:
        counts.repeats += again
    else:
        counts.doubled += again


def _standing(state: str, reason: str) -> str:
    if state == DeliveryState.DELIVERED:
        return "delivered"
    if state == DeliveryState.FAILED:
        return "for people" if reason in FOR_A_PERSON else "failed"
    return "waiting"


def email_of(record: dict[str, Any]) -> str:
    email: str = record["fields"]["body"]["UserDetails"]["Email"]
    return email
