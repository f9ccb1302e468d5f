"""Two leads become one, and two again."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from leads.history.edits import By
from leads.history.undo import TooLate, Undone
from leads.intake import mapping
from leads.intake.interpreting import interpret_waiting
from leads.models import Activity, Change, Delivery, Edit, Endpoint, Lead, LeadPair, Merge, OfferTitle, Task, Touch
from leads.roles import SALES
from leads.sales import activities, contact_facts, owning, steps
from leads.sales.merging import (
    CannotMerge,
    ChangedMeanwhile,
    NotMerged,
    NotTwoAnyMore,
    SplitFirst,
    in_order,
    merge,
    merge_of,
    planned,
    split,
)
from leads.states import ActivityKind, CallOutcome, DeliveryState, EditCause, Stage, TaskKind
from tests.factories import (
    NOON,
    lead_json,
    make_delivery,
    make_endpoint,
    make_inbound,
    make_lead,
    make_offer,
    make_touch,
    make_user,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return make_endpoint()


@pytest.fixture
def colleague(db: None) -> User:
    return make_user(SALES, first_name="Ines")


def post(endpoint: Endpoint, *leads: dict[str, Any], after: int = 0) -> None:
    """One request each, a minute apart."""
    for number, lead in enumerate(leads):
        make_inbound(lead, endpoint=endpoint, received_at=NOON + (after + number) * MINUTE)
    interpret_waiting()


def lead_of(email: str) -> Lead:
    return Lead.objects.get(email=email)


@pytest.fixture
def mina(endpoint: Endpoint) -> Lead:
    post(endpoint, lead_json(Email="mina@fabrikam.example", Company="Fabrikam", Phone="+82 2 1111 1111"))
    return lead_of("mina@fabrikam.example")


@pytest.fixture
def park(mina: Lead, endpoint: Endpoint) -> Lead:
    """The same person, a minute later, from another mailbox."""
    post(endpoint, lead_json(Email="m.park@fabrikam.example", Title="CTO", Phone="+82 2 2222 2222"), after=1)
    return lead_of("m.park@fabrikam.example")


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def rows() -> dict[str, Any]:
    """All that a split brings back, but how often leads were changed, and that they are to be looked at."""
    left_out = ("version", "to_compare")
    return {
        "leads": [{k: v for k, v in row.items() if k not in left_out} for row in Lead.objects.order_by("id").values()],
        "touches": list(Touch.objects.order_by("id").values()),
        "activities": list(Activity.objects.order_by("id").values()),
        "tasks": list(Task.objects.order_by("id").values()),
        "deliveries": list(Delivery.objects.order_by("id").values()),
    }


def worked_on(lead: Lead, user: User) -> None:
    owning.give(By(user), [lead.pk], user)
    activities.log_call(user, lead.pk, CallOutcome.VOICEMAIL, "Called")
    activities.log(user, lead.pk, ActivityKind.NOTE, "A note")
    contact_facts.set_facts(user, lead.pk, {"title": "CEO"})


# --- merging --------------------------------------------------------------------------------------------------------


def test_the_survivor_has_the_newest_of_both_and_all_that_happened(seller: User, mina: Lead, park: Lead) -> None:
    task = steps.plan(seller, park.pk, TaskKind.CALL, NOON)
    note = activities.log(seller, park.pk, ActivityKind.NOTE, "A note")
    delivery = make_delivery(touch=park.touches.get(), state=DeliveryState.DELIVERED)
    touches = set(Touch.objects.values_list("pk", flat=True))
    merge(seller, mina.pk, park.pk)
    lead = fresh(mina)
    assert (lead.email, lead.company, lead.title) == ("m.park@fabrikam.example", "Fabrikam", "CTO")
    assert (lead.phone, lead.phone_key) == ("+82 2 2222 2222", "+82222222222")
    assert (lead.touch_count, lead.first_touch_at, lead.last_touch_at) == (2, NOON, NOON + MINUTE)
    assert set(lead.touches.values_list("pk", flat=True)) == touches
    assert (lead.activities.get(), lead.tasks.get(), lead.next_task_at) == (note, task, NOON)
    assert Delivery.objects.get() == delivery
    assert (fresh(park).merged_into, fresh(park).is_open) == (mina, False)


def test_what_is_empty_or_older_is_not_taken(seller: User, mina: Lead, park: Lead) -> None:
    merge(seller, park.pk, mina.pk)
    lead = fresh(park)
    assert (lead.email, lead.company, lead.title) == ("m.park@fabrikam.example", "Fabrikam", "CTO")


def test_what_a_person_set_wins_over_what_is_newer(seller: User, mina: Lead, park: Lead) -> None:
    contact_facts.set_facts(seller, mina.pk, {"phone": "+82 2 3333 3333"})
    merge(seller, mina.pk, park.pk)
    assert fresh(mina).phone == "+82 2 3333 3333"
    assert fresh(mina).kept_fields.keys() == {"phone"}


def test_what_a_person_set_of_the_absorbed_stays_set(seller: User, mina: Lead, park: Lead, endpoint: Endpoint) -> None:
    contact_facts.set_facts(seller, mina.pk, {"phone": "+82 2 3333 3333"})
    merge(seller, park.pk, mina.pk)
    post(endpoint, lead_json(Email="m.park@fabrikam.example", Phone="+82 2 4444 4444"), after=5)
    assert fresh(park).phone == "+82 2 3333 3333"


def test_whose_values_stand_can_be_chosen(seller: User, mina: Lead, park: Lead) -> None:
    merge(seller, mina.pk, park.pk, parts={"phone"})
    lead = fresh(mina)
    assert (lead.email, lead.phone, lead.title) == ("mina@fabrikam.example", "+82 2 2222 2222", "")


def test_the_sale_that_is_further_goes_on_with_its_clock_and_owner(
    seller: User, colleague: User, mina: Lead, park: Lead
) -> None:
    owning.give(By(colleague), [mina.pk], colleague)
    owning.give(By(seller), [park.pk], seller)
    activities.log_call(seller, park.pk, CallOutcome.REACHED)
    contacted_at = fresh(park).contacted_at
    merge(seller, mina.pk, park.pk)
    lead = fresh(mina)
    assert (lead.stage, lead.contacted_at, lead.owner) == (Stage.CONTACTED, contacted_at, seller)


def test_the_owner_stays_where_the_other_has_none(seller: User, colleague: User, mina: Lead, park: Lead) -> None:
    owning.give(By(colleague), [mina.pk], colleague)
    activities.log_call(seller, park.pk, CallOutcome.REACHED)
    merge(seller, mina.pk, park.pk)
    assert (fresh(mina).owner, fresh(mina).stage) == (colleague, Stage.CONTACTED)


def test_an_open_lead_is_worth_more_than_a_closed_one(seller: User, mina: Lead, park: Lead) -> None:
    Lead.objects.filter(pk=mina.pk).update(stage=Stage.WON)
    merge(seller, mina.pk, park.pk)
    assert (fresh(mina).stage, fresh(mina).is_open) == (Stage.NEW, True)


def test_who_waits_longer_goes_on_waiting(seller: User, mina: Lead, park: Lead) -> None:
    merge(seller, park.pk, mina.pk)
    assert fresh(park).opened_at == NOON


def test_the_next_steps_go_to_who_has_the_lead_and_back(seller: User, colleague: User, mina: Lead, park: Lead) -> None:
    owning.give(By(seller), [mina.pk], seller)
    owning.give(By(colleague), [park.pk], colleague)
    task = steps.plan(colleague, park.pk, TaskKind.CALL, NOON)
    merge(seller, mina.pk, park.pk)
    assert Task.objects.get().assignee == seller
    split(seller, park.pk)
    assert Task.objects.get() == task
    assert Task.objects.get().assignee == colleague


@pytest.mark.parametrize("flag", ["is_dnc", "is_private"])
def test_the_stricter_of_the_two_holds(seller: User, mina: Lead, park: Lead, flag: str) -> None:
    Lead.objects.filter(pk=park.pk).update(**{flag: True})
    merge(seller, mina.pk, park.pk)
    assert getattr(fresh(mina), flag) is True
    split(seller, park.pk)
    assert getattr(fresh(mina), flag) is False


def test_a_test_lead_is_not_merged_with_a_real_one(seller: User) -> None:
    real, test = make_lead(), make_lead(is_test=True)
    for one, other in ((real, test), (test, real), (real, real)):
        with pytest.raises(CannotMerge):
            merge(seller, one.pk, other.pk)
    assert Merge.objects.count() == 0


def test_what_was_changed_after_it_was_compared_is_not_merged(seller: User, mina: Lead, park: Lead) -> None:
    with pytest.raises(ChangedMeanwhile):
        merge(seller, mina.pk, park.pk, versions=(mina.version, park.version + 1))
    merge(seller, mina.pk, park.pk, versions=(mina.version, park.version))


def test_a_lead_is_absorbed_once(seller: User, mina: Lead, park: Lead) -> None:
    merge(seller, mina.pk, park.pk)
    for one, other in ((mina, park), (park, mina)):
        with pytest.raises(NotTwoAnyMore):
            merge(seller, one.pk, other.pk)
    assert Merge.objects.count() == 1


def test_the_older_survives_whoever_asks(mina: Lead, park: Lead) -> None:
    assert in_order(mina, park) == in_order(park, mina) == (mina, park)


def test_open_pairs_of_the_absorbed_are_gone(seller: User, mina: Lead, park: Lead) -> None:
    LeadPair.objects.create(first=mina, second=park, likeness=4)
    merge(seller, mina.pk, park.pk)
    assert not LeadPair.objects.exists()


# --- what comes later -----------------------------------------------------------------------------------------------


def test_new_touches_of_the_absorbed_join_the_survivor(
    seller: User, mina: Lead, park: Lead, endpoint: Endpoint
) -> None:
    merge(seller, mina.pk, park.pk)
    post(endpoint, lead_json(Email="m.park@fabrikam.example", ActionCode="PLT"), after=9)
    post(endpoint, lead_json(Email="mina@fabrikam.example", ActionCode="PLT"), after=10)
    assert (fresh(mina).touch_count, mina.touches.count(), Lead.objects.count()) == (4, 4, 2)
    assert (fresh(park).touch_count, park.touches.count()) == (1, 0)


def test_they_join_through_a_chain(seller: User, mina: Lead, park: Lead, endpoint: Endpoint) -> None:
    post(endpoint, lead_json(Email="mp@fabrikam.example"), after=3)
    third = lead_of("mp@fabrikam.example")
    merge(seller, park.pk, mina.pk)
    merge(seller, third.pk, park.pk)
    assert {fresh(mina).merged_into, fresh(park).merged_into} == {third}
    post(endpoint, lead_json(Email="mina@fabrikam.example", ActionCode="PLT"), after=9)
    assert third.touches.count() == 4


def test_an_absorbed_lead_is_found_by_what_it_was_called(seller: User, mina: Lead, park: Lead) -> None:
    merge(seller, mina.pk, park.pk)
    for word in ("mina@fabrikam", "m.park@fabrikam"):
        assert Lead.objects.shown().search(word).get() == mina
    contact_facts.set_facts(seller, mina.pk, {"company": "Contoso"})
    assert Lead.objects.shown().search("m.park contoso").get() == mina
    split(seller, park.pk)
    assert Lead.objects.search("m.park").get() == park


def test_nothing_changes_an_absorbed_lead(seller: User, mina: Lead, park: Lead) -> None:
    given = owning.give(By(seller), [park.pk], seller)
    merge(seller, mina.pk, park.pk)
    before = Lead.objects.filter(pk=park.pk).values().get()
    assert owning.give(By(seller), [park.pk], None) is None
    assert given is not None
    assert activities.take_back(given, seller) == Undone(0, 1)
    assert contact_facts.set_facts(seller, park.pk, {"phone": "1"}) is None
    assert Lead.objects.filter(pk=park.pk).values().get() == before


def test_what_is_done_with_an_absorbed_lead_is_done_with_the_survivor(seller: User, mina: Lead, park: Lead) -> None:
    """Somebody merged it while the other wrote."""
    merge(seller, mina.pk, park.pk)
    activities.log_call(seller, park.pk, CallOutcome.VOICEMAIL)
    assert (mina.activities.count(), fresh(mina).stage, fresh(mina).next_task_at is None) == (1, Stage.CONTACTED, False)
    steps.plan(seller, park.pk, TaskKind.MAIL, NOON)
    assert (fresh(mina).next_task_at, fresh(park).next_task_at) == (NOON, None)


# --- splitting ------------------------------------------------------------------------------------------------------


def test_a_split_brings_back_every_column_of_every_row(seller: User, colleague: User, mina: Lead, park: Lead) -> None:
    worked_on(mina, seller)
    worked_on(park, colleague)
    make_delivery(touch=park.touches.get(), state=DeliveryState.DELIVERED)
    before = rows()
    merge(seller, mina.pk, park.pk)
    assert rows() != before
    split(colleague, park.pk)
    assert rows() == before
    assert not Merge.objects.exists()


def test_who_left_for_good_hinders_no_split(seller: User, colleague: User, mina: Lead, park: Lead) -> None:
    for lead, user in ((mina, colleague), (park, seller)):
        owning.give(By(user), [lead.pk], user)
        steps.plan(user, lead.pk, TaskKind.CALL, NOON)
    edit = merge(seller, mina.pk, park.pk, parts={"owner"})
    colleague.delete()
    split(seller, park.pk)
    assert (fresh(mina).owner, fresh(park).owner) == (None, seller)
    assert [mina.tasks.get().assignee, park.tasks.get().assignee] == [None, seller]
    assert edit.actor == seller


def test_what_somebody_changed_since_stays(seller: User, colleague: User, mina: Lead, park: Lead) -> None:
    merge(seller, mina.pk, park.pk)
    contact_facts.set_facts(seller, mina.pk, {"phone": "+82 2 9999 9999"})
    owning.give(By(seller), [mina.pk], colleague)
    activities.log_call(seller, mina.pk, CallOutcome.REACHED, "After the merge")
    assert planned(merge_of(park.pk)).stays == ["phone", "owner", "stage"]
    split(seller, park.pk)
    lead = fresh(mina)
    assert (lead.phone, lead.owner, lead.stage) == ("+82 2 9999 9999", colleague, Stage.CONTACTED)
    assert (lead.email, lead.title) == ("mina@fabrikam.example", "")
    assert [note.text for note in mina.activities.all()] == ["After the merge"]
    assert park.activities.count() == 0


def test_what_was_changed_and_undone_is_no_change(seller: User, mina: Lead, park: Lead) -> None:
    before = rows()
    merge(seller, mina.pk, park.pk)
    edit = contact_facts.set_facts(seller, mina.pk, {"title": "Nobody"})
    assert edit is not None
    activities.take_back(edit, seller)
    split(seller, park.pk)
    assert rows() == before


def test_a_touch_that_came_since_goes_to_whom_it_belongs(
    seller: User, mina: Lead, park: Lead, endpoint: Endpoint
) -> None:
    merge(seller, mina.pk, park.pk)
    post(endpoint, lead_json(Email="m.park@fabrikam.example", Phone="+82 2 5555 5555", LastName="Kim"), after=9)
    post(endpoint, lead_json(Email="mina@fabrikam.example", Title="Boss", ActionCode="PLT"), after=10)
    plan = planned(merge_of(park.pk))
    assert [touch.last_name for touch in plan.touches_back] == ["Kim"]
    split(seller, park.pk)
    first, second = fresh(mina), fresh(park)
    assert (first.touch_count, first.touches.count(), first.last_name, first.title) == (2, 2, "Park", "Boss")
    assert (first.phone, first.email) == ("+82 2 1111 1111", "mina@fabrikam.example")
    assert (second.touch_count, second.touches.count(), second.last_name) == (2, 2, "Kim")
    assert (second.phone, second.title) == ("+82 2 5555 5555", "CTO")
    assert (second.last_touch_at, first.last_touch_at) == (NOON + 9 * MINUTE, NOON + 10 * MINUTE)


def test_a_touch_that_reopened_the_one_reopens_not_the_other(
    seller: User, mina: Lead, park: Lead, endpoint: Endpoint
) -> None:
    Lead.objects.update(stage=Stage.WON)
    merge(seller, mina.pk, park.pk)
    post(endpoint, lead_json(Email="m.park@fabrikam.example", ActionCode="PLT"), after=9)
    assert fresh(mina).stage == Stage.NEW
    split(seller, park.pk)
    assert (fresh(mina).stage, fresh(park).stage) == (Stage.WON, Stage.NEW)


def test_the_one_merged_first_can_be_split_first(seller: User, mina: Lead, park: Lead, endpoint: Endpoint) -> None:
    post(endpoint, lead_json(Email="mp@fabrikam.example", Title="Boss"), after=3)
    third = lead_of("mp@fabrikam.example")
    before = rows()
    merge(seller, mina.pk, park.pk)
    merge(seller, mina.pk, third.pk)
    split(seller, park.pk)
    lead = fresh(mina)
    assert (lead.email, lead.title, lead.phone, lead.touch_count) == (
        "mp@fabrikam.example", "Boss", "+82 2 1111 1111", 2,
    )  # fmt: skip
    assert (fresh(park).merged_into, park.touches.count()) == (None, 1)
    split(seller, third.pk)
    assert rows() == before


def test_of_a_chain_the_last_link_is_split_first(seller: User, mina: Lead, park: Lead, endpoint: Endpoint) -> None:
    post(endpoint, lead_json(Email="mp@fabrikam.example"), after=3)
    third = lead_of("mp@fabrikam.example")
    before = rows()
    merge(seller, park.pk, mina.pk)
    merge(seller, third.pk, park.pk)
    with pytest.raises(SplitFirst):
        split(seller, mina.pk)
    split(seller, park.pk)
    assert (fresh(park).merged_into, fresh(mina).merged_into, park.touches.count()) == (None, park, 2)
    split(seller, mina.pk)
    assert rows() == before


def test_a_lead_is_split_once(seller: User, mina: Lead, park: Lead) -> None:
    merge(seller, mina.pk, park.pk)
    split(seller, park.pk)
    for lead in (mina, park):
        with pytest.raises(NotMerged):
            split(seller, lead.pk)


def test_a_merge_is_undone_for_ten_minutes(seller: User, mina: Lead, park: Lead) -> None:
    before = rows()
    edit = merge(seller, mina.pk, park.pk)
    assert activities.take_back(edit, seller) == Undone(2, 0)
    assert rows() == before
    with pytest.raises(TooLate):
        activities.take_back(edit, seller)
    late = merge(seller, mina.pk, park.pk)
    Edit.objects.filter(pk=late.pk).update(at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(TooLate):
        activities.take_back(Edit.objects.get(pk=late.pk), seller)
    split(seller, park.pk)


# --- history --------------------------------------------------------------------------------------------------------


def test_both_tell_of_it_in_their_history(seller: User, mina: Lead, park: Lead) -> None:
    merged = merge(seller, mina.pk, park.pk)
    parted = split(seller, park.pk)
    assert {(edit.cause, edit.actor) for edit in (merged, parted)} == {(EditCause.MERGE, seller)}
    told = Change.objects.filter(field__in=("absorbed", "merged_into")).order_by("edit", "field")
    assert list(told.values_list("edit", "lead", "field", "before", "after")) == [
        (merged.pk, mina.pk, "absorbed", None, str(park.pk)),
        (merged.pk, park.pk, "merged_into", None, str(mina.pk)),
        (parted.pk, mina.pk, "absorbed", str(park.pk), None),
        (parted.pk, park.pk, "merged_into", str(mina.pk), None),
    ]
    fields = set(Change.objects.filter(edit=merged, lead=mina).values_list("field", flat=True))
    assert fields == {"absorbed", "email", "phone", "title"}


def test_a_merge_that_changes_no_value_is_told_all_the_same(seller: User) -> None:
    one, other = make_lead(), make_lead()
    make_touch(one), make_touch(other)
    merge(seller, one.pk, other.pk, parts=())
    assert [change.field for change in Change.objects.filter(lead=one)] == ["absorbed"]


# --- titles that are mapped later -----------------------------------------------------------------------------------


def follow(title: str, offer: Any) -> None:
    mapping.map_title(OfferTitle.objects.get(title=title), offer)
    mapping.follow_titles()


def test_merged_leads_stay_together_when_a_title_of_theirs_is_mapped(
    seller: User, mina: Lead, endpoint: Endpoint
) -> None:
    post(endpoint, lead_json(OfferTitle="Contoso Router"), after=1)
    router = Lead.objects.get(offer_title="Contoso Router")
    merge(seller, mina.pk, router.pk)
    offer = make_offer()
    follow("Contoso Router", offer)
    assert (fresh(mina).touches.count(), Lead.objects.count()) == (2, 2)
    assert (fresh(router).offer, fresh(mina).offer) == (offer, offer)
    post(endpoint, lead_json(OfferTitle="Contoso Router", ActionCode="PLT"), after=9)
    assert (fresh(mina).touch_count, Lead.objects.count()) == (3, 2)
    split(seller, router.pk)
    assert (fresh(router).touch_count, router.touches.count(), fresh(router).offer) == (2, 2, offer)
    assert (fresh(mina).touch_count, mina.touches.count()) == (1, 1)


def test_touches_that_follow_a_title_join_the_lead_that_is_shown(seller: User, endpoint: Endpoint) -> None:
    """The person has a lead for that offer, which became part of another."""
    offer = make_offer()
    bound = make_endpoint(offer=offer)
    post(bound, lead_json(), lead_json(Email="m.park@fabrikam.example"))
    absorbed, survivor = lead_of("mina@fabrikam.example"), lead_of("m.park@fabrikam.example")
    merge(seller, survivor.pk, absorbed.pk)
    post(endpoint, lead_json(OfferTitle="Contoso Router"), after=5)
    follow("Contoso Router", offer)
    assert (fresh(survivor).touch_count, survivor.touches.count(), Lead.objects.count()) == (3, 3, 2)
    split(seller, absorbed.pk)
    assert (fresh(absorbed).touch_count, absorbed.touches.count()) == (2, 2)
