"""Which offer a touch belongs to, and what follows when a person says what a title means."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.db.models.functions import Now

from leads.intake import mapping
from leads.intake.interpreting import interpret_waiting
from leads.intake.mapping import PAGE, Followed, follow_titles
from leads.models import Delivery, Endpoint, Lead, Offer, OfferTitle, Touch
from leads.sales.activities import log
from leads.sales.owning import take
from leads.sales.steps import plan
from leads.states import ActivityKind, DeliveryState, Stage, TaskKind
from tests.factories import (
    NOON,
    lead_json,
    make_destination,
    make_endpoint,
    make_inbound,
    make_offer,
    make_route,
    make_title,
    make_user,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def endpoint() -> Endpoint:
    return make_endpoint()


def post(endpoint: Endpoint, *leads: dict[str, Any]) -> None:
    for number, lead in enumerate(leads):
        make_inbound(lead, endpoint=endpoint, received_at=NOON + number * MINUTE)
    interpret_waiting()


def rows_of(rows: QuerySet[Any], *names: str) -> list[Any]:
    return list(rows.order_by("pk").values_list(*names))


def title_of(text: str = "Contoso Firewall") -> OfferTitle:
    return OfferTitle.objects.get(key=OfferTitle.key_of(text))


def map_title(title: OfferTitle, offer: Offer | None) -> Followed:
    """A person says it, and the task does its work."""
    mapping.map_title(title, offer)
    return follow_titles()


# --- Recognising ----------------------------------------------------------------------------------------------------


def test_the_offer_of_the_endpoint_counts_before_everything_else() -> None:
    bound, other = make_offer(), make_offer(publisher_id="contoso", offer_id="firewall")
    make_title("Contoso Firewall", other)
    post(make_endpoint(offer=bound), lead_json(LeadSource="AzureMarketplace-INS|contoso.firewall"))
    assert Touch.objects.get().offer == bound
    assert Touch.objects.get().known_title is None


def test_the_ids_in_the_lead_source_count_before_the_title(endpoint: Endpoint) -> None:
    by_id, by_title = make_offer(publisher_id="Contoso", offer_id="FireWall"), make_offer()
    make_title("Contoso Firewall", by_title)
    post(endpoint, lead_json(LeadSource="AzureMarketplace-INS|contoso.firewall"))
    assert Touch.objects.get().offer == by_id
    assert Lead.objects.get().offer == by_id


def test_an_offer_without_publisher_takes_the_offer_id_of_any_but_its_own_publisher_first(endpoint: Endpoint) -> None:
    any_publisher, fabrikam = make_offer(offer_id="firewall"), make_offer(publisher_id="fabrikam", offer_id="firewall")
    post(
        endpoint,
        lead_json(LeadSource="AzureMarketplace-INS|contoso.firewall"),
        lead_json(LeadSource="AzureMarketplace-INS|fabrikam.firewall"),
    )
    assert rows_of(Touch.objects.all(), "offer") == [(any_publisher.pk,), (fabrikam.pk,)]


def test_ids_that_nobody_entered_leave_it_to_the_title(endpoint: Endpoint) -> None:
    offer = make_offer()
    make_title("Contoso Firewall", offer)
    post(endpoint, lead_json(LeadSource="AzureMarketplace-INS|contoso.unheard-of"))
    assert Touch.objects.get().offer == offer


def test_a_mapped_title_names_its_offer_in_any_letter_case(endpoint: Endpoint) -> None:
    offer = make_offer()
    title = make_title("Contoso Firewall", offer)
    post(endpoint, lead_json(OfferTitle="CONTOSO  firewall"))
    assert (Touch.objects.get().offer, Touch.objects.get().known_title) == (offer, title)
    assert OfferTitle.objects.count() == 1


def test_an_unknown_title_waits_for_a_person_as_it_was_written_first(endpoint: Endpoint) -> None:
    post(endpoint, lead_json(), lead_json(OfferTitle="contoso firewall"), lead_json(OfferTitle="Contoso Router"))
    titles = rows_of(OfferTitle.objects.all(), "title", "offer")
    assert sorted(titles) == [("Contoso Firewall", None), ("Contoso Router", None)]
    assert set(Touch.objects.values_list("offer", flat=True)) == {None}


def test_without_title_and_ids_there_is_no_offer_and_nothing_to_map(endpoint: Endpoint) -> None:
    post(endpoint, lead_json(OfferTitle=""))
    assert Touch.objects.get().offer is None
    assert not OfferTitle.objects.exists()


# --- Mapping --------------------------------------------------------------------------------------------------------


def test_touches_lead_and_deliveries_follow_a_title_that_is_mapped(endpoint: Endpoint) -> None:
    offer, destination = make_offer(), make_destination()
    make_route(destination, offer)
    post(endpoint, lead_json(), lead_json(ActionCode="PLT"), lead_json(OfferTitle="Contoso Router"))
    assert not Delivery.objects.exists()

    mapped = map_title(title_of(), offer)

    assert mapped == Followed(2, {destination}, may_be_more=False)
    touches = Touch.objects.filter(offer=offer)
    assert set(touches.values_list("action", flat=True)) == {"INS", "PLT"}
    assert Lead.objects.get(offer=offer).touch_count == 2
    assert Touch.objects.get(offer_title="Contoso Router").offer is None
    assert set(Delivery.objects.values_list("touch", "state")) == {(touch.id, "queued") for touch in touches}


def test_later_touches_join_the_lead_that_followed(endpoint: Endpoint) -> None:
    offer = make_offer()
    post(endpoint, lead_json())
    map_title(title_of(), offer)
    make_inbound(lead_json(ActionCode="PLT"), endpoint=endpoint, received_at=NOON + MINUTE)
    interpret_waiting()
    assert rows_of(Lead.objects.all(), "offer", "touch_count") == [(offer.pk, 2)]


def test_mapping_twice_changes_nothing_the_second_time(endpoint: Endpoint) -> None:
    offer, destination = make_offer(), make_destination()
    make_route(destination, offer)
    post(endpoint, lead_json())
    assert map_title(title_of(), offer).touches == 1
    assert map_title(title_of(), offer) == Followed(0, set(), may_be_more=False)
    assert Delivery.objects.count() == 1


def test_a_delivery_that_exists_stays_as_it_is_when_its_title_is_mapped(endpoint: Endpoint) -> None:
    destination = make_destination()
    make_route(destination)
    post(endpoint, lead_json())
    Delivery.objects.update(state=DeliveryState.CANCELLED)
    map_title(title_of(), make_offer())
    assert Delivery.objects.get().state == DeliveryState.CANCELLED


def test_touches_of_people_without_address_follow_too(endpoint: Endpoint) -> None:
    offer = make_offer()
    post(endpoint, lead_json(Email=""), lead_json(Email="", FirstName="Jun"))
    assert map_title(title_of(), offer).touches == 2
    assert rows_of(Lead.objects.all(), "offer", "touch_count", "join_key") == [(offer.pk, 1, None)] * 2


def test_more_touches_than_a_page_follow_all(endpoint: Endpoint) -> None:
    offer = make_offer()
    people = [lead_json(Email=f"p{number}@fabrikam.example") for number in range(PAGE + 3)]
    make_inbound(people, endpoint=endpoint)
    make_inbound([lead_json(Description=str(number)) for number in range(PAGE + 3)], endpoint=endpoint)
    interpret_waiting()
    assert map_title(title_of(), offer).touches == 2 * PAGE + 6
    assert not Touch.objects.exclude(offer=offer).exists()
    assert Lead.objects.filter(offer=offer).count() == PAGE + 4
    assert Lead.objects.get(email="mina@fabrikam.example").touch_count == PAGE + 3


def test_the_touches_join_the_lead_that_the_person_has_for_the_offer(endpoint: Endpoint) -> None:
    offer = make_offer()
    make_inbound(lead_json(Company="Fabrikam"), endpoint=make_endpoint(offer=offer), received_at=NOON)
    post(endpoint, lead_json(ActionCode="PLT"))
    map_title(title_of(), offer)
    lead = Lead.objects.get()
    assert (lead.offer, lead.touch_count, lead.company) == (offer, 2, "Fabrikam")
    assert Touch.objects.filter(lead=lead).count() == 2


def test_a_lead_that_was_worked_on_stays_beside_the_other_and_takes_no_more(endpoint: Endpoint) -> None:
    offer = make_offer()
    bound = make_endpoint(offer=offer)
    make_inbound(lead_json(), endpoint=bound, received_at=NOON)
    post(endpoint, lead_json(ActionCode="PLT"))
    worked_on = Touch.objects.get(action="PLT").lead
    Lead.objects.filter(pk=worked_on.pk).update(stage=Stage.CONTACTED)

    map_title(title_of(), offer)

    worked_on.refresh_from_db()
    assert (worked_on.offer, worked_on.stage, worked_on.touch_count, worked_on.join_key) == (
        offer,
        "contacted",
        1,
        None,
    )
    make_inbound(lead_json(ActionCode="Create"), endpoint=bound, received_at=NOON + MINUTE)
    interpret_waiting()
    assert Lead.objects.exclude(pk=worked_on.pk).get().touch_count == 2
    assert Lead.objects.get(pk=worked_on.pk).touch_count == 1


@pytest.mark.parametrize("work", ["note", "task", "owner"])
def test_a_new_lead_with_which_somebody_did_something_is_not_deleted(endpoint: Endpoint, work: str) -> None:
    offer, ann = make_offer(), make_user()
    make_inbound(lead_json(), endpoint=make_endpoint(offer=offer), received_at=NOON)
    post(endpoint, lead_json(ActionCode="PLT"))
    lead = Touch.objects.get(action="PLT").lead
    if work == "note":
        log(ann, lead.pk, ActivityKind.NOTE, "Called twice")
    elif work == "task":
        plan(ann, lead.pk, TaskKind.CALL, NOON)
    else:
        take(ann, lead.pk)

    map_title(title_of(), offer)

    lead.refresh_from_db()
    assert (lead.offer, lead.stage, lead.join_key, lead.touch_count) == (offer, Stage.NEW, None, 1)
    assert (lead.activities.count(), lead.tasks.count()) == (int(work == "note"), int(work == "task"))


# --- Mapping again --------------------------------------------------------------------------------------------------


def test_a_title_mapped_to_another_offer_takes_its_lead_along(endpoint: Endpoint) -> None:
    wrong, right = make_offer(), make_offer()
    post(endpoint, lead_json())
    map_title(title_of(), wrong)
    assert map_title(title_of(), right).touches == 1
    assert Lead.objects.get().offer == right
    assert Touch.objects.get().offer == right
    assert title_of().offer == right


def test_a_title_that_is_unmapped_leaves_its_touches_without_offer(endpoint: Endpoint) -> None:
    post(endpoint, lead_json())
    map_title(title_of(), make_offer())
    assert map_title(title_of(), None).touches == 1
    assert (Touch.objects.get().offer, Lead.objects.get().offer, title_of().offer) == (None, None, None)
    make_inbound(lead_json(ActionCode="PLT"), endpoint=endpoint, received_at=NOON + MINUTE)
    interpret_waiting()
    assert Lead.objects.get().touch_count == 2


@pytest.fixture
def shared(endpoint: Endpoint) -> Offer:
    """An offer with one lead, whose touches came under two titles."""
    offer = make_offer()
    make_title("Contoso Firewall", offer)
    make_title("Contoso Firewall Pro", offer)
    post(
        endpoint,
        lead_json(ActionCode="Create"),
        lead_json(OfferTitle="Contoso Firewall Pro"),
        lead_json(ActionCode="PLT", Company="Fabrikam"),
    )
    assert Lead.objects.get().touch_count == 3
    return offer


@pytest.mark.parametrize("to_another", [True, False], ids=["mapped", "unmapped"])
def test_touches_that_came_under_another_title_stay_with_their_lead(shared: Offer, to_another: bool) -> None:
    other = make_offer() if to_another else None
    assert map_title(title_of(), other).touches == 2

    staying = Lead.objects.get(offer=shared)
    assert (staying.touch_count, staying.offer_title, staying.action) == (1, "Contoso Firewall Pro", "INS")
    assert (staying.first_touch_at, staying.last_touch_at) == (NOON + MINUTE, NOON + MINUTE)
    assert [touch.offer for touch in staying.touches.all()] == [shared]

    left = Lead.objects.exclude(pk=staying.pk).get()
    assert (left.offer, left.touch_count, left.company, left.action) == (other, 2, "Fabrikam", "PLT")
    assert (left.first_touch_at, left.last_touch_at, left.stage) == (NOON, NOON + 2 * MINUTE, Stage.NEW)
    assert {touch.offer for touch in left.touches.all()} == {other}


def test_after_a_lead_was_parted_each_offer_goes_on_with_its_own(shared: Offer, endpoint: Endpoint) -> None:
    other = make_offer()
    map_title(title_of(), other)
    again = (lead_json(Description="again"), lead_json(OfferTitle="Contoso Firewall Pro", Description="again"))
    for lead in again:
        make_inbound(lead, endpoint=endpoint, received_at=NOON + timedelta(hours=1))
    interpret_waiting()
    assert dict(rows_of(Lead.objects.all(), "offer", "touch_count")) == {shared.pk: 2, other.pk: 3}


def test_parting_a_lead_and_mapping_back_makes_one_lead_again(shared: Offer) -> None:
    map_title(title_of(), make_offer())
    map_title(title_of(), shared)
    lead = Lead.objects.get()
    assert (lead.offer, lead.touch_count) == (shared, 3)
    assert (lead.first_touch_at, lead.last_touch_at, lead.company) == (NOON, NOON + 2 * MINUTE, "Fabrikam")


def test_the_touches_of_a_parted_lead_join_the_one_that_is_there(shared: Offer) -> None:
    other = make_offer()
    make_inbound(lead_json(Description="direct"), endpoint=make_endpoint(offer=other), received_at=NOON)
    interpret_waiting()
    map_title(title_of(), other)
    assert dict(rows_of(Lead.objects.all(), "offer", "touch_count")) == {shared.pk: 1, other.pk: 3}


# --- Following, a page at a time ------------------------------------------------------------------------------------


def test_a_task_moves_so_many_pages_and_says_that_more_are_left(endpoint: Endpoint) -> None:
    offer = make_offer()
    make_inbound([lead_json(Description=str(number)) for number in range(PAGE + 1)], endpoint=endpoint)
    interpret_waiting()
    mapping.map_title(title_of(), offer)
    assert follow_titles(pages=1)[::2] == (PAGE, True)
    assert follow_titles(pages=9)[::2] == (1, False)
    assert not Touch.objects.exclude(offer=offer).exists()


def test_who_maps_last_decides_and_both_end(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    first, last = make_offer(), make_offer()
    make_inbound([lead_json(Description=str(number)) for number in range(PAGE + 1)], endpoint=endpoint)
    interpret_waiting()
    mapping.map_title(title_of(), first)
    move_page = mapping._move_page
    mapped_again: list[bool] = []

    def move_then_map(page: list[Touch], offer: Offer | None) -> Any:
        moved = move_page(page, offer)
        if not mapped_again:
            mapped_again.append(True)
            mapping.map_title(title_of(), last)
        return moved

    monkeypatch.setattr(mapping, "_move_page", move_then_map)
    assert follow_titles().touches == PAGE + PAGE + 1
    assert {touch.offer_id for touch in Touch.objects.all()} == {last.pk}


def test_a_touch_stored_with_the_old_meaning_follows_too(endpoint: Endpoint) -> None:
    """A worker had read the title before it was mapped, and stored what it made of it afterwards."""
    offer = make_offer()
    post(endpoint, lead_json())
    map_title(title_of(), offer)
    Touch.objects.update(offer=None)
    assert follow_titles().touches == 1
    assert Touch.objects.get().offer == offer


def test_a_title_is_looked_after_until_no_worker_can_store_the_old_meaning(endpoint: Endpoint) -> None:
    post(endpoint, lead_json())
    map_title(title_of(), make_offer())
    assert title_of().is_followed is False
    OfferTitle.objects.update(changed_at=Now() - mapping.LONGEST_INTERPRETING - MINUTE)
    follow_titles()
    assert title_of().is_followed is True


def test_a_title_that_no_index_could_hold_stops_nobody(endpoint: Endpoint) -> None:
    """1,000 characters that do not compress are more than an index row of PostgreSQL takes."""
    characters = random.Random(7).sample(range(0x4E00, 0x9FA5), 1000)
    title = "".join(map(chr, characters))
    post(endpoint, lead_json(OfferTitle=title), lead_json())
    assert {kept.title for kept in OfferTitle.objects.all()} == {title, "Contoso Firewall"}
    assert Touch.objects.count() == 2
