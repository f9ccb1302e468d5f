"""Teams, country groups, working hours and absences."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leads.models import Absence, Calendar, CountryGroup, Team
from leads.roles import SALES
from tests.factories import (
    make_absence,
    make_assignment_rule,
    make_calendar,
    make_country_group,
    make_service_level,
    make_team,
    make_user,
)
from tests.leads.admin.places import page_of
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import errors_of, pills_on

pytestmark = pytest.mark.django_db

CHAT = "https://hooks.slack.com/services/T0/B0/verysecret"


@pytest.fixture
def mina(db: None) -> User:
    return make_user(SALES, first_name="Mina", last_name="Park")


# --- teams ------------------------------------------------------------------------------------------------------------


def test_a_team_has_members_a_leader_and_a_chat_whose_address_nobody_sees_again(owner: Client, mina: User) -> None:
    leader = make_user(first_name="Uta", last_name="Klein")
    values = {"name": "DACH", "leader": leader.pk, "members": [mina.pk], "new_chat_url": CHAT}
    owner.post("/admin/leads/team/add/", values)
    team = Team.objects.get()
    assert (team.leader, list(team.members.all()), team.chat_url) == (leader, [mina], CHAT)
    assert CHAT not in str(all_rows())
    for address in (page_of(team), "/admin/leads/team/", f"/admin/leads/team/{team.pk}/history/"):
        assert "verysecret" not in owner.get(address).text
    assert "Uta Klein" in owner.get("/admin/leads/team/").text


def test_a_chat_that_is_left_empty_stays_and_one_that_is_forgotten_is_gone(owner: Client) -> None:
    team = make_team()
    team.chat_url = CHAT
    team.save()
    owner.post(page_of(team), {"name": "Renamed"})
    team.refresh_from_db()
    assert (team.name, team.chat_url) == ("Renamed", CHAT)
    owner.post(page_of(team), {"name": "Renamed", "no_chat": "on"})
    team.refresh_from_db()
    assert team.chat_url == ""
    assert "no_chat" not in owner.get(page_of(team)).context["adminform"].form.fields


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Taken"}, "name"),
        ({"new_chat_url": "http://hooks.slack.com/x"}, "new_chat_url"),
        ({"new_chat_url": "our channel"}, "new_chat_url"),
        ({"members": ["999999"]}, "members"),
        ({"leader": "999999"}, "leader"),
    ],
)
def test_what_is_wrong_with_a_team_is_named(owner: Client, values: dict[str, Any], field: str) -> None:
    make_team(name="Taken")
    assert list(errors_of(owner.post("/admin/leads/team/add/", {"name": "New"} | values))) == [field]
    assert Team.objects.count() == 1


def test_an_address_and_forgetting_it_at_once_is_refused(owner: Client) -> None:
    team = make_team()
    team.chat_url = CHAT
    team.save()
    answer = owner.post(page_of(team), {"name": "T", "new_chat_url": CHAT, "no_chat": "on"})
    assert list(errors_of(answer)) == ["no_chat"]
    assert "verysecret" not in answer.text


def test_a_team_that_a_rule_names_stays(owner: Client) -> None:
    team = make_team()
    make_assignment_rule(team=team)
    owner.post(page_of(team).replace("change", "delete"), {"post": "yes"})
    assert Team.objects.filter(pk=team.pk).exists()


# --- country groups ---------------------------------------------------------------------------------------------------


def test_a_country_group_is_made_by_names(owner: Client) -> None:
    assert "Switzerland" in owner.get("/admin/leads/countrygroup/add/").text
    owner.post("/admin/leads/countrygroup/add/", {"name": "DACH", "countries": ["DE", "AT", "CH"]})
    assert CountryGroup.objects.get().countries == ["DE", "AT", "CH"]
    assert "Germany, Austria, Switzerland" in owner.get("/admin/leads/countrygroup/").text
    answer = owner.post("/admin/leads/countrygroup/add/", {"name": "Empty"})
    assert list(errors_of(answer)) == ["countries"]


def test_a_country_group_that_a_rule_names_stays(owner: Client) -> None:
    group = make_country_group()
    make_assignment_rule().country_groups.set([group])
    assert owner.post(page_of(group).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert CountryGroup.objects.count() == 1


# --- working hours ----------------------------------------------------------------------------------------------------


def week(**values: str) -> dict[str, str]:
    return {"name": "Office", "time_zone": "Europe/Berlin", "day_0": "09:00-17:00"} | values


def test_working_hours_have_a_row_for_each_day_and_holidays_by_date(owner: Client) -> None:
    values = week(day_1="09:00-12:00, 13:00-18:00", day_6="10:00-24:00", days_off="2026-12-26\n2026-12-25")
    owner.post("/admin/leads/calendar/add/", values)
    calendar = Calendar.objects.get()
    assert calendar.hours == [
        [["09:00", "17:00"]], [["09:00", "12:00"], ["13:00", "18:00"]], [], [], [], [], [["10:00", "24:00"]],
    ]  # fmt: skip
    assert (calendar.holidays, calendar.time_zone) == (["2026-12-25", "2026-12-26"], "Europe/Berlin")
    form = owner.get(page_of(calendar)).context["adminform"].form
    assert (form["day_1"].value(), form["days_off"].value()) == ("09:00-12:00, 13:00-18:00", "2026-12-25\n2026-12-26")
    assert (
        "Monday 09:00-17:00 · Tuesday 09:00-12:00, 13:00-18:00 · Sunday 10:00-24:00"
        in owner.get("/admin/leads/calendar/").text
    )


def test_a_new_calendar_begins_with_the_usual_week(owner: Client) -> None:
    form = owner.get("/admin/leads/calendar/add/").context["adminform"].form
    assert [form[f"day_{weekday}"].value() for weekday in range(7)] == ["09:00-17:00"] * 5 + [""] * 2


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"day_2": "9-5"}, {"day_2": ["Wednesday: “9-5” is no span of time. Write for example 09:00-17:30."]}),
        ({"days_off": "Xmas"}, {"days_off": ["Holidays: “Xmas” is no date. Write for example 2026-12-25."]}),
        (
            {"day_0": ""},
            {"__all__": ["Write the hours of at least one day: no lead would ever be due."]},
        ),
    ],
)
def test_hours_that_cannot_be_read_are_named_with_their_day(
    owner: Client, values: dict[str, str], errors: dict[str, list[str]]
) -> None:
    assert errors_of(owner.post("/admin/leads/calendar/add/", week(**values))) == errors
    assert not Calendar.objects.exists()


def test_a_changed_calendar_is_saved_and_one_in_use_is_not_deleted(owner: Client) -> None:
    calendar = make_calendar()
    make_service_level(calendar=calendar)
    owner.post(page_of(calendar), week(name=calendar.name, day_0="08:00-12:00"))
    calendar.refresh_from_db()
    assert calendar.hours == [[["08:00", "12:00"]], [], [], [], [], [], []]
    owner.post(page_of(calendar).replace("change", "delete"), {"post": "yes"})
    assert Calendar.objects.exists()


# --- absences ---------------------------------------------------------------------------------------------------------


def away(user: User, begins: str, ends: str) -> dict[str, Any]:
    (begin_day, begin_time), (end_day, end_time) = begins.split(), ends.split()
    return {"user": user.pk, "begins_at_0": begin_day, "begins_at_1": begin_time, "ends_at_0": end_day,
            "ends_at_1": end_time}  # fmt: skip


def test_a_sales_lead_notes_who_is_away(sales_lead: Client, mina: User) -> None:
    sales_lead.post("/admin/leads/absence/add/", away(mina, "2026-12-20 08:00", "2027-01-04 08:00"))
    absence = Absence.objects.get()
    assert (absence.user, absence.begins_at.isoformat()) == (mina, "2026-12-20T08:00:00+00:00")
    assert log()[0][2] == "Added."


def test_an_absence_ends_after_it_begins(sales_lead: Client, mina: User) -> None:
    answer = sales_lead.post("/admin/leads/absence/add/", away(mina, "2026-12-20 08:00", "2026-12-20 08:00"))
    assert errors_of(answer) == {"__all__": ["An absence ends after it begins."]}
    assert not Absence.objects.exists()


def test_the_list_says_who_is_away_now(sales_lead: Client, mina: User) -> None:
    now, day = timezone.now(), timedelta(days=1)
    make_absence(mina)
    make_absence(mina, begins_at=now + day, ends_at=now + 2 * day)
    make_absence(mina, begins_at=now - 2 * day, ends_at=now - day)
    assert pills_on(sales_lead.get("/admin/leads/absence/")) == ["To come", "Away", "Over"]
