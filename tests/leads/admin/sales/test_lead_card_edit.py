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
    return {name: form[name].value() or "" for name in form.fields}


def errors_of(answer: Any) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in answer.context["form"].errors.items()}


def hints_of(answer: Any) -> list[str]:
    """What stands beside fields that somebody else changed, without the time."""
    hints = re.findall(r'<p class="lc-doubt">(.*?)</p>', answer.text)
    return [re.sub(r" at [\d:]+ [ap]\.m\.", "", hint) for hint in hints]


def chosen_on(answer: Any) -> list[tuple[str, str]]:
    return re.findall(r'<input type="radio" name="choice_(\w+)" value="(\w+)"[^>]* checked', answer.text)


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
    save(sales, lead, tab_of(sales, lead), phone="111")
    assert (lead.email, lead.phone) == ("Mina <mina@cs.example>", "111")


def test_the_later_of_two_sees_who_changed_what_and_keeps_what_was_typed(sales: Client, mina: User) -> None:
    lead = make_lead(phone="111")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "222", "title": "CEO", "company": "Contoso"})
    answer = save(sales, lead, tab, phone="333", title="CTO", first_name="Minha")
    assert (lead.phone, lead.title, lead.company, lead.first_name) == ("222", "CEO", "Contoso", "Mina")
    assert "Not saved: this was changed while it was open here." in answer.text
    assert re.findall(r"Mina Kim at [\d:]+ [ap]\.m\.: “(\w+)”", answer.text) == ["CEO", "222"]
    assert (again(answer)["phone"], again(answer)["first_name"]) == ("333", "Minha")
    assert 'name="choice_company"' not in answer.text


def test_each_field_is_decided_for_itself(sales: Client, mina: User) -> None:
    lead = make_lead(phone="111")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "222", "title": "CEO", "company": "Contoso"})
    refused = save(sales, lead, tab, phone="333", title="CTO", first_name="Minha")
    save(sales, lead, again(refused), choice_phone="mine", choice_title="theirs")
    assert (lead.phone, lead.title, lead.company, lead.first_name) == ("333", "CEO", "Contoso", "Minha")


def test_who_is_overtaken_again_is_told_again(sales: Client, mina: User) -> None:
    lead = make_lead(phone="111")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "222"})
    refused = save(sales, lead, tab, phone="333")
    set_facts(mina, lead.pk, {"phone": "444"})
    told = save(sales, lead, again(refused), choice_phone="mine")
    assert "“444”" in told.text
    assert lead.phone == "444"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"phone": "call me maybe"},
            "Enter a phone number with at least 3 digits. A note such as “ext. 7” may follow.",
        ),
        ({"phone": "ext. 7"}, "Enter a phone number with at least 3 digits. A note such as “ext. 7” may follow."),
        ({"last_name": "x" * 324}, "Shorten this to at most 100 characters: now it has 324."),
        ({"first_name": "x" * 101}, "Shorten this to at most 100 characters: now it has 101."),
        ({"company": "x" * 501}, "Shorten this to at most 100 characters: now it has 501."),
        ({"title": "x" * 101}, "Shorten this to at most 100 characters: now it has 101."),
    ],
)
def test_garbage_is_refused_with_the_remedy(sales: Client, typed: dict[str, str], said: str) -> None:
    lead = make_lead()
    answer = save(sales, lead, tab_of(sales, lead), **typed)
    assert errors_of(answer) == {name: [said] for name in typed}
    assert lead.version == 0


@pytest.mark.parametrize(
    "number", ["+82 2 1234 5678 ext. 7", "4711 (mornings)", "010-5550-1234, ask for Mina", "112", ""]
)
def test_numbers_are_taken_with_what_people_add(sales: Client, number: str) -> None:
    lead = make_lead(phone="111")
    save(sales, lead, tab_of(sales, lead), phone=number)
    assert lead.phone == number


def test_what_was_long_or_no_number_before_keeps_nobody_from_saving(sales: Client) -> None:
    lead = make_lead(phone="call me maybe", last_name="x" * 324, company="y" * 101)
    answer = save(sales, lead, tab_of(sales, lead), title="x" * 100)
    assert messages_of(answer) == ["Saved."]
    assert (lead.phone, lead.last_name, lead.title) == ("call me maybe", "x" * 324, "x" * 100)


def test_fields_that_the_later_did_not_touch_show_what_stands_there_now(sales: Client, mina: User) -> None:
    lead = make_lead(company="Fabrikam")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"last_name": "Lee", "company": "Contoso"})
    answer = save(sales, lead, tab, last_name="Choi")
    assert (again(answer)["last_name"], again(answer)["company"]) == ("Choi", "Contoso")
    assert hints_of(answer) == ["Changed meanwhile: Mina Kim"]
    save(sales, lead, again(answer), choice_last_name="mine")
    assert (lead.last_name, lead.company) == ("Choi", "Contoso")


