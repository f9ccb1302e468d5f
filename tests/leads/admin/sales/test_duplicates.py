"""Leads that may be one: on the card, on their page, compared, merged, split again."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.admin.navigation import badge_text
from leads.found_by import set_found_by
from leads.history.edits import By
from leads.models import Activity, Delivery, Lead, LeadPair, Merge
from leads.roles import OPS, SALES, SALES_LEAD
from leads.sales import activities, contact_facts, owning, steps
from leads.sales.duplicates import MOST, compare_waiting
from leads.sales.merging import merge, split
from leads.states import ActivityKind, Stage, TaskKind
from tests.factories import NOON, make_delivery, make_lead, make_offer, make_team, make_touch, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.shown import links_on, messages_of, undo_on

pytestmark = pytest.mark.django_db

WICKED = '"><script>alert(1)</script>'
PAGE = "/admin/leads/lead/duplicates/"


@pytest.fixture
def seller(db: None) -> User:
    return make_user(SALES, is_staff=True, first_name="Tom", last_name="Becker")


@pytest.fixture
def tom(enter: Enter, seller: User) -> Client:
    return enter(user=seller)


def lead(email: str = "mina@fabrikam.example", **values: Any) -> Lead:
    """With its keys and a touch, as intake stores it."""
    made = make_lead(email=email, **values)
    set_found_by(made)
    made.save()
    make_touch(made)
    return made


def two(**values: Any) -> tuple[Lead, Lead]:
    return lead(first_touch_at=NOON), lead(**values)


def compare_page(one: Lead, other: Lead) -> str:
    return address_of("leads_lead_merge", one.pk, other.pk)


def post_merge(client: Client, one: Lead, other: Lead, **posted: Any) -> Any:
    versions = {"version": [one.version, other.version]}
    return client.post(compare_page(one, other), versions | posted, follow=True)


def text_of(answer: Any) -> str:
    """Of the page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


# --- on the card ----------------------------------------------------------------------------------------------------


def test_the_card_asks_about_a_lead_that_may_be_the_same(tom: Client) -> None:
    one, other = two(company="Contoso")
    for shown, suspect in ((one, other), (other, one)):
        page = tom.get(page_of(shown))
        assert "This lead may be there twice." in text_of(page)
        assert "Same e-mail: very likely one lead" in text_of(page)
        assert page_of(suspect) in links_on(page, "Mina Park")
        assert links_on(page, "Compare") == [compare_page(one, other)]


def test_another_interest_of_the_person_is_told_and_no_alarm(tom: Client) -> None:
    one, other = two(offer=make_offer(name="Router"))
    page = tom.get(page_of(one))
    assert "may be there twice" not in page.text
    assert "Same person, another offer: two interests of one person" in text_of(page)
    assert links_on(page, "Compare") == [compare_page(one, other)]


def test_a_number_of_very_many_is_said_to_tell_nothing(tom: Client) -> None:
    leads = [lead(f"p{number}@x.example", phone="+82 2 1111 1111") for number in range(MOST + 2)]
    page = tom.get(page_of(leads[0]))
    assert "Very many leads have this phone number" in page.text
    assert links_on(page, "Compare") == []


def test_who_only_looks_is_asked_nothing(enter: Enter) -> None:
    one, _other = two()
    assert "may be there twice" not in enter(OPS).get(page_of(one)).text


def test_a_name_that_is_held_back_is_not_told_as_alike(tom: Client, enter: Enter) -> None:
    one, private = two(is_private=True)
    assert "may be there twice" not in tom.get(page_of(one)).text
    assert "may be there twice" not in tom.get(page_of(private)).text
    assert "may be there twice" in enter(SALES_LEAD).get(page_of(one)).text


def test_not_a_duplicate_is_said_with_one_press_and_taken_back_with_one(tom: Client, seller: User) -> None:
    one, other = two()
    answer = tom.post(button_of(one, "not_duplicate"), {"other": other.pk}, follow=True)
    assert messages_of(answer) == ["Noted: they are not one. Nobody is asked again."]
    assert "may be there twice" not in answer.text
    assert LeadPair.objects.get().dismissed_by == seller
    address, fields = undo_on(answer)
    back = tom.post(address, fields, follow=True)
    assert messages_of(back) == ["They may be one again."]
    assert "may be there twice" in back.text


