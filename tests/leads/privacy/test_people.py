"""Who somebody is: their leads, found by whatever is known of them."""

from typing import Any

import pytest
from django.db import connection

from leads.models import Lead
from leads.privacy.people import digest_of, find, leads_at, person_of
from tests.factories import make_lead, make_touch
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.django_db


def mina(**values: Any) -> Lead:
    return make_lead(**{"email": "mina@fabrikam.example", "email_key": "mina@fabrikam.example"} | values)


def test_all_leads_of_one_mailbox_are_one_person() -> None:
    first, second = mina(), mina(email="Mina+offers@fabrikam.example", phone="+82 2 1234")
    mina(email="jin@fabrikam.example", email_key="jin@fabrikam.example")
    person = person_of(first)
    assert set(person.lead_ids) == {first.pk, second.pk}
    assert set(person.addresses) == {"mina@fabrikam.example", "Mina+offers@fabrikam.example"}
    assert set(person.names) == {"Mina Park", "+82 2 1234"}
    assert person.typed == "mina@fabrikam.example"


def test_a_lead_whose_address_somebody_corrected_is_found_by_the_one_that_came() -> None:
    corrected = mina(email="mina@new.example", email_key="mina@new.example")
    make_touch(corrected, email="old@fabrikam.example", email_key="old@fabrikam.example")
    other = mina(email="old@fabrikam.example", email_key="old@fabrikam.example")
    assert set(leads_at(["old@fabrikam.example"])) == {corrected, other}
    assert set(person_of(other).lead_ids) == {corrected.pk, other.pk}


def test_a_lead_and_what_was_merged_into_it_are_one_person() -> None:
    survivor = mina()
    absorbed = mina(email="m.park@home.example", email_key="m.park@home.example", merged_into=survivor)
    assert set(person_of(absorbed).lead_ids) == set(person_of(survivor).lead_ids) == {survivor.pk, absorbed.pk}


def test_a_lead_without_an_address_stands_alone() -> None:
    lead, _other = make_lead(email="", phone="+82 2 1234"), make_lead(email="")
    person = person_of(lead)
    assert (person.lead_ids, person.addresses, person.typed) == ((lead.pk,), (), "Mina Park")


@pytest.mark.parametrize("text", ["mina@fabrikam.example", " MINA@fabrikam.example ", "+82 2-312-3456", "park mi"])
def test_a_person_is_found_by_address_number_or_name(text: str) -> None:
    lead = mina(phone_key="+8223123456", search_text="MINA PARK MINA@FABRIKAM.EXAMPLE")
    mina(email="jin@x.example", email_key="jin@x.example", first_name="Jin", search_text="JIN PARK")
    assert find(text) == [lead]


def test_a_person_with_several_leads_is_found_once() -> None:
    mina(search_text="MINA")
    mina(search_text="MINA")
    assert len(find("mina")) == 1


@pytest.mark.parametrize("text", ["", "  ", "\0", "nobody@fabrikam.example", "%"])
def test_nobody_is_found_by_nothing(text: str) -> None:
    mina(search_text="MINA")
    assert find(text) == []


def test_a_digest_tells_one_mailbox_from_another_and_is_none_for_no_address() -> None:
    assert digest_of("Mina+x@fabrikam.example") == digest_of("mina@fabrikam.example") != digest_of("jin@x.example")
    assert len(digest_of("mina@fabrikam.example")) == 64
    assert digest_of("mina") == ""


def test_a_person_is_found_by_indexes_among_many_leads() -> None:
    Lead.objects.bulk_create(
        [
            Lead(
                email=f"p{number}@fabrikam.example",
                email_key=f"p{number}@fabrikam.example",
                first_touch_at="2026-03-02T12:00Z",
                last_touch_at="2026-03-02T12:00Z",
            )
            for number in range(5000)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with query_plans() as plans:
        (found,) = find("p77@fabrikam.example")
        assert person_of(found).lead_ids == (found.pk,)
    assert [plan.sql for plan in plans if reads_through(plan.steps, "leads_lead")] == []
