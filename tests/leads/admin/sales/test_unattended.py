"""Leads that nobody attends to, given to somebody in at most three clicks; and those of somebody who leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Absence, Edit, Lead, Profile
from leads.roles import OWNER, SALES
from leads.sales.owning import take
from leads.states import EditCause, Stage
from tests.factories import make_absence, make_assignment_rule, make_calendar, make_lead, make_team, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import page_of
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import messages_of

pytestmark = pytest.mark.django_db

PAGE = "/admin/unattended/"
HOUR = timedelta(hours=1)


@pytest.fixture
def mina(db: None) -> User:
    return make_user(SALES, first_name="Mina", last_name="Park", is_staff=True)


@pytest.fixture
def tom(db: None) -> User:
    return make_user(SALES, first_name="Tom", last_name="Weber", is_staff=True)


def late(**values: Any) -> Lead:
    now = timezone.now()
    return make_lead(**{"opened_at": now - 5 * HOUR, "answer_by": now - 2 * HOUR, "action": "INS"} | values)


def shown(answer: Any) -> list[Lead]:
    return [row.lead for row in answer.context["rows"]]


def chosen(*leads: Lead) -> dict[str, Any]:
    """As the form posts them: with the owner that it shows."""
    owners = {f"owner-{lead.pk}": str(lead.owner_id or "") for lead in leads}
    return {"lead": [str(lead.pk) for lead in leads]} | owners


def owner_of(lead: Lead) -> User | None:
    return Lead.objects.get(pk=lead.pk).owner


def test_it_lists_what_is_late_nobodys_or_of_somebody_who_is_away_or_left(owner: Client, mina: User, tom: User) -> None:
    gone = make_user(SALES, is_active=False)
    make_absence(tom)
    late_one, nobodys, absent, left = late(owner=mina), make_lead(), make_lead(owner=tom), make_lead(owner=gone)
    now = timezone.now()
    make_lead(owner=mina)
    late(owner=mina, contacted_at=now)
    make_lead(owner=mina, answer_by=now + HOUR)
    for values in ({"stage": Stage.LOST}, {"is_test": True}, {"is_dnc": True}):
        late(**values)
    answer = owner.get(PAGE)
    assert shown(answer)[0] == late_one  # what is due comes first
    assert {*shown(answer)} == {late_one, nobodys, absent, left}
    why = {row.lead: [str(pill) for pill in row.why] for row in answer.context["rows"]}
    assert [("Late by" in pill) for pill in why[late_one]] == [True]
    assert ["Nobody&#x27;s" in pill for pill in why[nobodys]] == [True]
    assert ["Owner is away" in pill for pill in why[absent]] == [True]
    assert ["Owner left" in pill for pill in why[left]] == [True]


def test_a_lead_that_was_put_to_sleep_is_late_all_the_same(owner: Client, mina: User) -> None:
    lead = late(owner=mina, snoozed_until=timezone.now() + HOUR)
    answer = owner.get(PAGE)
    assert shown(answer) == [lead]
    assert "Asleep" in answer.text


def test_without_any_the_page_says_so(owner: Client) -> None:
    page = owner.get(PAGE).text
    assert "Every open lead is somebody's and was answered in time." in page


def test_chosen_leads_are_given_to_somebody_and_taken_back(owner: Client, mina: User, tom: User) -> None:
    first, second, other = late(owner=mina), late(owner=mina), late(owner=mina)
    answer = owner.post(PAGE, chosen(first, second) | {"to": str(tom.pk)}, follow=True)
    assert messages_of(answer)[0].startswith("2 leads given to Tom Weber.")
    assert [owner_of(lead) for lead in (first, second, other)] == [tom, tom, mina]
    edit = Edit.objects.get()
    assert edit.cause == EditCause.PERSON
    owner.post(f"/admin/leads/lead/undo/{edit.pk}/")
    assert [owner_of(lead) for lead in (first, second, other)] == [mina, mina, mina]


def test_or_to_whom_the_rules_say(owner: Client, mina: User, tom: User) -> None:
    make_assignment_rule(mina, tom, name="All")
    leads = [late(owner=mina), late(owner=tom)]
    answer = owner.post(PAGE, chosen(*leads) | {"to": "rules"}, follow=True)
    assert messages_of(answer)[0].startswith("2 leads handed on by the rule “All”.")
    assert [owner_of(lead) for lead in leads] == [tom, mina]
    assert Edit.objects.get().actor is not None


@pytest.mark.parametrize("to", ["rules", "tom"])
def test_a_lead_that_somebody_took_since_the_page_was_made_stays_theirs(
    owner: Client, mina: User, tom: User, to: str
) -> None:
    make_assignment_rule(tom, name="All")
    lead = late()
    posted = chosen(lead) | {"to": str(tom.pk) if to == "tom" else to}
    take(mina, lead.pk)
    answer = owner.post(PAGE, posted, follow=True)
    assert messages_of(answer) == ["No lead was chosen, or somebody took or closed it meanwhile."]
    assert owner_of(lead) == mina


def test_what_the_rules_can_give_to_nobody_else_stays(owner: Client, mina: User) -> None:
    lead = late(owner=mina)
    answer = owner.post(PAGE, chosen(lead) | {"to": "rules"}, follow=True)
    assert messages_of(answer) == ["1 lead stays: the rules know nobody else who is there."]
    assert owner_of(lead) == mina


@pytest.mark.parametrize("to", ["", "999999", "x", "-1", "9" * 40, "٣"])
def test_to_nobody_known_is_refused(owner: Client, mina: User, to: str) -> None:
    lead = late(owner=mina)
    before = all_rows()
    answer = owner.post(PAGE, chosen(lead) | {"to": to}, follow=True)
    assert messages_of(answer) == ["To whom? Choose one of the people who work on leads."]
    assert all_rows() == before


@pytest.mark.parametrize("leads", [[], ["x"], ["00000000-0000-0000-0000-000000000000"]])
def test_no_lead_is_refused(owner: Client, tom: User, leads: list[str]) -> None:
    answer = owner.post(PAGE, {"lead": leads, "to": str(tom.pk)}, follow=True)
    assert messages_of(answer) == ["No lead was chosen, or somebody took or closed it meanwhile."]


def test_people_see_and_give_only_leads_of_their_teams(enter: Enter, mina: User, tom: User) -> None:
    make_team(mina)
    make_team(tom)
    theirs, others, nobodys = late(owner=mina), late(owner=tom), make_lead()
    client = enter(user=mina)
    assert {*shown(client.get(PAGE))} == {theirs, nobodys}
    answer = client.post(PAGE, chosen(others) | {"to": str(mina.pk)}, follow=True)
    assert messages_of(answer) == ["No lead was chosen, or somebody took or closed it meanwhile."]
    assert owner_of(others) == tom


def test_names_that_are_held_back_stay_so(enter: Enter, mina: User) -> None:
    late(owner=mina, is_private=True, first_name="Secret", company="Hidden Inc")
    page = enter(user=mina).get(PAGE).text
    assert "Held back by a privacy rule" in page
    assert "Secret" not in page
    assert "Hidden Inc" not in page


def test_the_page_asks_no_more_for_many_leads_than_for_few(owner: Client, mina: User, tom: User) -> None:
    make_absence(tom)
    counts = []
    for leads in (2, 20):
        for _n in range(leads):
            late(owner=mina)
            make_lead(owner=tom)
        owner.get(PAGE)
        with CaptureQueriesContext(connection) as captured:
            owner.get(PAGE)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[1] <= 16


def test_many_are_shown_in_pages(owner: Client) -> None:
    for _n in range(30):
        make_lead()
    first, second = owner.get(PAGE), owner.get(f"{PAGE}?page=2")
    assert (len(shown(first)), len(shown(second))) == (25, 5)
    assert "30 leads" in first.text
    assert len(shown(owner.get(f"{PAGE}?page=x"))) == 25


# --- who leaves -------------------------------------------------------------------------------------------------------


def inlines(**values: Any) -> dict[str, Any]:
    forms = {"profile": (0, 0), "absences": (0, 0)}
    given = {f"{name}-TOTAL_FORMS": total for name, (total, _initial) in forms.items()}
    return given | {f"{name}-INITIAL_FORMS": initial for name, (_total, initial) in forms.items()} | values


def test_whoever_is_shut_out_leaves_their_open_leads_to_somebody(owner: Client, mina: User, tom: User) -> None:
    lead, closed = make_lead(owner=mina), make_lead(owner=mina, stage=Stage.WON)
    shown = owner.get(page_of(mina)).text
    assert "1 open lead is theirs." in shown
    values = {"username": mina.username, "first_name": "Mina", "last_name": "Park", "is_staff": "on", **inlines()}
    answer = owner.post(page_of(mina), values, follow=True)
    assert answer.redirect_chain == [(f"/admin/auth/user/{mina.pk}/leads/", 302)]
    assert messages_of(answer) == ["Nobody works on the open leads of Mina Park now."]
    assert "Open leads: <strong>1</strong>" in answer.text
    assert "Mina Park</option>" not in answer.text
    answer = owner.post(f"/admin/auth/user/{mina.pk}/leads/", {"to": str(tom.pk)}, follow=True)
    assert messages_of(answer) == ["1 open lead handed over."]
    assert (owner_of(lead), owner_of(closed)) == (tom, mina)
    assert log()[-1][2] == "Open leads handed over."


def test_by_the_rules_they_go_to_those_who_are_there(owner: Client, mina: User, tom: User) -> None:
    uta = make_user(SALES)
    make_assignment_rule(mina, tom, uta)
    make_absence(uta)
    leads = [make_lead(owner=mina) for _n in range(3)]
    User.objects.filter(pk=mina.pk).update(is_active=False)
    owner.post(f"/admin/auth/user/{mina.pk}/leads/", {"to": "rules"})
    assert {owner_of(lead) for lead in leads} == {tom}
    assert set(Edit.objects.values_list("cause", flat=True)) == {EditCause.RULE}


def test_when_nobody_else_is_there_they_stay_and_the_page_says_so(owner: Client, mina: User) -> None:
    lead = make_lead(owner=mina)
    answer = owner.post(f"/admin/auth/user/{mina.pk}/leads/", {"to": "rules"}, follow=True)
    assert messages_of(answer) == ["0 open leads handed over. 1 stay: the rules know nobody else who is there."]
    assert owner_of(lead) == mina


@pytest.mark.parametrize("to", ["", "x", "999999"])
def test_to_nobody_known_they_are_not_handed_over(owner: Client, mina: User, to: str) -> None:
    make_lead(owner=mina)
    before = all_rows()
    answer = owner.post(f"/admin/auth/user/{mina.pk}/leads/", {"to": to}, follow=True)
    assert messages_of(answer) == ["To whom? Choose one of the people who work on leads."]
    assert all_rows() == before


def test_who_has_no_open_leads_is_shut_out_without_a_question(owner: Client, mina: User) -> None:
    answer = owner.post(page_of(mina), {"username": mina.username, "is_staff": "on", **inlines()}, follow=True)
    assert answer.redirect_chain == [("/admin/auth/user/", 302)]
    assert not User.objects.get(pk=mina.pk).is_active


# --- availability on the page of a person -----------------------------------------------------------------------------


def test_availability_and_working_hours_are_set_on_the_page_of_the_person(owner: Client, mina: User) -> None:
    calendar = make_calendar()
    values = inlines(**{
        "profile-TOTAL_FORMS": 1, "profile-0-user": mina.pk, "profile-0-calendar": calendar.pk,
        "profile-0-time_zone": "Asia/Seoul", "absences-TOTAL_FORMS": 1, "absences-0-user": mina.pk,
        "absences-0-begins_at_0": "2026-01-01", "absences-0-begins_at_1": "08:00",
        "absences-0-ends_at_0": "2099-01-01", "absences-0-ends_at_1": "08:00",
    })  # fmt: skip
    owner.post(page_of(mina), {"username": mina.username, "is_active": "on", "is_staff": "on", **values})
    profile = Profile.objects.get(user=mina)
    assert (profile.takes_leads, profile.calendar, profile.time_zone) == (False, calendar, "Asia/Seoul")
    assert Absence.objects.get().user == mina
    page = owner.get("/admin/auth/user/").text
    assert "Away until" in page
    Absence.objects.all().delete()
    assert "Gets no new leads" in owner.get("/admin/auth/user/").text


def test_somebody_without_a_profile_gets_leads_and_saving_makes_none(owner: Client, mina: User) -> None:
    values = inlines(**{"profile-TOTAL_FORMS": 1, "profile-0-user": mina.pk, "profile-0-takes_leads": "on"})
    owner.post(page_of(mina), {"username": mina.username, "is_active": "on", "is_staff": "on", **values})
    assert not Profile.objects.exists()


def test_the_page_of_a_person_asks_no_more_for_many_calendars_than_for_few(owner: Client, mina: User) -> None:
    counts = []
    for many in (2, 20):
        for _n in range(many):
            make_calendar()
            make_absence(mina)
        owner.get(page_of(mina))
        with CaptureQueriesContext(connection) as captured:
            owner.get(page_of(mina))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_only_who_may_change_people_hands_over_their_leads(enter: Enter, mina: User) -> None:
    superuser = User.objects.create_superuser("root")
    assert enter(OWNER).get(f"/admin/auth/user/{superuser.pk}/leads/").status_code == 403
    assert enter(SALES).get(f"/admin/auth/user/{mina.pk}/leads/").status_code == 403
