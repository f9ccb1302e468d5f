"""Which offer a touch belongs to: its endpoint's, else the one with the ids in the lead source, else its title's."""

from collections.abc import Iterable, Sequence

from django.db.models.functions import Lower

from leads.models import Offer, OfferTitle, Touch


def identify_offers(touches: Sequence[Touch]) -> None:
    """Set ``offer`` on the touches; a title that names no offer yet is kept for a person to map."""
    for touch in touches:
        touch.offer_id = touch.endpoint.offer_id
    _by_marketplace_ids([touch for touch in touches if not touch.offer_id and touch.offer_id_text])
    _by_title([touch for touch in touches if not touch.offer_id and touch.offer_title])


def _by_marketplace_ids(touches: Sequence[Touch]) -> None:
    if not touches:
        return
    wanted = {touch.offer_id_text.casefold() for touch in touches}
    offers = {
        (offer.publisher_id.casefold(), offer.offer_id.casefold()): offer.pk
        for offer in Offer.objects.annotate(folded=Lower("offer_id")).filter(folded__in=wanted)
    }
    for touch in touches:
        publisher_id, offer_id = touch.publisher_id.casefold(), touch.offer_id_text.casefold()
        touch.offer_id = offers.get((publisher_id, offer_id)) or offers.get(("", offer_id))


def _by_title(touches: Sequence[Touch]) -> None:
    titles = {OfferTitle.key_of(touch.offer_title): touch.offer_title for touch in reversed(touches)}
    if not titles:
        return
    known = _known_titles(titles.keys())
    if missing := titles.keys() - known.keys():
        OfferTitle.objects.bulk_create(
            [OfferTitle(key=key, title=titles[key]) for key in sorted(missing)], ignore_conflicts=True
        )
        known |= _known_titles(missing)
    for touch in touches:
        touch.known_title = known[OfferTitle.key_of(touch.offer_title)]
        touch.offer_id = touch.known_title.offer_id


def _known_titles(keys: Iterable[str]) -> dict[str, OfferTitle]:
    return OfferTitle.objects.in_bulk(list(keys), field_name="key")