@pytest.mark.parametrize("other", ["", "x", "0" * 32, "\0"])
def test_what_is_no_lead_is_no_duplicate(tom: Client, other: str) -> None:
    one, _other = two()
    for button in ("not_duplicate", "suspect_again"):
        assert tom.post(button_of(one, button), {"other": other}).status_code == 302
    assert not LeadPair.objects.exists()


def test_the_card_asks_no_more_for_many_that_are_alike(tom: Client, seller: User) -> None:
    one, counts = lead(), []
    for number in range(MOST):
        lead()
        if number in (1, MOST - 1):
            tom.get(page_of(one))
            with CaptureQueriesContext(connection) as captured:
                tom.get(page_of(one))
            counts.append(len(captured))
    assert counts[0] == counts[1]


# --- the page of duplicates -------------------------------------------------------------------------------------------


def test_the_page_lists_the_pairs_with_their_reason(tom: Client) -> None:
    one, other = two()
    person = lead(offer=make_offer(name="Router"))
    compare_waiting()
    page = tom.get(PAGE)
    assert "Same e-mail very likely one lead" in text_of(page)
    assert links_on(page, "Compare") == [f"{compare_page(one, other)}?next=%2Fadmin%2Fleads%2Flead%2Fduplicates%2F"]
    assert page_of(person) not in page.text
    persons = tom.get(f"{PAGE}?kind=person")
    assert "so these are two by design" in persons.text
    assert persons.text.count(f'href="{page_of(person)}"') == 2


def test_an_empty_page_is_good_news(tom: Client) -> None:
    assert "No two leads look like one." in tom.get(PAGE).text
    assert "Nobody has leads for two offers." in tom.get(f"{PAGE}?kind=person").text


@pytest.mark.parametrize("query", ["?page=x", "?page=99999", "?page=-1", "?kind=x", "?page=%00"])
def test_odd_addresses_show_a_page(tom: Client, query: str) -> None:
    assert tom.get(PAGE + query).status_code == 200


def test_the_sidebar_counts_what_is_likely(tom: Client, seller: User) -> None:
    two()
    lead(offer=make_offer())
    compare_waiting()
    assert badge_text("duplicates", seller) == "1"
    assert "Duplicates" in tom.get(PAGE).text.split("<main")[0]


def test_a_pair_of_which_one_is_not_seen_is_on_no_page(enter: Enter) -> None:
    mate, stranger = make_user(SALES, is_staff=True), make_user(SALES, is_staff=True)
    make_team(mate), make_team(stranger)
    one, other = lead(owner=mate), lead(owner=stranger)
    compare_waiting()
    client = enter(user=mate)
    assert page_of(one) not in client.get(PAGE).text
    assert "may be there twice" not in client.get(page_of(one)).text
    assert client.get(compare_page(one, other)).status_code == 302
    assert not post_merge(client, one, other).context.get("survivor")
    assert Merge.objects.count() == 0


def test_the_page_asks_no_more_for_many_pairs(tom: Client) -> None:
    counts = []
    for number in range(12):
        lead(f"p{number}@x.example", owner=make_user()), lead(f"p{number}@x.example", offer_title="")
        if number in (2, 11):
            compare_waiting()
            cache.clear()
            tom.get(PAGE)
            with CaptureQueriesContext(connection) as captured:
                tom.get(PAGE)
            counts.append(len(captured))
    assert counts[0] == counts[1] <= 10


# --- comparing and merging --------------------------------------------------------------------------------------------


def test_both_stand_side_by_side_with_the_better_ones_chosen(tom: Client, seller: User) -> None:
    one, other = two(first_name="Mina J.", title="CTO", country_code="KR")
    owning.give(By(seller), [one.pk], seller)
    steps.plan(seller, other.pk, TaskKind.MAIL, NOON, "Send the price list")
    activities.log(seller, other.pk, ActivityKind.NOTE, "A note")
    page = tom.get(compare_page(one, other))
    ticked = re.findall(r'<input type="radio" name="(\w+)" value="(\w+)" checked>', page.text)
    assert ticked == [("name", "absorbed"), ("title", "absorbed"), ("country", "absorbed"), ("owner", "survivor")]
    for text in ("Mina J. Park", "CTO", "South Korea", "Tom Becker", "Send the price list"):
        assert text in page.text
    assert "nothing is sent again" in page.text


