"""The list of leads and the card of one: with nothing, much, and broken things in them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Lead
from leads.roles import OPS, SALES
from leads.sales.stages import MOVES
from leads.states import DeliveryState, Stage
from tests.factories import make_delivery, make_destination, make_inbound, make_lead, make_offer, make_touch
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import buttons_on, messages_of

pytestmark = pytest.mark.django_db

LEADS = "/admin/leads/lead/"


def listed(client: Client, query: str = "") -> list[Lead]:
    return list(client.get(f"{LEADS}{query}").context["cl"].result_list)


# --- the list ---------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_it_is_for(sales: Client) -> None:
    page = sales.get(LEADS).text
    assert "Nothing here yet" in page
    assert "As soon as the marketplace posts a lead it is here." in page
    assert "Show everything" not in page


@pytest.mark.parametrize("query", ["?q=nobody", "?stage__exact=won", "?kind=dnc"])
def test_a_list_that_is_empty_because_nothing_fits_offers_to_show_everything(sales: Client, query: str) -> None:
    make_lead()
    page = sales.get(f"{LEADS}{query}").text
    assert "Nothing fits" in page
    assert "Show everything" in page
    assert "Nothing here yet" not in page


def test_the_newest_touch_comes_first(sales: Client) -> None:
    older = make_lead(last_touch_at=timezone.now() - timedelta(days=2))
    newer = make_lead()
    assert listed(sales) == [newer, older]


def test_a_row_shows_person_wish_offer_country_stage_and_deliveries(sales: Client) -> None:
    lead = make_lead(
        company="Fabrikam", title="CTO", action="INS", offer=make_offer(name="Firewall"), country_code="KR"
    )
    make_delivery(make_destination(name="Salesforce"), make_touch(lead), state=DeliveryState.FAILED)
    page = sales.get(LEADS).text
    for shown in ("Mina Park", "Fabrikam · CTO", "Firewall", "South Korea", "New", "Salesforce: Failed"):
        assert shown in page
    assert "INS" not in re.sub(r"<option.*?</option>", "", page, flags=re.DOTALL)


def test_what_a_person_wrote_is_never_taken_for_html(sales: Client) -> None:
    lead = make_lead(first_name="<script>alert(1)</script>", company='"><img src=x onerror=alert(1)>', title="<b>")
    make_touch(lead, note="<script>alert(2)</script>", unknown_fields={"<i>name</i>": "<u>value</u>"})
    for address in (LEADS, page_of(lead), "/admin/", f"{LEADS}?q=<script>alert(3)</script>"):
        page = sales.get(address).text
        for wicked in ("<script>alert", "<img src=x", "<i>name", "<u>value", "<b>"):
            assert wicked not in page, address


def test_a_lead_about_whom_nothing_is_known_has_a_page(sales: Client) -> None:
    lead = make_lead(first_name="", last_name="", email="")
    make_touch(lead)
    assert "Unknown person" in sales.get(LEADS).text
    assert "Unknown person" in sales.get(page_of(lead)).text


@pytest.mark.parametrize(
    "person",
    [
        {"first_name": "X" * 500, "last_name": "Y" * 500, "company": "C" * 500, "title": "T" * 500},
        {"first_name": "محمد", "last_name": "الفارسي", "company": "شركة المثال"},
        {"first_name": "👩‍💻", "last_name": "\u202eevil", "company": "例子公司"},
        {
            "country_code": "ZZ",
            "country": "Atlantis",
            "action": "A" * 1000,
            "source": "S" * 1000,
            "offer_title": "O" * 999,
        },
    ],
)
def test_long_foreign_and_strange_values_have_a_page(sales: Client, person: dict[str, str]) -> None:
    lead = make_lead(**person)
    make_touch(lead, **person)
    assert sales.get(LEADS).status_code == 200
    page = sales.get(page_of(lead))
    assert page.status_code == 200
    assert next(iter(person.values())) in page.text or person.get("country_code") == "ZZ"


def test_leads_that_are_no_work_are_marked(sales: Client) -> None:
    make_lead(is_dnc=True)
    make_lead(is_test=True, last_name="Test")
    page = sales.get(LEADS).text
    assert page.count(">Do not contact</span>") == 1
    assert page.count(">Test lead</span>") == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=work", {"work", "korea", "won"}),
        ("?kind=test", {"test"}),
        ("?kind=dnc", {"dnc"}),
        ("?country=KR", {"korea"}),
        ("?action=PLT", {"korea"}),
        ("?stage__exact=won", {"won"}),
        ("?kind=work&stage__exact=new", {"work", "korea"}),
        ("?q=korea", {"korea"}),
        ("?q=KOR+kor", {"korea"}),
        ("?q=korea&kind=test", set()),
    ],
)
def test_the_filters_find_what_they_say(sales: Client, query: str, found: set[str]) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "work": {},
        "test": {"is_test": True},
        "dnc": {"is_dnc": True},
        "korea": {"country_code": "KR", "action": "PLT", "search_text": "KOREA"},
        "won": {"stage": Stage.WON},
    }
    for name, values in kinds.items():
        make_lead(last_name=name, **values)
    assert {lead.last_name for lead in listed(sales, query)} == found


def test_a_filter_by_offer_takes_one_of_the_offers(sales: Client) -> None:
    offer = make_offer()
    wanted = make_lead(offer=offer)
    make_lead()
    assert listed(sales, f"?offer__id__exact={offer.pk}") == [wanted]


def test_a_page_number_beyond_the_end_shows_the_list(sales: Client) -> None:
    make_lead()
    assert sales.get(f"{LEADS}?p=99", follow=True).status_code == 200


# --- the card ---------------------------------------------------------------------------------------------------------


def test_the_card_shows_how_to_reach_the_person(sales: Client) -> None:
    lead = make_lead(phone="02-1234-5678 ext. 7", company="Fabrikam", title="CTO", country_code="KR")
    page = sales.get(page_of(lead)).text
    assert 'href="mailto:mina@fabrikam.example"' in page
    assert 'data-copy="02-1234-5678 ext. 7"' in page
    assert 'href="tel:+82212345678"' in page
    for shown in ("Mina Park", "CTO · Fabrikam", "South Korea"):
        assert shown in page


@pytest.mark.parametrize("phone", ["call me maybe", "+82 2 1234", "javascript:alert(1)"])
def test_what_is_no_number_is_shown_and_is_no_link(sales: Client, phone: str) -> None:
    lead = make_lead(phone=phone, country_code="KR")
    for address in (page_of(lead), address_of("leads_lead_fold", lead.pk)):
        page = sales.get(address).text
        assert f'data-copy="{phone}"' in page
        assert "tel:" not in page


def test_a_long_name_can_be_read_in_full_from_the_head(sales: Client) -> None:
    lead = make_lead(first_name="", last_name="x" * 324, company="y" * 324, title="CTO")
    head = f'<h2 class="lc-title" title="{"x" * 324}">{"x" * 324}</h2>'
    page = sales.get(page_of(lead)).text
    assert head in page
    assert f'<small title="CTO · {"y" * 324}">' in page
    assert (
        f'<h2 class="lc-title lc-grow" title="{"x" * 324}">' in sales.get(address_of("leads_lead_edit", lead.pk)).text
    )


def test_the_timeline_shows_each_touch_with_its_note_and_its_deliveries(sales: Client) -> None:
    lead = make_lead(touch_count=2)
    first = make_touch(lead, note="Please call me", campaign_ids=["spring"], received_at=timezone.now())
    make_touch(lead, note="Again", received_at=timezone.now() + timedelta(minutes=5))
    make_delivery(make_destination(name="Salesforce"), first, state=DeliveryState.FAILED, reason="record_refused")
    make_inbound(repeat_of=first)
    page = sales.get(page_of(lead)).text
    assert page.index("Again") < page.index("Please call me")
    for shown in ("Salesforce", "The receiving system refused this lead.", "Campaigns: spring", "2 touches"):
        assert shown in page
    assert "Came once more within the window and was recognised as a repeat." in page


def test_a_touch_that_no_route_took_says_so(sales: Client) -> None:
    assert "No route leads anywhere for this touch." in sales.get(page_of(make_touch().lead)).text


def test_a_person_who_must_not_be_contacted_has_a_warning_on_the_card(sales: Client) -> None:
    lead = make_lead(is_dnc=True)
    assert "This person asked to be contacted by another company." in sales.get(page_of(lead)).text


def test_the_request_as_received_is_linked_for_those_who_may_open_it(enter: Enter) -> None:
    touch = make_touch()
    link = page_of(touch.inbound_request)
    assert link in enter(OPS).get(page_of(touch.lead)).text
    assert link not in enter(SALES).get(page_of(touch.lead)).text


def test_a_failed_delivery_can_be_tried_again_from_the_card_by_those_who_may(enter: Enter) -> None:
    failed = make_delivery(state=DeliveryState.FAILED)
    ops = enter(OPS)
    assert buttons_on(ops.get(page_of(failed.touch.lead))) == ["Try again"]
    assert "Try again" in buttons_on(enter(SALES).get(page_of(failed.touch.lead)))
    ops.post(button_of(failed, "try_again"))
    failed.refresh_from_db()
    assert failed.state == DeliveryState.QUEUED


def test_one_that_may_have_arrived_is_not_sent_again_from_the_card(ops: Client) -> None:
    doubtful = make_delivery(state=DeliveryState.FAILED, reason="may_have_arrived")
    page = ops.get(page_of(doubtful.touch.lead))
    assert "Try again" not in buttons_on(page)
    assert page_of(doubtful) in page.text


def test_the_fold_out_of_the_list_has_no_buttons(ops: Client) -> None:
    """It lies inside the list's own form, where a form of ours would break it."""
    make_delivery(state=DeliveryState.FAILED)
    page = ops.get(LEADS)
    assert "Failed" in page.text
    assert buttons_on(page) == []


