"""A person says which offer a title means, and what came under it follows: touches, leads, deliveries."""

from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from leads import routing
from leads.intake.joining import absorb, join_key, store
from leads.models import Lead, Offer, OfferTitle, Touch
from leads.states import Stage

PAGE = 500


class Mapped(NamedTuple):
    """What followed. ``destination_ids`` have something to send."""

    touches: int
    destination_ids: set[int]


def map_title(title: OfferTitle, offer: Offer | None) -> Mapped:
    """Let the title mean this offer (or none again). A page at a time, so that nothing is locked for long."""
    OfferTitle.objects.filter(pk=title.pk).update(offer=offer)
    count, destination_ids = 0, set[int]()
    while page := list(_not_yet_moved(title, offer)[:PAGE]):
        destination_ids |= _move_page(page, offer)
        count += len(page)
    return Mapped(count, destination_ids)


def _not_yet_moved(title: OfferTitle, offer: Offer | None) -> QuerySet[Touch]:
    touches = Touch.objects.filter(known_title=title).select_related("lead").order_by("id")
    return touches.exclude(offer=offer) if offer else touches.filter(offer__isnull=False)


@transaction.atomic
def _move_page(touches: list[Touch], offer: Offer | None) -> set[int]:
    Touch.objects.filter(id__in=[touch.id for touch in touches]).update(offer=offer)
    for touch in touches:
        touch.offer = offer
    for lead_id in dict.fromkeys(touch.lead_id for touch in touches):
        _move_lead(lead_id, offer)
    return routing.queue_deliveries(touches, routing.load_rules())


def _move_lead(lead_id: UUID, offer: Offer | None) -> None:
    """The lead follows its touches. Where the person has a lead for that offer already and nobody worked on this one,
    its touches join that lead; one that was worked on stays beside it, and takes no more touches."""
    lead = Lead.objects.select_for_update().get(pk=lead_id)
    touches = list(lead.touches.order_by("received_at", "id"))
    key = join_key(touches[-1])
    other = Lead.objects.select_for_update().filter(join_key=key).exclude(pk=lead.pk).first() if key else None
    if other and lead.stage == Stage.NEW:
        _join(lead, touches, other)
        return
    Lead.objects.filter(pk=lead.pk).update(offer=offer, join_key=None if other else key)


def _join(lead: Lead, touches: list[Touch], other: Lead) -> None:
    Touch.objects.filter(lead=lead).update(lead=other)
    for touch in touches:
        absorb(other, touch)
    store([other])
    lead.delete()
