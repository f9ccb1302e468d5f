"""Offers, and the titles that a person maps to them in the list: what came under a title follows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leads.intake.joining import join_key
from leads.intake.mapping import follow_titles
from leads.models import Delivery, Lead, Offer, OfferTitle, Touch
from tests.factories import (
    make_destination,
    make_endpoint,
    make_lead,
    make_offer,
    make_route,
    make_title,
    make_touch,
)
from tests.leads.admin.places import address_of, page_of
from tests.leads.admin.shown import messages_of

pytestmark = pytest.mark.django_db

TITLES = "/admin/leads/offertitle/"


def choose(client: Client, chosen: dict[OfferTitle, Offer | None]) -> Any:
    """Choose an offer beside each title, and save once."""
    shown = list(client.get(TITLES).context["cl"].result_list)
    posted: dict[str, Any] = {"form-TOTAL_FORMS": len(shown), "form-INITIAL_FORMS": len(shown), "_save": "Save"}
    for position, title in enumerate(shown):
        offer = chosen.get(title, title.offer)
        posted |= {f"form-{position}-id": title.pk, f"form-{position}-offer": offer.pk if offer else ""}
        posted[f"initial-form-{position}-offer"] = title.offer_id or ""
    return client.post(TITLES, posted, follow=True)


def touch_under(title: OfferTitle, **lead: Any) -> Touch:
    touch = make_touch(make_lead(offer_title=title.title, **lead), known_title=title, offer_title=title.title)
    Lead.objects.filter(pk=touch.lead_id).update(join_key=join_key(touch))
    return touch


def test_titles_without_an_offer_come_first(ops: Client) -> None:
    mapped, unmapped = make_title("A mapped one", make_offer()), make_title("Z unmapped")
    assert list(ops.get(TITLES).context["cl"].result_list) == [unmapped, mapped]


def test_touches_leads_and_deliveries_follow_a_mapped_title(
    ops: Client, hinted: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    offer, title = make_offer(), make_title("Contoso Firewall")
    destination = make_destination()
    make_route(destination, offer)
    touches = [touch_under(title, email=f"p{number}@fabrikam.example") for number in range(2)]
    other = make_touch()
    with django_capture_on_commit_callbacks(execute=True):
        choose(ops, {title: offer})
    title.refresh_from_db()
    assert title.offer == offer
    assert hinted == ["follow_titles"]
    assert not Touch.objects.filter(offer=offer).exists()
    follow_titles()
    assert set(Touch.objects.filter(offer=offer)) == set(touches)
    assert set(Lead.objects.filter(offer=offer)) == {touch.lead for touch in touches}
    assert {(row.touch, row.destination) for row in Delivery.objects.all()} == {
        (touch, destination) for touch in touches
    }
    other.refresh_from_db()
    assert (other.offer, other.lead.offer) == (None, None)


def test_several_titles_are_mapped_at_once_and_the_others_stay(ops: Client) -> None:
    first, second, third = make_title("One"), make_title("Two"), make_title("Three")
    one, two = make_offer(), make_offer()
    touch_under(first)
    answer = choose(ops, {first: one, second: two})
    assert {title.title: title.offer for title in OfferTitle.objects.all()} == {"One": one, "Two": two, "Three": None}
    assert messages_of(answer) == ["2 offer titles were changed successfully."]
    assert third.offer is None


def test_a_title_that_is_unmapped_again_gives_its_touches_back(ops: Client) -> None:
    offer, title = make_offer(), make_title("Contoso Firewall")
    touch = touch_under(title)
    choose(ops, {title: offer})
    follow_titles()
    choose(ops, {title: None})
    follow_titles()
    touch.refresh_from_db()
    title.refresh_from_db()
    assert (touch.offer, title.offer) == (None, None)


def test_saving_the_list_unchanged_moves_nothing(ops: Client, hinted: list[str]) -> None:
    touch = touch_under(make_title("Contoso Firewall", make_offer()))
    choose(ops, {})
    follow_titles()
    touch.refresh_from_db()
    assert touch.offer is None
    assert hinted == []


def test_a_title_can_be_mapped_on_its_own_page(owner: Client) -> None:
    offer, title = make_offer(), make_title("Contoso Firewall")
    touch = touch_under(title)
    owner.post(page_of(title), {"offer": offer.pk})
    follow_titles()
    touch.refresh_from_db()
    assert touch.offer == offer


def test_a_title_can_be_entered_before_its_first_lead(owner: Client) -> None:
    offer = make_offer()
    owner.post(address_of("leads_offertitle_add"), {"title": "Contoso  Firewall", "offer": offer.pk})
    title = OfferTitle.objects.get()
    assert (title.key, title.offer) == (OfferTitle.key_of("contoso firewall"), offer)


def test_the_same_title_in_other_letters_is_refused_beside_its_field(owner: Client) -> None:
    make_title("Contoso Firewall")
    answer = owner.post(address_of("leads_offertitle_add"), {"title": "CONTOSO  firewall"})
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["title"]
    assert OfferTitle.objects.count() == 1


def test_an_offer_shows_the_titles_that_mean_it(owner: Client) -> None:
    offer = make_offer()
    make_title("Contoso Firewall", offer)
    make_title("Another one")
    page = owner.get(page_of(offer)).text
    assert "Contoso Firewall" in page
    assert "Another one" not in page


def test_two_offers_cannot_have_the_same_ids(owner: Client) -> None:
    make_offer(publisher_id="contoso", offer_id="firewall")
    posted = {"name": "Second", "publisher_id": "Contoso", "offer_id": "FIREWALL"}
    inline = {f"titles-{part}": 0 for part in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = owner.post(address_of("leads_offer_add"), posted | inline)
    assert "There is an offer with this publisher ID and offer ID already." in answer.text
    assert Offer.objects.count() == 1


USES: dict[str, Callable[[Offer], Any]] = {
    "route": lambda offer: make_route(make_destination(), offer),
    "endpoint": lambda offer: make_endpoint(offer=offer),
    "lead": lambda offer: make_lead(offer=offer),
    "touch": lambda offer: make_touch(offer=offer),
}


@pytest.mark.parametrize("use", USES)
def test_an_offer_in_use_cannot_be_deleted(owner: Client, use: str) -> None:
    offer = make_offer()
    USES[use](offer)
    assert owner.post(page_of(offer).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert Offer.objects.filter(pk=offer.pk).exists()


def test_an_offer_that_nothing_uses_is_deleted_and_its_titles_wait_again(owner: Client) -> None:
    offer = make_offer()
    title = make_title("Contoso Firewall", offer)
    owner.post(page_of(offer).replace("change", "delete"), {"post": "yes"})
    title.refresh_from_db()
    assert (Offer.objects.count(), title.offer) == (0, None)