def test_what_a_touch_changed_is_shown_without_a_name(sales: Client) -> None:
    lead = make_lead(company="Fabrikam", phone="111")
    tab = tab_of(sales, lead)
    Lead.objects.filter(pk=lead.pk).update(company="Contoso", phone="222")
    answer = save(sales, lead, tab, phone="333")
    assert (again(answer)["company"], hints_of(answer)) == ("Contoso", ["Changed meanwhile."])


def test_who_does_not_choose_overwrites_nobody(sales: Client, mina: User) -> None:
    lead = make_lead(phone="111")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "222", "title": "CEO"})
    refused = save(sales, lead, tab, phone="333", title="CTO")
    assert (chosen_on(refused), errors_of(refused)) == ([], {})
    told = save(sales, lead, again(refused), choice_title="mine")
    assert errors_of(told) == {"choice_phone": ["Choose which of the two is to stand there."]}
    assert "Choose which of the two is to stand there." in told.text
    assert chosen_on(told) == [("title", "mine")]
    assert (lead.phone, lead.title) == ("222", "CEO")
    save(sales, lead, again(told), choice_phone="theirs")
    assert (lead.phone, lead.title) == ("222", "CTO")


def test_a_choice_that_does_not_exist_is_none(sales: Client, mina: User) -> None:
    lead = make_lead(phone="111")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "222"})
    told = save(sales, lead, again(save(sales, lead, tab, phone="333")), choice_phone="x")
    assert errors_of(told) == {"choice_phone": ["Choose which of the two is to stand there."]}
    assert lead.phone == "222"


def test_who_enters_what_stands_there_has_nothing_to_choose(sales: Client, mina: User) -> None:
    lead = make_lead(phone="111")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "222"})
    refused = save(sales, lead, tab, phone="333")
    assert messages_of(save(sales, lead, again(refused), phone="222")) == ["Nothing was changed."]


def test_who_enters_what_stood_there_at_first_may_choose_it(sales: Client, mina: User) -> None:
    lead = make_lead(phone="111")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "222"})
    refused = save(sales, lead, tab, phone="333")
    save(sales, lead, again(refused), phone="111", choice_phone="mine")
    assert lead.phone == "111"


def test_an_error_and_what_changed_meanwhile_are_shown_at_once(sales: Client, mina: User) -> None:
    lead = make_lead(phone="111")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"phone": "222", "title": "CEO", "company": "Contoso"})
    answer = save(sales, lead, tab, phone="none", title="CTO", email="mina")
    assert list(errors_of(answer)) == ["email", "phone"]
    assert re.findall(r"Mina Kim at [\d:]+ [ap]\.m\.: “(\w+)”", answer.text) == ["CEO", "222"]
    assert hints_of(answer) == ["Changed meanwhile: Mina Kim"]
    assert (again(answer)["phone"], again(answer)["company"]) == ("none", "Contoso")
    fixed = {"choice_phone": "theirs", "choice_title": "mine", "email": "mina@cs.example"}
    save(sales, lead, again(answer), **fixed)
    assert (lead.phone, lead.title, lead.email) == ("222", "CTO", "mina@cs.example")


def test_a_country_nobody_touched_is_no_error_however_odd(sales: Client, mina: User) -> None:
    lead = make_lead(country_code="XX", country="Atlantis")
    tab = tab_of(sales, lead)
    set_facts(mina, lead.pk, {"country_code": "DE"})
    save(sales, lead, tab, title="CTO")
    assert (lead.country_code, lead.title) == ("DE", "CTO")


def test_fields_that_are_missing_from_what_is_posted_overwrite_nothing(sales: Client) -> None:
    lead = make_lead(phone="111", company="Fabrikam")
    save(sales, lead, {})
    save(sales, lead, {"phone": "222"})
    assert (lead.phone, lead.company, lead.version) == ("111", "Fabrikam", 0)


def test_who_may_not_change_leads_has_no_second_tab(enter: Enter) -> None:
    lead, ops = make_lead(), enter(OPS)
    address = address_of("leads_lead_edit", lead.pk)
    assert ops.get(address).status_code == ops.post(address, {"phone": "1"}).status_code == 403
    assert address not in ops.get(page_of(lead)).text
    lead.refresh_from_db()
    assert lead.phone == ""


def test_the_form_holds_the_facts_and_nothing_else(sales: Client) -> None:
    assert tab_of(sales, make_lead()).keys() == {*FACTS, *(f"seen_{name}" for name in FACTS)}
