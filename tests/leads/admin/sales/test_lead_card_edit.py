"""The second tab: correct what is known of the person, without overwriting what somebody else did meanwhile."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.models import Edit, Lead
from leads.roles import OPS, SALES
from leads.sales.contact_facts import FACTS, set_facts
from tests.factories import make_lead, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, page_of
from tests.leads.admin.shown import messages_of, undo_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina(db: None) -> User:
    return make_user(SALES, first_name="Mina", last_name="Kim")


def tab_of(client: Client, lead: Lead) -> dict[str, str]:
    """The form as a browser would post it unchanged."""
    form = client.get(address_of("leads_lead_edit", lead.pk)).context["form"]
    return {name: form.initial[name] for name in form.fields}


def save(client: Client, lead: Lead, tab: dict[str, str], **typed: str) -> Any:
    answer = client.post(address_of("leads_lead_edit", lead.pk), tab | typed, follow=True)
    lead.refresh_from_db()
    return answer


def again(answer: Any) -> dict[str, str]:
    """What the page that was refused would post now."""
    form = answer.context["form"]
    return {name: form[name].value() for name in form.fields}


def test_what_was_entered_is_saved_and_undone(sales: Client) -> None:
    lead = make_lead(country_code="KR")
    answer = save(sales, lead, tab_of(sales, lead), phone="+82 2 1234", country_code="DE", title='"><script>')
    assert messages_of(answer) == ["Saved."]
    assert (lead.phone, lead.country_code, lead.title) == ("+82 2 1234", "DE", '"><script>')
    assert answer.request["PATH_INFO"] == page_of(lead)
    assert "<script>'" not in answer.text
    address, fields = undo_on(answer)
    sales.post(address, fields)
    lead.refresh_from_db()
    assert (lead.phone, lead.country_code) == ("", "KR")


def test_nothing_entered_changes_nothing(sales: Client) -> None:
    lead = make_lead(email="Mina <mina@cs.example>", country_code="XX", country="Atlantis")
    assert messages_of(save(sales, lead, tab_of(sales, lead))) == ["Nothing was changed."]
    assert (lead.version, lead.kept_fields, Edit.objects.count()) == (0, {}, 0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "mina"}, "Enter a valid email address."),
        ({"phone": "1" * 501}, "Ensure this value has at most 500 characters (it has 501)."),
        ({"first_name": "a\0b"}, "Null characters are not allowed."),
        ({"country_code": "KOREA"}, "Select a valid choice. KOREA is not one of the available choices."),
    ],
)
def test_what_cannot_be_is_refused_and_stays_in_the_form(sales: Client, typed: dict[str, str], said: str) -> None:
    lead = make_lead()
    answer = save(sales, lead, tab_of(sales, lead), **typed)
    (name,) = typed
    assert answer.context["form"].errors == {name: [said]}
    assert lead.version == 0


def test_an_address_that_was_odd_before_keeps_nobody_from_saving(sales: Client) -> None:
    lead = make_lead(email="Mina <mina@cs.example>")
    save(sales, lead, tab_of(sales, lead), phone="1")
    assert (lead.email, lead.phone) == ("Mina <mina@cs.example>", "1")


def test_the_later_of_two_sees_who_changed_what_and_keeps_what_was_typed(sales: Client, mina: User) -> None:
    lead = make_lead(phone="1")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "2", "title": "CEO", "company": "Contoso"})
    answer = save(sales, lead, tab, phone="3", title="CTO", first_name="Minha")
    assert (lead.phone, lead.title, lead.company, lead.first_name) == ("2", "CEO", "Contoso", "Mina")
    assert "Not saved: this was changed while it was open here." in answer.text
    assert re.findall(r"Mina Kim at [\d:]+ [ap]\.m\.: “(\w+)”", answer.text) == ["CEO", "2"]
    assert (again(answer)["phone"], again(answer)["first_name"]) == ("3", "Minha")
    assert 'name="choice_company"' not in answer.text


def test_each_field_is_decided_for_itself(sales: Client, mina: User) -> None:
    lead = make_lead(phone="1")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "2", "title": "CEO", "company": "Contoso"})
    refused = save(sales, lead, tab, phone="3", title="CTO", first_name="Minha")
    save(sales, lead, again(refused), choice_phone="mine", choice_title="theirs")
    assert (lead.phone, lead.title, lead.company, lead.first_name) == ("3", "CEO", "Contoso", "Minha")


def test_who_is_overtaken_again_is_told_again(sales: Client, mina: User) -> None:
    lead = make_lead(phone="1")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "2"})
    refused = save(sales, lead, tab, phone="3")
    set_facts(mina, lead.pk, {"phone": "4"})
    told = save(sales, lead, again(refused), choice_phone="mine")
    assert "“4”" in told.text
    assert lead.phone == "4"


def test_fields_that_are_missing_from_what_is_posted_overwrite_nothing(sales: Client) -> None:
    lead = make_lead(phone="1", company="Fabrikam")
    save(sales, lead, {})
    save(sales, lead, {"phone": "2"})
    assert (lead.phone, lead.company, lead.version) == ("1", "Fabrikam", 0)


def test_who_may_not_change_leads_has_no_second_tab(enter: Enter) -> None:
    lead, ops = make_lead(), enter(OPS)
    address = address_of("leads_lead_edit", lead.pk)
    assert ops.get(address).status_code == ops.post(address, {"phone": "1"}).status_code == 403
    assert address not in ops.get(page_of(lead)).text
    lead.refresh_from_db()
    assert lead.phone == ""


def test_the_form_holds_the_facts_and_nothing_else(sales: Client) -> None:
    assert tab_of(sales, make_lead()).keys() == {*FACTS, *(f"seen_{name}" for name in FACTS)}