# --- stages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", Stage)
def test_the_card_offers_the_stages_that_may_follow(sales: Client, stage: Stage) -> None:
    lead = make_lead(stage=stage)
    page = sales.get(page_of(lead))
    offered = set(re.findall(r'name="stage" value="(\w+)"', page.text))
    assert offered == set(MOVES[stage])


def test_ops_see_the_stage_and_cannot_move_it(ops: Client) -> None:
    assert buttons_on(ops.get(page_of(make_lead()))) == []


@pytest.mark.parametrize(("stage", "to"), [(stage, to) for stage in Stage for to in Stage])
def test_a_stage_moves_only_where_it_may(sales: Client, stage: Stage, to: Stage) -> None:
    lead = make_lead(stage=stage)
    answer = sales.post(button_of(lead, "move"), {"stage": to, "close_reason": "other"}, follow=True)
    lead.refresh_from_db()
    if to in MOVES[stage]:
        assert lead.stage == to
        assert messages_of(answer) == [f"The lead is now in stage “{to.label}”."]
        assert [(row, text) for _who, row, text in log()] == [(str(lead.pk), f"Stage: {to.label}")]
    else:
        assert lead.stage == stage
        assert messages_of(answer) == ["The lead is in another stage by now. Look again before you move it."]
        assert log() == []