def test_what_was_chosen_stands_and_is_undone_with_one_press(tom: Client) -> None:
    one, other = two(title="CTO", company="Contoso")
    touches, delivery = {one.touches.get(), other.touches.get()}, make_delivery(touch=other.touches.get())
    answer = post_merge(tom, one, other, title="survivor", company="absorbed")
    assert messages_of(answer) == ["Merged: both are one lead now."]
    assert answer.redirect_chain[-1][0] == page_of(one)
    one.refresh_from_db()
    assert (one.title, one.company, one.touch_count) == ("", "Contoso", 2)
    assert (set(one.touches.all()), Delivery.objects.get()) == (touches, delivery)
    assert "Merged with Mina Park" in answer.text
    address, fields = undo_on(answer)
    undone = tom.post(address, fields, follow=True)
    assert messages_of(undone) == ["Undone: 2 leads are as they were."]
    assert Lead.objects.shown().count() == 2


def test_from_the_page_of_duplicates_it_goes_back_there(tom: Client) -> None:
    one, other = two()
    assert f'name="next" value="{PAGE}"' in tom.get(f"{compare_page(one, other)}?next={PAGE}").text
    assert post_merge(tom, one, other, next=PAGE).redirect_chain[-1][0] == PAGE


@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nothing_leads_to_a_foreign_address(tom: Client, foreign: str) -> None:
    one, other = two()
    assert foreign not in tom.get(compare_page(one, other), {"next": foreign}).text
    assert post_merge(tom, one, other, next=foreign).redirect_chain[-1][0] == page_of(one)


@pytest.mark.parametrize("number", ["9" * 30, "1" * 5000, "٣" * 5000])
def test_versions_of_any_length_are_none_that_there_is(tom: Client, number: str) -> None:
    one, other = two()
    answer = post_merge(tom, one, other, version=[number, number])
    assert messages_of(answer) == ["Not merged: one of them was changed meanwhile. Look again."]


def test_what_changed_after_it_was_compared_is_looked_at_again(tom: Client, seller: User) -> None:
    one, other = two()
    contact_facts.set_facts(seller, other.pk, {"title": "CEO"})
    answer = post_merge(tom, one, other)
    assert messages_of(answer) == ["Not merged: one of them was changed meanwhile. Look again."]
    assert "CEO" in answer.text
    assert Merge.objects.count() == 0


def test_whoever_merges_second_is_told(tom: Client, seller: User) -> None:
    one, other = two()
    merge(seller, one.pk, other.pk)
    answer = post_merge(tom, one, other)
    assert messages_of(answer) == ["Nothing was changed: the lead became part of this one meanwhile."]
    assert answer.redirect_chain[-1][0] == page_of(one)
    assert Merge.objects.count() == 1


def test_test_leads_are_not_compared_with_real_ones(tom: Client) -> None:
    assert tom.get(compare_page(lead(), lead(is_test=True))).status_code == 404
    one = lead()
    assert tom.get(compare_page(one, one)).status_code == 404


def test_who_may_not_see_or_change_both_does_not_merge(enter: Enter, tom: Client) -> None:
    one, other = two()
    private = lead(is_private=True)
    for client, pair, status in (
        (enter(OPS), (one, other), 403),
        (tom, (one, private), 403),
        (tom, (private, one), 403),
    ):
        assert client.get(compare_page(*pair)).status_code == status
        assert client.post(compare_page(*pair)).status_code == status
    assert Merge.objects.count() == 0


def test_names_harm_nothing(tom: Client) -> None:
    one, other = two(first_name=WICKED, company=WICKED, title="=cmd()")
    for page in (tom.get(page_of(one)), tom.get(compare_page(one, other)), post_merge(tom, one, other)):
        assert WICKED not in page.text
        assert "&quot;&gt;&lt;script&gt;" in page.text
    assert WICKED not in tom.get(address_of("leads_lead_split", other.pk)).text


# --- a lead that became part of another -------------------------------------------------------------------------------


