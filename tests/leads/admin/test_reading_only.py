"""Looking at a page writes nothing; only the look at personal data that is held back leaves its entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from leads.roles import OWNER
from leads.sales.merging import merge
from leads.states import DeliveryState, InboundState
from tests.factories import make_attempt, make_delivery, make_inbound, make_lead, make_touch, make_user
from tests.leads.admin.places import PAGES, address_of, destination_with_secret, page_of
from tests.leads.admin.rows import all_rows, log

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class Wrote(Exception):
    """A page that should only be read wrote to the database."""


@contextmanager
def no_writing() -> Iterator[None]:
    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.replace("(", " ").split()[0].upper() not in ("SELECT", "SHOW", "SAVEPOINT", "RELEASE"):
            raise Wrote(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if OWNER in page.allowed])
def test_a_page_writes_nothing(owner: Client, name: str) -> None:
    address = address_of(name, *PAGES[name].arguments())
    with no_writing():
        assert owner.get(address).status_code == PAGES[name].status


@pytest.mark.parametrize("query", ["?q=mina", "?stage__exact=new&action=INS", "?all=", "?o=5&p=1", "?p=99"])
def test_searching_and_filtering_write_nothing(owner: Client, query: str) -> None:
    make_touch()
    with no_writing():
        assert owner.get(address_of("leads_lead_changelist") + query).status_code in (200, 302)


@pytest.mark.parametrize("state", DeliveryState)
def test_the_page_of_a_delivery_in_any_state_writes_nothing(owner: Client, state: DeliveryState) -> None:
    delivery = make_delivery(state=state)
    make_attempt(delivery)
    with no_writing():
        assert owner.get(page_of(delivery)).status_code == 200


def test_searching_everywhere_writes_nothing(owner: Client) -> None:
    make_lead(search_text="MINA PARK")
    with no_writing():
        assert "Mina Park" in owner.get(address_of("search"), {"s": "mina"}).text


def test_each_look_at_personal_data_that_is_held_back_leaves_an_entry(owner: Client) -> None:
    lead = make_lead(is_private=True)
    touch = make_touch(lead)
    delivery = make_delivery(touch=touch)
    before = all_rows()
    for row in (lead, delivery, touch.inbound_request):
        owner.get(page_of(row))
    viewer = owner.get("/admin/").wsgi_request.user.get_username()
    assert log() == [(viewer, str(lead.pk), "Looked at personal data that a privacy rule holds back.")] * 3
    after = all_rows()
    assert {label for label in after if after[label] != before[label]} == {"admin.LogEntry"}


def test_a_look_at_a_request_that_was_not_understood_leaves_an_entry_on_the_request(owner: Client) -> None:
    inbound = make_inbound(b'{"Email": "s@uni.edu"', state=InboundState.REJECTED, reason="empty")
    assert "s@uni.edu" in owner.get(page_of(inbound)).text
    assert [entry[1:] for entry in log()] == [
        (str(inbound.pk), "Looked at personal data that a privacy rule holds back.")
    ]


def test_whoever_may_not_see_it_leaves_no_entry(ops: Client) -> None:
    touch = make_touch(make_lead(is_private=True))
    for row in (touch.lead, make_delivery(touch=touch), touch.inbound_request):
        assert ops.get(page_of(row)).status_code == 200
    assert log() == []


def test_the_pages_behind_a_lead_leave_an_entry_for_each_person_they_show(owner: Client) -> None:
    destination_with_secret()
    lead, other = (make_lead(is_private=True, email_key="mina@fabrikam.example") for _number in range(2))
    make_touch(lead)
    for name, keys in (("edit", [lead]), ("hand_over", [lead]), ("merge", [lead, other])):
        LogEntry.objects.all().delete()
        assert owner.get(address_of(f"leads_lead_{name}", *(one.pk for one in keys))).status_code == 200
        assert [row for _who, row, _text in log()] == [str(one.pk) for one in keys], name
    merge(make_user(), lead.pk, other.pk)
    LogEntry.objects.all().delete()
    split = address_of("leads_lead_split", other.pk)
    assert owner.get(split).status_code == 200
    assert {row for _who, row, _text in log()} == {str(lead.pk), str(other.pk)}
    LogEntry.objects.all().delete()
    owner.post(split)
    assert [row for _who, row, text in log() if text.startswith("Looked")] == [str(other.pk)]


def test_a_refused_correction_of_data_that_is_held_back_is_a_look_and_a_saved_one_is_none(owner: Client) -> None:
    lead = make_lead(is_private=True)
    address = address_of("leads_lead_edit", lead.pk)
    owner.post(address, {"title": "CTO", "email": "mina"})
    assert [row for _who, row, _text in log()] == [str(lead.pk)]
    lead.refresh_from_db()
    assert lead.title == ""
    owner.post(address, {"title": "CTO"})
    assert len(log()) == 1


def test_pages_of_a_lead_that_is_not_held_back_leave_no_entry(owner: Client) -> None:
    lead = make_lead()
    for name in ("edit", "hand_over"):
        assert owner.get(address_of(f"leads_lead_{name}", lead.pk)).status_code == 200
    assert log() == []
