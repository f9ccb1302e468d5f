"""A person says which offer a title means, and what came under it follows: touches, leads, deliveries.

Saying it is one UPDATE; following is work for a task, a page a transaction, since a title may have thousands of touches
and on SQLite a long transaction would keep the webhook waiting.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from leads import routing
from leads.history.by_hand import is_worked_on
from leads.intake.joining import absorb, hold, join_key, store
from leads.models import Destination, Lead, Offer, OfferTitle, Touch
from leads.states import Stage

PAGE = 50
PAGES_AT_ONCE = 20
# A worker that read the title before it was mapped stores touches with the old meaning at most so much later.
LONGEST_INTERPRETING = timedelta(minutes=10)


class Followed(NamedTuple):
    """How many touches moved, which destinations have something to send for it, and whether more may be left."""

    touches: int
    destinations: set[Destination]
    may_be_more: bool


def map_title(title: OfferTitle, offer: Offer | None) -> None:
    """Let the title mean this offer, or none again. ``follow_titles`` does the rest."""
    OfferTitle.objects.filter(pk=title.pk).update(offer=offer, changed_at=Now(), is_followed=False)


def follow_titles(pages: int = PAGES_AT_ONCE) -> Followed:
    """Move touches whose title means another offer by now, up to so many pages."""
    touches, destinations = 0, set[Destination]()
    for title_id in OfferTitle.objects.filter(is_followed=False).order_by("changed_at").values_list("pk", flat=True):
        while pages:
            pages -= 1
            moved, concerned = _move_next_page(title_id)
            touches += moved
            destinations |= concerned
            if not moved:
                break
    return Followed(touches, destinations, may_be_more=not pages)


@transaction.atomic
def _move_next_page(title_id: int) -> tuple[int, set[Destination]]:
    """By what the title means now: somebody may have changed it since the last page."""
    title = OfferTitle.objects.select_for_update(of=("self",)).select_related("offer").filter(pk=title_id).first()
    if title is None:
        return 0, set()
    page = list(_not_yet_moved(title)[:PAGE])
    if not page:
        settled = OfferTitle.objects.filter(pk=title_id, changed_at__lt=Now() - LONGEST_INTERPRETING)
        settled.update(is_followed=True)
        return 0, set()
    return len(page), _move_page(page, title.offer)


def _not_yet_moved(title: OfferTitle) -> QuerySet[Touch]:
    touches = Touch.objects.filter(known_title=title).order_by("id")
    return touches.exclude(offer=title.offer) if title.offer else touches.filter(offer__isnull=False)


def _move_page(touches: list[Touch], offer: Offer | None) -> set[Destination]:
    Touch.objects.filter(id__in=[touch.id for touch in touches]).update(offer=offer)
    before = {touch.id: join_key(touch) for touch in touches}
    for touch in touches:
        touch.offer = offer
    renamed = {before[touch.id]: join_key(touch) for touch in touches}
    for lead_id in dict.fromkeys(touch.lead_id for touch in touches):
        merged = list(Lead.objects.filter(merged_into=lead_id))
        if merged:
            _move_within([Lead.objects.get(pk=lead_id), *merged], touches[0], renamed)
        else:
            _move_lead(lead_id, touches[0].known_title_id, offer)
    return routing.queue_deliveries(touches, routing.load_rules())


def _move_within(merged: list[Lead], touch: Touch, renamed: dict[str | None, str | None]) -> None:
    """Leads that a person merged stay together. Those that came under the title of this touch mean its offer by now, so
    that what comes later still joins them, and they are true when they are split again."""
    for lead in merged:
        if OfferTitle.key_of(lead.offer_title) == OfferTitle.key_of(touch.offer_title):
            Lead.objects.filter(pk=lead.pk).update(offer=touch.offer, to_compare=True)
        key = renamed.get(lead.join_key, lead.join_key)
        if key != lead.join_key:
            is_free = not Lead.objects.filter(join_key=key).exists()
            Lead.objects.filter(pk=lead.pk).update(join_key=key if is_free else None)


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
    other = next((one for one in hold({key}).values() if one != lead), None) if key else None
    if staying:
        _join(leaving, other or _new_lead(leaving, key))
        _keep(lead, staying)
    elif other and lead.stage == Stage.NEW and not is_worked_on(lead):
        _join(touches, other)
        lead.delete()
    else:
        Lead.objects.filter(pk=lead.pk).update(offer=offer, join_key=None if other else key, to_compare=True)


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
