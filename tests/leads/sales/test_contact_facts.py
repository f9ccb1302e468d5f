"""What people correct of a lead, and what later touches make of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from leads.history.undo import Undone
from leads.intake.joining import absorb
from leads.models import Change, Lead, Touch
from leads.sales.activities import take_back
from leads.sales.contact_facts import (
    FACTS,
    ChangedMeanwhile,
    change_facts,
    facts_of,
    set_facts,
    suggestions,
    take_from_touch,
)
from tests.factories import make_lead, make_touch, make_user

pytestmark = pytest.mark.django_db


def later_touch(lead: Lead, **values: Any) -> Touch:
    return make_touch(lead, received_at=timezone.now() + timedelta(minutes=1), **values)


def absorbed(lead: Lead, touch: Touch) -> Lead:
    """As intake does it, and stores it."""
    lead.refresh_from_db()
    absorb(lead, touch)
    lead.save()
    return lead


def test_what_differs_is_stored_with_its_history_and_found_by(seller: User) -> None:
    lead = make_lead(phone="1", company="Fabrikam")
    seen = facts_of(lead)
    edit = change_facts(seller, lead.pk, seen, seen | {"email": "Mina+crm@Contoso.example", "company": "Contoso"})
    lead.refresh_from_db()
    assert edit is not None
    assert {(change.field, change.before, change.after) for change in edit.changes.all()} == {
        ("email", "mina@fabrikam.example", "Mina+crm@Contoso.example"),
        ("company", "Fabrikam", "Contoso"),
    }
    assert (lead.email_key, lead.mail_domain, lead.version) == ("mina@contoso.example", "contoso.example", 1)
    assert "CONTOSO" in lead.search_text
    assert lead.kept_fields.keys() == {"email", "company"}


def test_nothing_changed_writes_nothing(seller: User) -> None:
    lead = make_lead()
    seen = facts_of(lead)
    assert change_facts(seller, lead.pk, seen, seen) is None
    lead.refresh_from_db()
    assert (lead.version, lead.kept_fields, Change.objects.count()) == (0, {}, 0)


def test_two_people_who_change_different_fields_both_have_their_way(seller: User) -> None:
    lead = make_lead()
    seen = facts_of(lead)
    change_facts(make_user(), lead.pk, seen, seen | {"phone": "1"})
    change_facts(seller, lead.pk, seen, seen | {"title": "CTO"})
    lead.refresh_from_db()
    assert (lead.phone, lead.title) == ("1", "CTO")


def test_two_people_who_mean_the_same_are_no_clash(seller: User) -> None:
    lead = make_lead()
    seen = facts_of(lead)
    change_facts(make_user(), lead.pk, seen, seen | {"phone": "1"})
    assert change_facts(seller, lead.pk, seen, seen | {"phone": "1"}) is None


def test_the_later_of_two_is_told_who_changed_what(seller: User) -> None:
    lead, other = make_lead(), make_user()
    seen = facts_of(lead)
    change_facts(other, lead.pk, seen, seen | {"phone": "1", "title": "CEO"})
    with pytest.raises(ChangedMeanwhile) as refused:
        change_facts(seller, lead.pk, seen, seen | {"phone": "2", "title": "CEO", "company": "Contoso"})
    lead.refresh_from_db()
    assert (lead.phone, lead.company, lead.version) == ("1", "", 1)
    (clash,) = refused.value.clashes
    assert (clash.field, clash.theirs) == ("phone", "1")
    assert clash.change is not None
    assert clash.change.edit.actor == other


def test_a_touch_that_came_meanwhile_is_a_clash_too(seller: User) -> None:
    lead = make_lead(phone="1")
    seen = facts_of(lead)
    absorbed(lead, later_touch(lead, phone="2"))
    with pytest.raises(ChangedMeanwhile) as refused:
        change_facts(seller, lead.pk, seen, seen | {"phone": "3"})
    assert [(clash.theirs, clash.change) for clash in refused.value.clashes] == [("2", None)]


# --- touches that come later ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FACTS)
def test_what_a_person_has_set_no_later_touch_changes(seller: User, name: str) -> None:
    lead = make_lead(country="Korea", country_code="KR")
    ours, theirs = ("US", "DE") if name == "country_code" else ("ours", "theirs")
    set_facts(seller, lead.pk, {name: ours})
    touch = later_touch(lead, **{"country": "Germany", "country_code": "DE", name: theirs})
    lead = absorbed(lead, touch)
    assert getattr(lead, name) == ours
    assert suggestions(lead, touch)[name] == theirs


def test_what_nobody_has_set_follows_the_newest_touch(seller: User) -> None:
    lead = make_lead(phone="1", company="Fabrikam")
    set_facts(seller, lead.pk, {"company": "Contoso"})
    touch = later_touch(lead, phone="2", company="Contoso")
    assert absorbed(lead, touch).phone == "2"
    assert suggestions(lead, touch) == {}


def test_the_country_is_kept_as_a_whole(seller: User) -> None:
    lead = make_lead(country="Atlantis", country_code="")
    set_facts(seller, lead.pk, {"country_code": "KR"})
    lead = absorbed(lead, later_touch(lead, country="Germany", country_code="DE"))
    assert (lead.country, lead.country_code) == ("Atlantis", "KR")


def test_what_a_person_has_emptied_stays_empty(seller: User) -> None:
    lead = make_lead(phone="1")
    set_facts(seller, lead.pk, {"phone": ""})
    assert absorbed(lead, later_touch(lead, phone="1")).phone == ""


def test_an_older_touch_suggests_nothing(seller: User) -> None:
    lead = make_lead(phone="1")
    touch = make_touch(lead, phone="1", received_at=timezone.now() - timedelta(days=1))
    set_facts(seller, lead.pk, {"phone": "2"})
    lead.refresh_from_db()
    assert suggestions(lead, touch) == {}


def test_a_suggestion_is_taken(seller: User) -> None:
    lead = make_lead(phone="1")
    set_facts(seller, lead.pk, {"phone": "2"})
    touch = later_touch(lead, phone="3")
    assert take_from_touch(seller, lead.pk, touch, "phone") is not None
    lead.refresh_from_db()
    assert (lead.phone, suggestions(lead, touch)) == ("3", {})


def test_what_is_taken_back_follows_later_touches_again(seller: User) -> None:
    lead = make_lead(company="Fabrikam", phone="1")
    set_facts(seller, lead.pk, {"phone": "2"})
    edit = set_facts(seller, lead.pk, {"company": "Contoso", "phone": "3"})
    assert edit is not None
    assert take_back(edit, seller) == Undone(1, 0)
    lead.refresh_from_db()
    assert (lead.company, lead.phone, list(lead.kept_fields)) == ("Fabrikam", "2", ["phone"])
    assert absorbed(lead, later_touch(lead, company="Adatum", phone="4")).company == "Adatum"