@pytest.mark.parametrize("posted", [{}, {"stage": ""}, {"stage": "sold"}])
def test_a_stage_that_does_not_exist_is_refused(sales: Client, posted: dict[str, str]) -> None:
    lead = make_lead()
    answer = sales.post(button_of(lead, "move"), posted, follow=True)
    lead.refresh_from_db()
    assert lead.stage == Stage.NEW
    assert messages_of(answer) == ["There is no such stage."]


# --- searching everything ---------------------------------------------------------------------------------------------


def found_everywhere(client: Client, words: str) -> list[str]:
    return re.findall(r'data-title="([^"]*)"', client.get(address_of("search"), {"s": words}).text)


def test_the_search_over_everything_finds_leads_destinations_and_offers(sales: Client) -> None:
    make_lead(search_text="MINA PARK FABRIKAM")
    make_destination(name="Fabrikam CRM")
    make_offer(name="Fabrikam Firewall")
    assert found_everywhere(sales, "fabrikam") == ["Fabrikam CRM", "Mina Park", "Fabrikam Firewall"]


def test_the_search_over_everything_shows_only_the_newest_of_many_leads(sales: Client) -> None:
    for number in range(25):
        make_lead(
            last_name=str(number),
            search_text="MINA",
            last_touch_at=timezone.now() - timedelta(minutes=number),
        )
    assert found_everywhere(sales, "mina") == [f"Mina {number}" for number in range(20)]


def test_who_belongs_to_no_group_finds_nothing(enter: Enter) -> None:
    make_lead(search_text="MINA")
    assert found_everywhere(enter(), "mina") == []


@pytest.mark.parametrize("words", ["mi\0na", "%", "_", "\\", "'", "a" * 5000, "   "])
def test_strange_words_are_searched_for_like_others(owner: Client, words: str) -> None:
    make_lead(search_text="MINA PARK")
    for address in (LEADS, "/admin/leads/offer/", "/admin/leads/destination/"):
        assert owner.get(address, {"q": words}).status_code == 200
    assert owner.get(address_of("search"), {"s": words}).status_code == 200
