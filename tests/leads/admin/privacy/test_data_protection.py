"""The pages of data protection: find a person, hand out, erase; how long things are kept."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.admin.overview.attention import needs_attention
from leads.models import Lead, PrivacyRequest, PurgeRun, RetentionRule
from leads.models.privacy import RequestKind, RequestState
from leads.roles import OWNER
from leads.sales import activities
from leads.states import ActivityKind, DeliveryState
from tests.factories import make_delivery, make_inbound, make_lead, make_touch, make_user
from tests.leads.admin.places import (
    address_of,
    button_of,
    list_of,
    make_privacy_request,
    page_of,
    request_with_chase,
)
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import buttons_on, messages_of, pills_on
from tests.leads.privacy.erased import erase, look

pytestmark = pytest.mark.django_db

PRIVACY = "/admin/leads/privacyrequest/"
HOSTILE = '"><script>alert(1)</script>'


def person(**values: Any) -> Lead:
    given = {"email_key": "mina@fabrikam.example", "search_text": "MINA PARK MINA@FABRIKAM.EXAMPLE"}
    return make_lead(**given | values)


def find(client: Client, text: str) -> str:
    answer = client.post(PRIVACY, {"who": text})
    assert answer.status_code == 200
    return answer.text


# --- finding and showing ----------------------------------------------------------------------------------------------


def test_a_person_is_found_without_their_address_in_any_url(owner: Client) -> None:
    lead = person(company="Fabrikam")
    before = all_rows()
    shown = find(owner, "mina@fabrikam.example")
    assert f'href="{address_of("leads_person", lead.pk)}"' in shown
    assert "mina@fabrikam.example · Fabrikam" in shown
    assert all_rows() == before
    assert "Nothing is kept about anybody like this." in find(owner, "jin@fabrikam.example")
    assert "mina@fabrikam.example" not in owner.get(PRIVACY + "?who=mina@fabrikam.example").text


def test_who_is_held_back_is_masked_in_the_list_and_looking_at_them_is_logged(owner: Client) -> None:
    lead = person(is_private=True)
    shown = find(owner, "mina@fabrikam.example")
    assert "Held back by a privacy rule" in shown
    assert "Park" not in shown
    assert "Park" in owner.get(address_of("leads_person", lead.pk)).text
    assert [what for _who, _which, what in log()] == ["Looked at personal data that a privacy rule holds back."]


def test_the_page_of_a_person_says_what_is_kept_where_and_since_when(owner: Client) -> None:
    lead = person()
    make_delivery(touch=make_touch(lead), state=DeliveryState.DELIVERED)
    activities.log(make_user(), lead.pk, ActivityKind.NOTE, "Called")
    shown = owner.get(address_of("leads_person", lead.pk))
    kept = {str(label): count for label, count, _held in shown.context["held"]}
    assert kept == {"Leads": "1", "Deliveries": "1", "Touches": "1", "Requests as posted": "1", "Notes and calls": "1"}
    assert len(shown.context["sent_to"]) == 1
    assert "Erase for good" in buttons_on(shown)


def test_hostile_names_harm_nothing(owner: Client) -> None:
    lead = person(first_name=HOSTILE, company=HOSTILE, email="", email_key="", phone=HOSTILE, search_text="X SCRIPT")
    for shown in (find(owner, "script"), owner.get(address_of("leads_person", lead.pk)).text, find(owner, HOSTILE)):
        assert "<script>alert" not in shown


def test_the_page_of_a_person_takes_a_bounded_number_of_queries(owner: Client) -> None:
    def queries(lead: Lead) -> int:
        owner.get(address_of("leads_person", lead.pk))
        with CaptureQueriesContext(connection) as captured:
            owner.get(address_of("leads_person", lead.pk))
        return len(captured)

    few = person(email_key="a@fabrikam.example", email="a@fabrikam.example")
    many = person(email_key="b@fabrikam.example", email="b@fabrikam.example")
    for lead, number in ((few, 1), (many, 8)):
        for _number in range(number):
            make_delivery(touch=make_touch(lead), state=DeliveryState.DELIVERED)
    assert queries(few) == queries(many)


# --- handing out ------------------------------------------------------------------------------------------------------


def test_all_that_is_kept_is_handed_out_as_a_file_that_people_can_read(owner: Client) -> None:
    lead = person(company="박씨 상사")
    touch = make_touch(lead, note="Call me", inbound_request=make_inbound(state="accepted"))
    activities.log(make_user(username="tom"), lead.pk, ActivityKind.NOTE, "Called")
    answer = owner.post(address_of("leads_person_export", lead.pk))
    assert answer["Content-Disposition"] == f'attachment; filename="person-{lead.pk}.json"'
    content = json.loads(answer.content)
    assert "박씨 상사" in answer.content.decode()
    assert content["leads"][0]["email"] == "mina@fabrikam.example"
    assert (content["touches"][0]["note"], content["touches"][0]["pk"]) == ("Call me", str(touch.pk))
    assert json.loads(content["bodies"][0]["body"])["UserDetails"]["FirstName"] == "Mina"
    assert (content["activities"][0]["text"], content["activities"][0]["author__username"]) == ("Called", "tom")
    assert [(which, what) for _who, which, what in log()] == [
        (str(lead.pk), "Exported all that is kept about the person.")
    ]


# --- erasing ----------------------------------------------------------------------------------------------------------


def test_a_person_is_erased_after_their_address_was_typed(owner: Client, hinted: list[str]) -> None:
    lead = person()
    answer = owner.post(address_of("leads_person_erase", lead.pk), {"typed": " MINA@fabrikam.example "}, follow=True)
    asked = PrivacyRequest.objects.get()
    assert answer.redirect_chain == [(page_of(asked), 302)]
    assert pills_on(answer) == ["Being erased"]
    assert asked.state == RequestState.ERASING
    for _look in range(2):
        look(asked)
    shown = owner.get(page_of(asked))
    assert pills_on(shown) == ["Done"]
    assert [(str(label), count) for label, count in shown.context["erased"]] == [("Leads", "1")]
    assert "This person was erased on" in owner.get(address_of("leads_person", lead.pk)).text
    assert "Erased person" in owner.get(page_of(lead)).text


@pytest.mark.parametrize("typed", ["", "mina", "jin@fabrikam.example"])
def test_nothing_is_erased_when_something_else_was_typed(owner: Client, typed: str) -> None:
    lead = person()
    before = all_rows()
    answer = owner.post(address_of("leads_person_erase", lead.pk), {"typed": typed}, follow=True)
    assert messages_of(answer) == ["Nothing was erased: what you typed is not what stands there."]
    assert all_rows() == before


def test_an_open_request_is_the_one_that_is_carried_out(owner: Client) -> None:
    lead = person()
    due = timezone.localdate() + timedelta(days=9)
    owner.post(address_of("leads_person_note", lead.pk), {"kind": "erase", "who_asked": "Mina, by mail", "due_on": due})
    asked = PrivacyRequest.objects.get()
    assert (asked.kind, asked.who_asked, asked.due_on, asked.email) == (
        RequestKind.ERASE,
        "Mina, by mail",
        due,
        "mina@fabrikam.example",
    )
    owner.post(address_of("leads_person_erase", lead.pk), {"typed": "mina@fabrikam.example"})
    asked.refresh_from_db()
    assert asked.state == RequestState.ERASING


def test_an_address_that_was_erased_is_known_as_such(owner: Client) -> None:
    asked = erase(person())
    shown = find(owner, "Mina+new@fabrikam.example")
    assert "This address was erased on" in shown
    assert str(asked) in shown


# --- requests ---------------------------------------------------------------------------------------------------------


def test_a_request_is_due_in_30_days_and_shown_until_it_is_answered(owner: Client) -> None:
    asked = make_privacy_request()
    assert asked.due_on == timezone.localdate() + timedelta(days=30)
    assert str(asked) in owner.get(PRIVACY).text
    user = User.objects.get(groups__name=OWNER)
    assert [need.address for need in needs_attention(user)] == [page_of(asked)]
    assert "Privacy" in owner.get("/admin/").text
    answer = owner.post(button_of(asked, "answered"), follow=True)
    assert messages_of(answer) == ["Answered. The person's name is forgotten here."]
    asked.refresh_from_db()
    assert (asked.state, asked.email) == (RequestState.DONE, "")
    cache.clear()
    assert needs_attention(user) == []


def test_a_late_request_says_so(owner: Client) -> None:
    asked = make_privacy_request()
    PrivacyRequest.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    assert pills_on(owner.get(page_of(asked))) == ["Overdue"]
    assert "Overdue" in pills_on(owner.get(PRIVACY))


def test_a_form_with_errors_comes_back_open(owner: Client) -> None:
    lead = person()
    answer = owner.post(address_of("leads_person_note", lead.pk), {"kind": "erase", "due_on": "someday"})
    assert "Enter a valid date." in answer.text
    assert not PrivacyRequest.objects.exists()


def test_records_elsewhere_are_ticked_off_by_a_person_with_a_date(owner: Client) -> None:
    asked = request_with_chase()
    chase = asked.chases.get()
    chase.external_url, chase.external_id = "https://crm.example.com/1", "00Q1"
    chase.save()
    shown = owner.get(page_of(asked))
    assert "ID there: 00Q1" in shown.text
    assert 'href="https://crm.example.com/1"' in shown.text
    assert messages_of(owner.post(button_of(asked, "tick_off"), {"chase": chase.pk}, follow=True)) == ["Ticked off."]
    again = owner.post(button_of(asked, "tick_off"), {"chase": chase.pk}, follow=True)
    assert messages_of(again) == ["It was ticked off already."]
    assert "It is gone there" not in buttons_on(again)
    for odd in ("", "x", "00000000-0000-0000-0000-000000000000"):
        assert owner.post(button_of(asked, "tick_off"), {"chase": odd}).status_code == 302


def test_the_addresses_of_a_person_and_of_a_request_that_are_not_there_are_not_found(owner: Client) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert owner.get(address_of("leads_person", nobody)).status_code == 404
    assert owner.post(address_of("leads_person_erase", nobody)).status_code == 404
    assert owner.get(address_of("leads_privacyrequest_state", 999)).status_code == 404


# --- retention --------------------------------------------------------------------------------------------------------


def test_every_rule_is_shown_with_how_much_would_go_today(owner: Client) -> None:
    shown = owner.get(address_of("leads_retention"))
    assert [one.label for one in shown.context["shown"]] == [
        "Requests as posted",
        "What was sent and answered",
        "Closed leads",
        "Notices",
        "Finished jobs",
        "Sign-ins",
    ]
    assert pills_on(shown)[:3] == ["Kept for 180 days", "Kept for 90 days", "Kept for ever"]
    assert "0 would go today" in shown.text
    assert "If on: Kept for 24 months, 0 would go today" in shown.text
    assert "Nothing was cleared yet" in shown.text


def test_a_rule_is_set_and_the_log_says_so(owner: Client) -> None:
    page = address_of("leads_retention")
    answer = owner.post(page, {"kind": "leads", "enabled": "on", "keep": "12"}, follow=True)
    assert messages_of(answer) == ["Closed leads: Kept for 12 months"]
    rule = RetentionRule.objects.get()
    assert (rule.kind, rule.enabled, rule.keep) == ("leads", True, 12)
    owner.post(page, {"kind": "leads", "keep": "12"})
    rule.refresh_from_db()
    assert not rule.enabled
    assert [what for _who, _which, what in log()] == ["Kept for 12 months", "Kept for ever"]


@pytest.mark.parametrize(
    ("kind", "keep", "error"),
    [
        ("bodies", "0", "Ensure this value is greater than or equal to 1."),
        ("bodies", "99999", "At most 3650."),
        ("leads", "121", "At most 120."),
        ("bodies", "x", "Enter a whole number."),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_the_reason(owner: Client, kind: str, keep: str, error: str) -> None:
    answer = owner.post(address_of("leads_retention"), {"kind": kind, "enabled": "on", "keep": keep})
    assert error in answer.text
    assert not RetentionRule.objects.exists()


def test_a_rule_that_is_none_is_not_found(owner: Client) -> None:
    assert owner.post(address_of("leads_retention"), {"kind": "x", "keep": "1"}).status_code == 404


def test_the_last_nights_say_what_went(owner: Client) -> None:
    PurgeRun.objects.create(counts={"bodies": 1200, "notices": 14}, finished_at=timezone.now())
    PurgeRun.objects.create()
    shown = owner.get(address_of("leads_retention"))
    assert "Requests as posted: 1,200 · Notices: 14" in shown.text
    assert "Under way" in pills_on(shown)


def test_the_list_of_requests_is_the_privacy_page() -> None:
    assert list_of(PrivacyRequest(pk=1)) == PRIVACY