def test_an_absorbed_lead_is_in_no_list_and_its_page_leads_to_the_survivor(tom: Client, seller: User) -> None:
    one, other = two(first_name="Zaphod", owner=seller)
    merge(seller, one.pk, other.pk, parts=())
    for page in ("/admin/leads/lead/", "/admin/leads/lead/queue/", "/admin/leads/lead/queue/?tab=unassigned", PAGE):
        assert page_of(other) not in tom.get(page).text
    answer = tom.get(page_of(other), follow=True)
    assert answer.redirect_chain == [(page_of(one), 302)]
    assert messages_of(answer) == ["The lead that you looked for became part of this one."]
    assert page_of(one) in tom.get("/admin/leads/lead/?q=zaphod").text


def test_a_button_on_a_page_that_is_no_longer_true_does_nothing(tom: Client, seller: User) -> None:
    one, other = two()
    merge(seller, one.pk, other.pk)
    answer = tom.post(button_of(other, "compose"), {"kind": "note", "text": "Late"}, follow=True)
    assert messages_of(answer) == ["Nothing was changed: the lead became part of this one meanwhile."]
    assert answer.redirect_chain == [(page_of(one), 302)]
    assert not Activity.objects.exists()


# --- splitting --------------------------------------------------------------------------------------------------------


def test_the_card_shows_what_became_part_of_it_and_splits_it_again(tom: Client, seller: User) -> None:
    one, other = two(first_name="Zaphod")
    activities.log(seller, other.pk, ActivityKind.NOTE, "A note")
    merge(seller, one.pk, other.pk)
    card = tom.get(page_of(one))
    assert "Merged into this lead" in card.text
    assert links_on(card, "Split…") == [address_of("leads_lead_split", other.pk)]
    page = tom.get(address_of("leads_lead_split", other.pk))
    assert "Goes back 1 touch, 1 call, mail or note" in text_of(page)
    assert "Everything: nobody has changed anything since." in page.text
    answer = tom.post(address_of("leads_lead_split", other.pk), follow=True)
    assert messages_of(answer)[0].startswith("Split: they are two leads again.")
    assert page_of(other) in answer.text
    assert "Split from Zaphod Park" in text_of(answer)
    assert Lead.objects.shown().count() == 2
    assert "A lead by itself again, apart from Mina Park" in text_of(tom.get(page_of(other)))


def test_the_page_says_what_stays_as_it_is(tom: Client, seller: User) -> None:
    one, other = two(stage=Stage.CONTACTED)
    merge(seller, one.pk, other.pk)
    contact_facts.set_facts(seller, one.pk, {"phone": "1"})
    Lead.objects.filter(pk=one.pk).update(stage=Stage.LOST, close_reason="no_need")
    text = text_of(tom.get(address_of("leads_lead_split", other.pk)))
    assert "Changed, and therefore left as it is: Phone, Stage" in text


def test_a_lead_that_stands_by_itself_is_not_split(tom: Client, seller: User) -> None:
    one, other = two()
    merge(seller, one.pk, other.pk)
    split(seller, other.pk)
    answer = tom.post(address_of("leads_lead_split", other.pk), follow=True)
    assert messages_of(answer) == ["Nothing changed: the lead stands by itself."]


def test_of_a_chain_the_last_link_is_split_first(tom: Client, seller: User) -> None:
    one, other = two()
    third = lead()
    merge(seller, one.pk, other.pk)
    merge(seller, third.pk, one.pk)
    answer = tom.post(address_of("leads_lead_split", other.pk), follow=True)
    assert messages_of(answer)[0] == "Split this lead off first: the other became part of it before."
    assert Merge.objects.count() == 2


def test_who_may_not_change_both_does_not_split(enter: Enter) -> None:
    mate, stranger = make_user(SALES, is_staff=True), make_user(SALES, is_staff=True)
    make_team(mate), make_team(stranger)
    one, other = lead(owner=mate), lead(owner=stranger)
    merge(make_user(), one.pk, other.pk, parts=())
    client = enter(user=mate)
    assert "Merged into this lead" not in client.get(page_of(one)).text
    for address in (address_of("leads_lead_split", other.pk), address_of("leads_lead_split", one.pk)):
        assert client.post(address).status_code in (302, 404)
    assert enter(OPS).post(address_of("leads_lead_split", other.pk)).status_code == 403
    assert Merge.objects.count() == 1
