"""A person says which offer a title means, and what came under it follows: touches, leads, deliveries."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from leads import routing
from leads.intake.joining import absorb, join_key, store
from leads.models import Destination, Lead, Offer, OfferTitle, Touch
from leads.states import Stage

PAGE = 50


class Mapped(NamedTuple):
    """What followed. ``destinations`` have something to send."""

    touches: int
    destinations: set[Destination]


def map_title(title: OfferTitle, offer: Offer | None) -> Mapped:
    """Let the title mean this offer (or none again). A page at a time, so that nothing is locked for long."""
    OfferTitle.objects.filter(pk=title.pk).update(offer=offer)
    count, destinations = 0, set[Destination]()
    while page := list(_not_yet_moved(title, offer)[:PAGE]):
        destinations |= _move_page(page, offer)
        count += len(page)
    return Mapped(count, destinations)


def _not_yet_moved(title: OfferTitle, offer: Offer | None) -> QuerySet[Touch]:
    touches = Touch.objects.filter(known_title=title).order_by("id")
    return touches.exclude(offer=offer) if offer else touches.filter(offer__isnull=False)


@transaction.atomic
def _move_page(touches: list[Touch], offer: Offer | None) -> set[Destination]:
    Touch.objects.filter(id__in=[touch.id for touch in touches]).update(offer=offer)
    for touch in touches:
        touch.offer = offer
    for lead_id in dict.fromkeys(touch.lead_id for touch in touches):
        _move_lead(lead_id, touches[0].known_title_id, offer)
    return routing.queue_deliveries(touches, routing.load_rules())


def _move_lead(lead_id: UUID, title_id: int | None, offer: Offer | None) -> None:
    """The lead follows its touches. Those that join a lead which the person has for that offer already leave it: all of
    them where nobody worked on it, else it stays beside the other and takes no more. Where it has touches for another
    offer too, which came under another title, those stay with it."""
    lead = Lead.objects.select_for_update().get(pk=lead_id)
    touches = list(lead.touches.order_by("received_at", "id"))
    leaving = [touch for touch in touches if touch.known_title_id == title_id]
    for touch in leaving:
        touch.offer = offer
    staying = [touch for touch in touches if touch.offer_id != (offer.pk if offer else None)]
    key = join_key(leaving[-1])
    other = Lead.objects.select_for_update().filter(join_key=key).exclude(pk=lead.pk).first() if key else None
    if staying:
        _join(leaving, other or _new_lead(leaving, key))
        _keep(lead, staying)
    elif other and lead.stage == Stage.NEW:
        _join(touches, other)
        lead.delete()
    else:
        Lead.objects.filter(pk=lead.pk).update(offer=offer, join_key=None if other else key)


def _new_lead(touches: Sequence[Touch], key: str | None) -> Lead:
    return Lead(join_key=key, first_touch_at=touches[0].received_at, last_touch_at=touches[0].received_at)


def _join(touches: Sequence[Touch], other: Lead) -> None:
    for touch in touches:
        absorb(other, touch)
    store([other])
    Touch.objects.filter(id__in=[touch.id for touch in touches]).update(lead=other)


def _keep(lead: Lead, touches: Sequence[Touch]) -> None:
    """The lead goes on with these alone. Its person and stage stay as they are: sales may have worked on them."""
    newest = touches[-1]
    lead.touch_count = len(touches)
    lead.first_touch_at, lead.last_touch_at = touches[0].received_at, newest.received_at
    lead.offer_title, lead.source, lead.action = newest.offer_title, newest.source, newest.action
    lead.is_dnc = newest.is_dnc
    store([lead])
